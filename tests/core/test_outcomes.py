"""Receipts and errors from the last verdict."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from attrs import evolve
from countermand_clients.pace_pay.operations import GET_TRANSACTION

from countermand import (
    Advice,
    AlreadyCaptured,
    Attempt,
    Declined,
    Evidence,
    Forbidden,
    ManualCancellationRequired,
    Misdirected,
    MissingLinkedIdentity,
    NotFound,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Sent,
    Unauthenticated,
    Unreachable,
)
from countermand._core.outcomes import to_error, to_receipt
from countermand._core.request import CallState, RequestPlan
from countermand.policy import Policy
from countermand.provider._verdicts import (
    Done,
    LinkRequired,
    MaybeExecuted,
    NotSent,
    Refused,
    Throttled,
    TokenRejected,
    Verdict,
)
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, reply

LOG: Final = [Attempt(sent=Sent.RESPONDED, status=418)]
every_provider = pytest.mark.parametrize("api", PROVIDERS)
WITHOUT_RECEIPT: Final[dict[str, Verdict]] = {
    "refused": Refused(error=Forbidden, message="no"),
    "429": Throttled(message="no"),
    "401": TokenRejected(message="no"),
    "link": LinkRequired(problem={}),
    "not sent": NotSent(message="no"),
    "maybe executed": MaybeExecuted(message="no"),
    "2xx": MaybeExecuted(message="no", transient=False),
}


def request_plan(api: str, operation: Any = None) -> RequestPlan:
    """The sample cancel, or another operation."""
    call = PROVIDERS[api].build_request(CANCELLATIONS[api], KEY)
    return RequestPlan(
        call=evolve(call, operation=operation or call.operation),
        interpret=lambda _: NotSent(message="no"),
        policy=Policy(),
        provider="The provider",
        key=KEY,
        cancellation=CANCELLATIONS[api],
        user="u-42",
    )


def call_state(verdict: Verdict, **facts: Any) -> CallState:
    """How a call with one request ended."""
    return CallState(verdict=verdict, reply=reply(418), attempt_log=LOG, **facts)


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (Refused(error=Forbidden, message="no"), Forbidden),
        (Refused(error=NotFound, message="no"), NotFound),
        (Refused(error=AlreadyCaptured, message="no"), AlreadyCaptured),
        (
            Refused(error=Declined, message="no", error_fields={"code": "c", "reason": "r"}),
            Declined,
        ),
        (
            Refused(error=ManualCancellationRequired, message="no", error_fields={"code": "c"}),
            ManualCancellationRequired,
        ),
        (Refused(error=Misdirected, message="no", error_fields={"location": "/x"}), Misdirected),
        (Throttled(message="no"), RateLimited),
        (TokenRejected(message="no"), Unauthenticated),
        (LinkRequired(problem={"id": "p"}), MissingLinkedIdentity),
        (NotSent(message="no"), Unreachable),
        (MaybeExecuted(message="no"), OutcomeUnknown),
        (MaybeExecuted(message="no", transient=False), OutcomeUnknown),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
@every_provider
def test_each_verdict_of_a_first_request_has_its_error(
    api: str, verdict: Verdict, kind: type
) -> None:
    """Exactly that class, with key, cancellation, status, attempts and the reply."""
    known = to_error(call_state(verdict, retry_after=7.0), request_plan(api))
    assert type(known) is kind
    assert (known.key, known.cancellation, known.status) == (KEY, CANCELLATIONS[api], 418)
    assert known.attempts == tuple(LOG)
    assert known.raw == reply(418)
    assert known.message == f"The provider: {getattr(verdict, 'message', '')}"
    for name, value in getattr(verdict, "error_fields", {}).items():
        assert getattr(known, name) == value
    if isinstance(known, RateLimited):
        assert known.retry_after == 7.0
    if isinstance(known, MissingLinkedIdentity):
        assert (known.user, known.problem) == ("u-42", {"id": "p"})
        assert "log in" in known.action


@every_provider
@pytest.mark.parametrize("name", WITHOUT_RECEIPT)
def test_after_a_maybe_executed_request_only_a_proof_is_certain(api: str, name: str) -> None:
    """A refusal of the second request says nothing of the first."""
    known = to_error(call_state(WITHOUT_RECEIPT[name], maybe_executed=True), request_plan(api))
    assert isinstance(known, OutcomeUnknown)
    assert "an earlier attempt may have been executed" in known.message


@pytest.mark.parametrize(
    ("api", "kind"),
    [
        ("pace_pay", Forbidden),
        ("pace_fueling", OutcomeUnknown),
        ("bento", OutcomeUnknown),
        ("unzer", OutcomeUnknown),
        ("vtex", Forbidden),
    ],
)
def test_a_refusal_for_the_payment_is_proof_where_a_repeat_is_answered_alike(
    api: str, kind: type
) -> None:
    """PACE Pay answers 204 to a repeat, so a 403 says that the first did not act either."""
    verdict = Refused(error=Forbidden, message="no", about_payment=True)
    assert type(to_error(call_state(verdict, maybe_executed=True), request_plan(api))) is kind


@pytest.mark.parametrize(
    ("api", "advice", "step"),
    [
        (
            "pace_pay",
            Advice.REPEAT,
            "Cancel again with the same key: here a repeat does no harm",
        ),
        (
            "pace_fueling",
            Advice.READ,
            (
                "Cancel again with the same key and with no other: "
                "the call first looks at the payment (pace-pay#getTransaction)"
            ),
        ),
        (
            "bento",
            Advice.READ,
            (
                "Cancel again with the same key and with no other: "
                "the call first looks at the payment (getTransaction)"
            ),
        ),
        (
            "unzer",
            Advice.READ,
            (
                "Cancel again with the same key and with no other: the call first looks at the "
                "payment (getPayment, getPaymentCancellation)"
            ),
        ),
        (
            "vtex",
            Advice.REPEAT,
            "Cancel again with the same key: here a repeat does no harm",
        ),
    ],
)
def test_an_unknown_outcome_comes_with_the_next_safe_step(
    api: str, advice: Advice, step: str
) -> None:
    """As an enum for programs and as text for people."""
    known = to_error(call_state(MaybeExecuted(message="reset"), retry_after=7.0), request_plan(api))
    assert isinstance(known, OutcomeUnknown)
    assert (known.advice, known.next_step, known.retry_after) == (advice, step, 7.0)
    assert str(known) == f"The provider: reset (status 418, key {KEY}). {step}."


@pytest.mark.parametrize("maybe_executed", [False, True])
def test_a_read_without_an_answer_is_no_unknown_outcome(*, maybe_executed: bool) -> None:
    """A read moves no money: whatever happened, the payment is as it was."""
    for verdict in (MaybeExecuted(message="reset"), MaybeExecuted(message="HTML", transient=False)):
        known = to_error(
            call_state(verdict, maybe_executed=maybe_executed),
            request_plan("pace_pay", GET_TRANSACTION),
        )
        assert type(known) is Unreachable
        assert known.message == f"The provider: no usable answer: {verdict.message}"


@pytest.mark.parametrize("outcome", Outcome)
def test_a_success_becomes_a_receipt(outcome: Outcome) -> None:
    """With all that the verdict knows, and the requests it took."""
    done = Done(outcome=outcome, reference="s-cnl-1", amount=Decimal("1.00"), response="typed")
    proof = to_receipt(call_state(done), request_plan("unzer"))
    assert (proof.outcome, proof.key, proof.reference) == (outcome, KEY, "s-cnl-1")
    assert (proof.amount, proof.response) == (Decimal("1.00"), "typed")
    assert proof.evidence is Evidence.REPLY
    assert len(proof.attempts) == 1
    assert proof.raw == reply(418)


def test_a_success_after_a_maybe_executed_request_is_a_success() -> None:
    """Where a repeat does no harm, the repeat's yes is enough."""
    done = call_state(Done(outcome=Outcome.CANCELLED), maybe_executed=True)
    assert to_receipt(done, request_plan("pace_pay")).outcome is Outcome.CANCELLED


@pytest.mark.parametrize("name", WITHOUT_RECEIPT)
def test_no_receipt_without_a_success(name: str) -> None:
    """The exception of the caller's callable is the cause of the error."""
    cause = LookupError("vault is down")
    with pytest.raises(Exception, match="The provider") as raised:
        to_receipt(call_state(WITHOUT_RECEIPT[name], cause=cause), request_plan("unzer"))
    assert raised.value.__cause__ is cause


def test_a_call_that_never_began_is_known_to_have_done_nothing() -> None:
    """No attempts, no status, no reply: not cancelled."""
    known = to_error(CallState(), request_plan("unzer"))
    assert type(known) is Unreachable
    assert known.status is None
    assert known.raw is None
    assert known.attempts == ()

"""The exact messages of receipts and errors: people decide about money by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from countermand_clients.operation import Repeat

from countermand import (
    Advice,
    CancellationInProgress,
    Evidence,
    Forbidden,
    LedgerUnavailable,
    Outcome,
    OutcomeUnknown,
    Receipt,
    Unreachable,
)
from countermand._core.outcomes import (
    interrupted_success,
    to_error,
    to_receipt,
    to_result,
    unless_lease_lost,
)
from countermand.provider._verdicts import Done, MaybeExecuted, NotSent, Refused, Withheld
from tests.core.test_outcomes import LOG, call_state, request_plan
from tests.support.samples import CANCELLATIONS, KEY

if TYPE_CHECKING:
    from countermand.provider._verdicts import Verdict


def test_without_a_key_the_next_step_is_to_send_the_same_call_again() -> None:
    """`execute` takes none."""
    known = to_error(
        call_state(MaybeExecuted(message="reset")), evolve(request_plan("pace_pay"), key=None)
    )
    assert isinstance(known, OutcomeUnknown)
    assert known.next_step == "Send the same call again: here a repeat does no harm"


def test_a_message_names_the_url_of_the_request() -> None:
    """Host and path, where a request was made or would have been."""
    plan = evolve(request_plan("unzer"), endpoint="https://a.example/v1")
    known = to_error(call_state(NotSent(message="no")), plan)
    assert known.message == f"The provider at https://a.example/v1{plan.call.path}: no"


@pytest.mark.parametrize("repeat", [Repeat("none", "unknown"), Repeat("again", "same")])
def test_a_repeat_is_advised_only_where_it_is_harmless_and_answered(repeat: Repeat) -> None:
    """Otherwise the payment is looked at first."""
    operation = evolve(request_plan("unzer").operation, repeat=repeat)
    known = to_error(call_state(MaybeExecuted(message="reset")), request_plan("unzer", operation))
    assert isinstance(known, OutcomeUnknown)
    assert known.advice is Advice.READ


@pytest.mark.parametrize(
    ("verdict", "maybe_executed", "message"),
    [
        (MaybeExecuted(message="reset"), False, "reset"),
        (
            MaybeExecuted(message="reset"),
            True,
            "an earlier attempt may have been executed, and then: reset",
        ),
        (Done(outcome=Outcome.CANCELLED), False, "interrupted"),
        (
            Done(outcome=Outcome.CANCELLED),
            True,
            "an earlier attempt may have been executed, and then: interrupted",
        ),
    ],
)
def test_an_unknown_outcome_names_the_last_failure_and_earlier_attempts(
    verdict: Verdict, message: str, *, maybe_executed: bool
) -> None:
    """A success without a receipt has no message of its own."""
    known = to_error(call_state(verdict, maybe_executed=maybe_executed), request_plan("unzer"))
    assert isinstance(known, OutcomeUnknown)
    assert known.message == f"The provider: {message}"


def test_an_interrupted_success_is_reported_as_such() -> None:
    """Cancelled, and the receipt is to be had without sending anything."""
    done = call_state(Done(outcome=Outcome.CANCELLED, reference="s-cnl-1"))
    known = interrupted_success(done, request_plan("unzer"))
    assert type(known) is OutcomeUnknown
    assert (known.advice, known.key, known.status) == (Advice.REPEAT, KEY, 418)
    assert known.message == (
        "The provider: the provider answered that it is cancelled, "
        "and then the call was interrupted"
    )
    assert known.next_step == ("Cancel again with the same key to get the receipt; nothing is sent")
    assert (known.cancellation, known.attempts) == (CANCELLATIONS["unzer"], tuple(LOG))


def test_a_lost_lease_replaces_not_cancelled() -> None:
    """Another worker may be cancelling. Attempts and cancellation are kept."""
    refused = to_error(call_state(Refused(error=Forbidden, message="no")), request_plan("unzer"))
    lost = unless_lease_lost(refused, request_plan("unzer"), still_owned=False)
    assert type(lost) is CancellationInProgress
    assert lost.message == "the lease on this key was lost, perhaps to another worker"
    assert (lost.key, lost.cancellation) == (KEY, CANCELLATIONS["unzer"])
    assert lost.attempts == tuple(LOG)
    assert unless_lease_lost(refused, request_plan("unzer"), still_owned=True) is refused


@pytest.mark.parametrize("still_owned", [True, False])
def test_a_lost_lease_changes_neither_receipts_nor_unknown_outcomes(*, still_owned: bool) -> None:
    """They are true for every owner of the lease."""
    proof = to_receipt(call_state(Done(outcome=Outcome.CANCELLED)), request_plan("unzer"))
    unknown = to_error(call_state(MaybeExecuted(message="reset")), request_plan("unzer"))
    assert unless_lease_lost(proof, request_plan("unzer"), still_owned=still_owned) is proof
    assert unless_lease_lost(unknown, request_plan("unzer"), still_owned=still_owned) is unknown


def test_a_failed_record_raises_the_error_of_the_ledger() -> None:
    """With the facts of this call."""
    unavailable = LedgerUnavailable("disk full", key="another")
    known = to_error(call_state(Withheld(error=unavailable)), request_plan("unzer"))
    assert type(known) is LedgerUnavailable
    assert (known.message, known.key) == ("The provider: disk full", KEY)


@pytest.mark.parametrize("verdict", [Done(outcome=Outcome.CANCELLED), NotSent(message="no")])
def test_every_verdict_has_a_result(verdict: Verdict) -> None:
    """A receipt, or the error that says why there is none."""
    known = to_result(call_state(verdict), request_plan("unzer"))
    assert isinstance(known, Receipt if isinstance(verdict, Done) else Unreachable)


def test_ids_that_were_read_before_stand_on_receipt_and_error() -> None:
    """But for the one that the cancel has in the end."""
    done = Done(outcome=Outcome.CANCELLED, reference="C2")
    proof = to_receipt(call_state(done, references=["C1", "C2", "C3"]), request_plan("vtex"))
    assert proof.earlier_references == ("C1", "C3")
    known = to_error(
        call_state(MaybeExecuted(message="reset"), references=["C1"]), request_plan("vtex")
    )
    assert isinstance(known, OutcomeUnknown)
    assert known.earlier_references == ("C1",)


def test_a_receipt_names_its_evidence() -> None:
    """READ_BACK after a read-back. The key of a call without one is empty."""
    done = Done(outcome=Outcome.CANCELLED)
    found = to_receipt(call_state(done, evidence=Evidence.READ_BACK), request_plan("unzer"))
    assert found.evidence is Evidence.READ_BACK
    assert to_receipt(call_state(done), evolve(request_plan("unzer"), key=None)).key == ""


def test_a_refusal_does_not_resolve_a_cancel_whose_id_was_read() -> None:
    """The id proves the execution; without an id the refusal covers earlier requests."""
    refused = Refused(error=Forbidden, message="no", about_payment=True)
    refusal = to_error(call_state(refused, maybe_executed=True), request_plan("vtex"))
    assert type(refusal) is Forbidden
    known = to_error(
        call_state(refused, maybe_executed=True, references=["C1"]), request_plan("vtex")
    )
    assert type(known) is OutcomeUnknown
    assert known.earlier_references == ("C1",)


def test_the_advice_not_to_repeat_gives_the_reason() -> None:
    """A key that may be forgotten is no key."""
    known = to_error(
        call_state(MaybeExecuted(message="reset"), key_expired=True), request_plan("vtex")
    )
    assert isinstance(known, OutcomeUnknown)
    assert known.advice is Advice.ASK
    assert known.next_step == (
        "Do not cancel again, the provider may have forgotten the key: "
        "ask it what became of the payment"
    )


@pytest.mark.parametrize(
    ("key", "start"),
    [
        (
            KEY,
            "Cancel again with the same key and with no other: the call first looks at the payment",
        ),
        (None, "Do not repeat: first look at the payment"),
    ],
)
def test_the_advice_to_read_names_the_operations(key: str | None, start: str) -> None:
    """A call with a key reads by itself."""
    known = to_error(
        call_state(MaybeExecuted(message="reset")), evolve(request_plan("unzer"), key=key)
    )
    assert isinstance(known, OutcomeUnknown)
    assert known.advice is Advice.READ
    assert known.next_step == f"{start} (getPayment, getPaymentCancellation)"

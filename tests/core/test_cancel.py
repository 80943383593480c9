"""One cancel, command by command: claim, send, read back, record."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from countermand import (
    CancellationInProgress,
    Declined,
    Evidence,
    NotCancelled,
    Outcome,
    OutcomeUnknown,
    Policy,
    Receipt,
    Unreachable,
)
from countermand._core.commands import (
    AlreadyFinished,
    ClaimKey,
    GetToken,
    KeyHistory,
    LookNotes,
    RecordOutcome,
    Rejected,
    SendRequest,
    TokenGranted,
)
from countermand._core.request import CallState
from countermand.errors import KeyConflict
from tests.support.replies import PAYMENT
from tests.support.samples import KEY, reply
from tests.support.script import (
    CANCEL,
    DENIED,
    DONE,
    EMPTY,
    FOUND,
    LISTED,
    LOST,
    RECORDED,
    THE_CANCEL,
    TOKEN,
    cancel_plan,
    paths,
    played,
    request_plan,
)


def test_a_cancel_claims_the_key_sends_and_records() -> None:
    """Waiting for the key is part of the deadline."""
    run = played(
        cancel_plan(), (KeyHistory(), 5.0), (TokenGranted("t"), 5.0), (DONE, 6.0), (True, 6.0)
    )
    assert run.steps == [
        ClaimKey(30.0),
        GetToken("unzer", None, 25.0),
        SendRequest(request_plan("unzer").call, "t", 15.0),
        RecordOutcome(run.result, 24.0, LookNotes()),
    ]
    assert isinstance(run.result, Receipt)
    assert run.result.outcome is Outcome.CANCELLED
    assert run.result.evidence is Evidence.REPLY


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (AlreadyFinished(known := Receipt(outcome=Outcome.CANCELLED, key=KEY)), known),
        (AlreadyFinished(refused := Declined("no", key=KEY)), refused),
        (Rejected(conflict := KeyConflict("other", key=KEY)), conflict),
    ],
    ids=["receipt", "refusal", "not to be had"],
)
def test_a_finished_or_rejected_key_sends_nothing(answer: object, known: Any) -> None:
    """Its answer is the stored one, and nothing is recorded anew."""
    run = played(cancel_plan(), (answer, 1.0))
    assert run.steps == [ClaimKey(30.0)]
    assert run.result is known


def test_a_lost_answer_is_read_back_in_the_remaining_time() -> None:
    """The reads share the deadline, and the receipt says that it was read."""
    state = CallState()
    run = played(
        cancel_plan(),
        (KeyHistory(), 0.0),
        TOKEN,
        (LOST, 4.0),
        (TokenGranted("t2"), 5.0),
        (LISTED, 22.0),
        (TokenGranted("t3"), 23.0),
        (FOUND, 24.0),
        RECORDED,
        state=state,
    )
    assert paths(run) == [CANCEL, PAYMENT, THE_CANCEL]
    limits = [step.timeout for step in run.steps if isinstance(step, GetToken)]
    assert limits == [30.0, 26.0, 8.0]
    ends = [step.deadline for step in run.steps if isinstance(step, SendRequest)]
    assert ends == [10.0, 15.0, 30.0]
    assert isinstance(run.result, Receipt)
    assert (run.result.evidence, run.result.reference) == (Evidence.READ_BACK, "s-cnl-1")
    assert len(run.result.attempts) == 1
    assert state.maybe_executed is False


def test_a_cancel_that_the_read_back_does_not_find_stays_unknown() -> None:
    """A request that timed out may still arrive."""
    run = played(
        cancel_plan(), (KeyHistory(), 0.0), TOKEN, (LOST, 1.0), TOKEN, (EMPTY, 2.0), RECORDED
    )
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message == (
        "The provider: reset; none of the payment's cancels carries our reference"
    )
    reason = "none of the payment's cancels carries our reference"
    notes = LookNotes(next_look=900.0, reason=reason)
    assert run.steps[-1] == RecordOutcome(run.result, 28.0, notes)


@pytest.mark.parametrize("api", ["bento", "vtex", "pace_pay"])
def test_without_a_read_back_none_is_tried(api: str) -> None:
    """The unknown outcome is raised at once."""
    plan = cancel_plan(api, Policy(attempts=1))
    run = played(plan, (KeyHistory(), 0.0), TOKEN, (LOST, 1.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message == "The provider: reset"
    assert len(paths(run)) == 1


@pytest.mark.parametrize(
    "exchange",
    [DENIED, reply(403, {"errors": [{"code": "API.320.200.145"}]})],
    ids=["not sent", "refused"],
)
def test_a_definite_answer_is_not_read_back(exchange: Any) -> None:
    """There is nothing to find."""
    plan = cancel_plan(policy=Policy(attempts=1))
    run = played(plan, (KeyHistory(), 0.0), TOKEN, (exchange, 1.0), RECORDED)
    assert isinstance(run.result, NotCancelled)
    assert paths(run) == [CANCEL]


@pytest.mark.parametrize(("kept", "kind"), [(True, Unreachable), (False, CancellationInProgress)])
def test_a_call_that_lost_the_lease_does_not_report_not_cancelled(kept: object, kind: type) -> None:
    """Another worker may be cancelling; the ledger's False says that it may have the key."""
    plan = cancel_plan(policy=Policy(attempts=1))
    run = played(plan, (KeyHistory(), 0.0), TOKEN, (DENIED, 0.0), (kept, 0.0))
    assert type(run.result) is kind
    (close,) = [step for step in run.steps if isinstance(step, RecordOutcome)]
    assert isinstance(close.result, Unreachable)


def test_read_back_and_other_accounts_are_optional() -> None:
    """A plan without them still runs."""
    bare = evolve(cancel_plan(), read_back=None, readable_apis=frozenset())
    run = played(bare, (KeyHistory(), 0.0), TOKEN, (LOST, 0.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)

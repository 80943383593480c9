"""A cancel that was accepted: it is read, and stays accepted until its end is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from attrs import evolve

from countermand import Declined, Evidence, Outcome, Policy, Receipt, unzer
from countermand._core.commands import KeyHistory, RecordOutcome
from countermand._core.request import CallState
from countermand.provider import Absent, Done, Found, NotKnown, ReadBack, Refused, Refuted, Snapshot
from tests.support.replies import CANCELS, FAILED, OURS, PAYMENT, line, payment
from tests.support.samples import CANCELLATIONS, KEY, reply
from tests.support.script import (
    BROKEN,
    CANCEL,
    EMPTY,
    FOUND,
    LISTED,
    LOST,
    RECORDED,
    THE_CANCEL,
    TOKEN,
    Played,
    cancel_plan,
    paths,
    played,
)

if TYPE_CHECKING:
    from countermand._core.cancel import CancelPlan

SNAPSHOT: Final[Snapshot] = {"state": "CaptureSucceeded"}
ACCEPTED: Final = Receipt(outcome=Outcome.ACCEPTED, key=KEY, reference="s-cnl-1")
HISTORY: Final = KeyHistory(attempts=1, accepted=ACCEPTED, snapshot=SNAPSHOT)
REFUSED: Final = payment(line(f"{CANCELS}/s-cnl-1", status="error"))
NO: Final = reply(200, {**FAILED, "message": {"code": "API.1", "merchant": "no"}})
PENDING: Final = reply(200, {**OURS, "isSuccess": False, "isPending": True})


def plan(**facts: Any) -> CancelPlan:
    """Unzer's plan with both of its reads."""
    cancellation: Any = CANCELLATIONS["unzer"]

    def read_accepted(reference: str | None) -> ReadBack:
        return unzer.read_accepted(cancellation, KEY, reference)

    return cancel_plan(**{"read_accepted": read_accepted, **facts})


def look(*answers: Any, state: CallState | None = None, **facts: Any) -> Played:
    """Look at the accepted cancel."""
    reads = [step for answer in answers for step in (TOKEN, (answer, 0.0))]
    return played(plan(**facts), (HISTORY, 0.0), *reads, RECORDED, state=state)


def test_a_cancel_that_is_finished_is_cancelled() -> None:
    """Its own record proves it, and nothing is sent."""
    state = CallState()
    run = look(LISTED, FOUND, state=state)
    assert paths(run) == [PAYMENT, THE_CANCEL]
    assert isinstance(run.result, Receipt)
    assert (run.result.outcome, run.result.evidence) == (Outcome.CANCELLED, Evidence.READ_BACK)
    assert run.result.reference == "s-cnl-1"
    assert (state.accepted, run.result.attempts) == (None, ())


def test_a_cancel_that_failed_is_declined() -> None:
    """The provider had accepted it, and says that it did not succeed."""
    state = CallState()
    run = look(EMPTY, REFUSED, NO, state=state)
    assert isinstance(run.result, Declined)
    assert run.result.about_payment
    assert state.accepted is None
    assert CANCEL not in paths(run)


@pytest.mark.parametrize(
    "answers",
    [(LISTED, PENDING), (EMPTY, EMPTY), (BROKEN,), (LOST,)],
    ids=["pending", "absent", "503", "lost"],
)
def test_whatever_else_is_read_the_receipt_stays(answers: tuple[Any, ...]) -> None:
    """The very receipt that was stored."""
    run = look(*answers, policy=Policy(attempts=1))
    assert run.result is ACCEPTED
    assert CANCEL not in paths(run)


def test_a_closed_client_reads_nothing() -> None:
    """The receipt is what it was, and so is the next look."""
    run = look(client_closed=True)
    assert run.result is ACCEPTED
    assert paths(run) == []
    (record,) = [step for step in run.steps if isinstance(step, RecordOutcome)]
    assert record.notes is None


def found(done: Done) -> ReadBack:
    """Reads without a request, which find a cancel."""
    yield from ()
    return Found(done)


@pytest.mark.parametrize(("seen", "told"), [(None, "s-cnl-1"), ("s-cnl-2", "s-cnl-2")])
def test_the_reference_is_that_of_the_read_or_the_one_that_was_known(
    seen: str | None, told: str
) -> None:
    """A provider need not name it again."""
    done = Done(outcome=Outcome.CANCELLED, reference=seen)
    run = look(read_accepted=lambda _: found(done))
    assert isinstance(run.result, Receipt)
    assert run.result.reference == told


def test_the_read_of_an_accepted_cancel_gets_its_reference() -> None:
    """An older attempt of the same key may have failed."""
    seen: list[str | None] = []

    def reads(reference: str | None) -> ReadBack:
        seen.append(reference)
        return found(Done(outcome=Outcome.ACCEPTED))

    assert look(read_accepted=reads).result is ACCEPTED
    assert seen == ["s-cnl-1"]


@pytest.mark.parametrize(
    ("finding", "kind"),
    [
        (Found(Done(outcome=Outcome.CANCELLED)), Outcome.CANCELLED),
        (Found(Done(outcome=Outcome.ALREADY_CANCELLED)), Outcome.ACCEPTED),
        (Absent("it is not there"), Outcome.ACCEPTED),
        (NotKnown("it cannot be read"), Outcome.ACCEPTED),
    ],
)
def test_without_reads_of_its_own_it_is_read_as_any_other_cancel(
    finding: Any, kind: Outcome
) -> None:
    """With the payment before the cancel, where that is compared."""
    seen: list[Snapshot | None] = []

    def reads(snapshot: Snapshot | None) -> ReadBack:
        seen.append(snapshot)
        yield from ()
        return finding

    run = look(read_accepted=None, read_back=reads)
    assert isinstance(run.result, Receipt)
    assert run.result.outcome is kind
    assert seen[0] == SNAPSHOT


def test_without_any_read_it_stays_accepted() -> None:
    """It cannot be followed."""
    run = look(read_accepted=None, read_back=None)
    assert run.result is ACCEPTED
    assert paths(run) == []


def test_a_refutation_is_the_error_that_it_names() -> None:
    """With the reason of the provider."""
    refused = plan().interpret(NO)
    assert isinstance(refused, Refused)

    def reads(_reference: str | None) -> ReadBack:
        yield from ()
        return Refuted(evolve(refused, message="the bank said no"))

    run = look(read_accepted=reads)
    assert isinstance(run.result, Declined)
    assert "the bank said no" in run.result.message

"""What a conclusion says, word for word: it is read by people who have to decide about money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

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
from countermand.provider._verdicts import Done, MaybeExecuted, NotRecorded, NotSent, Refused
from tests.core.test_outcomes import LOG, call_context, call_state
from tests.support.samples import CANCELLATIONS, KEY

if TYPE_CHECKING:
    from countermand.provider._verdicts import Verdict


def test_a_call_without_a_key_is_told_to_send_the_same_call_again() -> None:
    """`execute` takes none."""
    known = to_error(
        call_state(MaybeExecuted(message="reset")), evolve(call_context("pace_pay"), key=None)
    )
    assert isinstance(known, OutcomeUnknown)
    assert known.next_step == "Send the same call again: here a repeat does no harm"


@pytest.mark.parametrize(
    ("verdict", "unclear", "words"),
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
def test_an_unknown_outcome_says_what_happened_last_and_what_before(
    verdict: Verdict, words: str, *, unclear: bool
) -> None:
    """A success of which no receipt could be given has no words of its own."""
    known = to_error(call_state(verdict, maybe_executed=unclear), call_context("unzer"))
    assert isinstance(known, OutcomeUnknown)
    assert known.message == f"The provider: {words}"


def test_a_success_that_nobody_was_there_to_receive_is_told_as_what_it_is() -> None:
    """Cancelled, and the receipt is to be had without sending anything."""
    done = call_state(Done(outcome=Outcome.CANCELLED, reference="s-cnl-1"))
    known = interrupted_success(done, call_context("unzer"))
    assert type(known) is OutcomeUnknown
    assert (known.advice, known.key, known.status) == (Advice.REPEAT, KEY, 418)
    assert known.message == (
        "The provider: the provider answered that it is cancelled, "
        "and then the call was interrupted"
    )
    assert known.next_step == (
        "Cancel again with the same key: that gives the receipt, and nothing is sent"
    )
    assert (known.cancellation, known.attempts) == (CANCELLATIONS["unzer"], tuple(LOG))


def test_who_lost_the_key_does_not_say_not_cancelled() -> None:
    """Somebody else may be cancelling; the attempts and what they were about are kept."""
    refused = to_error(call_state(Refused(error=Forbidden, message="no")), call_context("unzer"))
    lost = unless_lease_lost(refused, call_context("unzer"), still_owned=False)
    assert type(lost) is CancellationInProgress
    assert lost.message == "the hold on this key was lost, perhaps to another worker"
    assert (lost.key, lost.cancellation) == (KEY, CANCELLATIONS["unzer"])
    assert lost.attempts == tuple(LOG)
    assert unless_lease_lost(refused, call_context("unzer"), still_owned=True) is refused


@pytest.mark.parametrize("ours", [True, False])
def test_a_receipt_or_an_open_end_is_told_by_whoever_has_it(*, ours: bool) -> None:
    """A lost hold takes nothing from what is known."""
    proof = to_receipt(call_state(Done(outcome=Outcome.CANCELLED)), call_context("unzer"))
    unknown = to_error(call_state(MaybeExecuted(message="reset")), call_context("unzer"))
    assert unless_lease_lost(proof, call_context("unzer"), still_owned=ours) is proof
    assert unless_lease_lost(unknown, call_context("unzer"), still_owned=ours) is unknown


def test_a_record_that_failed_is_told_as_the_ledger_told_it() -> None:
    """With the facts of this call."""
    unavailable = LedgerUnavailable("disk full", key="another")
    known = to_error(call_state(NotRecorded(error=unavailable)), call_context("unzer"))
    assert type(known) is LedgerUnavailable
    assert (known.message, known.key) == ("The provider: disk full", KEY)


@pytest.mark.parametrize("verdict", [Done(outcome=Outcome.CANCELLED), NotSent(message="no")])
def test_every_end_has_a_conclusion(verdict: Verdict) -> None:
    """A receipt, or the error that says why there is none."""
    known = to_result(call_state(verdict), call_context("unzer"))
    assert isinstance(known, Receipt if isinstance(verdict, Done) else Unreachable)


def test_ids_that_were_made_out_before_stand_on_receipt_and_error() -> None:
    """But for the one that the cancel has in the end."""
    done = Done(outcome=Outcome.CANCELLED, reference="C2")
    proof = to_receipt(call_state(done, references=["C1", "C2", "C3"]), call_context("vtex"))
    assert proof.earlier_references == ("C1", "C3")
    known = to_error(
        call_state(MaybeExecuted(message="reset"), references=["C1"]), call_context("vtex")
    )
    assert isinstance(known, OutcomeUnknown)
    assert known.earlier_references == ("C1",)


def test_a_receipt_says_how_it_is_known() -> None:
    """Read back, where a look told it; a call without a key has an empty one."""
    done = Done(outcome=Outcome.CANCELLED)
    found = to_receipt(call_state(done, evidence=Evidence.READ_BACK), call_context("unzer"))
    assert found.evidence is Evidence.READ_BACK
    assert to_receipt(call_state(done), evolve(call_context("unzer"), key=None)).key == ""


def test_a_refusal_does_not_settle_what_an_id_was_made_out_of() -> None:
    """It was executed, whatever is said later; without an id such a refusal settles it."""
    refused = Refused(error=Forbidden, message="no", about_payment=True)
    settled = to_error(call_state(refused, maybe_executed=True), call_context("vtex"))
    assert type(settled) is Forbidden
    known = to_error(
        call_state(refused, maybe_executed=True, references=["C1"]), call_context("vtex")
    )
    assert type(known) is OutcomeUnknown
    assert known.earlier_references == ("C1",)


def test_who_is_not_to_repeat_is_told_why() -> None:
    """A key that may be forgotten is no key."""
    known = to_error(
        call_state(MaybeExecuted(message="reset"), key_expired=True), call_context("vtex")
    )
    assert isinstance(known, OutcomeUnknown)
    assert known.advice is Advice.ASK
    assert known.next_step == (
        "Do not cancel again, the provider may have forgotten the key: "
        "ask it what became of the payment"
    )


@pytest.mark.parametrize(
    ("key", "end"), [(KEY, "; the same key, used again, looks first"), (None, "")]
)
def test_who_is_to_look_is_told_where(key: str | None, end: str) -> None:
    """A call with a key does it itself."""
    known = to_error(
        call_state(MaybeExecuted(message="reset")), evolve(call_context("unzer"), key=key)
    )
    assert isinstance(known, OutcomeUnknown)
    assert known.advice is Advice.READ
    start, _, after = known.next_step.rpartition(")")
    assert start.startswith("Do not repeat: first look at the payment (")
    assert after == end

"""Claim, dispatch, conclude: what a key goes through, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from countermand import (
    CancellationInProgress,
    Evidence,
    KeyConflict,
    Receipt,
    Unreachable,
    errors,
    unzer,
)
from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.errors import LedgerUnavailable
from tests.support.claims import (
    CANCEL,
    PAYMENT_LOCK,
    age,
    another,
    claimant,
    receipt,
    rows,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.ledger import Ledger


def test_a_new_key_has_no_past_and_is_written_down(ledger: Ledger) -> None:
    """What was asked stands in the database before anything is sent."""
    assert ledger.durable
    assert ledger.claim(claimant()) == KeyHistory()
    (open_row,) = ledger.unresolved()
    assert (open_row.key, open_row.cancellation, open_row.user) == ("order-42", CANCEL, "ada")
    assert (open_row.attempts, open_row.last_attempt, open_row.in_progress) == (0, None, True)


def test_an_attempt_is_counted_before_it_goes_out(ledger: Ledger) -> None:
    """With its time by the database's clock."""
    ledger.claim(claimant())
    assert ledger.record_attempt(claimant(), 1) is None
    assert ledger.record_attempt(claimant(), 2) is None
    found = ledger.find("order-42")
    assert found.attempts == 2
    assert found.last_attempt is not None
    (row,) = [row for row in rows(ledger) if "key" in row]
    assert row["attempt_log"].count("[") == 3
    assert row["maybe_executed"]


def test_a_settled_key_gives_the_receipt_again(ledgers: Callable[..., Ledger]) -> None:
    """To everyone who opens the database, for ever after."""
    first, second = ledgers(), ledgers()
    first.claim(claimant())
    first.record_attempt(claimant(), 1)
    first.record_outcome(claimant(), receipt())
    for ledger in (first, second):
        claimed = ledger.claim(claimant())
        assert isinstance(claimed, AlreadyFinished)
        assert isinstance(claimed.result, Receipt)
        assert claimed.result.reference == "s-cnl-1"
        assert claimed.result.evidence is Evidence.LEDGER
    assert first.unresolved() == ()


@pytest.mark.parametrize("kind", ["Forbidden", "NotFound", "AlreadyCaptured", "Declined"])
def test_a_refusal_of_the_payment_is_given_again(ledger: Ledger, kind: str) -> None:
    """The provider has spoken: asking again would send again."""
    ledger.claim(claimant())
    ledger.record_outcome(
        claimant(), getattr(errors, kind)("no", key="order-42", cancellation=CANCEL)
    )
    claimed = ledger.claim(claimant())
    assert isinstance(claimed, AlreadyFinished)
    assert type(claimed.result) is getattr(errors, kind)


@pytest.mark.parametrize(
    "kind", ["Unreachable", "RateLimited", "Unauthenticated", "MissingLinkedIdentity"]
)
def test_what_may_pass_leaves_the_key_usable(ledger: Ledger, kind: str) -> None:
    """Nothing was executed, so the next call starts afresh."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), getattr(errors, kind)("not now", key="order-42"))
    assert ledger.unresolved() == ()
    again = ledger.claim(claimant())
    assert isinstance(again, KeyHistory)
    assert (again.attempts, again.maybe_executed) == (1, False)


def test_an_unknown_outcome_stays_open_with_what_was_made_out(ledger: Ledger) -> None:
    """How often, whether it may have been executed, how long ago, and the ids in broken answers."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), unknown(earlier_references=("C1", "C2")))
    assert not ledger.find("order-42").in_progress
    age(ledger, 100.0)
    history = ledger.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert (history.attempts, history.maybe_executed, history.references) == (1, True, ("C1", "C2"))
    assert 100.0 <= history.since_last_attempt < 160.0


def test_a_dispatch_that_never_came_back_is_unclear(ledgers: Callable[..., Ledger]) -> None:
    """A crash between the record and the answer: the request may have gone out."""
    crashed = ledgers()
    crashed.claim(claimant())
    crashed.record_attempt(claimant(), 1)
    crashed._leases.release_all()
    age(crashed, 60.0)
    history = ledgers().claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.maybe_executed
    assert history.attempts == 1


def test_a_key_that_is_held_is_in_progress(ledgers: Callable[..., Ledger]) -> None:
    """For another process and for another call of the same."""
    first, second = ledgers(), ledgers()
    first.claim(claimant())
    for ledger in (first, second):
        rejected = ledger.claim(another())
        assert isinstance(rejected, Rejected)
        assert isinstance(rejected.error, CancellationInProgress)
        assert rejected.error.key == "order-42"
        assert rejected.error.cancellation == CANCEL


@pytest.mark.parametrize(
    "other",
    [
        claimant(cancellation=unzer.Cancellation("s-pay-1", amount=11)),
        claimant(cancellation=unzer.Cancellation("s-pay-2", amount=10)),
        claimant(destination="https://sbx-api.unzer.com/v1"),
    ],
    ids=["amount", "payment", "endpoint"],
)
@pytest.mark.parametrize("state", ["held", "succeeded", "open"])
def test_a_key_stands_for_one_cancel_at_one_server(
    ledger: Ledger, other: object, state: str
) -> None:
    """Anything else under it is refused, whatever has become of the first."""
    ledger.claim(claimant())
    if state != "held":
        ledger.record_outcome(claimant(), receipt() if state == "succeeded" else unknown())
    rejected = ledger.claim(other)  # type: ignore[arg-type]
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, KeyConflict)


def test_an_amount_written_otherwise_is_the_same_cancel(ledger: Ledger) -> None:
    """10 and 10.00 are one amount."""
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), receipt())
    same = claimant(cancellation=unzer.Cancellation("s-pay-1", amount=10))
    assert isinstance(ledger.claim(same), AlreadyFinished)


def test_two_keys_for_one_payment_do_not_run_at_once(ledgers: Callable[..., Ledger]) -> None:
    """One would see the other's cancel come and go; after it, the second may run."""
    first, second = ledgers(), ledgers()
    assert isinstance(first.claim(claimant("one", payment_lock=PAYMENT_LOCK)), KeyHistory)
    rejected = second.claim(claimant("two", payment_lock=PAYMENT_LOCK))
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, CancellationInProgress)
    assert "same payment" in rejected.error.message
    assert isinstance(second.claim(claimant("three", payment_lock="b" * 64)), KeyHistory)
    assert isinstance(second.claim(claimant("four")), KeyHistory)
    first.record_outcome(claimant("one", payment_lock=PAYMENT_LOCK), unknown("one"))
    assert isinstance(second.claim(claimant("two", payment_lock=PAYMENT_LOCK)), KeyHistory)


def test_a_lost_hold_forbids_sending_but_keeps_proof(ledgers: Callable[..., Ledger]) -> None:
    """Who was thought dead may not send; a receipt that it brings all the same is kept."""
    slow, quick = ledgers(), ledgers()
    slow.claim(claimant())
    slow.record_attempt(claimant(), 1)
    age(slow, 60.0)
    assert isinstance(quick.claim(other := another()), KeyHistory)
    lost = slow.record_attempt(claimant(), 2)
    assert isinstance(lost, Rejected)
    assert isinstance(lost.error, CancellationInProgress)
    slow.record_outcome(claimant(), unknown())
    assert quick.find("order-42").in_progress
    slow.record_outcome(claimant(), receipt())
    assert isinstance(quick.record_attempt(other, 2), Rejected)
    assert isinstance(quick.claim(claimant()), AlreadyFinished)


def test_a_lost_hold_forbids_sending_to_a_call_of_the_same_process(ledger: Ledger) -> None:
    """Two calls share a ledger: who lost the key to the other may not send in its name."""
    first, second = claimant(), another()
    ledger.claim(first)
    age(ledger, 60.0)
    assert isinstance(ledger.claim(second), KeyHistory)
    allowed = [ledger.record_attempt(each, 1) is None for each in (first, second)]
    assert sum(allowed) == 1


def test_a_refusal_does_not_close_what_is_settled(ledger: Ledger) -> None:
    """What is proven stays proven."""
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), receipt())
    ledger.record_outcome(claimant(), Unreachable("late", key="order-42"))
    assert isinstance(ledger.claim(claimant()), AlreadyFinished)


def test_what_nobody_claimed_is_not_found(ledger: Ledger) -> None:
    """And is a mistake of the caller's."""
    with pytest.raises(errors.InvalidCancellation, match="no such key") as caught:
        ledger.find("order-43")
    assert caught.value.key == "order-43"


def test_the_unresolved_come_in_the_order_in_which_they_began(ledger: Ledger) -> None:
    """Oldest first; what ended is not among them."""
    for key in ("c", "a", "b", "d"):
        ledger.claim(claimant(key))
        age(ledger, 1.0)
    ledger.record_outcome(claimant("a"), receipt("a"))
    ledger.record_outcome(claimant("d"), unknown("d"))
    assert [found.key for found in ledger.unresolved()] == ["c", "b", "d"]
    assert [found.in_progress for found in ledger.unresolved()] == [True, True, False]


def test_an_error_of_the_ledger_names_the_key(ledger: Ledger) -> None:
    """Both where the key is claimed and where an attempt is recorded."""
    ledger.claim(claimant())
    ledger._database.run = lambda *_, **__: _raise()  # type: ignore[method-assign]
    for answer in (ledger.claim(claimant()), ledger.record_attempt(claimant(), 1)):
        assert isinstance(answer, Rejected)
        assert isinstance(answer.error, LedgerUnavailable)
        assert (answer.error.key, answer.error.cancellation) == ("order-42", CANCEL)


def _raise() -> None:
    raise LedgerUnavailable("down")

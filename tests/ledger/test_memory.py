"""The keys of a client without a ledger: in this process, bounded, and as careful."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countermand import Attempts, CancellationInProgress, KeyConflict, Unreachable, _keybook, unzer
from countermand._keybook import Memory
from countermand._steps import Prior, Rejected, Settled
from tests.ledger.books import another, claimant, receipt, unknown

if TYPE_CHECKING:
    import pytest


def memory() -> tuple[Memory, list[float]]:
    """A memory, and its clock as the last number of a list."""
    now = [1000.0]
    return Memory(lambda: now[-1]), now


def test_a_key_goes_through_the_same_states_as_in_a_ledger() -> None:
    """New, held, unknown, held again, settled."""
    book, now = memory()
    assert not book.durable
    assert book.claim(claimant()) == Prior()
    held = book.claim(another())
    assert isinstance(held, Rejected)
    assert isinstance(held.error, CancellationInProgress)
    assert book.dispatch(claimant(), 1) is None
    book.conclude(claimant(), unknown())
    now.append(1100.0)
    assert book.claim(claimant()) == Prior(unclear=True, quiet_for=100.0, age=100.0)
    book.conclude(claimant(), receipt())
    assert book.claim(claimant()) == Settled(receipt())
    other = book.claim(claimant(cancellation=unzer.Cancellation("s-pay-2", amount=1)))
    assert isinstance(other, Rejected)
    assert isinstance(other.error, KeyConflict)


def test_what_surely_was_not_executed_leaves_no_doubt() -> None:
    """The key may be used again as if it were new."""
    book, _ = memory()
    book.claim(claimant())
    book.conclude(claimant(), Unreachable("no route", key="order-42"))
    again = book.claim(claimant())
    assert isinstance(again, Prior)
    assert not again.unclear


def test_ids_that_were_made_out_are_remembered() -> None:
    """So that a VTEX provider that changes its id is found out by the next call too."""
    book, _ = memory()
    book.claim(claimant())
    book.conclude(claimant(), unknown(earlier_references=("C1",)))
    prior = book.claim(claimant())
    assert isinstance(prior, Prior)
    assert prior.references == ("C1",)


def test_the_memory_is_bounded_and_never_forgets_who_is_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is settled goes; what is unclear or held stays, however much of it there is."""
    monkeypatch.setattr(_keybook, "REMEMBERED_KEYS", 3)
    book, _ = memory()
    book.claim(claimant("held"))
    book.claim(claimant("unclear"))
    book.conclude(claimant("unclear"), unknown("unclear"))
    for number in range(3):
        book.claim(claimant(f"fine-{number}"))
        book.conclude(claimant(f"fine-{number}"), receipt(f"fine-{number}"))
    held = book.claim(another("held"))
    assert isinstance(held, Rejected)
    prior = book.claim(claimant("unclear"))
    assert isinstance(prior, Prior)
    assert prior.unclear


def test_what_is_unclear_is_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """To forget it is to risk a second execution; the memory grows instead."""
    monkeypatch.setattr(_keybook, "REMEMBERED_KEYS", 3)
    book, _ = memory()
    for number in range(9):
        book.claim(claimant(f"unclear-{number}"))
        book.conclude(claimant(f"unclear-{number}"), unknown(f"unclear-{number}"))
    for number in range(9):
        prior = book.claim(claimant(f"unclear-{number}"))
        assert isinstance(prior, Prior)
        assert prior.unclear


def test_the_settle_window_counts_from_the_last_request() -> None:
    """Whoever asks every now and then, and sends nothing, does not begin it anew."""
    book, now = memory()
    book.claim(claimant())
    book.conclude(claimant(), unknown())
    for _ in range(3):
        now.append(now[-1] + 600.0)
        book.claim(claimant())
        book.conclude(claimant(), unknown(attempts=Attempts()))
    now.append(now[-1] + 600.0)
    prior = book.claim(claimant())
    assert isinstance(prior, Prior)
    assert (prior.quiet_for, prior.age) == (2400.0, 2400.0)


def test_a_key_is_held_beyond_doubt_by_whoever_took_it() -> None:
    """Nobody takes it away, and there is no lease to end."""
    book, _ = memory()
    assert not book.holds(claimant())
    book.claim(claimant())
    assert book.holds(claimant())
    assert not book.holds(another())

"""The keys of a client without a ledger: in this process, bounded, and as careful."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countermand import Attempts, CancellationInProgress, KeyConflict, Unreachable, unzer
from countermand._core.commands import Prior, Rejected, Settled
from countermand._runtime import memory
from countermand._runtime.memory import Memory
from tests.support.claims import CANCEL, another, claimant, receipt, unknown

if TYPE_CHECKING:
    import pytest


def fresh_memory() -> tuple[Memory, list[float]]:
    """A memory, and its clock as the last number of a list."""
    now = [1000.0]
    return Memory(lambda: now[-1]), now


def test_a_key_goes_through_the_same_states_as_in_a_ledger() -> None:
    """New, held, unknown, held again, settled."""
    book, now = fresh_memory()
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
    book, _ = fresh_memory()
    book.claim(claimant())
    book.conclude(claimant(), Unreachable("no route", key="order-42"))
    again = book.claim(claimant())
    assert isinstance(again, Prior)
    assert not again.unclear


def test_ids_that_were_made_out_are_remembered() -> None:
    """So that a VTEX provider that changes its id is found out by the next call too."""
    book, _ = fresh_memory()
    book.claim(claimant())
    book.conclude(claimant(), unknown(earlier_references=("C1",)))
    prior = book.claim(claimant())
    assert isinstance(prior, Prior)
    assert prior.references == ("C1",)


def test_the_memory_is_bounded_and_never_forgets_who_is_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is settled goes; what is unclear or held stays, however much of it there is."""
    monkeypatch.setattr(memory, "REMEMBERED_KEYS", 3)
    book, _ = fresh_memory()
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
    monkeypatch.setattr(memory, "REMEMBERED_KEYS", 3)
    book, _ = fresh_memory()
    for number in range(9):
        book.claim(claimant(f"unclear-{number}"))
        book.conclude(claimant(f"unclear-{number}"), unknown(f"unclear-{number}"))
    for number in range(9):
        prior = book.claim(claimant(f"unclear-{number}"))
        assert isinstance(prior, Prior)
        assert prior.unclear


def test_the_settle_window_counts_from_the_last_request() -> None:
    """Whoever asks every now and then, and sends nothing, does not begin it anew."""
    book, now = fresh_memory()
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
    book, _ = fresh_memory()
    assert not book.holds(claimant())
    book.claim(claimant())
    assert book.holds(claimant())
    assert not book.holds(another())


def prior(book: Memory) -> Prior:
    """What the claimant of the free key is told."""
    found = book.claim(claimant())
    assert isinstance(found, Prior)
    return found


def keys(book: Memory) -> list[str]:
    """What is remembered, oldest first."""
    return list(book._entries)


def finish(book: Memory, *names: str) -> None:
    """Claim keys one after the other, and settle each."""
    for name in names:
        book.claim(claimant(name))
        assert book.conclude(claimant(name), receipt(name))


def test_the_age_counts_from_the_first_claim_and_the_quiet_from_the_last_end() -> None:
    """A request may have left right after the claim, and its last bytes right before the end."""
    book, now = fresh_memory()
    book.claim(claimant())
    now.append(1010.0)
    assert book.conclude(claimant(), unknown())
    now.append(1100.0)
    assert prior(book) == Prior(unclear=True, quiet_for=90.0, age=100.0)
    now.append(1200.0)
    book.conclude(claimant(), unknown())
    now.append(1300.0)
    assert prior(book) == Prior(unclear=True, quiet_for=100.0, age=300.0)


def test_what_never_left_counts_neither_as_sent_nor_as_noise() -> None:
    """The age begins with the claim whose request may have left."""
    book, now = fresh_memory()
    book.claim(claimant())
    book.conclude(claimant(), Unreachable("no route", key="order-42"))
    now.append(1500.0)
    assert prior(book) == Prior(quiet_for=1500.0)
    book.conclude(claimant(), unknown())
    now.append(1600.0)
    assert prior(book) == Prior(unclear=True, quiet_for=100.0, age=100.0)


def test_ids_are_remembered_of_a_receipt_and_forgotten_with_an_error_that_has_none() -> None:
    """What the last conclusion knows is what is known."""
    book, _ = fresh_memory()
    book.claim(claimant())
    book.conclude(claimant(), unknown(earlier_references=("C1",)))
    assert prior(book).references == ("C1",)
    book.conclude(claimant(), Unreachable("no route", key="order-42"))
    assert prior(book).references == ()


def test_one_who_claims_twice_is_not_in_the_own_way_and_a_conflict_comes_first() -> None:
    """Others are told what is in the way."""
    book, _ = fresh_memory()
    book.claim(claimant())
    assert prior(book) == Prior(quiet_for=1000.0)
    held = book.claim(another())
    assert isinstance(held, Rejected)
    assert str(held.error) == "another call with this key is running (key order-42)"
    assert held.error.cancellation is CANCEL
    other = book.claim(another(destination="https://elsewhere.invalid"))
    assert isinstance(other, Rejected)
    assert type(other.error) is KeyConflict
    assert str(other.error) == "this key stands for another cancellation (key order-42)"
    assert other.error.cancellation is CANCEL


def test_a_hold_is_its_holders_alone() -> None:
    """Nobody else lets go of it, and a key that nobody knows is held by nobody."""
    book, _ = fresh_memory()
    stranger = another()
    for let_go in (book.release, book.abandon):
        assert not book.holds(claimant())
        let_go(claimant())
        book.claim(claimant())
        let_go(stranger)
        assert book.holds(claimant())
        assert not book.holds(stranger)
        let_go(claimant())
        assert not book.holds(claimant())


def test_a_release_leaves_what_is_known_as_it_was() -> None:
    """Nothing happened under this hold."""
    book, now = fresh_memory()
    book.claim(claimant())
    book.conclude(claimant(), unknown())
    now.append(1010.0)
    book.claim(claimant())
    book.release(claimant())
    now.append(1050.0)
    assert book.claim(another()) == Prior(unclear=True, quiet_for=50.0, age=50.0)


def test_an_abandoned_key_is_unclear_from_then_on() -> None:
    """Whatever it sent left no later than that."""
    book, now = fresh_memory()
    book.claim(claimant())
    now.append(1010.0)
    book.abandon(claimant())
    now.append(1050.0)
    found = book.claim(another())
    assert isinstance(found, Prior)
    assert (found.unclear, found.quiet_for) == (True, 40.0)


def test_a_full_memory_forgets_a_tenth_more_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go, by when they were last asked for."""
    monkeypatch.setattr(memory, "REMEMBERED_KEYS", 20)
    book, _ = fresh_memory()
    names = [f"k{number}" for number in range(20)]
    finish(book, *names)
    assert keys(book) == names
    assert book.claim(claimant("k0")) == Settled(receipt("k0"))
    book.claim(claimant("new"))
    assert keys(book) == [*names[4:], "k0", "new"]
    finish(book, "more", "and")
    assert len(keys(book)) == 20


def test_a_memory_that_can_forget_nothing_grows_and_searches_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It looks again after a tenth more keys, and forgets then what has ended by then."""
    monkeypatch.setattr(memory, "REMEMBERED_KEYS", 20)
    book, _ = fresh_memory()
    names = [f"k{number}" for number in range(21)]
    for name in names:
        book.claim(claimant(name))
    book.conclude(claimant("k3"), receipt("k3"))
    book.conclude(claimant("k4"), unknown("k4"))
    book.claim(claimant("k21"))
    book.claim(claimant("k22"))
    assert keys(book) == [*names, "k21", "k22"]
    book.claim(claimant("k23"))
    assert keys(book) == [*names[:3], *names[4:], "k21", "k22", "k23"]
    # Only four or more above twenty, plus a tenth, are too many now.
    book.conclude(claimant("k0"), receipt("k0"))
    book.claim(claimant("k24"))
    book.claim(claimant("k25"))
    assert "k0" in keys(book)
    book.claim(claimant("k26"))
    assert "k0" not in keys(book)


def test_a_key_that_was_abandoned_has_an_age() -> None:
    """Its request may have left as soon as the key was taken."""
    book, now = fresh_memory()
    book.claim(claimant())
    book.abandon(claimant())
    now.append(now[-1] + 100_000.0)
    prior = book.claim(claimant())
    assert isinstance(prior, Prior)
    assert (prior.unclear, prior.age) == (True, 100_000.0)


def test_a_key_that_is_abandoned_later_keeps_its_age() -> None:
    """It counts from the first request."""
    book, now = fresh_memory()
    book.claim(claimant())
    book.conclude(claimant(), unknown())
    now.append(now[-1] + 50.0)
    book.claim(claimant())
    book.abandon(claimant())
    now.append(now[-1] + 50.0)
    prior = book.claim(claimant())
    assert isinstance(prior, Prior)
    assert (prior.quiet_for, prior.age) == (50.0, 100.0)

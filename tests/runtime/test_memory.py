"""The keys of a client without a ledger: in this process, bounded, and as careful."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countermand import CancellationInProgress, KeyConflict, Unreachable, unzer
from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand._runtime import memory
from countermand._runtime.memory import MemoryKeyStore
from tests.support.claims import CANCEL, another, claimant, receipt, unknown

if TYPE_CHECKING:
    import pytest


def fresh_memory() -> tuple[MemoryKeyStore, list[float]]:
    """A memory, and its clock as the last number of a list."""
    now = [1000.0]
    return MemoryKeyStore(lambda: now[-1]), now


def test_a_key_goes_through_the_same_states_as_in_a_ledger() -> None:
    """New, held, unknown, held again, settled."""
    store, now = fresh_memory()
    assert not store.durable
    assert store.claim(claimant()) == KeyHistory()
    held = store.claim(another())
    assert isinstance(held, Rejected)
    assert isinstance(held.error, CancellationInProgress)
    assert store.record_attempt(claimant(), 1) is None
    store.record_outcome(claimant(), unknown())
    now.append(1100.0)
    assert store.claim(claimant()) == KeyHistory(
        maybe_executed=True, since_last_attempt=100.0, since_first_attempt=100.0
    )
    store.record_outcome(claimant(), receipt())
    assert store.claim(claimant()) == AlreadyFinished(receipt())
    other = store.claim(claimant(cancellation=unzer.Cancellation("s-pay-2", amount=1)))
    assert isinstance(other, Rejected)
    assert isinstance(other.error, KeyConflict)


def test_what_surely_was_not_executed_leaves_no_doubt() -> None:
    """The key may be used again as if it were new."""
    store, _ = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), Unreachable("no route", key="order-42"))
    again = store.claim(claimant())
    assert isinstance(again, KeyHistory)
    assert not again.maybe_executed


def test_ids_that_were_made_out_are_remembered() -> None:
    """So that a VTEX provider that changes its id is found out by the next call too."""
    store, _ = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), unknown(earlier_references=("C1",)))
    history = store.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.references == ("C1",)


def test_the_memory_is_bounded_and_never_forgets_who_is_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is settled goes; what is unclear or held stays, however much of it there is."""
    monkeypatch.setattr(memory, "MAX_REMEMBERED_KEYS", 3)
    store, _ = fresh_memory()
    store.claim(claimant("held"))
    store.claim(claimant("unclear"))
    store.record_outcome(claimant("unclear"), unknown("unclear"))
    for number in range(3):
        store.claim(claimant(f"fine-{number}"))
        store.record_outcome(claimant(f"fine-{number}"), receipt(f"fine-{number}"))
    held = store.claim(another("held"))
    assert isinstance(held, Rejected)
    history = store.claim(claimant("unclear"))
    assert isinstance(history, KeyHistory)
    assert history.maybe_executed


def test_what_is_unclear_is_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """To forget it is to risk a second execution; the memory grows instead."""
    monkeypatch.setattr(memory, "MAX_REMEMBERED_KEYS", 3)
    store, _ = fresh_memory()
    for number in range(9):
        store.claim(claimant(f"unclear-{number}"))
        store.record_outcome(claimant(f"unclear-{number}"), unknown(f"unclear-{number}"))
    for number in range(9):
        history = store.claim(claimant(f"unclear-{number}"))
        assert isinstance(history, KeyHistory)
        assert history.maybe_executed


def test_the_settle_window_counts_from_the_last_request() -> None:
    """Whoever asks every now and then, and sends nothing, does not begin it anew."""
    store, now = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), unknown())
    for _ in range(3):
        now.append(now[-1] + 600.0)
        store.claim(claimant())
        store.record_outcome(claimant(), unknown(attempts=()))
    now.append(now[-1] + 600.0)
    history = store.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert (history.since_last_attempt, history.since_first_attempt) == (2400.0, 2400.0)


def test_a_key_is_held_beyond_doubt_by_whoever_took_it() -> None:
    """Nobody takes it away, and there is no lease to end."""
    store, _ = fresh_memory()
    assert not store.is_held(claimant())
    store.claim(claimant())
    assert store.is_held(claimant())
    assert not store.is_held(another())


def prior(store: MemoryKeyStore) -> KeyHistory:
    """What the claimant of the free key is told."""
    found = store.claim(claimant())
    assert isinstance(found, KeyHistory)
    return found


def keys(store: MemoryKeyStore) -> list[str]:
    """What is remembered, oldest first."""
    return list(store._entries)


def finish(store: MemoryKeyStore, *names: str) -> None:
    """Claim keys one after the other, and settle each."""
    for name in names:
        store.claim(claimant(name))
        assert store.record_outcome(claimant(name), receipt(name))


def test_the_age_counts_from_the_first_claim_and_the_quiet_from_the_last_end() -> None:
    """A request may have left right after the claim, and its last bytes right before the end."""
    store, now = fresh_memory()
    store.claim(claimant())
    now.append(1010.0)
    assert store.record_outcome(claimant(), unknown())
    now.append(1100.0)
    assert prior(store) == KeyHistory(
        maybe_executed=True, since_last_attempt=90.0, since_first_attempt=100.0
    )
    now.append(1200.0)
    store.record_outcome(claimant(), unknown())
    now.append(1300.0)
    assert prior(store) == KeyHistory(
        maybe_executed=True, since_last_attempt=100.0, since_first_attempt=300.0
    )


def test_what_never_left_counts_neither_as_sent_nor_as_noise() -> None:
    """The age begins with the claim whose request may have left."""
    store, now = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), Unreachable("no route", key="order-42"))
    now.append(1500.0)
    assert prior(store) == KeyHistory(since_last_attempt=1500.0)
    store.record_outcome(claimant(), unknown())
    now.append(1600.0)
    assert prior(store) == KeyHistory(
        maybe_executed=True, since_last_attempt=100.0, since_first_attempt=100.0
    )


def test_ids_are_remembered_of_a_receipt_and_forgotten_with_an_error_that_has_none() -> None:
    """What the last conclusion knows is what is known."""
    store, _ = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), unknown(earlier_references=("C1",)))
    assert prior(store).references == ("C1",)
    store.record_outcome(claimant(), Unreachable("no route", key="order-42"))
    assert prior(store).references == ()


def test_one_who_claims_twice_is_not_in_the_own_way_and_a_conflict_comes_first() -> None:
    """Others are told what is in the way."""
    store, _ = fresh_memory()
    store.claim(claimant())
    assert prior(store) == KeyHistory(since_last_attempt=1000.0)
    held = store.claim(another())
    assert isinstance(held, Rejected)
    assert str(held.error) == "another call with this key is running (key order-42)"
    assert held.error.cancellation is CANCEL
    other = store.claim(another(destination="https://elsewhere.invalid"))
    assert isinstance(other, Rejected)
    assert type(other.error) is KeyConflict
    assert str(other.error) == "this key stands for another cancellation (key order-42)"
    assert other.error.cancellation is CANCEL


def test_a_hold_is_its_holders_alone() -> None:
    """Nobody else lets go of it, and a key that nobody knows is held by nobody."""
    store, _ = fresh_memory()
    stranger = another()
    for let_go in (store.release, store.abandon):
        assert not store.is_held(claimant())
        let_go(claimant())
        store.claim(claimant())
        let_go(stranger)
        assert store.is_held(claimant())
        assert not store.is_held(stranger)
        let_go(claimant())
        assert not store.is_held(claimant())


def test_a_release_leaves_what_is_known_as_it_was() -> None:
    """Nothing happened under this hold."""
    store, now = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), unknown())
    now.append(1010.0)
    store.claim(claimant())
    store.release(claimant())
    now.append(1050.0)
    assert store.claim(another()) == KeyHistory(
        maybe_executed=True, since_last_attempt=50.0, since_first_attempt=50.0
    )


def test_an_abandoned_key_is_unclear_from_then_on() -> None:
    """Whatever it sent left no later than that."""
    store, now = fresh_memory()
    store.claim(claimant())
    now.append(1010.0)
    store.abandon(claimant())
    now.append(1050.0)
    found = store.claim(another())
    assert isinstance(found, KeyHistory)
    assert (found.maybe_executed, found.since_last_attempt) == (True, 40.0)


def test_a_full_memory_forgets_a_tenth_more_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go, by when they were last asked for."""
    monkeypatch.setattr(memory, "MAX_REMEMBERED_KEYS", 20)
    store, _ = fresh_memory()
    names = [f"k{number}" for number in range(20)]
    finish(store, *names)
    assert keys(store) == names
    assert store.claim(claimant("k0")) == AlreadyFinished(receipt("k0"))
    store.claim(claimant("new"))
    assert keys(store) == [*names[4:], "k0", "new"]
    finish(store, "more", "and")
    assert len(keys(store)) == 20


def test_a_memory_that_can_forget_nothing_grows_and_searches_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It looks again after a tenth more keys, and forgets then what has ended by then."""
    monkeypatch.setattr(memory, "MAX_REMEMBERED_KEYS", 20)
    store, _ = fresh_memory()
    names = [f"k{number}" for number in range(21)]
    for name in names:
        store.claim(claimant(name))
    store.record_outcome(claimant("k3"), receipt("k3"))
    store.record_outcome(claimant("k4"), unknown("k4"))
    store.claim(claimant("k21"))
    store.claim(claimant("k22"))
    assert keys(store) == [*names, "k21", "k22"]
    store.claim(claimant("k23"))
    assert keys(store) == [*names[:3], *names[4:], "k21", "k22", "k23"]
    # Only four or more above twenty, plus a tenth, are too many now.
    store.record_outcome(claimant("k0"), receipt("k0"))
    store.claim(claimant("k24"))
    store.claim(claimant("k25"))
    assert "k0" in keys(store)
    store.claim(claimant("k26"))
    assert "k0" not in keys(store)


def test_a_key_that_was_abandoned_has_an_age() -> None:
    """Its request may have left as soon as the key was taken."""
    store, now = fresh_memory()
    store.claim(claimant())
    store.abandon(claimant())
    now.append(now[-1] + 100_000.0)
    history = store.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert (history.maybe_executed, history.since_first_attempt) == (True, 100_000.0)


def test_a_key_that_is_abandoned_later_keeps_its_age() -> None:
    """It counts from the first request."""
    store, now = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), unknown())
    now.append(now[-1] + 50.0)
    store.claim(claimant())
    store.abandon(claimant())
    now.append(now[-1] + 50.0)
    history = store.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert (history.since_last_attempt, history.since_first_attempt) == (50.0, 100.0)

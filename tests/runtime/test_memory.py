"""The in-memory key store: bounded, with the same rules as a ledger."""

from __future__ import annotations

from typing import Any, Final

import pytest

from countermand import CancellationInProgress, Declined, KeyConflict, Unreachable, unzer
from countermand._core.commands import AlreadyFinished, KeyHistory, LookNotes, Rejected
from countermand._runtime import memory
from countermand._runtime.memory import MemoryKeyStore
from tests.support.claims import CANCEL, another, claimant, receipt, unknown


def fresh_memory() -> tuple[MemoryKeyStore, list[float]]:
    """An empty key store, and its clock as the last number of a list."""
    now = [1000.0]
    return MemoryKeyStore(lambda: now[-1], lambda: now[-1]), now


def test_a_key_goes_through_the_same_states_as_in_a_ledger() -> None:
    """New, claimed, unknown, claimed again, finished."""
    store, now = fresh_memory()
    assert not store.durable
    assert store.claim(claimant()) == KeyHistory()
    rejected = store.claim(another())
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, CancellationInProgress)
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


def test_a_request_that_was_certainly_not_executed_leaves_the_key_resolved() -> None:
    """The key may be used again as if it were new."""
    store, _ = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), Unreachable("no route", key="order-42"))
    again = store.claim(claimant())
    assert isinstance(again, KeyHistory)
    assert not again.maybe_executed


def test_ids_that_were_read_are_remembered() -> None:
    """So the next call also detects a VTEX provider that changes its id."""
    store, _ = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), unknown(earlier_references=("C1",)))
    history = store.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.references == ("C1",)


def test_the_key_store_is_bounded_and_never_forgets_a_claimed_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Finished keys are dropped; claimed and unresolved keys stay, whatever their number."""
    monkeypatch.setattr(memory, "MAX_REMEMBERED_KEYS", 3)
    store, _ = fresh_memory()
    store.claim(claimant("claimed"))
    store.claim(claimant("unresolved"))
    store.record_outcome(claimant("unresolved"), unknown("unresolved"))
    for number in range(3):
        store.claim(claimant(f"fine-{number}"))
        store.record_outcome(claimant(f"fine-{number}"), receipt(f"fine-{number}"))
    rejected = store.claim(another("claimed"))
    assert isinstance(rejected, Rejected)
    history = store.claim(claimant("unresolved"))
    assert isinstance(history, KeyHistory)
    assert history.maybe_executed


def test_an_unresolved_key_is_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgetting it would risk a second execution, so the store grows instead."""
    monkeypatch.setattr(memory, "MAX_REMEMBERED_KEYS", 3)
    store, _ = fresh_memory()
    for number in range(9):
        store.claim(claimant(f"unresolved-{number}"))
        store.record_outcome(claimant(f"unresolved-{number}"), unknown(f"unresolved-{number}"))
    for number in range(9):
        history = store.claim(claimant(f"unresolved-{number}"))
        assert isinstance(history, KeyHistory)
        assert history.maybe_executed


def test_the_late_arrival_window_counts_from_the_last_request() -> None:
    """A call that sends nothing does not restart it."""
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


def test_a_claimed_key_is_never_taken_from_its_owner() -> None:
    """An in-memory claim has no lease that could expire."""
    store, _ = fresh_memory()
    assert not store.is_held(claimant())
    store.claim(claimant())
    assert store.is_held(claimant())
    assert not store.is_held(another())


def test_a_snapshot_is_kept_with_the_last_request() -> None:
    """And the time of the first read that showed the payment so; a later one may end that."""
    store, now = fresh_memory()
    store.record_attempt(claimant(), 1, snapshot={"state": "before"})
    assert prior(store).snapshot is None
    store.record_attempt(claimant(), 1, snapshot={"state": "before"})
    expected = [(True, 0.0), (None, 60.0), (True, 120.0), (False, None), (None, None), (True, 0.0)]
    for unchanged, unchanged_for in expected:
        store.record_outcome(claimant(), unknown(), notes=LookNotes(unchanged=unchanged))
        history = prior(store)
        assert history.snapshot == {"state": "before"}
        assert history.unchanged_for == unchanged_for
        now.append(now[-1] + 60.0)
    store.record_attempt(claimant(), 2)
    store.record_outcome(claimant(), unknown())
    history = prior(store)
    assert (history.snapshot, history.unchanged_for) == (None, None)


def prior(store: MemoryKeyStore) -> KeyHistory:
    """The history that a claim of the free key returns."""
    found = store.claim(claimant())
    assert isinstance(found, KeyHistory)
    return found


def keys(store: MemoryKeyStore) -> list[str]:
    """The stored keys, oldest first."""
    return list(store._entries)


def finish(store: MemoryKeyStore, *names: str) -> None:
    """Claim keys one after the other, and record a receipt for each."""
    for name in names:
        store.claim(claimant(name))
        assert store.record_outcome(claimant(name), receipt(name))


def test_ages_count_from_the_first_claim_and_the_last_outcome() -> None:
    """A request may have been sent right after the claim, and right before the outcome."""
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


def test_a_request_that_was_not_sent_starts_no_age() -> None:
    """The age counts from the claim whose request may have been sent."""
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


def test_the_ids_of_the_last_result_are_remembered() -> None:
    """The references of the last result replace the earlier ones."""
    store, _ = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), unknown(earlier_references=("C1",)))
    assert prior(store).references == ("C1",)
    store.record_outcome(claimant(), Unreachable("no route", key="order-42"))
    assert prior(store).references == ()


def test_an_owner_may_claim_twice_and_a_conflict_comes_first() -> None:
    """Another owner is rejected with the reason."""
    store, _ = fresh_memory()
    store.claim(claimant())
    assert prior(store) == KeyHistory(since_last_attempt=1000.0)
    rejected = store.claim(another())
    assert isinstance(rejected, Rejected)
    assert rejected.error.message == "another call with this key is running"
    assert rejected.error.key == "order-42"
    assert rejected.error.cancellation is CANCEL
    part = unzer.Cancellation("s-pay-1", amount=11)
    other = store.claim(another(cancellation=part))
    assert isinstance(other, Rejected)
    assert type(other.error) is KeyConflict
    assert other.error.message == "this key stands for another cancellation"
    assert other.error.key == "order-42"
    assert other.error.cancellation is part


def test_a_claim_belongs_to_its_owner_alone() -> None:
    """Another owner cannot release it, and an unknown key has no owner."""
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


def test_a_release_keeps_the_history() -> None:
    """Nothing was sent under this claim."""
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


def test_a_forked_child_gives_up_the_parent_s_calls() -> None:
    """Called here, because coverage does not measure a child. What they record is theirs."""
    store, _ = fresh_memory()
    store.claim(claimant("order-1"))
    store.record_outcome(claimant("order-1"), receipt())
    store.claim(claimant())
    store.claim(claimant("free"))
    store.record_outcome(claimant("free"), Unreachable("nothing was sent"))
    store.reset()
    assert isinstance(store.claim(claimant("order-1")), AlreadyFinished)
    freed = store.claim(another("free"))
    assert isinstance(freed, KeyHistory)
    assert not freed.maybe_executed
    store.record_outcome(claimant(), receipt())
    known = store.claim(another())
    assert isinstance(known, KeyHistory)
    assert known.maybe_executed


def test_an_abandoned_key_is_maybe_executed() -> None:
    """The abandonment counts as the time of its last request."""
    store, now = fresh_memory()
    store.claim(claimant())
    now.append(1010.0)
    store.abandon(claimant())
    now.append(1050.0)
    found = store.claim(another())
    assert isinstance(found, KeyHistory)
    assert (found.maybe_executed, found.since_last_attempt) == (True, 40.0)


def test_a_full_memory_forgets_a_tenth_more_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least recently claimed keys are dropped first."""
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
    """It searches again after a tenth more keys, and drops those that have finished."""
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
    """Its request may have been sent right after the claim."""
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


ELSEWHERE: Final = "https://elsewhere.invalid"
REFUSAL: Final = Declined("no", key="order-42", about_payment=True)


def test_a_refusal_about_the_payment_is_kept_as_in_a_ledger() -> None:
    """The same account gets it again; another account may send."""
    store, _ = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), REFUSAL)
    found = store.claim(another())
    assert isinstance(found, AlreadyFinished)
    assert (type(found.result), vars(found.result)) == (Declined, vars(REFUSAL))
    assert store.claim(another(destination=ELSEWHERE)) == KeyHistory(since_last_attempt=1000.0)


def test_a_refusal_of_the_request_leaves_the_key_free() -> None:
    """A wrong key or a wrong host says nothing of the payment."""
    store, _ = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), Declined("no", key="order-42"))
    assert isinstance(store.claim(another(destination=ELSEWHERE)), KeyHistory)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (receipt(), "the payment was cancelled with this key at"),
        (unknown(), "the payment may have been cancelled with this key at"),
    ],
    ids=["finished", "maybe executed"],
)
def test_a_key_with_a_result_conflicts_at_another_account(result: Any, message: str) -> None:
    """The error names where it is recorded, and warns of a new key."""
    store, _ = fresh_memory()
    store.claim(claimant())
    store.record_outcome(claimant(), result)
    rejected = store.claim(another(destination=ELSEWHERE))
    assert isinstance(rejected, Rejected)
    assert type(rejected.error) is KeyConflict
    assert rejected.error.message == (
        f"{message} {claimant().destination}, so nothing was sent to another account or server"
    )
    assert rejected.error.next_step == (
        "Call again with that account and server; a new key may cancel a second time"
    )


def test_a_key_is_as_old_as_the_clock_that_has_run_longest_says() -> None:
    """The monotonic clock may stand still in suspension, and the wall clock may be set back."""
    monotonic, wall = [1000.0], [5000.0]
    store = MemoryKeyStore(lambda: monotonic[-1], lambda: wall[-1])
    store.claim(claimant())
    store.record_outcome(claimant(), unknown())
    monotonic.append(1010.0)
    wall.append(5000.0 + 90_000)
    assert prior(store).since_first_attempt == 90_000
    wall.append(4000.0)
    assert prior(store).since_first_attempt == 10.0

"""The life of one claim: its states, and which may follow which."""

from __future__ import annotations

from itertools import product
from threading import Event, Thread, current_thread
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from countermand import Unreachable
from countermand._core.commands import KeyHistory, Rejected
from countermand._runtime import claim, stores
from countermand._runtime.claim import TRANSITIONS, ClaimHandle, ClaimState
from countermand._runtime.memory import MemoryKeyStore
from countermand.errors import CancellationInProgress, LedgerUnavailable
from tests.support.claims import claimant

if TYPE_CHECKING:
    from countermand._core.idempotency import KeyClaim
    from countermand._runtime.stores import StoreSteps

T = TypeVar("T")

NOTHING = Unreachable("nothing was sent")
ALLOWED = {
    ("UNCLAIMED", "CLAIMING"),
    ("UNCLAIMED", "ABANDONED"),
    ("CLAIMING", "CLAIMING"),
    ("CLAIMING", "CLAIMED"),
    ("CLAIMING", "ABANDONED"),
    ("CLAIMED", "RECORDED"),
    ("CLAIMED", "LOST"),
}


class UnavailableStore(MemoryKeyStore):
    """A key store that records no outcome."""

    def record_outcome(self, _claim: KeyClaim, _result: object, **_options: object) -> bool:
        """Fail."""
        raise LedgerUnavailable("gone")


class NotingStore:
    """A key store that notes what it is asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def claim(self, claim: KeyClaim, *, timeout: float, first_attempt: bool) -> KeyHistory:
        """Note the claim."""
        self.calls.append(("claim", claim, timeout, first_attempt))
        return KeyHistory()

    def record_attempt(
        self, claim: KeyClaim, number: int, *, timeout: float, snapshot: object
    ) -> str:
        """Note the attempt."""
        self.calls.append(("record_attempt", claim, number, timeout, snapshot))
        return "recorded"

    def record_outcome(
        self, claim: KeyClaim, result: object, *, timeout: float, notes: object
    ) -> bool:
        """Note the outcome."""
        self.calls.append(("record_outcome", claim, result, timeout, notes))
        return True

    def release(self, claim: KeyClaim, *, timeout: float) -> None:
        """Note it, and be gone."""
        self.calls.append(("release", claim, timeout))
        raise LedgerUnavailable("gone")

    def abandon(self, claim: KeyClaim) -> None:
        """Note it."""
        self.calls.append(("abandon", claim))


def handle(store: MemoryKeyStore | None = None) -> ClaimHandle:
    """A claim that was not made yet."""
    return ClaimHandle(
        store=store or MemoryKeyStore(lambda: 0.0, lambda: 0.0),
        claim=claimant(),
        name="the provider",
    )


def claimed(store: MemoryKeyStore | None = None) -> ClaimHandle:
    """A claim whose key is ours."""
    made = handle(store)
    assert isinstance(told(made, made.ask(1.0)), KeyHistory)
    assert made.enter(ClaimState.CLAIMED)
    return made


def told(made: ClaimHandle, steps: StoreSteps[T]) -> T:
    """What the store answers."""
    return stores.ask_store(made.store, steps)


@pytest.mark.parametrize(("before", "after"), list(product(ClaimState, ClaimState)))
def test_only_the_transitions_of_the_table_are_made(before: ClaimState, after: ClaimState) -> None:
    """Every other change leaves the state as it is."""
    made = handle()
    made.state = before
    allowed = (before.name, after.name) in ALLOWED
    assert made.enter(after) is allowed
    assert made.state is (after if allowed else before)


def test_the_table_names_every_state() -> None:
    """A new state needs a row."""
    assert TRANSITIONS.keys() == set(ClaimState)


def test_a_recorded_outcome_ends_the_claim() -> None:
    """An interruption after it records nothing more, and knows that the lease was valid."""
    made = claimed()
    assert told(made, made.record_outcome(NOTHING, 1.0))
    assert made.state is ClaimState.RECORDED
    assert told(made, made.finish_interrupted(NOTHING, 1.0))
    assert made.state is ClaimState.RECORDED


def test_a_claim_whose_lease_was_lost_stays_lost() -> None:
    """Neither the call nor an interruption after it can say that nothing was cancelled."""
    made = claimed(UnavailableStore(lambda: 0.0, lambda: 0.0))
    made.store.abandon(made.claim)
    assert not told(made, made.record_outcome(NOTHING, 1.0))
    assert made.state is ClaimState.LOST
    assert not told(made, made.finish_interrupted(NOTHING, 1.0))


def test_an_interruption_records_a_claimed_key() -> None:
    """The outcome must not be lost with the call."""
    made = claimed()
    assert told(made, made.finish_interrupted(NOTHING, 1.0))
    assert made.state is ClaimState.RECORDED
    assert not made.store.is_held(made.claim)


def test_an_interruption_releases_a_key_that_was_not_confirmed() -> None:
    """The store may have claimed it although no answer came."""
    made = handle()
    told(made, made.ask(1.0))
    assert made.store.is_held(made.claim)
    assert told(made, made.finish_interrupted(NOTHING, 1.0))
    assert made.state is ClaimState.ABANDONED
    assert not made.store.is_held(made.claim)


def test_a_claim_that_was_never_made_is_abandoned_without_the_store() -> None:
    """Nothing is to be released."""
    made = handle()
    made.abandon()
    assert told(made, made.finish_interrupted(NOTHING, 1.0))
    assert made.state is ClaimState.ABANDONED
    assert isinstance(made.store.claim(claimant(), timeout=1.0), KeyHistory)


def test_a_claim_that_is_abandoned_in_the_meantime_stays_abandoned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The ledger's thread checks the state, and the caller abandons before the thread sets it."""
    checked, tried = Event(), Event()

    class Slow(dict[ClaimState, frozenset[ClaimState]]):
        def __getitem__(self, state: ClaimState) -> frozenset[ClaimState]:
            if current_thread() is thread:
                checked.set()
                tried.wait(0.2)
            return super().__getitem__(state)

    made = handle()
    thread = Thread(target=lambda: told(made, made.ask(1.0)))
    monkeypatch.setattr(claim, "TRANSITIONS", Slow(TRANSITIONS))
    thread.start()
    assert checked.wait(5)
    told(made, made.finish_interrupted(NOTHING, 1.0))
    tried.set()
    thread.join()
    assert made.state is ClaimState.ABANDONED


def test_the_store_is_asked_for_this_claim_within_the_time() -> None:
    """Every step hands on the claim and its limit."""
    store: Any = NotingStore()
    made = ClaimHandle(store=store, claim=claimant(), name="the provider")
    told(made, made.ask(1.0, first_attempt=True))
    assert told(made, made.record_attempt(2, 3.0, {"state": 1})) == "recorded"  # type: ignore[comparison-overlap]
    made.enter(ClaimState.CLAIMED)
    told(made, made.finish_interrupted(NOTHING, 4.0))
    made.abandon()
    claim = made.claim
    assert store.calls == [
        ("claim", claim, 1.0, True),
        ("record_attempt", claim, 2, 3.0, {"state": 1}),
        ("record_outcome", claim, NOTHING, 4.0, None),
        ("abandon", claim),
    ]


def test_a_release_that_fails_leaves_the_lease_to_expire() -> None:
    """The interruption goes on."""
    store: Any = NotingStore()
    made = ClaimHandle(store=store, claim=claimant(), name="the provider")
    told(made, made.ask(1.0))
    assert told(made, made.finish_interrupted(NOTHING, 2.0))
    assert store.calls == [("claim", made.claim, 1.0, False), ("release", made.claim, 2.0)]


def test_an_outcome_that_is_not_recorded_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With the key and the cause; the lease says whether the key is still ours."""
    made = claimed(UnavailableStore(lambda: 0.0, lambda: 0.0))
    assert told(made, made.record_outcome(NOTHING, 1.0))
    assert caplog.messages == [
        "the provider, key order-42: the ledger did not record the outcome: gone"
    ]
    assert made.state is ClaimState.RECORDED


@pytest.mark.parametrize(
    ("result", "wait", "waits"),
    [
        (Rejected(CancellationInProgress("busy")), True, True),
        (Rejected(CancellationInProgress("busy")), False, False),
        (Rejected(LedgerUnavailable("gone")), True, False),
        (KeyHistory(), True, False),
    ],
    ids=str,
)
def test_only_a_key_that_another_call_holds_is_waited_for(
    result: Any, *, wait: bool, waits: bool
) -> None:
    """And only where the caller wants it."""
    made = ClaimHandle(
        store=MemoryKeyStore(lambda: 0.0, lambda: 0.0),
        claim=claimant(),
        name="the provider",
        wait=wait,
    )
    assert made.should_wait(result) is waits

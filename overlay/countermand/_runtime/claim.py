"""The life of one claim to an idempotency key, from the first try to the recorded outcome.

What asks the key store is a generator of store calls, so that the blocking and the asynchronous
driver share it.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from enum import Enum, auto
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from attrs import define, field

from countermand._core.commands import KeyHistory, Rejected
from countermand.errors import CancellationInProgress, LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand._core.commands import AlreadyFinished, LookNotes
    from countermand._core.idempotency import KeyClaim, KeyStore
    from countermand._core.outcomes import CallResult
    from countermand._runtime.stores import StoreSteps
    from countermand.provider import Snapshot

logger = logging.getLogger("countermand")


class ClaimState(Enum):
    """Where a claim stands.

    | state     | meaning                                                          |
    |-----------|------------------------------------------------------------------|
    | UNCLAIMED | the key store was not asked yet                                  |
    | CLAIMING  | it was asked; the key may be ours although no answer says so     |
    | CLAIMED   | the key is ours, and its outcome has to be recorded              |
    | RECORDED  | the outcome was given to the store, and the lease was valid then |
    | LOST      | the outcome was given to the store; the lease may have been lost |
    | ABANDONED | the caller gave up before the claim was answered                 |
    """

    UNCLAIMED = auto()
    CLAIMING = auto()
    CLAIMED = auto()
    RECORDED = auto()
    LOST = auto()
    ABANDONED = auto()


TRANSITIONS: Final[Mapping[ClaimState, frozenset[ClaimState]]] = {
    ClaimState.UNCLAIMED: frozenset({ClaimState.CLAIMING, ClaimState.ABANDONED}),
    ClaimState.CLAIMING: frozenset({ClaimState.CLAIMING, ClaimState.CLAIMED, ClaimState.ABANDONED}),
    ClaimState.CLAIMED: frozenset({ClaimState.RECORDED, ClaimState.LOST}),
    ClaimState.RECORDED: frozenset(),
    ClaimState.LOST: frozenset(),
    ClaimState.ABANDONED: frozenset(),
}
"""The states that may follow each state. A thread that still claims a key which its caller has
abandoned asks for a state that may not follow, and stays in ABANDONED."""


@define(kw_only=True)
class ClaimHandle:
    """One call's claim to its key, in one key store."""

    store: KeyStore
    claim: KeyClaim
    name: str
    """The provider's name, for the log."""
    wait: bool = False
    """Whether to wait for a key that another call holds."""
    state: ClaimState = ClaimState.UNCLAIMED
    _lock: Any = field(factory=Lock, init=False, repr=False, eq=False)
    """A dropped coroutine abandons its claim while a thread of the ledger still makes it."""

    def enter(self, state: ClaimState) -> bool:
        """Change to a state that may follow the present one; False if it may not."""
        with self._lock:
            if state not in TRANSITIONS[self.state]:
                return False
            self.state = state
            return True

    def ask(
        self, timeout: float, *, first_attempt: bool = False
    ) -> StoreSteps[KeyHistory | AlreadyFinished | Rejected]:
        """Claim the key in the store; the call enters CLAIMED once it has kept the history."""
        self.enter(ClaimState.CLAIMING)
        claimed: KeyHistory | AlreadyFinished | Rejected
        try:
            claimed = yield lambda store: store.claim(
                self.claim, timeout=timeout, first_attempt=first_attempt
            )
        except LedgerUnavailable as unavailable:
            return self._rejected(unavailable)
        return claimed

    def should_wait(self, claimed: KeyHistory | AlreadyFinished | Rejected) -> TypeGuard[Rejected]:
        """Whether another call holds the key and this one waits for it."""
        return (
            self.wait
            and isinstance(claimed, Rejected)
            and isinstance(claimed.error, CancellationInProgress)
        )

    def record_attempt(
        self, number: int, timeout: float, snapshot: Snapshot | None = None
    ) -> StoreSteps[Rejected | None]:
        """Record that an attempt is about to be sent."""
        rejected: Rejected | None
        try:
            rejected = yield lambda store: store.record_attempt(
                self.claim, number, timeout=timeout, snapshot=snapshot
            )
        except LedgerUnavailable as unavailable:
            return self._rejected(unavailable)
        return rejected

    def _rejected(self, error: LedgerUnavailable) -> Rejected:
        """The ledger could not even be asked."""
        error.key, error.cancellation = self.claim.key, self.claim.cancellation
        return Rejected(error)

    def record_outcome(
        self, result: CallResult, timeout: float, notes: LookNotes | None = None
    ) -> StoreSteps[bool]:
        """Record the outcome; False if the lease was lost, or may have been."""
        try:
            owned: bool = yield lambda store: store.record_outcome(
                self.claim, result, timeout=timeout, notes=notes
            )
        except LedgerUnavailable as unavailable:
            # The caller still gets the result.
            logger.error(  # noqa: TRY400 - the cause is named
                "%s, key %s: the ledger did not record the outcome: %s",
                self.name,
                self.claim.key,
                unavailable.message,
                extra={
                    "countermand_key": self.claim.key,
                    "countermand_provider": self.claim.cancellation.api,
                },
            )
            owned = self.store.is_held(self.claim)
            self.store.abandon(self.claim)
        # Set last: an interruption before this line has the outcome recorded again.
        self.enter(ClaimState.RECORDED if owned else ClaimState.LOST)
        return owned

    def finish_interrupted(self, result: CallResult, timeout: float) -> StoreSteps[bool]:
        """Record the outcome of an interrupted call, or release a key that was not confirmed.

        Returns False if the lease was lost, or may have been.
        """
        if self.state is ClaimState.CLAIMED:
            return (yield from self.record_outcome(result, timeout))
        asked = self.state is ClaimState.CLAIMING
        self.enter(ClaimState.ABANDONED)
        if asked:
            yield from self.release(timeout)
        return self.state is not ClaimState.LOST

    def release(self, timeout: float) -> StoreSteps[None]:
        """Release a key whose claim has not been confirmed."""
        with suppress(LedgerUnavailable):
            yield lambda store: store.release(self.claim, timeout=timeout)

    def abandon(self) -> None:
        """Abandon the claim without recording: a second interruption came during the first."""
        if self.state is not ClaimState.UNCLAIMED:
            self.store.abandon(self.claim)

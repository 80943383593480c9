"""The key store in memory: one client's idempotency keys, gone with the client."""

from __future__ import annotations

from collections import OrderedDict
from copy import copy
from itertools import islice
from typing import TYPE_CHECKING, Final

from attrs import define

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand._core.idempotency import KeyState, is_final_refusal
from countermand._runtime.finished import FinishedKey, finished_key
from countermand._threads import FinalizerLock
from countermand.attempts import any_maybe_sent
from countermand.errors import OutcomeUnknown
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._core.commands import LookNotes
    from countermand._core.idempotency import KeyClaim
    from countermand.errors import CountermandError
    from countermand.provider import BaseCancellation, Snapshot


MAX_REMEMBERED_KEYS: Final = 10_000


@define(weakref_slot=False)
class _KeyRecord:
    cancellation: BaseCancellation
    destination: str
    owner: str | None = None
    claimed_at: float = 0.0
    claimed_at_wall: float = 0.0
    first_sent: float | None = None
    """The earliest moment at which the first request may have been sent."""
    first_sent_wall: float = 0.0
    """The same moment on the wall clock, which goes on while the machine is suspended."""
    maybe_executed: bool = False
    last_sent: float = 0.0
    references: tuple[str, ...] = ()
    snapshot: Snapshot | None = None
    """The payment before the last request, if it was read."""
    unchanged_since: float | None = None
    """When the payment was first read as in the snapshot."""
    refusal: CountermandError | None = None
    """A refusal because of the payment's state."""

    @property
    def state(self) -> KeyState:
        """What is known of the key."""
        if self.maybe_executed:
            return KeyState.MAYBE_EXECUTED
        return KeyState.FREE if self.refusal is None else KeyState.REFUSED


class MemoryKeyStore:
    """The idempotency keys of one client; it keeps at most `MAX_REMEMBERED_KEYS` finished ones."""

    durable = False
    awaitable = None

    def __init__(self, clock: Callable[[], float], wall_clock: Callable[[], float]) -> None:
        self._clock, self._wall_clock = clock, wall_clock
        self._room = MAX_REMEMBERED_KEYS
        self._entries: OrderedDict[str, _KeyRecord | FinishedKey] = OrderedDict()
        self._lock = FinalizerLock()

    def reset(self) -> None:
        """In a forked child: give up the keys that calls of the parent hold."""
        self._lock = FinalizerLock()
        for entry in self._entries.values():
            if isinstance(entry, _KeyRecord) and entry.owner is not None:
                self._abandon(entry)

    def claim(
        self,
        claim: KeyClaim,
        *,
        timeout: float = 0.0,  # noqa: ARG002 - memory is never busy
        first_attempt: bool = False,  # noqa: ARG002 - attempts are not kept
    ) -> KeyHistory | AlreadyFinished | Rejected:
        """Claim a key."""
        made = _KeyRecord(claim.cancellation, claim.destination)
        with self._lock:
            entry = self._entries.get(claim.key)
            if entry is None:
                self._hold(made, claim)
                self._entries[claim.key] = made
                self._forget()
                return KeyHistory()
            self._entries.move_to_end(claim.key)
            return self._claim_known(entry, claim)

    def _claim_known(
        self, entry: _KeyRecord | FinishedKey, claim: KeyClaim
    ) -> KeyHistory | AlreadyFinished | Rejected:
        # Fingerprints are computed only here: hardly any key comes twice.
        if entry.cancellation.fingerprint != claim.cancellation.fingerprint:
            return claim.conflict()
        if entry.owner not in {None, claim.owner}:
            return claim.in_progress("another call with this key is running")
        if conflict := claim.check_destination(entry.destination, entry.state):
            return conflict
        if isinstance(entry, FinishedKey):
            return AlreadyFinished(entry.receipt(claim.key))
        if entry.refusal is not None and entry.destination == claim.destination:
            return AlreadyFinished(copy(entry.refusal))
        entry.destination, entry.refusal = claim.destination, None
        self._hold(entry, claim)
        now = self._clock()
        return KeyHistory(
            maybe_executed=entry.maybe_executed,
            since_last_attempt=now - entry.last_sent,
            since_first_attempt=self._since_first_attempt(entry, now),
            references=entry.references,
            snapshot=entry.snapshot,
            unchanged_for=None if entry.unchanged_since is None else now - entry.unchanged_since,
        )

    def _hold(self, entry: _KeyRecord, claim: KeyClaim) -> None:
        entry.owner = claim.owner
        entry.claimed_at, entry.claimed_at_wall = self._clock(), self._wall_clock()

    def _since_first_attempt(self, entry: _KeyRecord, now: float) -> float:
        """Seconds by the clock that has run longest: a key's age must not be too short."""
        if entry.first_sent is None:
            return 0.0
        return max(now - entry.first_sent, self._wall_clock() - entry.first_sent_wall)

    def _note_first_attempt(self, entry: _KeyRecord) -> None:
        if entry.first_sent is None:
            entry.first_sent, entry.first_sent_wall = entry.claimed_at, entry.claimed_at_wall

    def record_attempt(
        self,
        claim: KeyClaim,
        number: int,  # noqa: ARG002
        *,
        timeout: float = 0.0,  # noqa: ARG002
        snapshot: Snapshot | None = None,
    ) -> Rejected | None:
        """Keep the snapshot; the memory ends with the process that sends."""
        with self._lock:
            entry = self._held(claim)
            if entry is not None:
                entry.snapshot, entry.unchanged_since = snapshot, None
        return None

    def record_outcome(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        *,
        timeout: float = 0.0,  # noqa: ARG002
        notes: LookNotes | None = None,
    ) -> bool:
        """Record the outcome and release the key."""
        now = self._clock()
        unchanged = None if notes is None else notes.unchanged
        self._lock.run(lambda: self._record(claim, result, now, unchanged=unchanged))
        return True

    def _record(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        now: float,
        *,
        unchanged: bool | None,
    ) -> None:
        entry = self._held(claim)
        if entry is None:
            return
        if unchanged is False:
            entry.unchanged_since = None
        elif unchanged and entry.unchanged_since is None:
            entry.unchanged_since = now
        if isinstance(result, Receipt):
            self._entries[claim.key] = finished_key(result, entry.cancellation, entry.destination)
            return
        if any_maybe_sent(result.attempts):
            entry.last_sent = now
            self._note_first_attempt(entry)
        entry.references = getattr(result, "earlier_references", ())
        entry.maybe_executed = isinstance(result, OutcomeUnknown)
        # A copy: an error that is raised keeps the frames of its caller.
        entry.refusal = copy(result) if is_final_refusal(result) else None
        # Set last: an interruption before this line has the outcome recorded again.
        entry.owner = None

    def _held(self, claim: KeyClaim) -> _KeyRecord | None:
        """The record of a key, if the claim owns it."""
        entry = self._entries.get(claim.key)
        return entry if isinstance(entry, _KeyRecord) and entry.owner == claim.owner else None

    def is_held(self, claim: KeyClaim) -> bool:
        """Whether the claim owns the key; no other process can take it."""
        return self._held(claim) is not None

    def release(self, claim: KeyClaim, *, timeout: float = 0.0) -> None:  # noqa: ARG002
        """Release the key, and leave its history as it was."""
        self._lock.run(lambda: self._release(claim))

    def _release(self, claim: KeyClaim) -> None:
        entry = self._held(claim)
        if entry is not None:
            entry.owner = None

    def abandon(self, claim: KeyClaim) -> None:
        """Give up the key without an outcome; it then counts as maybe executed."""
        self._lock.run(lambda: self._abandon_claim(claim))

    def _abandon_claim(self, claim: KeyClaim) -> None:
        entry = self._held(claim)
        if entry is not None:
            self._abandon(entry)

    def _abandon(self, entry: _KeyRecord) -> None:
        entry.maybe_executed, entry.last_sent = True, self._clock()
        self._note_first_attempt(entry)
        entry.owner = None

    def _is_finished(self, key: str) -> bool:
        entry = self._entries[key]
        return entry.owner is None and not entry.maybe_executed

    def _forget(self) -> None:
        if len(self._entries) <= self._room:
            return
        # Forget a tenth at once, so that not every call searches a full memory.
        excess = len(self._entries) - MAX_REMEMBERED_KEYS + MAX_REMEMBERED_KEYS // 10
        # A key that may have been executed stays: forgetting it risks a second execution.
        for key in list(islice(filter(self._is_finished, self._entries), excess)):
            del self._entries[key]
        self._room = max(MAX_REMEMBERED_KEYS, len(self._entries) + MAX_REMEMBERED_KEYS // 10)

"""The key store in memory: one client's idempotency keys, gone with the client."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from typing import TYPE_CHECKING, Final

from attrs import define

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand._core.idempotency import KeyState, is_final_refusal
from countermand._threads import FinalizerLock
from countermand.attempts import any_maybe_sent
from countermand.errors import OutcomeUnknown
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._core.idempotency import KeyClaim
    from countermand.errors import CountermandError


MAX_REMEMBERED_KEYS: Final = 10_000


@define
class _KeyRecord:
    fingerprint: str
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
    result: Receipt | CountermandError | None = None
    """A receipt, or a refusal because of the payment's state."""

    @property
    def state(self) -> KeyState:
        """What is known of the key."""
        if isinstance(self.result, Receipt):
            return KeyState.FINISHED
        if self.maybe_executed:
            return KeyState.MAYBE_EXECUTED
        return KeyState.FREE if self.result is None else KeyState.REFUSED


class MemoryKeyStore:
    """The idempotency keys of one client; it keeps at most `MAX_REMEMBERED_KEYS` finished ones."""

    durable = False

    def __init__(self, clock: Callable[[], float], wall_clock: Callable[[], float]) -> None:
        self._clock, self._wall_clock = clock, wall_clock
        self._room = MAX_REMEMBERED_KEYS
        self._entries: OrderedDict[str, _KeyRecord] = OrderedDict()
        self._lock = FinalizerLock()

    def reset(self) -> None:
        """In a forked child: give up the keys that calls of the parent hold."""
        self._lock = FinalizerLock()
        for entry in self._entries.values():
            if entry.owner is not None:
                self._abandon(entry)

    def claim(
        self,
        claim: KeyClaim,
        *,
        timeout: float = 0.0,  # noqa: ARG002 - memory is never busy
    ) -> KeyHistory | AlreadyFinished | Rejected:
        """Claim a key."""
        now = self._clock()
        made = _KeyRecord(claim.cancellation.fingerprint, claim.destination)
        with self._lock:
            entry = self._entries.get(claim.key)
            if entry is None:
                self._hold(made, claim)
                self._entries[claim.key] = made
                self._forget()
                return KeyHistory()
            self._entries.move_to_end(claim.key)
            return self._claim_known(entry, claim, made.fingerprint, now)

    def _claim_known(
        self, entry: _KeyRecord, claim: KeyClaim, fingerprint: str, now: float
    ) -> KeyHistory | AlreadyFinished | Rejected:
        if entry.fingerprint != fingerprint:
            return claim.conflict()
        if entry.owner not in {None, claim.owner}:
            return claim.in_progress("another call with this key is running")
        if conflict := claim.check_destination(entry.destination, entry.state):
            return conflict
        if entry.result is not None and entry.destination == claim.destination:
            return AlreadyFinished(entry.result)
        entry.destination, entry.result = claim.destination, None
        self._hold(entry, claim)
        return KeyHistory(
            maybe_executed=entry.maybe_executed,
            since_last_attempt=now - entry.last_sent,
            since_first_attempt=self._since_first_attempt(entry, now),
            references=entry.references,
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
        self, claim: KeyClaim, number: int, *, timeout: float = 0.0
    ) -> Rejected | None:
        """Record nothing: the memory ends with the process that sends."""

    def record_outcome(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        *,
        timeout: float = 0.0,  # noqa: ARG002
    ) -> bool:
        """Record the outcome and release the key."""
        now = self._clock()
        self._lock.run(lambda: self._record(claim, result, now))
        return True

    def _record(self, claim: KeyClaim, result: Receipt | CountermandError, now: float) -> None:
        entry = self._entries[claim.key]
        if entry.owner != claim.owner:
            return
        if any_maybe_sent(result.attempts):
            entry.last_sent = now
            self._note_first_attempt(entry)
        entry.references = getattr(result, "earlier_references", ())
        entry.maybe_executed = isinstance(result, OutcomeUnknown)
        final = isinstance(result, Receipt) or is_final_refusal(result)
        entry.result = result if final else None
        # Set last: an interruption before this line has the outcome recorded again.
        entry.owner = None

    def is_held(self, claim: KeyClaim) -> bool:
        """Whether the claim owns the key; no other process can take it."""
        entry = self._entries.get(claim.key)
        return entry is not None and entry.owner == claim.owner

    def release(self, claim: KeyClaim, *, timeout: float = 0.0) -> None:  # noqa: ARG002
        """Release the key, and leave its history as it was."""
        self._lock.run(lambda: self._release(claim))

    def _release(self, claim: KeyClaim) -> None:
        entry = self._entries.get(claim.key)
        if entry is not None and entry.owner == claim.owner:
            entry.owner = None

    def abandon(self, claim: KeyClaim) -> None:
        """Give up the key without an outcome; it then counts as maybe executed."""
        self._lock.run(lambda: self._abandon_claim(claim))

    def _abandon_claim(self, claim: KeyClaim) -> None:
        entry = self._entries.get(claim.key)
        if entry is not None and entry.owner == claim.owner:
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

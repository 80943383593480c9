"""Who may work on a key, and what is known of it: in this process's memory, or in a ledger."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Final

from attrs import define

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
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
    request_identity: tuple[str, str]
    owner: str | None = None
    claimed_at: float = 0.0
    first_sent: float | None = None
    """When the first request may have gone out, at the earliest."""
    maybe_executed: bool = False
    last_sent: float = 0.0
    references: tuple[str, ...] = ()
    receipt: Receipt | None = None


class MemoryKeyStore:
    """The keys of one client, in this process: bounded, and gone with the client."""

    durable = False

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._room = MAX_REMEMBERED_KEYS
        self._entries: OrderedDict[str, _KeyRecord] = OrderedDict()
        self._lock = Lock()

    def claim(
        self,
        claim: KeyClaim,
        *,
        timeout: float = 0.0,  # noqa: ARG002 - memory is never busy
    ) -> KeyHistory | AlreadyFinished | Rejected:
        """Take hold of a key."""
        now = self._clock()
        with self._lock:
            entry = self._entries.get(claim.key)
            if entry is None:
                self._entries[claim.key] = _KeyRecord(
                    claim.request_identity, claim.owner, claimed_at=now
                )
                self._forget()
                return KeyHistory()
            self._entries.move_to_end(claim.key)
            if entry.request_identity != claim.request_identity:
                return claim.conflict()
            if entry.owner not in {None, claim.owner}:
                return claim.in_progress("another call with this key is running")
            if entry.receipt is not None:
                return AlreadyFinished(entry.receipt)
            entry.owner, entry.claimed_at = claim.owner, now
            return KeyHistory(
                maybe_executed=entry.maybe_executed,
                since_last_attempt=now - entry.last_sent,
                since_first_attempt=0.0 if entry.first_sent is None else now - entry.first_sent,
                references=entry.references,
            )

    def record_attempt(
        self, claim: KeyClaim, number: int, *, timeout: float = 0.0
    ) -> Rejected | None:
        """Nothing to record: what happened to this process happened to its memory."""

    def record_outcome(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        *,
        timeout: float = 0.0,  # noqa: ARG002
    ) -> bool:
        """Let go of a key, with what is now known."""
        now = self._clock()
        with self._lock:
            entry = self._entries[claim.key]
            if any_maybe_sent(result.attempts):
                entry.last_sent = now
                if entry.first_sent is None:
                    entry.first_sent = entry.claimed_at
            entry.references = getattr(result, "earlier_references", ())
            entry.maybe_executed = isinstance(result, OutcomeUnknown)
            entry.receipt = result if isinstance(result, Receipt) else None
            # Last: what is interrupted before this is done again.
            entry.owner = None
            return True

    def is_held(self, claim: KeyClaim) -> bool:
        """Whether the key is held; nobody takes it away."""
        entry = self._entries.get(claim.key)
        return entry is not None and entry.owner == claim.owner

    def release(self, claim: KeyClaim, *, timeout: float = 0.0) -> None:  # noqa: ARG002
        """Let go of a key."""
        with self._lock:
            entry = self._entries.get(claim.key)
            if entry is not None and entry.owner == claim.owner:
                entry.owner = None

    def abandon(self, claim: KeyClaim) -> None:
        """Let go of a key, and take it for unclear."""
        with self._lock:
            entry = self._entries.get(claim.key)
            if entry is not None and entry.owner == claim.owner:
                entry.maybe_executed, entry.last_sent = True, self._clock()
                if entry.first_sent is None:
                    entry.first_sent = entry.claimed_at
                entry.owner = None

    def _is_finished(self, key: str) -> bool:
        entry = self._entries[key]
        return entry.owner is None and not entry.maybe_executed

    def _forget(self) -> None:
        if len(self._entries) <= self._room:
            return
        # A tenth at once, so that a full memory is not searched at every call.
        excess = len(self._entries) - MAX_REMEMBERED_KEYS + MAX_REMEMBERED_KEYS // 10
        # What is unclear stays: to forget it is to risk a second execution.
        for key in list(islice(filter(self._is_finished, self._entries), excess)):
            del self._entries[key]
        self._room = max(MAX_REMEMBERED_KEYS, len(self._entries) + MAX_REMEMBERED_KEYS // 10)

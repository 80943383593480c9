"""Who may work on a key, and what is known of it: in this process's memory, or in a ledger."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Final

from attrs import define

from countermand._core.commands import Prior, Rejected, Settled
from countermand.errors import OutcomeUnknown
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._core.idempotency import Claimant
    from countermand.errors import CountermandError


REMEMBERED_KEYS: Final = 10_000


@define
class _Entry:
    content: tuple[str, str]
    holder: str | None = None
    claimed_at: float = 0.0
    first_sent: float | None = None
    """When the first request may have gone out, at the earliest."""
    unclear: bool = False
    since: float = 0.0
    references: tuple[str, ...] = ()
    receipt: Receipt | None = None


class Memory:
    """The keys of one client, in this process: bounded, and gone with the client."""

    durable = False

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._room = REMEMBERED_KEYS
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = Lock()

    def claim(
        self,
        claimant: Claimant,
        *,
        limit: float = 0.0,  # noqa: ARG002 - memory is never busy
    ) -> Prior | Settled | Rejected:
        """Take hold of a key."""
        now = self._clock()
        with self._lock:
            entry = self._entries.get(claimant.key)
            if entry is None:
                self._entries[claimant.key] = _Entry(
                    claimant.content, claimant.holder, claimed_at=now
                )
                self._forget()
                return Prior()
            self._entries.move_to_end(claimant.key)
            if entry.content != claimant.content:
                return claimant.conflict()
            if entry.holder not in {None, claimant.holder}:
                return claimant.in_progress("another call with this key is running")
            if entry.receipt is not None:
                return Settled(entry.receipt)
            entry.holder, entry.claimed_at = claimant.holder, now
            return Prior(
                unclear=entry.unclear,
                quiet_for=now - entry.since,
                age=0.0 if entry.first_sent is None else now - entry.first_sent,
                references=entry.references,
            )

    def dispatch(self, claimant: Claimant, number: int, *, limit: float = 0.0) -> Rejected | None:
        """Nothing to record: what happened to this process happened to its memory."""

    def conclude(
        self,
        claimant: Claimant,
        conclusion: Receipt | CountermandError,
        *,
        limit: float = 0.0,  # noqa: ARG002
    ) -> bool:
        """Let go of a key, with what is now known."""
        now = self._clock()
        with self._lock:
            entry = self._entries[claimant.key]
            if conclusion.attempts.maybe_sent:
                entry.since = now
                if entry.first_sent is None:
                    entry.first_sent = entry.claimed_at
            entry.references = getattr(conclusion, "earlier_references", ())
            entry.unclear = isinstance(conclusion, OutcomeUnknown)
            entry.receipt = conclusion if isinstance(conclusion, Receipt) else None
            # Last: what is interrupted before this is done again.
            entry.holder = None
            return True

    def holds(self, claimant: Claimant) -> bool:
        """Whether the key is held; nobody takes it away."""
        entry = self._entries.get(claimant.key)
        return entry is not None and entry.holder == claimant.holder

    def release(self, claimant: Claimant, *, limit: float = 0.0) -> None:  # noqa: ARG002
        """Let go of a key."""
        with self._lock:
            entry = self._entries.get(claimant.key)
            if entry is not None and entry.holder == claimant.holder:
                entry.holder = None

    def abandon(self, claimant: Claimant) -> None:
        """Let go of a key, and take it for unclear."""
        with self._lock:
            entry = self._entries.get(claimant.key)
            if entry is not None and entry.holder == claimant.holder:
                entry.unclear, entry.since = True, self._clock()
                if entry.first_sent is None:
                    entry.first_sent = entry.claimed_at
                entry.holder = None

    def _is_finished(self, key: str) -> bool:
        entry = self._entries[key]
        return entry.holder is None and not entry.unclear

    def _forget(self) -> None:
        if len(self._entries) <= self._room:
            return
        # A tenth at once, so that a full memory is not searched at every call.
        excess = len(self._entries) - REMEMBERED_KEYS + REMEMBERED_KEYS // 10
        # What is unclear stays: to forget it is to risk a second execution.
        for key in list(islice(filter(self._is_finished, self._entries), excess)):
            del self._entries[key]
        self._room = max(REMEMBERED_KEYS, len(self._entries) + REMEMBERED_KEYS // 10)

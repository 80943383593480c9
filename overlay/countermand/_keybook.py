"""Who may work on a key, and what is known of it: in this process's memory, or in a ledger."""

from __future__ import annotations

from collections import OrderedDict
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol

from attrs import define, field, frozen

from countermand._steps import Prior, Rejected, Settled
from countermand.errors import CancellationInProgress, KeyConflict, OutcomeUnknown
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._cancellations import CancellationBase
    from countermand.errors import CountermandError

REMEMBERED_KEYS: Final = 10_000


@frozen(kw_only=True)
class Claimant:
    """A call that wants a key, and what it wants it for."""

    key: str
    cancellation: CancellationBase
    destination: str
    """The server, and the merchant where several share it."""
    user: str | None = None
    subject: str | None = None
    """What no other key may be working on meanwhile; None where two at once do no harm."""
    holder: str = field(factory=lambda: token_hex(16), eq=False)
    """This call's name on the key, so that two calls of one process are told apart."""

    @property
    def content(self) -> tuple[str, str]:
        """What the key stands for: the cancellation, and where it goes to."""
        return self.cancellation.fingerprint, self.destination

    def conflict(self) -> Rejected:
        """The key stands for something else."""
        return Rejected(
            KeyConflict(
                "this key stands for another cancellation",
                key=self.key,
                cancellation=self.cancellation,
            )
        )

    def in_progress(self, what: str) -> Rejected:
        """Somebody is at work."""
        return Rejected(CancellationInProgress(what, key=self.key, cancellation=self.cancellation))


class KeyBook(Protocol):
    """Where keys are claimed, and where it is written down what became of them."""

    @property
    def durable(self) -> bool:
        """Whether it outlives the process, so that each attempt is worth recording."""
        ...

    def claim(self, claimant: Claimant, *, limit: float) -> Prior | Settled | Rejected:
        """Take hold of a key, unless it is settled or somebody else has it; `limit` in seconds."""
        ...

    def dispatch(self, claimant: Claimant, number: int, *, limit: float) -> Rejected | None:
        """Record that an attempt is about to go out; a Rejected forbids it."""
        ...

    def conclude(self, claimant: Claimant, conclusion: Receipt | CountermandError) -> bool:
        """Record how it ended, and let go of the key; False where somebody else has it by now."""
        ...

    def release(self, claimant: Claimant) -> None:
        """Let go of a key, if it is held, and leave what is known of it as it was."""
        ...

    def abandon(self, claimant: Claimant) -> None:
        """Let go of a key, if it is held, of which nobody can say how it ended; never waits."""
        ...


@define
class _Entry:
    content: tuple[str, str]
    holder: str | None = None
    unclear: bool = False
    since: float = 0.0
    references: tuple[str, ...] = ()
    receipt: Receipt | None = None


class Memory:
    """The keys of one client, in this process: bounded, and gone with the client."""

    durable = False

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
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
                self._entries[claimant.key] = _Entry(claimant.content, claimant.holder)
                self._forget()
                return Prior()
            self._entries.move_to_end(claimant.key)
            if entry.content != claimant.content:
                return claimant.conflict()
            if entry.holder not in {None, claimant.holder}:
                return claimant.in_progress("another call with this key is running")
            if entry.receipt is not None:
                return Settled(entry.receipt)
            entry.holder = claimant.holder
            return Prior(
                unclear=entry.unclear,
                quiet_for=now - entry.since,
                references=entry.references,
            )

    def dispatch(self, claimant: Claimant, number: int, *, limit: float = 0.0) -> Rejected | None:
        """Nothing to record: what happened to this process happened to its memory."""

    def conclude(self, claimant: Claimant, conclusion: Receipt | CountermandError) -> bool:
        """Let go of a key, with what is now known."""
        now = self._clock()
        with self._lock:
            entry = self._entries[claimant.key]
            entry.since = now
            entry.references = getattr(conclusion, "earlier_references", ())
            entry.unclear = isinstance(conclusion, OutcomeUnknown)
            entry.receipt = conclusion if isinstance(conclusion, Receipt) else None
            # Last: what is interrupted before this is done again.
            entry.holder = None
            return True

    def release(self, claimant: Claimant) -> None:
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
                entry.unclear, entry.since, entry.holder = True, self._clock(), None

    def _forget(self) -> None:
        excess = len(self._entries) - REMEMBERED_KEYS
        if excess > 0:
            idle = [key for key, entry in self._entries.items() if entry.holder is None]
            # What is unclear goes last: to forget it is to risk a second execution.
            idle.sort(key=lambda key: self._entries[key].unclear)
            # A tenth at once, so that a full memory is not sorted at every call.
            for key in idle[: excess + REMEMBERED_KEYS // 10]:
                del self._entries[key]

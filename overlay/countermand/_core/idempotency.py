"""Who may work on a key, and what is known of it: in this process's memory, or in a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import field, frozen

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.errors import CancellationInProgress, KeyConflict

if TYPE_CHECKING:
    from countermand.errors import CountermandError
    from countermand.provider._cancellations import BaseCancellation
    from countermand.receipt import Receipt


@frozen(kw_only=True)
class KeyClaim:
    """A call that wants a key, and what it wants it for."""

    key: str
    cancellation: BaseCancellation
    destination: str
    """The server, and the merchant where several share it."""
    user: str | None = None
    payment_lock: str | None = None
    """What no other key may be working on meanwhile; None where two at once do no harm."""
    owner: str = field(eq=False)
    """This call's name on the key, so that two calls of one process are told apart."""

    @property
    def request_identity(self) -> tuple[str, str]:
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


class KeyStore(Protocol):
    """Where keys are claimed, and where it is written down what became of them."""

    @property
    def durable(self) -> bool:
        """Whether it outlives the process, so that each attempt is worth recording."""
        ...

    def claim(self, claim: KeyClaim, *, timeout: float) -> KeyHistory | AlreadyFinished | Rejected:
        """Take hold of a key, unless it is settled or somebody else has it; `timeout` in seconds."""
        ...

    def record_attempt(self, claim: KeyClaim, number: int, *, timeout: float) -> Rejected | None:
        """Record that an attempt is about to go out; a Rejected forbids it."""
        ...

    def record_outcome(
        self, claim: KeyClaim, result: Receipt | CountermandError, *, timeout: float
    ) -> bool:
        """Record how it ended, and let go of the key; False where somebody else has it by now."""
        ...

    def is_held(self, claim: KeyClaim) -> bool:
        """Whether the key is held beyond doubt, by this process's clock."""
        ...

    def release(self, claim: KeyClaim, *, timeout: float) -> None:
        """Let go of a key, if it is held, and leave what is known of it as it was."""
        ...

    def abandon(self, claim: KeyClaim) -> None:
        """Let go of a key, if it is held, of which nobody can say how it ended; never waits."""
        ...

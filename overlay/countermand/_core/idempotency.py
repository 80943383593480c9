"""The idempotency key: who claims it, and what a key store keeps of it. Pure."""

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
    """One call's claim to an idempotency key, as a key store needs it."""

    key: str
    cancellation: BaseCancellation
    destination: str
    """The server, and the merchant where several share it."""
    user: str | None = None
    payment_lock: str | None = None
    """Payment lock: no two keys that are claimed at one time may share it. None if not needed."""
    owner: str = field(eq=False)
    """A random name of this call, so that two calls of one process are told apart."""

    @property
    def request_identity(self) -> tuple[str, str]:
        """The cancellation and its destination: a key never stands for two of them."""
        return self.cancellation.fingerprint, self.destination

    def conflict(self) -> Rejected:
        """Reject the claim: the key is recorded for another cancellation."""
        return Rejected(
            KeyConflict(
                "this key stands for another cancellation",
                key=self.key,
                cancellation=self.cancellation,
            )
        )

    def in_progress(self, message: str) -> Rejected:
        """Reject the claim: another call holds the key or its payment."""
        return Rejected(
            CancellationInProgress(message, key=self.key, cancellation=self.cancellation)
        )


class KeyStore(Protocol):
    """Keeps the idempotency keys and what is known of each."""

    @property
    def durable(self) -> bool:
        """Whether the store outlives the process, so that attempts are recorded in it."""
        ...

    def claim(self, claim: KeyClaim, *, timeout: float) -> KeyHistory | AlreadyFinished | Rejected:
        """Claim a key within `timeout` seconds, unless it has a result or another owner."""
        ...

    def record_attempt(self, claim: KeyClaim, number: int, *, timeout: float) -> Rejected | None:
        """Record that an attempt is about to be sent; `Rejected` forbids sending it."""
        ...

    def record_outcome(
        self, claim: KeyClaim, result: Receipt | CountermandError, *, timeout: float
    ) -> bool:
        """Record the outcome and release the key; False if the lease was lost."""
        ...

    def is_held(self, claim: KeyClaim) -> bool:
        """Whether the claim's lease is certainly valid, by this process's clock."""
        ...

    def release(self, claim: KeyClaim, *, timeout: float) -> None:
        """Release the key if it is claimed, and leave its history as it was."""
        ...

    def abandon(self, claim: KeyClaim) -> None:
        """Give up a claimed key without an outcome; it then counts as maybe executed.

        Never blocks.
        """
        ...

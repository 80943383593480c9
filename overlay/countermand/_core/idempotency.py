"""The idempotency key: who claims it, what a key store keeps of it, and when it may send. Pure.

| what is known of the key               | same account      | another account or server |
|----------------------------------------|-------------------|---------------------------|
| FREE: every attempt is proven not      | sends             | sends                     |
|   executed, or there was none          |                   |                           |
| REFUSED because of the payment's state | the stored error  | sends                     |
| MAYBE_EXECUTED                         | looks             | KeyConflict               |
| FINISHED                               | the stored result | KeyConflict               |

That is for the same cancellation. For another one a known key is always a `KeyConflict`.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final, Protocol

from attrs import field, frozen

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.errors import CancellationInProgress, KeyConflict, NotCancelled

if TYPE_CHECKING:
    from countermand._core.commands import LookNotes
    from countermand.errors import CountermandError
    from countermand.provider._cancellations import BaseCancellation
    from countermand.provider._verdicts import Snapshot
    from countermand.receipt import Receipt


ELSEWHERE: Final = "Call again with that account and server; a new key may cancel a second time"
"""The next step where the key has, or may have, a result at another destination."""


class KeyState(Enum):
    """What a key store knows of a key that no call holds."""

    FREE = auto()
    REFUSED = auto()
    MAYBE_EXECUTED = auto()
    FINISHED = auto()


class Purpose(Enum):
    """What a key is claimed for."""

    CANCEL = auto()
    """A cancel. What was accepted is looked at if a look is due."""
    RESUME = auto()
    """To finish an earlier cancel. The key must be known, and what was accepted is looked at."""
    LOOK = auto()
    """The same, unattended. The key must not have ended, nor be free."""


def is_final_refusal(result: Receipt | CountermandError) -> bool:
    """Whether the provider refused because of the payment's state, so that it would do so again."""
    return isinstance(result, NotCancelled) and result.about_payment


@frozen(kw_only=True)
class KeyClaim:
    """One call's claim to an idempotency key, as a key store needs it."""

    key: str
    cancellation: BaseCancellation
    destination: str
    """The server, and the merchant where several share it."""
    user: str | None = None
    purpose: Purpose = Purpose.CANCEL
    first_look: float = 900.0
    """Seconds from an attempt to the first look, if the call ends without an outcome."""
    longest_gap: float = 172800.0
    """Seconds between two looks that count as looking, at most."""
    payment_lock: str | None = None
    """Payment lock: no two keys that are claimed at one time may share it. None if not needed."""
    owner: str = field(eq=False)
    """A random name of this call, so that two calls of one process are told apart."""

    def conflict(self) -> Rejected:
        """Reject the claim: the key is recorded for another cancellation."""
        return self._reject("this key stands for another cancellation")

    def check_destination(self, recorded: str, state: KeyState) -> Rejected | None:
        """Reject the claim if the key has, or may have, a result at another destination."""
        if recorded == self.destination or state in {KeyState.FREE, KeyState.REFUSED}:
            return None
        what = "was cancelled" if state is KeyState.FINISHED else "may have been cancelled"
        return self._reject(
            f"the payment {what} with this key at {recorded}, so nothing was sent to another "
            "account or server",
            ELSEWHERE,
        )

    def _reject(self, message: str, next_step: str = KeyConflict.next_step) -> Rejected:
        error = KeyConflict(message, key=self.key, cancellation=self.cancellation)
        error.next_step = next_step
        return Rejected(error)

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

    @property
    def awaitable(self) -> AsyncKeyStore | None:
        """The same store for asyncio; None if its methods are to be called in a thread."""
        ...

    def claim(
        self, claim: KeyClaim, *, timeout: float, first_attempt: bool = False
    ) -> KeyHistory | AlreadyFinished | Rejected:
        """Claim a key within `timeout` seconds, unless it has a result or another owner.

        With `first_attempt`, the first attempt is recorded, too, unless an earlier one may have
        been executed.
        """
        ...

    def record_attempt(
        self, claim: KeyClaim, number: int, *, timeout: float, snapshot: Snapshot | None = None
    ) -> Rejected | None:
        """Record that an attempt is about to be sent; `Rejected` forbids sending it.

        A snapshot is kept by every store.
        """
        ...

    def record_outcome(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        *,
        timeout: float,
        notes: LookNotes | None = None,
    ) -> bool:
        """Record the outcome and release the key; False if the lease was lost.

        Without notes, the time of the next look stays.
        """
        ...

    def is_held(self, claim: KeyClaim) -> bool:
        """Whether the claim's lease is certainly valid, by this process's clock."""
        ...

    def release(self, claim: KeyClaim, *, timeout: float) -> None:
        """Release the key if it is claimed, and leave its history as it was.

        Only for a claim that was not answered: an attempt that it has recorded was not sent.
        """
        ...

    def abandon(self, claim: KeyClaim) -> None:
        """Give up a claimed key without an outcome; it then counts as maybe executed.

        Never blocks.
        """
        ...


class AsyncKeyStore(Protocol):
    """The methods of a `KeyStore` that may block, as coroutine functions."""

    async def claim(
        self,
        claim: KeyClaim,
        *,
        timeout: float,  # noqa: ASYNC109 - a call's own deadline
        first_attempt: bool = False,
    ) -> KeyHistory | AlreadyFinished | Rejected:
        """As `KeyStore.claim`."""
        ...

    async def record_attempt(
        self,
        claim: KeyClaim,
        number: int,
        *,
        timeout: float,  # noqa: ASYNC109
        snapshot: Snapshot | None = None,
    ) -> Rejected | None:
        """As `KeyStore.record_attempt`."""
        ...

    async def record_outcome(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        *,
        timeout: float,  # noqa: ASYNC109
        notes: LookNotes | None = None,
    ) -> bool:
        """As `KeyStore.record_outcome`."""
        ...

    async def release(
        self,
        claim: KeyClaim,
        *,
        timeout: float,  # noqa: ASYNC109
    ) -> None:
        """As `KeyStore.release`."""
        ...

"""To finish a cancel that somebody left open: what the ledger says of it comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from countermand.errors import Advice, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._cancellations import CancellationBase
    from countermand.errors import InvalidCancellation
    from countermand.ledger import Ledger, Unresolved


@frozen(kw_only=True)
class Search:
    """A look into the ledger for a key that is to be resumed, within a call's time."""

    ledger: Ledger
    key: str
    until: float
    """When that time is over, on the monotonic clock."""
    clock: Callable[[], float]

    @property
    def left(self) -> float:
        """Seconds that are left; never none, for what comes next says itself that time is over."""
        return max(self.until - self.clock(), 0.001)

    def find(self) -> Unresolved:
        """What the key stands for.

        Raises:
            InvalidCancellation, LedgerUnavailable: as `Ledger.find`.
        """
        return self.ledger.find(self.key, limit=self.left)


def cannot_resume(
    refused: InvalidCancellation, key: str, cancellation: CancellationBase | None = None
) -> OutcomeUnknown:
    """What is said of a key that this client cannot take up: it may have been executed long ago."""
    return OutcomeUnknown(
        f"cannot be resumed here: {refused.message}",
        key=key,
        cancellation=cancellation,
        advice=Advice.READ,
        next_step="Resume it with the account that it went to, or look at the payment",
    )

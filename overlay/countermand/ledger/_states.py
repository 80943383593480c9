"""What a row of the ledger holds after a call has ended. Pure: the clocks are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from countermand.errors import (
    AlreadyCaptured,
    CancellationInProgress,
    Declined,
    Forbidden,
    LedgerUnavailable,
    NotCancelled,
    NotFound,
)
from countermand.ledger._encoding import encoded
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from countermand.errors import CountermandError

OPEN: Final = "open"
"""Not known how it ends, or ended: claimed, in flight, crashed, or unknown."""
FAILED: Final = "failed"
"""Surely not executed, for a reason that may pass: the key may be used again."""
SETTLED: Final = "settled"
REFUSED: Final = "refused"

FINAL: Final = (Forbidden, NotFound, AlreadyCaptured, Declined)
"""Refusals that speak of the payment; others may pass, and leave the key usable."""
PASSING: Final = (NotCancelled, LedgerUnavailable, CancellationInProgress)
"""Nothing of this call can have been executed, and the next one may fare better."""


def state_after(conclusion: Receipt | CountermandError) -> str:
    """The state that a conclusion leaves its row in."""
    if isinstance(conclusion, Receipt):
        return SETTLED
    if isinstance(conclusion, FINAL):
        return REFUSED
    return FAILED if isinstance(conclusion, PASSING) else OPEN


def closing(conclusion: Receipt | CountermandError, *, now: object, moment: str) -> dict[str, Any]:
    """The values of a row's columns after a call has ended.

    Args:
        conclusion: How it ended.
        now: The database's clock, as a number or as the expression for it.
        moment: This moment by the clocks of this host, as it is stored.
    """
    state = state_after(conclusion)
    values: dict[str, Any] = {
        "state": state,
        "conclusion": encoded(conclusion),
        "unclear": state == OPEN,
        "closed_at": None if state == OPEN else now,
        "holder": None,
        "held_until": None,
    }
    if conclusion.attempts.maybe_sent:
        # Its last bytes left no later than now.
        values |= {"quiet_since": now, "quiet_moment": moment}
    return values

"""What a row of the ledger holds after a call has ended. Pure: the clocks are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from countermand.attempts import any_maybe_sent
from countermand.errors import (
    AlreadyCaptured,
    CancellationInProgress,
    Declined,
    Forbidden,
    LedgerUnavailable,
    NotCancelled,
    NotFound,
)
from countermand.ledger._encoding import encode_result
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from countermand.errors import CountermandError

OPEN: Final = "open"
"""Not known how it ends, or ended: claimed, in flight, crashed, or unknown."""
RETRYABLE: Final = "failed"
"""Surely not executed, for a reason that may pass: the key may be used again."""
SUCCEEDED: Final = "settled"
REFUSED: Final = "refused"

FINAL_REFUSALS: Final = (Forbidden, NotFound, AlreadyCaptured, Declined)
"""Refusals that speak of the payment; others may pass, and leave the key usable."""
TRANSIENT_ERRORS: Final = (NotCancelled, LedgerUnavailable, CancellationInProgress)
"""Nothing of this call can have been executed, and the next one may fare better."""


def state_for(result: Receipt | CountermandError) -> str:
    """The state that a conclusion leaves its row in."""
    if isinstance(result, Receipt):
        return SUCCEEDED
    if isinstance(result, FINAL_REFUSALS):
        return REFUSED
    return RETRYABLE if isinstance(result, TRANSIENT_ERRORS) else OPEN


def outcome_columns(
    result: Receipt | CountermandError, *, now: object, host_time: str
) -> dict[str, Any]:
    """The values of a row's columns after a call has ended.

    Args:
        result: How it ended.
        now: The database's clock, as a number or as the expression for it.
        host_time: This moment by the clocks of this host, as it is stored.
    """
    state = state_for(result)
    values: dict[str, Any] = {
        "state": state,
        "conclusion": encode_result(result),
        "unclear": state == OPEN,
        "closed_at": None if state == OPEN else now,
        "holder": None,
        "held_until": None,
    }
    if any_maybe_sent(result.attempts):
        # Its last bytes left no later than now.
        values |= {"quiet_since": now, "quiet_moment": host_time}
    return values

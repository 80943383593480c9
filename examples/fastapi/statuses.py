"""The HTTP status with which a service answers for an error of countermand."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from countermand import (
    AlreadyCaptured,
    CancellationInProgress,
    Declined,
    Forbidden,
    InvalidCancellation,
    KeyConflict,
    LedgerUnavailable,
    MissingLinkedIdentity,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unreachable,
)

if TYPE_CHECKING:
    from countermand import CountermandError

STATUSES: Final[dict[tuple[type[CountermandError], ...], int]] = {
    (OutcomeUnknown,): 202,
    (InvalidCancellation,): 422,
    (NotFound,): 404,
    (AlreadyCaptured, Declined): 409,
    # Where a redirect to the login can help, the service makes it; after the login it cannot.
    (KeyConflict, CancellationInProgress, MissingLinkedIdentity): 409,
    (RateLimited, Unreachable, LedgerUnavailable): 503,
}


def http_status(error: CountermandError) -> int:
    """The status; 500 for what only the service's own configuration can cause."""
    if isinstance(error, Forbidden) and error.about_payment:
        return 409
    found = (status for kinds, status in STATUSES.items() if isinstance(error, kinds))
    return next(found, 500)


def headers(error: CountermandError) -> dict[str, str]:
    """`Retry-After` in whole seconds, where the same request may end otherwise later."""
    if isinstance(error, RateLimited):
        return {"retry-after": str(ceil(error.retry_after or 1))}
    return {"retry-after": "1"} if isinstance(error, CancellationInProgress) else {}

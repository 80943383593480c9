"""What the columns of a row hold, but for its result. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from countermand.provider._provider import recorded_provider

if TYPE_CHECKING:
    from countermand.ledger._tasks import Row
    from countermand.provider._cancellations import BaseCancellation

DECODE_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""Errors of decoding a row that a newer version or another program has written."""


def decode_cancellation(row: Row) -> BaseCancellation:
    """The cancellation of a row that was not purged."""
    decoded: BaseCancellation = recorded_provider(row["api"]).cancellation.from_dict(
        json.loads(row["cancellation"])
    )
    return decoded


def moment(seconds: float) -> datetime:
    """A time of the database."""
    return datetime.fromtimestamp(seconds, UTC)


def maybe_moment(seconds: float | None) -> datetime | None:
    """A time of the database, or None."""
    return None if seconds is None else moment(seconds)

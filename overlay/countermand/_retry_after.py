"""Retry-After (RFC 9110, section 10.2.3): seconds or a date, and whatever else servers write."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 365 * 86400.0
"""What is longer is reported as a year: no caller waits that long, and no arithmetic breaks."""

_SECONDS: Final = re.compile(r"[0-9]{1,400}(\.[0-9]{1,400})?")


def retry_after(value: str | None, wall_clock: float) -> float | None:
    """Seconds to wait, from 0 to a year; None where the header is absent or means nothing.

    Args:
        value: The header as received.
        wall_clock: Now, in seconds since the epoch, for the date form.
    """
    if value is None:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST)
    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        wait = (date - datetime.fromtimestamp(wall_clock, UTC)).total_seconds()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return min(max(wait, 0.0), LONGEST)

"""Retry-After in every form that servers write, and in many that none should."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand._core.retries import MAX_RETRY_AFTER, parse_retry_after
from tests.support.samples import LAW

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp()
PIECES = st.sampled_from(
    [
        "Fri", ",", " ", "20", "Nov", "2026", "12:00:30", "GMT", "+9999", "-0000", ":", "10000",
        "99", "-1", ".", "0", "Sun,", "24:61:61", "EST", "(x", "\\", '"', "\x00", "9" * 5000,
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("90", 90.0),
        (" 90 ", 90.0),
        ("1.5", 1.5),
        ("007", 7.0),
        ("1000000000", MAX_RETRY_AFTER),
        ("9" * 400, MAX_RETRY_AFTER),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30.0),
        ("Friday, 20-Nov-26 12:00:30 GMT", 30.0),
        ("Fri Nov 20 12:00:30 2026", 30.0),
        ("Fri, 20 Nov 2026 13:00:30 +0100", 30.0),
        ("Fri, 20 Nov 2026 12:00:00 GMT", 0.0),
        ("Fri, 20 Nov 2026 11:59:59 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER),
    ],
)
def test_seconds_and_dates_become_seconds_from_now(value: str, seconds: float) -> None:
    """Both forms of RFC 9110 and the two obsolete dates; a past date means now."""
    assert parse_retry_after(value, NOON) == seconds


@pytest.mark.parametrize(
    "value",
    [
        None, "", " ", "soon", "1e9", "inf", "Infinity", "nan", "-1", "+5", "0x10", "1_000", "1,5",
        "٣", ".", "1.", ".5", "Fri, 32 Nov 2026 12:00:00 GMT", "Fri, 31 Dec 10000 23:59:59 GMT",
        "Fri, 20 Nov 2026 25:00:00 GMT", "Fri, 20 Nov 2026 12:00:30 +9999", "9" * 401, "9" * 5000,
        "1" * 100_000, "Fri,", ", , ,", "\x00",
    ],
    ids=lambda value: repr(value)[:24],
)  # fmt: skip
def test_an_unreadable_retry_after_is_no_wait(value: str | None) -> None:
    """Garbage is as if the header were absent; it never escapes as an exception."""
    assert parse_retry_after(value, NOON) is None


@LAW
@given(st.text() | st.lists(PIECES).map("".join) | st.lists(PIECES).map(" ".join))
def test_any_text_gives_nothing_or_a_wait_of_at_most_a_year(value: str) -> None:
    """Total: no value whatsoever raises, is negative, infinite or not a number."""
    seconds = parse_retry_after(value, NOON)
    assert seconds is None or 0.0 <= seconds <= MAX_RETRY_AFTER


@LAW
@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_date_becomes_the_seconds_until_it(date: datetime) -> None:
    """The date form agrees with the clock to the second."""
    far = date.replace(microsecond=0).timestamp() - NOON
    assert parse_retry_after(format_datetime(date, usegmt=True), NOON) == min(
        max(far, 0.0), MAX_RETRY_AFTER
    )

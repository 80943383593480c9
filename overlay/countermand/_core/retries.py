"""What to do next: the rule that everything rests on. No I/O, no clock, no randomness.

| what happened                      | may have acted?    | resend?                         |
|------------------------------------|--------------------|---------------------------------|
| NotSent                            | no                 | yes                             |
| TryLater (429)                     | no                 | yes, after Retry-After          |
| Unclear: no status, or a 5xx       | maybe              | only if a repeat does no harm   |
| Unclear: a 2xx not to be believed  | maybe              | only where the repeat is a read |
| Refused (3xx, 4xx, refusing body)  | not this request   | no                              |
| LinkRequired                       | no                 | once, after the user has linked |
| TokenRefused                       | no                 | once, with a fresh token        |
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from attrs import frozen

from countermand.provider._verdicts import (
    Done,
    LinkRequired,
    NotSent,
    Refused,
    TokenRefused,
    TryLater,
    Unclear,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from countermand_clients.operation import Repeat

    from countermand.policy import Policy


@frozen
class Finish:
    """Leave it at this verdict."""


@frozen
class Refresh:
    """Get a fresh token, then send again."""


@frozen
class Link:
    """Let the user link an identity, then send again."""


@frozen
class Again:
    """Wait, then send again."""

    at_least: float
    """Seconds that the provider asked for."""
    jitter: float
    """Up to so many seconds more, to be drawn."""


Move = Finish | Refresh | Link | Again


@frozen(kw_only=True)
class Standing:
    """Where a call stands after an exchange."""

    left: float
    """Seconds until the deadline."""
    failures: int
    """Exchanges so far that ended in NotSent, TryLater or Unclear."""
    retry_after: float | None = None
    """What the last reply asked for, in seconds."""
    can_refresh: bool = False
    can_link: bool = False


def next_move(verdict: Verdict, repeat: Repeat, standing: Standing, policy: Policy) -> Move:
    """The next move after a verdict."""
    match verdict:
        case TokenRefused() if standing.can_refresh:
            return Refresh()
        case LinkRequired() if standing.can_link:
            return Link()
        case NotSent() | TryLater():
            return _again(standing, policy)
        case Unclear() if may_repeat(repeat, verdict):
            return _again(standing, policy)
        case _:
            return Finish()


def may_repeat(repeat: Repeat, verdict: Unclear) -> bool:
    """Whether a request that may have been executed may go out once more."""
    if repeat.effect != "none":
        return False
    return not verdict.answered or repeat.answer == "same"


def proves(verdict: Refused, repeat: Repeat) -> bool:
    """Whether a refusal also settles an earlier request that may have arrived.

    It does if it speaks of the payment and a repeat is known to be answered as the first was.
    """
    return verdict.about_payment and repeat.answer == "same"


def is_open(
    verdict: Verdict, repeat: Repeat, *, unclear: bool, references: Sequence[str] = ()
) -> bool:
    """Whether it is still unknown if the cancel was executed.

    Args:
        verdict: The last verdict.
        repeat: What a repeat does at this operation.
        unclear: Whether a request before it may have been executed.
        references: Ids of the cancel that were made out in answers to requests before it: what
            has an id was executed, whatever is said later.
    """
    match verdict:
        case Done():
            return False
        case Unclear():
            return True
        case Refused():
            return unclear and (bool(references) or not proves(verdict, repeat))
        case _:
            return unclear


def _again(standing: Standing, policy: Policy) -> Move:
    at_least = standing.retry_after or 0.0
    room = standing.left - at_least
    if standing.failures >= policy.attempts or room <= 0:
        return Finish()
    # At most half of what is left is slept away, so that the attempt itself has time.
    jitter = min(policy.backoff.ceiling(standing.failures), room / 2)
    return Again(at_least, jitter)


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

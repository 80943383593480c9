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
    MaybeExecuted,
    NotSent,
    Refused,
    Throttled,
    TokenRejected,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from countermand_clients.operation import Repeat

    from countermand.policy import Policy


@frozen
class Stop:
    """Leave it at this verdict."""


@frozen
class RefreshThenRetry:
    """Get a fresh token, then send again."""


@frozen
class LinkThenRetry:
    """Let the user link an identity, then send again."""


@frozen
class RetryAfter:
    """Wait, then send again."""

    at_least: float
    """Seconds that the provider asked for."""
    jitter: float
    """Up to so many seconds more, to be drawn."""


RetryDecision = Stop | RefreshThenRetry | LinkThenRetry | RetryAfter


@frozen(kw_only=True)
class RetryContext:
    """Where a call stands after an exchange."""

    remaining: float
    """Seconds until the deadline."""
    failures: int
    """Exchanges so far that ended in NotSent, TryLater or Unclear."""
    retry_after: float | None = None
    """What the last reply asked for, in seconds."""
    can_refresh: bool = False
    can_link: bool = False


def decide_retry(
    verdict: Verdict, repeat: Repeat, context: RetryContext, policy: Policy
) -> RetryDecision:
    """The next move after a verdict."""
    match verdict:
        case TokenRejected() if context.can_refresh:
            return RefreshThenRetry()
        case LinkRequired() if context.can_link:
            return LinkThenRetry()
        case NotSent() | Throttled():
            return _retry_or_stop(context, policy)
        case MaybeExecuted() if is_retry_safe(repeat, verdict):
            return _retry_or_stop(context, policy)
        case _:
            return Stop()


def is_retry_safe(repeat: Repeat, verdict: MaybeExecuted) -> bool:
    """Whether a request that may have been executed may go out once more."""
    if repeat.effect != "none":
        return False
    return not verdict.answered or repeat.answer == "same"


def rules_out_earlier_attempts(verdict: Refused, repeat: Repeat) -> bool:
    """Whether a refusal also settles an earlier request that may have arrived.

    It does if it speaks of the payment and a repeat is known to be answered as the first was.
    """
    return verdict.about_payment and repeat.answer == "same"


def is_unresolved(
    verdict: Verdict, repeat: Repeat, *, maybe_executed: bool, references: Sequence[str] = ()
) -> bool:
    """Whether it is still unknown if the cancel was executed.

    Args:
        verdict: The last verdict.
        repeat: What a repeat does at this operation.
        maybe_executed: Whether a request before it may have been executed.
        references: Ids of the cancel that were made out in answers to requests before it: what
            has an id was executed, whatever is said later.
    """
    match verdict:
        case Done():
            return False
        case MaybeExecuted():
            return True
        case Refused():
            return maybe_executed and (
                bool(references) or not rules_out_earlier_attempts(verdict, repeat)
            )
        case _:
            return maybe_executed


def _retry_or_stop(context: RetryContext, policy: Policy) -> RetryDecision:
    at_least = context.retry_after or 0.0
    room = context.remaining - at_least
    if context.failures >= policy.attempts or room <= 0:
        return Stop()
    # At most half of what is left is slept away, so that the attempt itself has time.
    jitter = min(policy.backoff.ceiling(context.failures), room / 2)
    return RetryAfter(at_least, jitter)


MAX_RETRY_AFTER: Final = 365 * 86400.0
"""What is longer is reported as a year: no caller waits that long, and no arithmetic breaks."""

_SECONDS: Final = re.compile(r"[0-9]{1,400}(\.[0-9]{1,400})?")


def parse_retry_after(value: str | None, wall_clock: float) -> float | None:
    """Seconds to wait, from 0 to a year; None where the header is absent or means nothing.

    Args:
        value: The header as received.
        wall_clock: Now, in seconds since the epoch, for the date form.
    """
    if value is None:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), MAX_RETRY_AFTER)
    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        wait = (date - datetime.fromtimestamp(wall_clock, UTC)).total_seconds()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return min(max(wait, 0.0), MAX_RETRY_AFTER)

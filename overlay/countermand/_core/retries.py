"""The retry table: what follows a verdict. Pure; the rest of the package rests on it.

| verdict                                    | executed?        | sent again?                     |
|--------------------------------------------|------------------|---------------------------------|
| NotSent                                    | no               | yes                             |
| Throttled (429)                            | no               | yes, after Retry-After          |
| MaybeExecuted: no status, a cut body, 408, | maybe            | only if a repeat does no harm   |
|   409, 499 or a 5xx                        |                  |                                 |
| MaybeExecuted: the provider says that it   | maybe            | only if a repeat does no harm:  |
|   is at work on the request                |                  | a second later, till the        |
|                                            |                  | deadline, as no failed attempt  |
| MaybeExecuted: any other reply             | maybe            | no: the same page comes again   |
| Refused                                    | not this request | no                              |
| LinkRequired                               | no               | once, after the user has linked |
| TokenRejected                              | no               | once, with a new token          |

Gateways repeat PUT and DELETE on their own. So where a repeat does harm, a 429 or 401 that may be a
gateway's is the answer to a request that perhaps followed an executed one: before another request
is sent, the provider's records are read; without a read, none is sent.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

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

    from countermand_clients.operation import Operation, Repeat

    from countermand.policy import Policy


IN_PROGRESS_WAIT: Final = 1.0
"""The least wait, in seconds, before a provider that is at work on a request is asked again."""


@frozen
class Stop:
    """The verdict is the last one."""


@frozen
class RefreshThenRetry:
    """Get a new token, then send again."""


@frozen
class LinkThenRetry:
    """Let the user link an identity, then send again."""


@frozen
class RetryAfter:
    """Wait, then send again."""

    at_least: float
    """Seconds that the provider asked for."""
    jitter: float
    """Up to so many seconds more, drawn at random."""
    counted: bool = True
    """Whether it takes a token from the retry budget."""


Retry = RefreshThenRetry | LinkThenRetry | RetryAfter


@frozen
class LookThenRetry:
    """Read what became of the payment; if that shows nothing, go on."""

    then: Retry


RetryDecision = Stop | LookThenRetry | Retry


class RetryContext(Protocol):
    """The facts about a request, besides its last verdict, that a retry depends on."""

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        ...

    @property
    def failures(self) -> int:
        """Exchanges so far that ended in NotSent, Throttled or MaybeExecuted."""
        ...

    @property
    def in_progress(self) -> int:
        """Answers so far that the provider is at work on the request; they are no failures."""
        ...

    @property
    def retry_after(self) -> float | None:
        """Seconds that the last reply asked to wait."""
        ...

    @property
    def can_refresh(self) -> bool:
        """Whether a new token may still be fetched."""
        ...

    @property
    def can_link(self) -> bool:
        """Whether the user may still be asked to link an identity."""
        ...

    @property
    def can_look(self) -> bool:
        """Whether a read shows what became of the payment."""
        ...


def decide_retry(
    verdict: Verdict, operation: Operation, context: RetryContext, policy: Policy
) -> RetryDecision:
    """Decide what follows a verdict."""
    decision = _by_verdict(verdict, operation.repeat, context, policy)
    match verdict:
        case Throttled(foreign=True) | TokenRejected(foreign=True) if is_harmful_repeat(operation):
            if isinstance(decision, Stop) or not context.can_look:
                return Stop()
            return LookThenRetry(decision)
        case _:
            return decision


def is_harmful_repeat(operation: Operation) -> bool:
    """Whether gateways repeat the operation on their own and a repeat may do harm."""
    return operation.method in {"PUT", "DELETE"} and operation.repeat.effect != "none"


def _by_verdict(
    verdict: Verdict, repeat: Repeat, context: RetryContext, policy: Policy
) -> Stop | Retry:
    match verdict:
        case TokenRejected() if context.can_refresh:
            return RefreshThenRetry()
        case LinkRequired() if context.can_link:
            return LinkThenRetry()
        case NotSent() | Throttled():
            return _retry_or_stop(context, policy)
        case MaybeExecuted(in_progress=True) if repeat.effect == "none":
            return _wait_for_the_end(context, policy)
        case MaybeExecuted() if is_retry_safe(repeat, verdict):
            return _retry_or_stop(context, policy)
        case _:
            return Stop()


def is_retry_safe(repeat: Repeat, verdict: MaybeExecuted) -> bool:
    """Whether a request that may have been executed may be sent again."""
    return repeat.effect == "none" and verdict.transient


def rules_out_earlier_attempts(verdict: Refused, repeat: Repeat) -> bool:
    """Whether a refusal proves that no earlier request was executed either.

    It does if it is about the payment's state and a repeat gets the answer of the first request.
    """
    return verdict.about_payment and repeat.answer == "same"


def is_unresolved(
    verdict: Verdict, repeat: Repeat, *, maybe_executed: bool, references: Sequence[str] = ()
) -> bool:
    """Whether it is unknown if the cancel was executed.

    Args:
        verdict: The last verdict.
        repeat: What a repeat does at this operation.
        maybe_executed: Whether a request before it may have been executed.
        references: Ids of the cancel in answers to earlier requests. A cancel that has an id was
            executed, whatever a later answer says.
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


def _retry_or_stop(context: RetryContext, policy: Policy) -> Stop | RetryAfter:
    at_least = context.retry_after or 0.0
    room = context.remaining - at_least
    if context.failures >= policy.attempts or room <= 0:
        return Stop()
    # Sleep at most half of the remaining time, so that the attempt itself has time.
    jitter = min(policy.backoff.ceiling(context.failures), room / 2)
    return RetryAfter(at_least, jitter)


def _wait_for_the_end(context: RetryContext, policy: Policy) -> Stop | RetryAfter:
    """Ask again until the deadline. The retry budget is for outages, and this is none."""
    at_least = max(context.retry_after or 0.0, IN_PROGRESS_WAIT)
    room = context.remaining - at_least
    if room <= 0:
        return Stop()
    jitter = min(policy.backoff.ceiling(context.in_progress), room / 2)
    return RetryAfter(at_least, jitter, counted=False)


MAX_RETRY_AFTER: Final = 365 * 86400.0
"""Seconds; a longer wait is reported as a year, so that no arithmetic overflows."""

_SECONDS: Final = re.compile(r"[0-9]{1,400}(\.[0-9]{1,400})?")


def parse_retry_after(value: str | None, wall_clock: float) -> float | None:
    """Parse Retry-After (RFC 9110, section 10.2.3): seconds to wait, at most a year, or None.

    Args:
        value: The header as received.
        wall_clock: Now, in seconds since the epoch, for the date form.
    """
    if value is None:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), MAX_RETRY_AFTER)
    # Loaded late, because it is large, and hardly any provider sends a date.
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        wait = (date - datetime.fromtimestamp(wall_clock, UTC)).total_seconds()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return min(max(wait, 0.0), MAX_RETRY_AFTER)

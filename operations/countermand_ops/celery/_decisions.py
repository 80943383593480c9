"""Whether a result ends the task, or the task is retried, and after what time. Pure.

| result                                              | what follows                               |
|-----------------------------------------------------|--------------------------------------------|
| a receipt                                           | the end                                    |
| RateLimited; OutcomeUnknown with the advice REPEAT  | a retry, by the policy                     |
| CancellationInProgress                              | a retry, as often as it takes              |
| LedgerUnavailable                                   | a retry, as often as it takes              |
| a soft time limit, and nothing was executed         | a retry, by the policy                     |
| any other                                           | the end                                    |

After the third and the fourth the cancel has no outcome yet: a task that ended could be lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from countermand import (
    Advice,
    CancellationInProgress,
    LedgerUnavailable,
    NotCancelled,
    OutcomeUnknown,
    RateLimited,
)

if TYPE_CHECKING:
    from countermand import CountermandError, Policy

LEAST_PAUSE: Final = 1.0
"""Seconds between two deliveries of a task that waits for another one."""
OUTAGE_PAUSE: Final = 30.0
"""The longest pause, in seconds, before the ledger is tried again; the shortest is half of it."""


def seconds_to_retry(
    error: CountermandError | None,
    *,
    interrupted: bool,
    delivery: int,
    policy: Policy,
    chance: float,
) -> float | None:
    """Seconds after which the task is retried; None if it ends.

    Args:
        error: What the call has raised, or what is known of it after an interruption; None if that
            is nothing.
        interrupted: Whether a soft time limit has ended the call.
        delivery: The number of this delivery, 1 or more; a delivery after a lost worker repeats it.
        policy: Its `attempts` limit the deliveries, and its `backoff` gives the waits.
        chance: A random number from 0 to 1.
    """
    ceiling = policy.backoff.ceiling(delivery)
    match error:
        case LedgerUnavailable():
            return OUTAGE_PAUSE * (1 + chance) / 2
        case CancellationInProgress():
            return max(LEAST_PAUSE, ceiling * chance)
        case (
            RateLimited(retry_after=asked) | OutcomeUnknown(advice=Advice.REPEAT, retry_after=asked)
        ):
            pass
        case None | NotCancelled() if interrupted:
            asked = None
        case _:
            return None
    return None if delivery >= policy.attempts else (asked or 0.0) + ceiling * chance

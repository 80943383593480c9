"""Deadline, timeout, retry and budget settings. Frozen values; all times are in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import field, frozen
from attrs.validators import instance_of, optional

if TYPE_CHECKING:
    from attrs import Attribute

MAX_NUMBER: Final = 1e9
"""Upper bound of every number, about thirty years in seconds: sockets reject larger timeouts."""

__all__ = ["Backoff", "Budget", "Policy"]


def _positive(instance: object, attribute: Attribute[float], value: float) -> None:
    _number(instance, attribute, value)
    if value <= 0:
        raise ValueError(f"{attribute.name} must be positive, not {value}")


def _not_negative(instance: object, attribute: Attribute[float], value: float) -> None:
    _number(instance, attribute, value)
    if value < 0:
        raise ValueError(f"{attribute.name} must not be negative, not {value}")


def _number(_instance: object, attribute: Attribute[float], value: object) -> None:
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not abs(value) <= MAX_NUMBER
    ):
        raise ValueError(f"{attribute.name} must be a number of at most {MAX_NUMBER:.0e}")


def _count(_instance: object, attribute: Attribute[int], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{attribute.name} must be an int of at least 1, not {value!r}")


@frozen(kw_only=True)
class Backoff:
    """Exponential backoff with full jitter: each wait is random between 0 and `ceiling(n)`.

    Attributes:
        first: The ceiling before the second attempt, in seconds.
        factor: The multiplier from one ceiling to the next.
        cap: The highest ceiling, in seconds.
    """

    first: float = field(default=0.25, validator=_not_negative)
    factor: float = field(default=2.0, validator=_positive)
    cap: float = field(default=8.0, validator=_not_negative)

    def ceiling(self, failures: int) -> float:
        """Return the longest wait after this many failed attempts (1 or more), in seconds."""
        try:
            return min(self.cap, self.first * self.factor ** (failures - 1))
        except OverflowError:
            return self.cap if self.first else 0.0


@frozen(kw_only=True)
class Budget:
    """A token bucket for retries, one per client: it limits the extra load during an outage.

    Each retry takes a token. Each call adds `per_call` tokens, each second `per_second`.

    Attributes:
        reserve: The capacity of the bucket, which is full at the start.
        per_call: Tokens added by each call: 0.1 permits one retry per ten calls.
        per_second: Tokens added per second, for clients with little traffic.
    """

    reserve: float = field(default=10.0, validator=_not_negative)
    per_call: float = field(default=0.1, validator=_not_negative)
    per_second: float = field(default=0.1, validator=_not_negative)


@frozen(kw_only=True)
class Policy:
    """The limits of one call.

    Attributes:
        attempts: The maximum number of attempts. One repeat with a fresh token and one after the
            user has linked an identity are not counted.
        deadline: Seconds for the whole call, including waits and slow bodies. Only the time in
            the linked-identity handler is excluded.
        attempt_timeout: Seconds for one request, from connecting to the last byte of the reply.
        backoff: The waits between attempts.
        budget: The client's retry budget; None for no limit.
        late_arrival_window: Seconds after which a request without an answer is assumed never to
            arrive at the provider.
    """

    attempts: int = field(default=4, validator=_count)
    deadline: float = field(default=30.0, validator=_positive)
    attempt_timeout: float = field(default=10.0, validator=_positive)
    backoff: Backoff = field(factory=Backoff, validator=instance_of(Backoff))
    budget: Budget | None = field(factory=Budget, validator=optional(instance_of(Budget)))
    late_arrival_window: float = field(default=900.0, validator=_not_negative)

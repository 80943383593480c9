"""How long and how often: limits as frozen values, in seconds. No clock, no chance, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import field, frozen
from attrs.validators import instance_of, optional

if TYPE_CHECKING:
    from attrs import Attribute

MAX_NUMBER: Final = 1e9
"""Seconds, about thirty years: more is a slip, and clocks and sockets would choke on it."""

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
    """Exponential backoff with full jitter: a wait is drawn evenly from 0 to `ceiling(n)`.

    Attributes:
        first: The ceiling before the second attempt, in seconds.
        factor: What each further ceiling is multiplied by.
        cap: The highest ceiling, in seconds.
    """

    first: float = field(default=0.25, validator=_not_negative)
    factor: float = field(default=2.0, validator=_positive)
    cap: float = field(default=8.0, validator=_not_negative)

    def ceiling(self, failures: int) -> float:
        """The longest wait after this many failed attempts (1 or more), in seconds."""
        try:
            return min(self.cap, self.first * self.factor ** (failures - 1))
        except OverflowError:
            return self.cap if self.first else 0.0


@frozen(kw_only=True)
class Budget:
    """A token bucket for retries, one per client, so that an outage is not made worse.

    Each retry takes a token; each call puts `per_call` back, and time does too.

    Attributes:
        reserve: The size of the bucket, full at the start.
        per_call: Tokens that every call earns: 0.1 allows one retry for ten calls.
        per_second: Tokens that a second earns, for clients with little traffic.
    """

    reserve: float = field(default=10.0, validator=_not_negative)
    per_call: float = field(default=0.1, validator=_not_negative)
    per_second: float = field(default=0.1, validator=_not_negative)


@frozen(kw_only=True)
class Policy:
    """The limits of one cancel.

    Attributes:
        attempts: How often one request may be tried. Repeating it with a fresh token or after the
            user has linked an identity is no retry and comes on top, at most once each.
        deadline: Seconds for everything together, waits and a dripping body included; only the
            time a user spends in the linked-identity handler is added.
        attempt_timeout: Seconds for one request from connecting to its last byte.
        backoff: The waits between attempts.
        budget: The client's retry budget; None for no such limit.
        settle_window: Seconds after which a request that timed out is taken never to arrive.
    """

    attempts: int = field(default=4, validator=_count)
    deadline: float = field(default=30.0, validator=_positive)
    attempt_timeout: float = field(default=10.0, validator=_positive)
    backoff: Backoff = field(factory=Backoff, validator=instance_of(Backoff))
    budget: Budget | None = field(factory=Budget, validator=optional(instance_of(Budget)))
    late_arrival_window: float = field(default=900.0, validator=_not_negative)

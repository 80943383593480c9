"""Deadline, timeout, retry and budget settings. Frozen values; all times are in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from attrs import field, frozen

from countermand._values import kind_of

if TYPE_CHECKING:
    from attrs import Attribute

MAX_NUMBER: Final = 1e9
"""Upper bound of every number, about thirty years in seconds: sockets reject larger timeouts."""

__all__ = ["Backoff", "Budget", "FollowUp", "Policy"]


def _positive(instance: object, attribute: Attribute[float], value: float) -> None:
    _number(instance, attribute, value)
    if value <= 0:
        raise ValueError(f"{attribute.name} must be positive, not {value}")


def _not_negative(instance: object, attribute: Attribute[float], value: float) -> None:
    _number(instance, attribute, value)
    if value < 0:
        raise ValueError(f"{attribute.name} must not be negative, not {value}")


def _number(_instance: object, attribute: Attribute[float], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(
            f"{attribute.name} must be a number such as {attribute.default}, not {kind_of(value)}"
        )
    if not abs(value) <= MAX_NUMBER:
        raise ValueError(f"{attribute.name} must be a number of at most {MAX_NUMBER:.0e}")


def _count(_instance: object, attribute: Attribute[int], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(
            f"{attribute.name} must be an int such as {attribute.default}, not {kind_of(value)}"
        )
    if value < 1:
        raise ValueError(f"{attribute.name} must be an int of at least 1, not {value}")


def _backoff(_instance: object, attribute: Attribute[Backoff], value: object) -> None:
    if not isinstance(value, Backoff):
        raise TypeError(
            f"{attribute.name} must be a Backoff such as Backoff(first=0.25), not {kind_of(value)}"
        )


def _budget(_instance: object, attribute: Attribute[Budget | None], value: object) -> None:
    if value is not None and not isinstance(value, Budget):
        raise TypeError(
            f"{attribute.name} must be a Budget such as Budget(reserve=10.0), or None, "
            f"not {kind_of(value)}"
        )


def _follow_up(_instance: object, attribute: Attribute[FollowUp], value: object) -> None:
    if not isinstance(value, FollowUp):
        raise TypeError(
            f"{attribute.name} must be a FollowUp such as FollowUp(escalate_after=86400.0), "
            f"not {kind_of(value)}"
        )


def _times(instance: object, attribute: Attribute[Any], value: Any) -> None:
    if not isinstance(value, tuple) or not value:
        raise TypeError(
            f"{attribute.name} must be a tuple of seconds such as {attribute.default}, "
            f"not {kind_of(cast('object', value))}"
        )
    for seconds in cast("tuple[float, ...]", value):
        _positive(instance, attribute, seconds)


def _flag(_instance: object, attribute: Attribute[bool], value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{attribute.name} must be True or False, not {kind_of(value)}")


@frozen(kw_only=True)
class Backoff:
    """Exponential backoff with full jitter: each wait is random between 0 and `ceiling(n)`.

    Attributes:
        first: The ceiling before the second attempt, in seconds.
        factor: The multiplier from one ceiling to the next.
        cap: The highest ceiling, in seconds.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a number is out of range.
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
    """A token bucket for retries, one per account: it limits the extra load during an outage.

    Each retry takes a token, and so does each look after a lost answer. A provider that is at work
    on the request is asked again without a token. Only a call that the provider itself answered
    adds tokens; a gateway's error page adds none.

    Attributes:
        reserve: The capacity of the bucket, which is full at the start.
        per_call: Tokens added by each answered call: 0.1 permits one retry per ten of them.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a number is out of range.
    """

    reserve: float = field(default=10.0, validator=_not_negative)
    per_call: float = field(default=0.1, validator=_not_negative)


@frozen(kw_only=True)
class FollowUp:
    """When a ledger's open keys are looked at again, and when a person is asked; in seconds.

    Attributes:
        accepted: The times between the looks at a cancel that the provider has accepted; the last
            one is repeated.
        unknown: The same for a cancel that may have been executed.
        escalate_after: How long the provider's own answers may prove nothing before the key waits
            for a person. The looks go on. Times without an answer do not count.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a number is not positive, or too large.
    """

    accepted: tuple[float, ...] = field(
        default=(60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0), validator=_times
    )
    unknown: tuple[float, ...] = field(default=(900.0, 3600.0, 21600.0, 86400.0), validator=_times)
    escalate_after: float = field(default=604800.0, validator=_positive)


@frozen(kw_only=True)
class Policy:
    """The limits of one call.

    Attributes:
        attempts: The maximum number of attempts. One repeat with a fresh token and one after the
            user has linked an identity are not counted. Nor is an attempt whose answer says
            that the provider is at work on the request (VTEX): the call asks again until the
            deadline.
        deadline: Seconds for the whole call, including waits and slow bodies. Only the time in
            the linked-identity handler is excluded.
        attempt_timeout: Seconds for one request, from connecting to the last byte of the reply.
        backoff: The waits between attempts.
        budget: The retry budget of each account; None for no limit.
        late_arrival_window: Seconds after which a request without an answer is assumed never to
            arrive at the provider.
        look_first: Whether to read the provider's records before the first request, where a cancel
            can be found there by its key (Unzer). It protects against an earlier call whose key was
            lost: a crash without a ledger, a restored backup, a second process that starts later.
            Two calls that start at the same moment both find nothing and both send: only a ledger
            that they share prevents that. If the read fails, nothing is sent (`Unreachable`).
        concurrency: The maximum number of requests under way at once at each account. A client has
            at most 500 at all its accounts together. Further requests wait in order; their wait
            counts against the deadline, not against `attempt_timeout`.
        follow_up: When a ledger's open keys are looked at again.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a number is out of range.
    """

    attempts: int = field(default=4, validator=_count)
    deadline: float = field(default=30.0, validator=_positive)
    attempt_timeout: float = field(default=10.0, validator=_positive)
    backoff: Backoff = field(factory=Backoff, validator=_backoff)
    budget: Budget | None = field(factory=Budget, validator=_budget)
    late_arrival_window: float = field(default=900.0, validator=_not_negative)
    look_first: bool = field(default=False, validator=_flag)
    concurrency: int = field(default=100, validator=_count)
    follow_up: FollowUp = field(factory=FollowUp, validator=_follow_up)

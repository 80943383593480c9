"""Limits that cannot be meant are refused where they are written, not in the middle of a cancel."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from countermand import Backoff, Budget, FollowUp, Policy

NUMBERS_NOBODY_MEANS: list[Any] = [
    float("nan"), float("inf"), float("-inf"), -1, -0.001, 10**400, -(10**400),
]  # fmt: skip
NO_NUMBERS: list[Any] = [True, False, None, "5", b"5", [5], Decimal(5), 1j, float]
POSITIVE = [
    (Policy, "deadline"),
    (Policy, "attempt_timeout"),
    (Backoff, "factor"),
    (FollowUp, "escalate_after"),
]
NOT_NEGATIVE = [
    (Policy, "late_arrival_window"),
    (Backoff, "first"),
    (Backoff, "cap"),
    (Budget, "reserve"),
    (Budget, "per_call"),
]


def shown(value: object) -> str:
    """A parameter's id, short for absurd numbers too."""
    return value if isinstance(value, str) else getattr(value, "__name__", repr(value)[:12])


@pytest.mark.parametrize(("kind", "name"), POSITIVE + NOT_NEGATIVE, ids=shown)
def test_an_invalid_number_is_refused(kind: type, name: str) -> None:
    """The error is a ValueError and names the field."""
    for value in NUMBERS_NOBODY_MEANS:
        with pytest.raises(ValueError, match=name):
            pytest.fail(f"{kind(**{name: value})}")


@pytest.mark.parametrize(("kind", "name"), POSITIVE + NOT_NEGATIVE, ids=shown)
def test_what_is_no_number_is_refused(kind: type, name: str) -> None:
    """The error is a TypeError, names the field and shows a value that would do."""
    form = f"{name} must be a number such as {getattr(kind(), name)}, not "
    for value in NO_NUMBERS:
        with pytest.raises(TypeError, match=form):
            pytest.fail(f"{kind(**{name: value})}")


@pytest.mark.parametrize(("kind", "name"), POSITIVE, ids=shown)
def test_zero_is_refused_where_it_would_forbid_everything(kind: type, name: str) -> None:
    """No deadline of nothing, no factor of nothing."""
    with pytest.raises(ValueError, match=f"{name} must be positive"):
        kind(**{name: 0})


@pytest.mark.parametrize(("kind", "name"), NOT_NEGATIVE, ids=shown)
def test_zero_switches_off_what_can_be_switched_off(kind: type, name: str) -> None:
    """No wait, no reserve and no late-arrival window are valid settings."""
    assert getattr(kind(**{name: 0}), name) == 0


@pytest.mark.parametrize("value", [1.0, 2.5, True, None, "4"], ids=shown)
def test_attempts_are_a_whole_number(value: Any) -> None:
    """Nobody can try one and a half times."""
    with pytest.raises(TypeError, match=f"such as 4, not {type(value).__name__}$"):
        Policy(attempts=value)


@pytest.mark.parametrize("value", [0, -1], ids=shown)
def test_attempts_are_at_least_one(value: Any) -> None:
    """Nobody can try never."""
    with pytest.raises(ValueError, match="attempts must be an int of at least 1"):
        Policy(attempts=value)


@pytest.mark.parametrize("value", [None, 0.25, "fast", Budget(), {}], ids=shown)
def test_a_backoff_is_a_backoff(value: Any) -> None:
    """Refused at once; otherwise it would fail between the first attempt and the second."""
    with pytest.raises(TypeError) as refused:
        Policy(backoff=value)
    assert str(refused.value) == (
        f"backoff must be a Backoff such as Backoff(first=0.25), not {type(value).__name__}"
    )


@pytest.mark.parametrize("value", [None, 60.0, {}, Budget()], ids=shown)
def test_a_follow_up_is_a_follow_up(value: Any) -> None:
    """And the times between its looks are a tuple of seconds."""
    with pytest.raises(TypeError, match=r"must be a FollowUp such as FollowUp\(escalate_after="):
        Policy(follow_up=value)
    with pytest.raises(TypeError, match="accepted must be a tuple of seconds such as"):
        FollowUp(accepted=value)


@pytest.mark.parametrize("value", [(), [60.0], (60.0, "900"), (60.0, True)], ids=repr)
def test_the_times_of_looks_are_seconds(value: Any) -> None:
    """At least one of them."""
    with pytest.raises(TypeError, match="unknown must be"):
        FollowUp(unknown=value)


def test_no_look_follows_at_once() -> None:
    """A provider is not asked without a pause."""
    with pytest.raises(ValueError, match="accepted must be positive, not 0"):
        FollowUp(accepted=(0,))


@pytest.mark.parametrize("value", [0.1, "none", Backoff(), False], ids=shown)
def test_a_budget_is_a_budget_or_none(value: Any) -> None:
    """None means no such limit; everything else is a mistake."""
    with pytest.raises(
        TypeError, match=r"must be a Budget such as Budget\(reserve=10.0\), or None"
    ):
        Policy(budget=value)


@pytest.mark.parametrize(
    ("kind", "name", "value", "message"),
    [
        (Policy, "deadline", 1e9 + 1, "deadline must be a number of at most 1e+09"),
        (Policy, "deadline", 0, "deadline must be positive, not 0"),
        (Policy, "deadline", -0.5, "deadline must be positive, not -0.5"),
        (Budget, "reserve", -0.5, "reserve must not be negative, not -0.5"),
        (Policy, "attempts", 0, "attempts must be an int of at least 1, not 0"),
    ],
    ids=shown,
)
def test_a_rejected_limit_is_explained(kind: type, name: str, value: object, message: str) -> None:
    """With the value, where it is a number."""
    with pytest.raises(ValueError, match=name) as refused:
        kind(**{name: value})
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (Policy, "deadline", 1e9),
        (Policy, "deadline", 1e-9),
        (Backoff, "cap", 10**9),
        (Policy, "attempts", 1),
        (Policy, "attempts", 10**6),
    ],
    ids=shown,
)
def test_the_outermost_limits_can_be_meant(kind: type, name: str, value: float) -> None:
    """Both ends included."""
    assert getattr(kind(**{name: value}), name) == value


def test_the_defaults_are_the_published_ones() -> None:
    """Callers plan with these numbers."""
    policy = Policy()
    assert (policy.attempts, policy.deadline, policy.attempt_timeout) == (4, 30.0, 10.0)
    assert policy.late_arrival_window == 900.0
    assert policy == Policy(backoff=Backoff(), budget=Budget())
    assert hash(policy) == hash(Policy())
    assert Policy(budget=None).budget is None


def test_a_policy_does_not_change_once_made() -> None:
    """Frozen: a shared policy is safe to share."""
    with pytest.raises(AttributeError):
        Policy().attempts = 9  # type: ignore[misc]


@pytest.mark.parametrize("value", [None, 1, "yes"])
def test_look_first_is_a_flag(value: Any) -> None:
    """Nothing else is taken for one."""
    with pytest.raises(
        TypeError, match=f"look_first must be True or False, not {type(value).__name__}$"
    ):
        Policy(look_first=value)
    assert not Policy().look_first
    assert Policy(look_first=True).look_first

"""The retry budget: it limits the extra requests during an outage."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand._runtime.budget import TokenBucket
from countermand.policy import Budget
from tests.support.samples import LAW


def test_the_reserve_is_full_at_the_start_and_never_fuller() -> None:
    """Ten retries at once, also after many calls that were answered."""
    bucket = TokenBucket(Budget(reserve=10.0))
    for _ in range(1000):
        bucket.earn()
    assert [bucket.try_take() for _ in range(12)] == [True] * 10 + [False] * 2


def test_ten_answered_calls_earn_one_retry() -> None:
    """By default; nothing else does, and no time that passes."""
    bucket = TokenBucket(Budget())
    while bucket.try_take():
        pass
    for _ in range(11):
        assert not bucket.try_take()
        bucket.earn()
    assert bucket.try_take()
    assert not bucket.try_take()


@pytest.mark.parametrize("reserve", [0.0, 0.5, 0.99])
def test_a_bucket_that_holds_less_than_a_token_allows_no_retry(reserve: float) -> None:
    """No reserve, no retries, however much is earned."""
    bucket = TokenBucket(Budget(reserve=reserve, per_call=5.0))
    bucket.earn()
    assert not bucket.try_take()


def test_threads_never_take_more_tokens_than_there_are() -> None:
    """Eight threads want 8,000 retries of 100; exactly 100 are granted."""
    bucket = TokenBucket(Budget(reserve=100.0, per_call=0.0))

    def greedy(_thread: int) -> int:
        return sum(bucket.try_take() for _ in range(1000))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(greedy, range(8))) == 100


@LAW
@given(st.lists(st.booleans(), max_size=200), st.floats(0.0, 20.0), st.floats(0.0, 2.0))
def test_retries_never_exceed_what_was_put_in(
    events: list[bool], reserve: float, per_call: float
) -> None:
    """The reserve and the answered calls together bound the retries."""
    bucket = TokenBucket(Budget(reserve=reserve, per_call=per_call))
    retries = 0
    for is_call in events:
        if is_call:
            bucket.earn()
        else:
            retries += bucket.try_take()
    assert retries <= reserve + sum(events) * per_call + 1e-6

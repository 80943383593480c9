"""The retry budget: it limits the extra requests during an outage."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand._runtime.budget import TokenBucket
from countermand.policy import Budget, Policy
from tests.support.samples import LAW


def test_two_hundred_calls_in_an_outage_make_at_most_a_fifth_more_requests() -> None:
    """Each call tries to retry three times; the default budget permits few retries."""
    bucket = TokenBucket(Budget(), now=0.0)
    requests = 0
    for call in range(200):
        now = call * 0.01
        bucket.add_call(now)
        requests += 1
        for _ in range(Policy().attempts - 1):
            if not bucket.try_take(now):
                break
            requests += 1
    assert requests <= 200 * 1.2


def test_the_reserve_is_full_at_the_start_and_never_fuller() -> None:
    """Ten retries at once, also after a long calm with many calls."""
    bucket = TokenBucket(Budget(reserve=10.0), now=0.0)
    for _ in range(1000):
        bucket.add_call(1e6)
    assert [bucket.try_take(1e6) for _ in range(12)] == [True] * 10 + [False] * 2


def test_time_gives_tokens_back() -> None:
    """A client with little traffic gets a retry back after a while."""
    bucket = TokenBucket(Budget(reserve=1.0, per_call=0.0, per_second=0.5), now=100.0)
    assert bucket.try_take(100.0)
    assert not bucket.try_take(101.0)
    assert bucket.try_take(102.0)


def test_a_clock_that_goes_backwards_neither_gives_nor_takes() -> None:
    """Time seen once counts once, whatever the clock does afterwards."""
    bucket = TokenBucket(Budget(reserve=1.0, per_call=0.0, per_second=1.0), now=100.0)
    assert bucket.try_take(100.0)
    assert not bucket.try_take(0.0)
    assert not bucket.try_take(99.0)
    assert not bucket.try_take(100.5)
    assert bucket.try_take(101.0)


@pytest.mark.parametrize("reserve", [0.0, 0.5, 0.99])
def test_a_bucket_that_holds_less_than_a_token_allows_no_retry(reserve: float) -> None:
    """No reserve, no retries, however much is earned."""
    bucket = TokenBucket(Budget(reserve=reserve, per_call=5.0), now=0.0)
    bucket.add_call(1e9)
    assert not bucket.try_take(2e9)


def test_threads_never_take_more_tokens_than_there_are() -> None:
    """Eight threads want 8,000 retries of 100; exactly 100 are granted."""
    bucket = TokenBucket(Budget(reserve=100.0, per_call=0.0, per_second=0.0), now=0.0)

    def greedy(_thread: int) -> int:
        return sum(bucket.try_take(0.0) for _ in range(1000))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(greedy, range(8))) == 100


@LAW
@given(
    st.lists(st.tuples(st.booleans(), st.floats(-1e3, 1e3)), max_size=200),
    st.floats(0.0, 20.0),
    st.floats(0.0, 2.0),
    st.floats(0.0, 1.0),
)
def test_retries_never_exceed_what_was_put_in(
    events: list[tuple[bool, float]], reserve: float, per_call: float, per_second: float
) -> None:
    """Reserve, calls and the time that passed together bound the retries."""
    budget = Budget(reserve=reserve, per_call=per_call, per_second=per_second)
    bucket = TokenBucket(budget, now=0.0)
    calls = retries = 0
    latest = 0.0
    for is_call, now in events:
        latest = max(latest, now)
        if is_call:
            calls += 1
            bucket.add_call(now)
        else:
            retries += bucket.try_take(now)
    assert retries <= reserve + calls * per_call + latest * per_second + 1e-6

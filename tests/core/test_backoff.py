"""The upper limits of the waits between attempts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand.policy import Backoff
from tests.support.samples import LAW

SIZES = st.floats(min_value=0.0, max_value=1e9)


@pytest.mark.parametrize(
    ("failures", "ceiling"), [(1, 0.25), (2, 0.5), (3, 1.0), (6, 8.0), (7, 8.0), (10**6, 8.0)]
)
def test_the_default_ceilings_double_up_to_the_cap(failures: int, ceiling: float) -> None:
    """A quarter of a second, doubled by each failure, never above eight seconds."""
    assert Backoff().ceiling(failures) == ceiling


@pytest.mark.parametrize(
    ("backoff", "failures", "ceiling"),
    [
        (Backoff(first=1.0, factor=3.0, cap=100.0), 1, 1.0),
        (Backoff(first=1.0, factor=3.0, cap=100.0), 3, 9.0),
        (Backoff(first=1.0, factor=3.0, cap=100.0), 5, 81.0),
        (Backoff(first=1.0, factor=3.0, cap=100.0), 6, 100.0),
        (Backoff(first=1.0, factor=0.5, cap=100.0), 3, 0.25),
        (Backoff(first=1.0, factor=2.0, cap=7.0), 5000, 7.0),
        (Backoff(first=0.0, factor=2.0, cap=7.0), 5000, 0.0),
    ],
)
def test_each_ceiling_is_the_factor_s_multiple_of_the_one_before(
    backoff: Backoff, failures: int, ceiling: float
) -> None:
    """Also where the power itself overflows."""
    assert backoff.ceiling(failures) == ceiling


@LAW
@given(SIZES, st.floats(min_value=1e-300, max_value=1e9), SIZES, st.integers(1, 10**6))
def test_no_ceiling_leaves_its_bounds_or_raises(
    first: float, factor: float, cap: float, failures: int
) -> None:
    """Whatever the numbers, a ceiling is between zero and the cap."""
    assert 0.0 <= Backoff(first=first, factor=factor, cap=cap).ceiling(failures) <= cap


@LAW
@given(SIZES, st.floats(min_value=1.0, max_value=1e3), SIZES, st.integers(1, 200))
def test_a_later_ceiling_is_never_lower(
    first: float, factor: float, cap: float, failures: int
) -> None:
    """With a factor of one or more, waits never shrink."""
    backoff = Backoff(first=first, factor=factor, cap=cap)
    assert backoff.ceiling(failures) <= backoff.ceiling(failures + 1)


@pytest.mark.parametrize("factor", [2, 2.0], ids=["int", "float"])
def test_no_first_wait_means_no_wait_however_often(factor: float) -> None:
    """Nothing multiplied is nothing, also where the power itself overflows."""
    assert Backoff(first=0.0, factor=factor).ceiling(5000) == 0.0

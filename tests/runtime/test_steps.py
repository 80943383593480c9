"""A generator decides, and its steps are performed by blocking or by awaiting."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from countermand._steps import drive, drive_async
from tests.support.flavours import FLAVOURS

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.flavours import Flavour

both = pytest.mark.parametrize("flavour", FLAVOURS)


def performed(flavour: Flavour, steps: Generator[int, int, list[int]]) -> list[int]:
    """Perform each step: halve an even number; an odd one is an error, and 0 an interruption."""

    def halve(number: int) -> int:
        if number == 0:
            raise KeyboardInterrupt
        if number % 2:
            raise ValueError(number)
        return number // 2

    async def halve_later(number: int) -> int:
        return halve(number)

    if flavour == "sync":
        return drive(steps, halve)
    return asyncio.run(drive_async(steps, halve_later))


@both
def test_a_generator_gets_the_result_of_each_step(flavour: Flavour) -> None:
    """And what it returns is returned."""

    def steps() -> Generator[int, int, list[int]]:
        half = yield 8
        quarter = yield half
        return [half, quarter]

    assert performed(flavour, steps()) == [4, 2]


@both
def test_an_error_is_raised_in_the_generator_which_decides(flavour: Flavour) -> None:
    """It may go on."""

    def steps() -> Generator[int, int, list[int]]:
        try:
            half = yield 7
        except ValueError:
            half = yield 6
        return [half]

    assert performed(flavour, steps()) == [3]


@both
def test_an_interruption_passes_through_the_generator(flavour: Flavour) -> None:
    """Its clean-up runs first."""
    cleaned = []

    def steps() -> Generator[int, int, list[int]]:
        try:
            yield 0
        finally:
            cleaned.append(True)
        return []

    with pytest.raises(KeyboardInterrupt):
        performed(flavour, steps())
    assert cleaned == [True]

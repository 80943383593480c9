"""Performs the steps that a generator asks for, by blocking or by awaiting.

The generator decides and does no I/O: it yields a step and gets its result. What performing a step
raises is raised in the generator, which decides what follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

S = TypeVar("S")
T = TypeVar("T")


def drive(steps: Generator[S, Any, T], perform: Callable[[S], object]) -> T:
    """Perform each step by blocking; return what the generator returns."""
    try:
        step = next(steps)
        while True:
            try:
                result = perform(step)
            except BaseException as error:  # noqa: BLE001 - raised in the generator
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration as finished:
        returned: T = finished.value
        return returned


async def drive_async(steps: Generator[S, Any, T], perform: Callable[[S], Awaitable[object]]) -> T:
    """Perform each step by awaiting; return what the generator returns."""
    try:
        step = next(steps)
        while True:
            try:
                result = await perform(step)
            except BaseException as error:  # noqa: BLE001 - raised in the generator
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration as finished:
        returned: T = finished.value
        return returned

"""Attempts to connect to several addresses beside each other, under asyncio."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from countermand._http.failures import WIRE_ERRORS, WireError, describe, pass_time_limit_on

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from countermand._http.addresses import Address

T = TypeVar("T")
STAGGER: Final = 0.25
"""Seconds after which the next address is tried, too (RFC 8305)."""


async def race(
    addresses: tuple[Address, ...],
    dial: Callable[[Address], Coroutine[Any, Any, T]],
    close: Callable[[T], object],
    expected: tuple[type[Exception], ...] = WIRE_ERRORS,
) -> T:
    """Connect to whichever address answers first; each gets a head start over the next.

    Args:
        addresses: The addresses in their order.
        dial: Connects to one, or raises.
        close: Closes a connection that came too late.
        expected: The errors after which another address is tried; others are raised.
    """
    if len(addresses) == 1:
        return await dial(addresses[0])
    waiting = deque(addresses)
    racing: set[asyncio.Task[T]] = set()
    problem = "the host has no address"
    try:
        while waiting or racing:
            if waiting:
                racing.add(asyncio.create_task(dial(waiting.popleft())))
            done, _ = await asyncio.wait(
                racing,
                timeout=STAGGER if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                racing.discard(task)
                failed = task.exception()
                if failed is None:
                    racing |= done - {task}
                    return task.result()
                if not isinstance(failed, expected):
                    raise failed
                pass_time_limit_on(failed)
                problem = describe(failed)
    finally:
        _abandon(racing, close)
    raise WireError(problem)


def _abandon(racing: set[asyncio.Task[T]], close: Callable[[T], object]) -> None:
    """Cancel the other attempts; one that has just connected closes its connection."""

    def end(task: asyncio.Task[T]) -> None:
        if not task.cancelled() and task.exception() is None:
            close(task.result())

    for task in racing:
        if task.done():
            end(task)
            continue
        task.add_done_callback(end)
        # RuntimeError: the call was dropped with its event loop.
        with suppress(RuntimeError):
            task.cancel()

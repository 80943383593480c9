"""What a forked child must not share with its parent: threads, locks and connections."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable


_resets: list[WeakMethod[Callable[[], Any]]] = []


def reset_after_fork(method: Callable[[], Any]) -> None:
    """Call a bound method in every forked child, as long as its object lives."""
    _resets[:] = [each for each in _resets if each() is not None]
    _resets.append(WeakMethod(method))


def _reset_all() -> None:
    for each in tuple(_resets):
        method = each()
        if method is not None:
            method()


# Windows knows no fork.
if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_reset_all)

T = TypeVar("T")

MAX_THREADS: Final = 16
"""As many as a pool of SQLAlchemy has connections, and one."""


class ThreadPool:
    """A pool that is made when it is first needed, anew in a forked child."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        reset_after_fork(self.forget)

    def pool(self) -> ThreadPoolExecutor:
        """The pool."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(MAX_THREADS, "countermand-ledger")
        return self._pool

    def forget(self) -> None:
        """Leave the pool, whose threads did not come along."""
        self._pool = None


LEDGER_POOL: Final = ThreadPool()


async def run_in_ledger_pool(work: Callable[[], T]) -> T:
    """Do blocking work without blocking the event loop."""
    return await asyncio.get_running_loop().run_in_executor(LEDGER_POOL.pool(), work)

"""Threads for what asyncio must not wait for: the ledger's own, whoever fills the event loop's."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from countermand._forks import renew_in_child

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LIMIT: Final = 16
"""As many as a pool of SQLAlchemy has connections, and one."""


class Threads:
    """A pool that is made when it is first needed, anew in a forked child."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        renew_in_child(self.forget)

    def pool(self) -> ThreadPoolExecutor:
        """The pool."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(LIMIT, "countermand-ledger")
        return self._pool

    def forget(self) -> None:
        """Leave the pool, whose threads did not come along."""
        self._pool = None


THREADS: Final = Threads()


async def on_thread(work: Callable[[], T]) -> T:
    """Do blocking work without blocking the event loop."""
    return await asyncio.get_running_loop().run_in_executor(THREADS.pool(), work)

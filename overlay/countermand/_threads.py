"""The ledger's thread pool, a lock for finalizers, and the reset of all that after a fork."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakMethod

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import Callable
    from concurrent.futures import Executor

T = TypeVar("T")

_resets: list[WeakMethod[Callable[[], Any]]] = []


def reset_after_fork(method: Callable[[], Any]) -> None:
    """Register a bound method to be called in every forked child while its object exists."""
    _resets[:] = [each for each in _resets if each() is not None]
    _resets.append(WeakMethod(method))


def _reset_all() -> None:
    for each in tuple(_resets):
        method = each()
        if method is not None:
            method()


# Windows has no fork.
if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_reset_all)


class FinalizerLock:
    """A lock for what finalizers do, too.

    A coroutine that is dropped with its event loop is finalized by whichever thread collects
    garbage, perhaps inside the `with` block of this lock. So work that a finalizer may have to do
    is given to `run`, which never waits: the thread that holds the lock does the work before it
    leaves.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._pending: deque[Callable[[], object]] = deque()

    def __enter__(self) -> None:
        self._lock.acquire()
        self._work()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()
        self._try_work()

    def run(self, work: Callable[[], object]) -> None:
        """Do work under the lock, now or when its holder leaves. It may be done twice."""
        self._pending.append(work)
        self._try_work()

    def _try_work(self) -> None:
        while self._pending and self._lock.acquire(blocking=False):
            try:
                self._work()
            finally:
                self._lock.release()

    def _work(self) -> None:
        while self._pending:
            # Removed last: an interruption has it done again.
            self._pending[0]()
            self._pending.popleft()


MAX_THREADS: Final = 16
"""Calls of a SQLite ledger that wait at one time under asyncio."""


class ThreadPool:
    """A thread pool that is created on first use, and again in a forked child."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        reset_after_fork(self.forget)

    def pool(self) -> ThreadPoolExecutor:
        """Return the pool, and create it if necessary."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(MAX_THREADS, "countermand-ledger")
        return self._pool

    def forget(self) -> None:
        """Drop the pool: a forked child does not inherit its threads."""
        self._pool = None


LEDGER_POOL: Final = ThreadPool()


def in_ledger_pool(loop: AbstractEventLoop, work: Callable[..., T], *arguments: Any) -> Future[T]:
    """As `in_pool`, in a thread of the ledger."""
    return in_pool(loop, LEDGER_POOL.pool(), work, *arguments)


def in_pool(
    loop: AbstractEventLoop, pool: Executor | None, work: Callable[..., T], *arguments: Any
) -> Future[T]:
    """Do work in a thread of a pool, with the context variables of the task that awaits it.

    Args:
        loop: The running loop.
        pool: The pool; None for the loop's own.
        work: What to call.
        arguments: Its arguments.

    Raises:
        RuntimeError: there is no thread for it; it will not be done.
    """
    waiting = [partial(copy_context().run, work, *arguments)]

    def run() -> T:
        return waiting.pop()()

    try:
        return loop.run_in_executor(pool, run)
    except RuntimeError:
        # The pool queues the work before it starts a thread.
        waiting.clear()
        raise

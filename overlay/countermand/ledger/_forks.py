"""Holds off a fork while another thread uses SQLite, and closes SQLite's files before it.

SQLite keeps the locks of its connections in the memory of the process. A child that inherits them
in the midst of a transaction finds the file locked for ever. One that inherits an idle connection
has no lock of its own: if the parent then closes the file, the child's commits go into a deleted
log. So a fork waits until no other thread is inside SQLite, and closes all connections.
"""

from __future__ import annotations

import os
from threading import Lock, get_ident
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.ledger._deadlines import Deadline

T = TypeVar("T")

MAX_WAIT: Final = 11.0
"""Seconds for which a fork waits; no transaction lasts longer."""

INTERVAL: Final = 0.001
"""Seconds between two looks of a fork at the other threads."""


class ForkGuard:
    """Keeps forks and uses of SQLite apart.

    A use takes no lock: it notes itself, then looks whether there is a fork. A fork does the same
    the other way round. So a signal handler may do either at any moment.
    """

    def __init__(self) -> None:
        self._closers: list[WeakMethod[Callable[[], object]]] = []
        self._inside: set[int] = set()
        """The threads inside SQLite."""
        self._reset()

    def _reset(self) -> None:
        self._forking: int | None = None
        self._lock = Lock()
        """Held by the thread that forks."""

    def close_before_fork(self, method: Callable[[], object]) -> None:
        """Register a bound method that closes connections, to be called while its object exists."""
        self._closers[:] = [each for each in self._closers if each() is not None]
        self._closers.append(WeakMethod(method))

    def hold(self, deadline: Deadline | None, work: Callable[..., T], *arguments: Any) -> T:
        """Do work inside SQLite, during which no other thread forks.

        Raises:
            DeadlineError: another thread's fork takes too long.
        """
        thread = get_ident()
        if thread in self._inside:
            # A signal handler, in the midst of other work.
            return work(*arguments)
        try:
            self._enter(thread, deadline)
            return work(*arguments)
        finally:
            self._inside.discard(thread)

    def _enter(self, thread: int, deadline: Deadline | None) -> None:
        self._inside.add(thread)
        while self._forking not in (None, thread):
            self._inside.discard(thread)
            if not self._lock.acquire(timeout=deadline.until_hard_limit if deadline else -1):
                assert deadline is not None
                raise deadline.error("another thread did not finish a fork")
            self._lock.release()
            self._inside.add(thread)

    def before(self) -> None:
        """Keep other threads out of SQLite, and close all files."""
        thread = get_ident()
        # A signal handler that forks in the midst of its thread's own work would wait for itself.
        if thread in self._inside or self._forking == thread:
            return
        if not self._lock.acquire(timeout=MAX_WAIT):
            return
        self._forking = thread
        until = monotonic() + MAX_WAIT
        while self._inside and monotonic() < until:
            sleep(INTERVAL)
        if self._inside:
            return
        for each in tuple(self._closers):
            close = each()
            if close is not None:
                close()

    def after(self) -> None:
        """Let other threads in again."""
        if self._forking == get_ident():
            self._forking = None
            self._lock.release()

    def after_in_child(self) -> None:
        """Forget the other threads, which the child does not have."""
        self._inside &= {get_ident()}
        self._reset()


FORKS: Final = ForkGuard()

# Windows has no fork.
if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(
        before=FORKS.before,
        after_in_parent=FORKS.after,
        after_in_child=FORKS.after_in_child,
    )

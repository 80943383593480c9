"""How long one transaction may take, all told: each wait in it gets what the others left."""

from __future__ import annotations

from concurrent.futures import Future, wait
from contextvars import copy_context
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

GRACE: Final = 0.1
"""Seconds after which a database that was told how long it may take counts as dead."""

LEAST_GRACE: Final = 0.02
"""Of a short time, a twentieth, and at least so many seconds."""

STALE: Final = 0.05
"""Seconds after which what the database was told is told anew, before the next statement."""

SHORTEST: Final = 0.001
"""Seconds; to a database 0 may mean without end."""


class OverdueError(Exception):
    """Something did not come in time; the words say what."""


class Patience:
    """The time of one transaction.

    Args:
        limit: Seconds from now.
    """

    def __init__(self, limit: float) -> None:
        self.limit = max(limit, SHORTEST)
        self.until = monotonic() + self.limit
        self.cut = False
        """Whether the connection was cut because of it."""
        self._told: float | None = None

    @property
    def left(self) -> float:
        """Seconds that are left, and never none."""
        return max(self.until - monotonic(), SHORTEST)

    @property
    def over(self) -> bool:
        """Whether there is no time for another try."""
        return monotonic() > self.until

    @property
    def end(self) -> float:
        """When whoever has not answered by then is no longer waited for."""
        return self.until + min(GRACE, max(self.limit / 20, LEAST_GRACE))

    @property
    def stale(self) -> bool:
        """Whether the database was told longer ago than could be left out of account."""
        return self._told is not None and monotonic() - self._told > STALE

    def told(self) -> int:
        """The milliseconds that are left, for the database, which is being told now."""
        self._told = monotonic()
        return max(int(self.left * 1000), 1)

    def overdue(self, what: str) -> OverdueError:
        """An error that says how long was waited in vain, and for what."""
        return OverdueError(f"{what} within {round(self.limit, 3)} s")


def in_time(
    patience: Patience, make: Callable[[], T], discard: Callable[[T], object], what: str
) -> T:
    """Let another thread make something that may take for ever; what comes too late is discarded.

    Args:
        patience: How long to wait for it.
        make: Makes it, in a copy of the context.
        discard: What to do with it when nobody waits any longer.
        what: What did not come, for the words of the error.

    Raises:
        OverdueError: it did not come, or no thread could be started.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(make())
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            future.set_exception(error)

    def late(made: Future[T]) -> None:
        if made.exception() is None:
            discard(made.result())

    thread = Thread(target=copy_context().run, args=(run,), name="countermand-connect", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        # The interpreter is going down, or the system has no more threads.
        raise OverdueError(f"{what}: {error}") from None
    made = False
    try:
        made = bool(wait((future,), max(patience.end - monotonic(), 0.0)).done)
    finally:
        # Out of patience, or interrupted.
        if not made:
            future.add_done_callback(late)
    if not made:
        raise patience.overdue(what)
    return future.result()

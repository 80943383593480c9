"""The deadline of a task, and a wait for another thread, for what has no timeout of its own."""

from __future__ import annotations

from concurrent.futures import Future, wait
from contextvars import copy_context
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

from countermand.ledger._tasks import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MAX_TIME: Final = 10.0
"""Seconds for one transaction with its waits, and for a connection."""

GRACE: Final = 0.1
"""Seconds after its timeout at which a database counts as dead."""

MIN_GRACE: Final = 0.02
"""Lower bound of the grace, which is a twentieth of a short timeout; seconds."""

MIN_TIMEOUT: Final = 0.001
"""Seconds. To a database, 0 may mean no timeout."""


class DeadlineError(DatabaseError):
    """A wait exceeded the deadline; the message says for what."""


class Deadline:
    """The deadline of one task.

    Args:
        timeout: Seconds from now; at most `MAX_TIME`.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = max(min(timeout, MAX_TIME), MIN_TIMEOUT)
        self._at = monotonic() + self._timeout

    @property
    def remaining(self) -> float:
        """Remaining seconds; at least `MIN_TIMEOUT`."""
        return max(self._at - monotonic(), MIN_TIMEOUT)

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return monotonic() > self._at

    @property
    def milliseconds(self) -> int:
        """Remaining milliseconds, as the timeout of a statement."""
        return max(int(self.remaining * 1000), 1)

    @property
    def hard_limit(self) -> float:
        """Monotonic time at which this side stops waiting, whatever the database does."""
        return self._at + min(GRACE, max(self._timeout / 20, MIN_GRACE))

    @property
    def until_hard_limit(self) -> float:
        """Seconds until the hard limit."""
        return max(self.hard_limit - monotonic(), MIN_TIMEOUT)

    def error(self, what: str) -> DeadlineError:
        """Return the error of a wait for `what`."""
        return DeadlineError(f"{what} within {round(self._timeout, 3)} s")


def two_digits(milliseconds: int) -> int:
    """Milliseconds, rounded down to two digits, so that a timeout is seldom set anew."""
    unit = int(f"1{'0' * (len(str(milliseconds)) - 2)}")
    return milliseconds - milliseconds % unit


def run_with_deadline(
    deadline: Deadline, make: Callable[[], T], discard: Callable[[T], object], what: str
) -> T:
    """Call `make` in another thread, and wait for its result until the deadline.

    Args:
        deadline: The deadline; its hard limit ends the wait.
        make: Called in a copy of the context.
        discard: Called with a result that comes too late.
        what: Names the result in the error's message.

    Raises:
        DeadlineError: no result in time.
        DatabaseError: no thread could be started.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(make())
        except BaseException as error:  # noqa: BLE001 - the waiting thread raises it
            future.set_exception(error)

    def discard_late(made: Future[T]) -> None:
        if made.exception() is None:
            discard(made.result())

    thread = Thread(target=copy_context().run, args=(run,), name="countermand-connect", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        # The interpreter is shutting down, or the system has no more threads.
        raise DatabaseError(f"{what}: {error}") from None
    made = False
    try:
        made = bool(wait((future,), deadline.until_hard_limit).done)
    finally:
        # The deadline has passed, or the wait was interrupted.
        if not made:
            future.add_done_callback(discard_late)
    if not made:
        raise deadline.error(what)
    return future.result()

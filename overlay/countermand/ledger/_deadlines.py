"""The deadline of a transaction, and the means to keep it: timeouts, threads and cut sockets.

1. `Deadline`: the time of one transaction. Every wait gets the remaining time.
2. `run_with_deadline`: waits for another thread, for calls that have no timeout (name lookup).
3. `Watchdog`: shuts down the socket of a connection that does not answer in time.
4. `bounded_checkout`: applies both to connecting, set-up and ping of a pooled connection.
5. `ConnectionLimiter`: lends connections of an engine by all of the above.
"""

from __future__ import annotations

import socket
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from threading import Condition, Semaphore, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event

from countermand._threads import reset_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


T = TypeVar("T")

GRACE: Final = 0.1
"""Seconds after its timeout at which a database counts as dead."""

MIN_GRACE: Final = 0.02
"""Lower bound of the grace, which is a twentieth of a short timeout; seconds."""

REFRESH_INTERVAL: Final = 0.05
"""Seconds. An older statement timeout is set again before the next statement."""

MIN_TIMEOUT: Final = 0.001
"""Seconds. To a database, 0 may mean no timeout."""


class LedgerTimeoutError(Exception):
    """A wait exceeded the deadline; the message says for what."""


class Deadline:
    """The deadline of one transaction.

    Args:
        timeout: Seconds from now.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = max(timeout, MIN_TIMEOUT)
        self._deadline = monotonic() + self._timeout
        self.cut = False
        """Whether the watchdog has cut the connection."""
        self._timeout_set_at: float | None = None

    @property
    def remaining(self) -> float:
        """Remaining seconds; at least `MIN_TIMEOUT`."""
        return max(self._deadline - monotonic(), MIN_TIMEOUT)

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return monotonic() > self._deadline

    @property
    def hard_limit(self) -> float:
        """Monotonic time at which this side stops waiting, whatever the database does."""
        return self._deadline + min(GRACE, max(self._timeout / 20, MIN_GRACE))

    @property
    def needs_refresh(self) -> bool:
        """Whether the statement timeout must be set again."""
        return (
            self._timeout_set_at is not None
            and monotonic() - self._timeout_set_at > REFRESH_INTERVAL
        )

    def milliseconds_left(self) -> int:
        """Remaining milliseconds, to be set as statement timeout now."""
        self._timeout_set_at = monotonic()
        return max(int(self.remaining * 1000), 1)

    def error(self, what: str) -> LedgerTimeoutError:
        """Return the error of a wait for `what`."""
        return LedgerTimeoutError(f"{what} within {round(self._timeout, 3)} s")


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
        LedgerTimeoutError: no result in time, or no thread could be started.
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
        raise LedgerTimeoutError(f"{what}: {error}") from None
    made = False
    try:
        made = bool(wait((future,), max(deadline.hard_limit - monotonic(), 0.0)).done)
    finally:
        # The deadline has passed, or the wait was interrupted.
        if not made:
            future.add_done_callback(discard_late)
    if not made:
        raise deadline.error(what)
    return future.result()


class ConnectionTimer:
    """A connection that is cut at `due`, a monotonic time.

    It has a duplicate of the driver's socket. If the driver closes its own, the number of the
    duplicate cannot be reused, so no other socket is shut down.
    """

    def __init__(self, connection: Any, due: float) -> None:
        self.due = due
        self.cut = False
        self._socket = _duplicate_socket(connection)

    def fire(self) -> None:
        """Shut the socket down; the waiting thread gets an error."""
        self.cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the duplicate; the connection stays open."""
        if self._socket is not None:
            self._socket.close()


class Watchdog:
    """Cuts connections that are due; one that was released is not cut."""

    def __init__(self) -> None:
        self._begin()
        reset_after_fork(self.forked)

    def _begin(self) -> None:
        self._watches: set[ConnectionTimer] = set()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._next: float | None = None

    def forked(self) -> None:
        """After a fork: release the parent's connections, whose sockets this process shares."""
        inherited = tuple(self._watches)
        self._begin()
        for watch in inherited:
            watch.close()

    def watch(self, connection: Any, due: float) -> ConnectionTimer:
        """Cut a driver's connection at `due` unless it is released before."""
        watch = ConnectionTimer(connection, due)
        with self._changed:
            self._watches.add(watch)
            if self._thread is None or not self._thread.is_alive():
                self._start()
            elif self._next is None or due < self._next:
                self._changed.notify()
        return watch

    def release(self, watch: ConnectionTimer) -> bool:
        """Stop watching; return whether the connection was cut."""
        with self._changed:
            self._watches.discard(watch)
        watch.close()
        return watch.cut

    def _start(self) -> None:
        thread = Thread(target=self._run, name="countermand-watchdog", daemon=True)
        # No thread can be started while the interpreter shuts down; the server's timeouts remain.
        with suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _run(self) -> None:
        with self._changed:
            while True:
                now = monotonic()
                for watch in [each for each in self._watches if each.due <= now]:
                    self._watches.discard(watch)
                    watch.fire()
                self._next = min((each.due for each in self._watches), default=None)
                self._changed.wait(None if self._next is None else self._next - now)


def _duplicate_socket(connection: Any) -> socket.socket | None:
    """Return a duplicate of the connection's socket; None without one, or if it is closed."""
    # Each driver raises its own errors here.
    with suppress(Exception):
        return socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)
    return None


WATCHDOG: Final = Watchdog()


PING_SHARE: Final = 3
"""A pooled connection must answer the ping within a third of the remaining time. The rest is for a
new connection."""


class _Checkout:
    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.watches: list[ConnectionTimer] = []


_CHECKOUT: ContextVar[_Checkout | None] = ContextVar("countermand_checkout", default=None)


@contextmanager
def bounded_checkout(deadline: Deadline) -> Generator[None]:
    """Bound connecting, set-up and ping in this context by the deadline."""
    checkout = _Checkout(deadline)
    before = _CHECKOUT.set(checkout)
    try:
        yield
    finally:
        _CHECKOUT.reset(before)
        for watch in checkout.watches:
            deadline.cut |= WATCHDOG.release(watch)


def install_hooks(engine: sa.Engine, *, own: bool) -> None:
    """Install the hooks of `bounded_checkout`.

    Args:
        engine: An engine for PostgreSQL.
        own: Whether it is ours. Only then `do_connect` is replaced.
    """
    # Other listeners send queries to set the connection up, so this one comes first.
    event.listen(engine, "connect", _on_connect, insert=True)
    _wrap_ping(engine.dialect)
    if own:
        event.listen(engine, "do_connect", _on_do_connect)


def _on_do_connect(
    dialect: sa.Dialect, _record: object, arguments: list[Any], parameters: dict[str, Any]
) -> Any:
    """Connect in another thread: the driver's timeout is in whole seconds, at least two."""
    checkout = _CHECKOUT.get()
    if checkout is None:
        return None

    def connect() -> Any:
        return dialect.connect(*arguments, **parameters)

    return run_with_deadline(checkout.deadline, connect, _close_raw, "no connection")


def _close_raw(raw: Any) -> None:
    # The error has no receiver: the wait is over.
    with suppress(Exception):
        raw.close()


def _on_connect(raw: Any, _record: object) -> None:
    checkout = _CHECKOUT.get()
    if checkout is not None:
        checkout.watches.append(WATCHDOG.watch(raw, checkout.deadline.hard_limit))


def _wrap_ping(dialect: sa.Dialect) -> None:
    """Bound the ping. SQLAlchemy emits no event for it, so the method is wrapped."""
    ping = dialect.do_ping

    def watched(dbapi_connection: Any) -> bool:
        checkout = _CHECKOUT.get()
        if checkout is None:
            return ping(dbapi_connection)
        share = max(checkout.deadline.remaining / PING_SHARE, GRACE)
        watch = WATCHDOG.watch(
            dbapi_connection, min(monotonic() + share, checkout.deadline.hard_limit)
        )
        try:
            answered = ping(dbapi_connection)
        finally:
            cut = WATCHDOG.release(watch)
        return answered and not cut

    dialect.do_ping = watched  # type: ignore[method-assign]


POOL_SIZE: Final = 5
"""Connections that our pool keeps open."""
MAX_CONNECTIONS: Final = 15
"""Connections of our pool at most."""


class ConnectionLimiter:
    """Lends the connections of an engine.

    Args:
        engine: Our engine, or the caller's.
        own: Whether it is ours. Then at most `MAX_CONNECTIONS` are lent. A caller's engine has
            other users and its own limits, so its connections are made in another thread.
    """

    def __init__(self, engine: sa.Engine, *, own: bool) -> None:
        self._engine = engine
        self._own = own
        waits = engine.dialect.name == "postgresql" or isinstance(engine.pool, sa.pool.QueuePool)
        self._in_thread = waits and not own
        self.reset()

    def reset(self) -> None:
        """Make all slots free."""
        self._slots = Semaphore(MAX_CONNECTIONS)

    @contextmanager
    def checkout(self, deadline: Deadline) -> Generator[sa.Connection]:
        """Lend a connection; it is cut if it is not returned in time.

        Raises:
            LedgerTimeoutError: no connection was available.
        """
        with self._slot(deadline), self._checkout(deadline) as connection:
            watch = WATCHDOG.watch(connection.connection.driver_connection, deadline.hard_limit)
            try:
                yield connection
            finally:
                if WATCHDOG.release(watch):
                    deadline.cut = True
                    connection.invalidate()

    @contextmanager
    def _slot(self, deadline: Deadline) -> Generator[None]:
        slots = self._slots
        if self._own and not slots.acquire(timeout=deadline.remaining):
            raise deadline.error("no connection was free")
        try:
            yield
        finally:
            if self._own:
                slots.release()

    def _checkout(self, deadline: Deadline) -> sa.Connection:
        if self._in_thread:
            return run_with_deadline(
                deadline, lambda: self._connect(deadline), _close_connection, "no connection"
            )
        return self._connect(deadline)

    def _connect(self, deadline: Deadline) -> sa.Connection:
        with bounded_checkout(deadline):
            return self._engine.connect()


def _close_connection(connection: sa.Connection) -> None:
    # The error has no receiver: the wait is over.
    with suppress(Exception):
        connection.close()

"""How long one transaction may take, all told: each wait in it gets what the others left."""

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

    pass

    pass
    pass


T = TypeVar("T")

POOL_SIZE: Final = 5
MAX_CONNECTIONS: Final = 15
GRACE: Final = 0.1
"""Seconds after which a database that was told how long it may take counts as dead."""

MIN_GRACE: Final = 0.02
"""Of a short time, a twentieth, and at least so many seconds."""

REFRESH_INTERVAL: Final = 0.05
"""Seconds after which what the database was told is told anew, before the next statement."""

MIN_TIMEOUT: Final = 0.001
"""Seconds; to a database 0 may mean without end."""


class LedgerTimeoutError(Exception):
    """Something did not come in time; the words say what."""


class Deadline:
    """The time of one transaction.

    Args:
        limit: Seconds from now.
    """

    def __init__(self, timeout: float) -> None:
        self.limit = max(timeout, MIN_TIMEOUT)
        self.until = monotonic() + self.limit
        self.cut = False
        """Whether the connection was cut because of it."""
        self._told: float | None = None

    @property
    def remaining(self) -> float:
        """Seconds that are left, and never none."""
        return max(self.until - monotonic(), MIN_TIMEOUT)

    @property
    def expired(self) -> bool:
        """Whether there is no time for another try."""
        return monotonic() > self.until

    @property
    def hard_limit(self) -> float:
        """When whoever has not answered by then is no longer waited for."""
        return self.until + min(GRACE, max(self.limit / 20, MIN_GRACE))

    @property
    def needs_refresh(self) -> bool:
        """Whether the database was told longer ago than could be left out of account."""
        return self._told is not None and monotonic() - self._told > REFRESH_INTERVAL

    def milliseconds_left(self) -> int:
        """The milliseconds that are left, for the database, which is being told now."""
        self._told = monotonic()
        return max(int(self.remaining * 1000), 1)

    def timeout(self, what: str) -> LedgerTimeoutError:
        """An error that says how long was waited in vain, and for what."""
        return LedgerTimeoutError(f"{what} within {round(self.limit, 3)} s")


def run_with_deadline(
    deadline: Deadline, make: Callable[[], T], discard: Callable[[T], object], what: str
) -> T:
    """Let another thread make something that may take for ever; what comes too late is discarded.

    Args:
        deadline: How long to wait for it.
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
        raise LedgerTimeoutError(f"{what}: {error}") from None
    made = False
    try:
        made = bool(wait((future,), max(deadline.hard_limit - monotonic(), 0.0)).done)
    finally:
        # Out of patience, or interrupted.
        if not made:
            future.add_done_callback(late)
    if not made:
        raise deadline.timeout(what)
    return future.result()


class ConnectionTimer:
    """A connection that has until `due`.

    Its socket is a duplicate: whatever becomes of the driver's, no other can be hit.
    """

    def __init__(self, connection: Any, due: float) -> None:
        self.due = due
        self.cut = False
        self._socket = _double(connection)

    def fire(self) -> None:
        """End the connection; whoever waits for it finds it broken."""
        self.cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Leave the connection as it is."""
        if self._socket is not None:
            self._socket.close()


class Watchdog:
    """Cuts what is overdue; nothing is cut once it has been released."""

    def __init__(self) -> None:
        self._begin()
        reset_after_fork(self.forked)

    def _begin(self) -> None:
        self._watches: set[ConnectionTimer] = set()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._next: float | None = None

    def forked(self) -> None:
        """Watch nothing of the parent's: its sockets are shared with this process."""
        inherited = tuple(self._watches)
        self._begin()
        for watch in inherited:
            watch.close()

    def watch(self, connection: Any, due: float) -> ConnectionTimer:
        """Cut a driver's connection at `due`, unless it is released before."""
        watch = ConnectionTimer(connection, due)
        with self._changed:
            self._watches.add(watch)
            if self._thread is None or not self._thread.is_alive():
                self._start()
            elif self._next is None or due < self._next:
                self._changed.notify()
        return watch

    def release(self, watch: ConnectionTimer) -> bool:
        """Watch it no longer; whether it has been cut."""
        with self._changed:
            self._watches.discard(watch)
        watch.close()
        return watch.cut

    def _start(self) -> None:
        thread = Thread(target=self._run, name="countermand-watchdog", daemon=True)
        # No new threads while the interpreter goes down: the server's own timeouts must do then.
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


def _double(connection: Any) -> socket.socket | None:
    """The connection's socket once more; None for a driver without one, or a closed one."""
    # Each driver has errors of its own here.
    with suppress(Exception):
        return socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)
    return None


WATCHDOG: Final = Watchdog()


class ConnectionLimiter:
    """Lends the connections of an engine.

    Args:
        engine: Of our own, or the caller's.
        own: Which of them. Into a pool of our own no more are let than it has connections; the
            caller's has other users, makes wait as it likes, and connects as it likes.
    """

    def __init__(self, engine: sa.Engine, *, own: bool) -> None:
        self._engine = engine
        self._own = own
        waits = engine.dialect.name == "postgresql" or isinstance(engine.pool, sa.pool.QueuePool)
        self._in_thread = waits and not own
        self.reset()

    def reset(self) -> None:
        """Let everybody in anew."""
        self._slots = Semaphore(MAX_CONNECTIONS)

    @contextmanager
    def checkout(self, deadline: Deadline) -> Generator[sa.Connection]:
        """A connection, cut if it is not given back in time.

        Raises:
            OverdueError: none was to be had.
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
        places = self._slots
        if self._own and not places.acquire(timeout=deadline.remaining):
            raise deadline.timeout("no connection was free")
        try:
            yield
        finally:
            if self._own:
                places.release()

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
    # Nobody is left who could be told.
    with suppress(Exception):
        connection.close()


PING_SHARE: Final = 3
"""One that lay in the pool must answer within this part of what is left; in the rest, a new one can
be made."""


class _Checkout:
    def __init__(self, deadline: Deadline) -> None:
        self.patience = deadline
        self.watches: list[ConnectionTimer] = []


_CHECKOUT: ContextVar[_Checkout | None] = ContextVar("countermand_way", default=None)


@contextmanager
def bounded_checkout(deadline: Deadline) -> Generator[None]:
    """Watch what an engine does for a connection here."""
    checkout = _Checkout(deadline)
    before = _CHECKOUT.set(checkout)
    try:
        yield
    finally:
        _CHECKOUT.reset(before)
        for watch in checkout.watches:
            deadline.cut |= WATCHDOG.release(watch)


def install_hooks(engine: sa.Engine, *, own: bool) -> None:
    """Let an engine's connections be watched on their way.

    Args:
        engine: For PostgreSQL.
        own: Whether it is of our own; then nobody else wants a say in how it connects.
    """
    # What sets a connection up asks the server too, and must come after this.
    event.listen(engine, "connect", _on_connect, insert=True)
    _wrap_ping(engine.dialect)
    if own:
        event.listen(engine, "do_connect", _on_do_connect)


def _on_do_connect(
    dialect: sa.Dialect, _record: object, arguments: list[Any], parameters: dict[str, Any]
) -> Any:
    """Connect elsewhere: a driver's own limit is in whole seconds, two at least."""
    checkout = _CHECKOUT.get()
    if checkout is None:
        return None

    def connect() -> Any:
        return dialect.connect(*arguments, **parameters)

    return run_with_deadline(checkout.patience, connect, _close_raw, "no connection")


def _close_raw(raw: Any) -> None:
    # Nobody is left who could be told.
    with suppress(Exception):
        raw.close()


def _on_connect(raw: Any, _record: object) -> None:
    checkout = _CHECKOUT.get()
    if checkout is not None:
        checkout.watches.append(WATCHDOG.watch(raw, checkout.patience.hard_limit))


def _wrap_ping(dialect: sa.Dialect) -> None:
    """Of a pool's test before a connection is lent, no event tells."""
    ping = dialect.do_ping

    def watched(dbapi_connection: Any) -> bool:
        checkout = _CHECKOUT.get()
        if checkout is None:
            return ping(dbapi_connection)
        share = max(checkout.patience.remaining / PING_SHARE, GRACE)
        watch = WATCHDOG.watch(
            dbapi_connection, min(monotonic() + share, checkout.patience.hard_limit)
        )
        try:
            answered = ping(dbapi_connection)
        finally:
            cut = WATCHDOG.release(watch)
        return answered and not cut

    dialect.do_ping = watched  # type: ignore[method-assign]

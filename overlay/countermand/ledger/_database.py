"""What the two databases are told: when connecting, when a transaction begins, and in it."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from countermand._threads import reset_after_fork
from countermand.errors import LedgerUnavailable
from countermand.ledger._deadlines import (
    MAX_CONNECTIONS,
    POOL_SIZE,
    ConnectionLimiter,
    Deadline,
    LedgerTimeoutError,
    install_hooks,
)
from countermand.ledger._schema import NewerSchemaError, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


MAX_TRANSACTION_TIME: Final = 10.0
"""Seconds that a database may take for one transaction, or for a connection."""

"""Connections of a pool of our own: kept, and at most."""

LIBPQ: Final[dict[str, Any]] = {
    "connect_timeout": int(MAX_TRANSACTION_TIME),
    "tcp_user_timeout": int(MAX_TRANSACTION_TIME * 1000),
    "keepalives_idle": int(MAX_TRANSACTION_TIME),
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""A server that is gone without a word is noticed; what the URL says of these goes before."""


def create_engine(url: str) -> sa.Engine:
    """An engine of our own."""
    parsed = sa.make_url(url)
    return sa.create_engine(
        parsed,
        connect_args=_connecting(parsed),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=MAX_TRANSACTION_TIME,
        pool_size=POOL_SIZE,
        max_overflow=MAX_CONNECTIONS - POOL_SIZE,
        poolclass=sa.pool.QueuePool,
    )


def configure_engine(engine: sa.Engine, *, own: bool) -> None:
    """Let an engine keep a ledger.

    Args:
        engine: Any; one that is prepared already is left as it is.
        own: Whether it is of our own.

    Raises:
        ValueError: it cannot: it is in memory, or neither SQLite nor PostgreSQL.
    """
    name = engine.dialect.name
    if name not in {"sqlite", "postgresql"}:
        raise ValueError(f"a ledger needs SQLite or PostgreSQL, not {name}")
    if name == "sqlite" and _in_memory(engine.url):
        raise ValueError("a ledger in memory would record nothing; name a file")
    # Several ledgers may share an engine.
    if event.contains(engine, "before_cursor_execute", _refresh_timeouts):
        return
    event.listen(engine, "before_cursor_execute", _refresh_timeouts)
    if name == "sqlite":
        event.listen(engine, "connect", _sqlite_connects)
        event.listen(engine, "begin", _sqlite_begins)
    else:
        install_hooks(engine, own=own)


def set_timeouts(connection: sa.Connection, deadline: Deadline) -> None:
    """Tell the database how long it may still take for a statement of this transaction."""
    wait = deadline.milliseconds_left()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait}")
        return
    function = sa.func
    lost = function.current_setting("synchronous_commit") == "off"
    # Else a server that fails forgets what it has already said to be committed.
    durable = function.set_config("synchronous_commit", "on", True)  # noqa: FBT003 - for this transaction only
    connection.execute(
        sa.select(
            function.set_config("statement_timeout", str(wait), True),  # noqa: FBT003 - the same
            sa.case((lost, durable)),
        )
    )


def _connecting(url: sa.URL) -> dict[str, Any]:
    """What the driver is told, as far as the URL does not say it."""
    driver = url.get_driver_name()
    wanted = LIBPQ if driver in {"psycopg", "psycopg2"} else {}
    if driver == "psycopg":
        # Poolers such as PgBouncer change the server below a connection, and its statements go.
        wanted = {**wanted, "prepare_threshold": None}
    return {name: value for name, value in wanted.items() if name not in url.query}


def _in_memory(url: sa.URL) -> bool:
    path = str(url.database or "").removeprefix("file:").partition("?")[0]
    return path in {"", ":memory:"} or "mode=memory" in url.render_as_string()


def _refresh_timeouts(connection: sa.Connection, *_: object) -> None:
    """What was told before a long wait is no longer what is left."""
    deadline: Deadline | None = connection.get_execution_options().get("countermand_patience")
    if deadline is not None and deadline.needs_refresh:
        set_timeouts(connection, deadline)


def _sqlite_connects(connection: Any, _record: object) -> None:
    """Durable commits, and a transaction's beginning left to us."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(MAX_TRANSACTION_TIME * 1000)}")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _sqlite_begins(connection: sa.Connection) -> None:
    """A write lock from the beginning: SQLite has one writer at a time."""
    options = connection.get_execution_options()
    if options.get("countermand_outside", False):
        return
    deadline: Deadline | None = options.get("countermand_patience")
    if deadline is None:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(MAX_TRANSACTION_TIME * 1000)}")
    else:
        set_timeouts(connection, deadline)
    reading = options.get("countermand_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


__all__ = ["MAX_TRANSACTION_TIME", "Database"]

T = TypeVar("T")

MAX_TRIES: Final = 3
"""How often a transaction is tried when its connection breaks; each is written to be repeatable."""

RETRY_INTERVAL: Final = 0.01
"""Seconds between two tries of what SQLite does at once or not at all."""


class Database:
    """One engine, its schema brought up to date at first use."""

    def __init__(self, url: str | sa.Engine) -> None:
        self._own = not isinstance(url, sa.Engine)
        self.engine = url if isinstance(url, sa.Engine) else create_engine(url)
        configure_engine(self.engine, own=self._own)
        self._connections = ConnectionLimiter(self.engine, own=self._own)
        self._ready = False
        self._lock = Lock()
        reset_after_fork(self._forked)

    def _forked(self) -> None:
        self._ready = False
        self._lock = Lock()
        self._connections.reset()
        # The parent's connections are left open: they are the parent's.
        self.engine.dispose(close=False)

    def close(self) -> None:
        """Close the connections of an engine of our own."""
        if self._own:
            # Whoever makes the first connection of a pool has others wait, within their time here.
            self._ready = False
            self.engine.dispose()

    def run(
        self,
        work: Callable[[sa.Connection], T],
        *,
        payment_lock: str | None = None,
        timeout: float = MAX_TRANSACTION_TIME,
        read_only: bool = False,
    ) -> T:
        """Do the work in one transaction, and again where the connection broke.

        Args:
            work: What to do; it must be repeatable, for a commit's answer can be lost too.
            payment_lock: What no other transaction may decide about meanwhile.
            timeout: Seconds that all of it may take, whatever there is to wait for.
            read_only: Whether it only reads, and so needs nobody to wait for it.

        Raises:
            LedgerUnavailable: the database cannot be reached, will not write, or was too slow.
        """
        deadline = Deadline(min(timeout, MAX_TRANSACTION_TIME))
        problem = "no answer"
        for _ in range(MAX_TRIES):
            try:
                self._ensure_schema(deadline)
                with self._begin(deadline, read_only=read_only) as connection:
                    _lock_payment(connection, deadline, payment_lock)
                    return work(connection)
            except exc.DBAPIError as error:
                problem = _describe(error, deadline)
                if not error.connection_invalidated or deadline.expired:
                    break
            except (NewerSchemaError, LedgerTimeoutError) as error:
                problem = str(error)
                break
            except exc.SQLAlchemyError as error:
                problem = type(error).__name__
                break
        raise LedgerUnavailable(f"the ledger cannot be used: {problem}") from None

    @contextmanager
    def _begin(self, deadline: Deadline, *, read_only: bool) -> Generator[sa.Connection]:
        options: dict[str, Any] = {
            "countermand_patience": deadline,
            "countermand_reading": read_only,
        }
        if self.engine.dialect.name == "postgresql":
            # What is read after a lock was waited for must not be older than the lock.
            options["isolation_level"] = "READ COMMITTED"
        with self._connections.checkout(deadline) as connection:
            connection.execution_options(**options)
            with connection.begin():
                yield connection

    def _ensure_schema(self, deadline: Deadline) -> None:
        if self._ready:
            return
        if not self._lock.acquire(timeout=deadline.remaining):
            raise deadline.timeout("another thread at the migration made no way")
        try:
            if not self._ready:
                if self.engine.dialect.name == "sqlite":
                    self._enable_wal(deadline)
                with self._begin(deadline, read_only=False) as connection:
                    _lock_payment(connection, deadline, None)
                    migrate(connection)
                self._ready = True
        finally:
            self._lock.release()

    def _enable_wal(self, deadline: Deadline) -> None:
        """Let readers read beside a writer, in this SQLite file for good.

        Nobody else may be at the file for that, and whatever its busy timeout, SQLite may not wait
        until nobody is: so it is asked again.
        """
        with self._connections.checkout(deadline) as connection:
            connection.execution_options(countermand_outside=True)
            while True:
                set_timeouts(connection, deadline)
                try:
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                except exc.OperationalError as error:
                    if "locked" not in str(error.orig) or deadline.expired:
                        raise
                    sleep(RETRY_INTERVAL)
                else:
                    return


def _lock_payment(connection: sa.Connection, deadline: Deadline, payment_lock: str | None) -> None:
    """SQLite has one writer at a time; PostgreSQL needs a lock for what is not one row."""
    if connection.dialect.name != "postgresql":
        return
    set_timeouts(connection, deadline)
    if payment_lock is not None:
        number = int(payment_lock[:15], 16)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def _describe(error: exc.DBAPIError, deadline: Deadline) -> str:
    """The driver's first line: what is after it may quote what was to be stored."""
    if deadline.cut:
        return str(deadline.timeout("no answer"))
    lines = str(error.orig).strip().splitlines()
    return f"{type(error.orig).__name__}: {lines[0][:200] if lines else ''}"

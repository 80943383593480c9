"""Engines and transactions: connect, bring the schema up to date, run, repeat if cut off."""

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
from countermand.ledger._urls import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from os import PathLike

__all__ = ["MAX_TRANSACTION_TIME", "Database"]

T = TypeVar("T")

MAX_TRANSACTION_TIME: Final = 10.0
"""Seconds for one transaction with its waits, and for a connection."""

LIBPQ: Final[dict[str, Any]] = {
    "connect_timeout": int(MAX_TRANSACTION_TIME),
    "tcp_user_timeout": int(MAX_TRANSACTION_TIME * 1000),
    "keepalives_idle": int(MAX_TRANSACTION_TIME),
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""Parameters that detect a dead server. Parameters of the URL take precedence."""


def create_engine(url: str | PathLike[str] | sa.URL) -> sa.Engine:
    """Create our engine for a URL, or for the path of a SQLite file.

    Raises:
        ModuleNotFoundError: the driver is not installed.
        TypeError, ValueError: as `parse_url`.
    """
    parsed = parse_url(url)
    return sa.create_engine(
        parsed,
        connect_args=_connect_args(parsed),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=MAX_TRANSACTION_TIME,
        pool_size=POOL_SIZE,
        max_overflow=MAX_CONNECTIONS - POOL_SIZE,
        poolclass=sa.pool.QueuePool,
    )


def configure_engine(engine: sa.Engine, *, own: bool) -> None:
    """Install the listeners that a ledger needs; once for each engine.

    Args:
        engine: Our engine, or the caller's.
        own: Whether it is ours.

    Raises:
        ValueError: the database is in memory, or neither SQLite nor PostgreSQL.
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
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
    else:
        install_hooks(engine, own=own)


def set_timeouts(connection: sa.Connection, deadline: Deadline) -> None:
    """Set the timeouts of this transaction's next statements to the remaining time."""
    wait = deadline.milliseconds_left()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait}")
        return
    function = sa.func
    lost = function.current_setting("synchronous_commit") == "off"
    # Otherwise a server that crashes loses transactions that it has confirmed.
    durable = function.set_config("synchronous_commit", "on", True)  # noqa: FBT003 - for this transaction only
    connection.execute(
        sa.select(
            function.set_config("statement_timeout", str(wait), True),  # noqa: FBT003 - the same
            sa.case((lost, durable)),
        )
    )


def _connect_args(url: sa.URL) -> dict[str, Any]:
    """Return the connection parameters that the URL does not contain."""
    driver = url.get_driver_name()
    arguments = LIBPQ if driver in {"psycopg", "psycopg2"} else {}
    if driver == "psycopg":
        # Poolers such as PgBouncer change the server process, which loses prepared statements.
        arguments = {**arguments, "prepare_threshold": None}
    return {name: value for name, value in arguments.items() if name not in url.query}


def _in_memory(url: sa.URL) -> bool:
    path = str(url.database or "").removeprefix("file:").partition("?")[0]
    return path in {"", ":memory:"} or "mode=memory" in url.render_as_string()


def _refresh_timeouts(connection: sa.Connection, *_: object) -> None:
    """After a long wait, set the statement timeout to the remaining time."""
    deadline: Deadline | None = connection.get_execution_options().get("countermand_deadline")
    if deadline is not None and deadline.needs_refresh:
        set_timeouts(connection, deadline)


def _on_sqlite_connect(connection: Any, _record: object) -> None:
    """Make commits durable, and leave `BEGIN` to `_on_sqlite_begin`."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(MAX_TRANSACTION_TIME * 1000)}")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _on_sqlite_begin(connection: sa.Connection) -> None:
    """Lock for writing at once: SQLite permits one writer, and a later lock may fail."""
    options = connection.get_execution_options()
    if options.get("countermand_no_transaction", False):
        return
    deadline: Deadline | None = options.get("countermand_deadline")
    if deadline is None:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(MAX_TRANSACTION_TIME * 1000)}")
    else:
        set_timeouts(connection, deadline)
    read_only = options.get("countermand_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


MAX_TRIES: Final = 3
"""Tries of a transaction whose connection breaks. Every transaction is repeatable."""

RETRY_INTERVAL: Final = 0.01
"""Seconds between two tries of a statement for which SQLite does not wait."""


class Database:
    """One engine. Its schema is brought up to date at first use."""

    def __init__(self, url: str | PathLike[str] | sa.URL | sa.Engine) -> None:
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
        # The connections belong to the parent, so they stay open.
        self.engine.dispose(close=False)

    def close(self) -> None:
        """Close the connections of our engine; a caller's engine stays open."""
        if self._own:
            # SQLAlchemy blocks other threads without limit during a pool's first connection.
            # Preparing again makes them wait on our lock, which has a timeout.
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
        """Run `work` in one transaction, and repeat it if the connection breaks.

        Args:
            work: Must be repeatable, because the confirmation of a commit can be lost.
            payment_lock: Name of a lock that the transaction takes; None for no lock.
            timeout: Seconds for everything, including waits.
            read_only: Whether `work` only reads, and so needs no lock for writing.

        Raises:
            LedgerUnavailable: the database is not reachable, refuses to write, or is too slow.
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
            "countermand_deadline": deadline,
            "countermand_read_only": read_only,
        }
        if self.engine.dialect.name == "postgresql":
            # Reads after waiting for a lock must see what was committed before it was granted.
            options["isolation_level"] = "READ COMMITTED"
        with self._connections.checkout(deadline) as connection:
            connection.execution_options(**options)
            with connection.begin():
                yield connection

    def _ensure_schema(self, deadline: Deadline) -> None:
        if self._ready:
            return
        if not self._lock.acquire(timeout=deadline.remaining):
            raise deadline.error("another thread did not finish migrating the schema")
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
        """Switch the SQLite file to write-ahead logging, so that readers do not wait for a writer.

        SQLite needs the file for itself, and may fail at once despite its busy timeout. So the
        statement is repeated until the deadline.
        """
        with self._connections.checkout(deadline) as connection:
            connection.execution_options(countermand_no_transaction=True)
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
    """Take the payment's lock in PostgreSQL. SQLite has one writer at a time."""
    if connection.dialect.name != "postgresql":
        return
    set_timeouts(connection, deadline)
    if payment_lock is not None:
        number = int(payment_lock[:15], 16)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def _describe(error: exc.DBAPIError, deadline: Deadline) -> str:
    """Return the first line of the driver's message. Later lines may quote stored values."""
    if deadline.cut:
        return str(deadline.error("no answer"))
    lines = str(error.orig).strip().splitlines()
    return f"{type(error.orig).__name__}: {lines[0][:200] if lines else ''}"

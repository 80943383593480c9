"""What the two databases are told: when connecting, when a transaction begins, and in it."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from countermand._threads import renew_in_child
from countermand.errors import LedgerUnavailable
from countermand.ledger._deadlines import (
    PLACES,
    POOLED,
    Connections,
    OverdueError,
    Patience,
    watch_ways,
)
from countermand.ledger._schema import NewerSchemaError, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


PATIENCE: Final = 10.0
"""Seconds that a database may take for one transaction, or for a connection."""

"""Connections of a pool of our own: kept, and at most."""

LIBPQ: Final[dict[str, Any]] = {
    "connect_timeout": int(PATIENCE),
    "tcp_user_timeout": int(PATIENCE * 1000),
    "keepalives_idle": int(PATIENCE),
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""A server that is gone without a word is noticed; what the URL says of these goes before."""


def engine_for(url: str) -> sa.Engine:
    """An engine of our own."""
    parsed = sa.make_url(url)
    return sa.create_engine(
        parsed,
        connect_args=_connecting(parsed),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=PATIENCE,
        pool_size=POOLED,
        max_overflow=PLACES - POOLED,
        poolclass=sa.pool.QueuePool,
    )


def prepare(engine: sa.Engine, *, own: bool) -> None:
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
    if event.contains(engine, "before_cursor_execute", _remind):
        return
    event.listen(engine, "before_cursor_execute", _remind)
    if name == "sqlite":
        event.listen(engine, "connect", _sqlite_connects)
        event.listen(engine, "begin", _sqlite_begins)
    else:
        watch_ways(engine, own=own)


def tell(connection: sa.Connection, patience: Patience) -> None:
    """Tell the database how long it may still take for a statement of this transaction."""
    wait = patience.told()
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


def _remind(connection: sa.Connection, *_: object) -> None:
    """What was told before a long wait is no longer what is left."""
    patience: Patience | None = connection.get_execution_options().get("countermand_patience")
    if patience is not None and patience.stale:
        tell(connection, patience)


def _sqlite_connects(connection: Any, _record: object) -> None:
    """Durable commits, and a transaction's beginning left to us."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _sqlite_begins(connection: sa.Connection) -> None:
    """A write lock from the beginning: SQLite has one writer at a time."""
    options = connection.get_execution_options()
    if options.get("countermand_outside", False):
        return
    patience: Patience | None = options.get("countermand_patience")
    if patience is None:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
    else:
        tell(connection, patience)
    reading = options.get("countermand_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


__all__ = ["PATIENCE", "Database"]

T = TypeVar("T")

TRIES: Final = 3
"""How often a transaction is tried when its connection breaks; each is written to be repeatable."""

NEXT_TRY: Final = 0.01
"""Seconds between two tries of what SQLite does at once or not at all."""


class Database:
    """One engine, its schema brought up to date at first use."""

    def __init__(self, url: str | sa.Engine) -> None:
        self._own = not isinstance(url, sa.Engine)
        self.engine = url if isinstance(url, sa.Engine) else engine_for(url)
        prepare(self.engine, own=self._own)
        self._connections = Connections(self.engine, own=self._own)
        self._ready = False
        self._lock = Lock()
        renew_in_child(self._forked)

    def _forked(self) -> None:
        self._ready = False
        self._lock = Lock()
        self._connections.renew()
        # The parent's connections are left open: they are the parent's.
        self.engine.dispose(close=False)

    def close(self) -> None:
        """Close the connections of an engine of our own."""
        if self._own:
            # Whoever makes the first connection of a pool has others wait, within their time here.
            self._ready = False
            self.engine.dispose()

    def transact(
        self,
        work: Callable[[sa.Connection], T],
        *,
        subject: str | None = None,
        limit: float = PATIENCE,
        reading: bool = False,
    ) -> T:
        """Do the work in one transaction, and again where the connection broke.

        Args:
            work: What to do; it must be repeatable, for a commit's answer can be lost too.
            subject: What no other transaction may decide about meanwhile.
            limit: Seconds that all of it may take, whatever there is to wait for.
            reading: Whether it only reads, and so needs nobody to wait for it.

        Raises:
            LedgerUnavailable: the database cannot be reached, will not write, or was too slow.
        """
        patience = Patience(min(limit, PATIENCE))
        problem = "no answer"
        for _ in range(TRIES):
            try:
                self._prepare(patience)
                with self._begin(patience, reading=reading) as connection:
                    _guard(connection, patience, subject)
                    return work(connection)
            except exc.DBAPIError as error:
                problem = _words(error, patience)
                if not error.connection_invalidated or patience.over:
                    break
            except (NewerSchemaError, OverdueError) as error:
                problem = str(error)
                break
            except exc.SQLAlchemyError as error:
                problem = type(error).__name__
                break
        raise LedgerUnavailable(f"the ledger cannot be used: {problem}") from None

    @contextmanager
    def _begin(self, patience: Patience, *, reading: bool) -> Generator[sa.Connection]:
        options: dict[str, Any] = {
            "countermand_patience": patience,
            "countermand_reading": reading,
        }
        if self.engine.dialect.name == "postgresql":
            # What is read after a lock was waited for must not be older than the lock.
            options["isolation_level"] = "READ COMMITTED"
        with self._connections.lend(patience) as connection:
            connection.execution_options(**options)
            with connection.begin():
                yield connection

    def _prepare(self, patience: Patience) -> None:
        if self._ready:
            return
        if not self._lock.acquire(timeout=patience.left):
            raise patience.overdue("another thread at the migration made no way")
        try:
            if not self._ready:
                if self.engine.dialect.name == "sqlite":
                    self._write_ahead(patience)
                with self._begin(patience, reading=False) as connection:
                    _guard(connection, patience, None)
                    migrate(connection)
                self._ready = True
        finally:
            self._lock.release()

    def _write_ahead(self, patience: Patience) -> None:
        """Let readers read beside a writer, in this SQLite file for good.

        Nobody else may be at the file for that, and whatever its busy timeout, SQLite may not wait
        until nobody is: so it is asked again.
        """
        with self._connections.lend(patience) as connection:
            connection.execution_options(countermand_outside=True)
            while True:
                tell(connection, patience)
                try:
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                except exc.OperationalError as error:
                    if "locked" not in str(error.orig) or patience.over:
                        raise
                    sleep(NEXT_TRY)
                else:
                    return


def _guard(connection: sa.Connection, patience: Patience, subject: str | None) -> None:
    """SQLite has one writer at a time; PostgreSQL needs a lock for what is not one row."""
    if connection.dialect.name != "postgresql":
        return
    tell(connection, patience)
    if subject is not None:
        number = int(subject[:15], 16)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def _words(error: exc.DBAPIError, patience: Patience) -> str:
    """The driver's first line: what is after it may quote what was to be stored."""
    if patience.cut:
        return str(patience.overdue("no answer"))
    lines = str(error.orig).strip().splitlines()
    return f"{type(error.orig).__name__}: {lines[0][:200] if lines else ''}"

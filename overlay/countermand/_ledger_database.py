"""The database below the ledger: connections, transactions, and what to do when they break."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from countermand._forks import renew_in_child
from countermand._ledger_schema import NewerSchemaError, migrate
from countermand.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

T = TypeVar("T")

TRIES: Final = 3
"""How often a transaction is tried when its connection breaks; each is written to be repeatable."""

PATIENCE: Final = 10.0
"""Seconds that a database may take for one transaction, or for a connection."""

NEXT_TRY: Final = 0.01
"""Seconds between two tries of what SQLite does at once or not at all."""

LIBPQ: Final[dict[str, Any]] = {
    "connect_timeout": int(PATIENCE),
    "tcp_user_timeout": int(PATIENCE * 1000),
    "keepalives_idle": int(PATIENCE),
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""A server that is gone without a word is noticed; what the URL says of these goes before."""


class Database:
    """One engine, its schema brought up to date at first use."""

    def __init__(self, url: str | sa.Engine) -> None:
        self._own = not isinstance(url, sa.Engine)
        self.engine = url if isinstance(url, sa.Engine) else _engine(url)
        if self.engine.dialect.name not in {"sqlite", "postgresql"}:
            raise ValueError(f"a ledger needs SQLite or PostgreSQL, not {self.engine.dialect.name}")
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine)
        self._ready = False
        self._lock = Lock()
        renew_in_child(self._forked)

    def _forked(self) -> None:
        self._lock = Lock()
        # The parent's connections are left open: they are the parent's.
        self.engine.dispose(close=False)

    def close(self) -> None:
        """Close the connections of an engine of our own."""
        if self._own:
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
            limit: Seconds to wait for others who keep the database busy.
            reading: Whether it only reads, and so needs nobody to wait for it.

        Raises:
            LedgerUnavailable: the database cannot be reached, or will not write.
        """
        limit = max(min(limit, PATIENCE), 0.001)
        until = monotonic() + limit
        problem = "no answer"
        for _ in range(TRIES):
            try:
                self._prepare(limit)
                with self._begin(limit, reading=reading) as connection:
                    _guard(connection, subject, limit)
                    return work(connection)
            except exc.DBAPIError as error:
                problem = _words(error)
                if not error.connection_invalidated or monotonic() > until:
                    break
            except NewerSchemaError as error:
                problem = str(error)
                break
            except exc.SQLAlchemyError as error:
                problem = type(error).__name__
                break
        raise LedgerUnavailable(f"the ledger cannot be used: {problem}") from None

    @contextmanager
    def _begin(self, limit: float, *, reading: bool) -> Generator[sa.Connection]:
        options: dict[str, Any] = {"countermand_wait": limit, "countermand_reading": reading}
        if self.engine.dialect.name == "postgresql":
            # What is read after a lock was waited for must not be older than the lock.
            options["isolation_level"] = "READ COMMITTED"
        with self.engine.connect() as connection:
            connection.execution_options(**options)
            with connection.begin():
                yield connection

    def _prepare(self, limit: float) -> None:
        if self._ready:
            return
        if not self._lock.acquire(timeout=limit):
            raise exc.TimeoutError("another thread is at the migration")
        try:
            if not self._ready:
                if self.engine.dialect.name == "sqlite":
                    _write_ahead(self.engine, limit)
                with self._begin(limit, reading=False) as connection:
                    _guard(connection, None, limit)
                    migrate(connection)
                self._ready = True
        finally:
            self._lock.release()


def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    return sa.create_engine(
        parsed,
        connect_args=_connecting(parsed),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=PATIENCE,
        **({"poolclass": sa.pool.QueuePool} if parsed.get_backend_name() == "sqlite" else {}),
    )


def _connecting(url: sa.URL) -> dict[str, Any]:
    """What the driver is told, as far as the URL does not say it."""
    driver = url.get_driver_name()
    wanted = LIBPQ if driver in {"psycopg", "psycopg2"} else {}
    if driver == "psycopg":
        # Poolers such as PgBouncer change the server below a connection, and its statements go.
        wanted = {**wanted, "prepare_threshold": None}
    return {name: value for name, value in wanted.items() if name not in url.query}


def _guard(connection: sa.Connection, subject: str | None, limit: float) -> None:
    """SQLite has one writer at a time; PostgreSQL needs a lock for what is not one row."""
    if connection.dialect.name != "postgresql":
        return
    wait = str(max(int(limit * 1000), 1))
    connection.execute(sa.select(sa.func.set_config("statement_timeout", wait, True)))  # noqa: FBT003 - for this transaction only
    if subject is not None:
        number = int(subject[:15], 16)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Durable commits, and a write lock from a transaction's beginning.

    Raises:
        ValueError: it is in memory.
    """
    parts = str(engine.url.database or "").removeprefix("file:").partition("?")
    if parts[0] in {"", ":memory:"} or "mode=memory" in engine.url.render_as_string():
        raise ValueError("a ledger in memory would record nothing; name a file")
    # Several ledgers may share an engine.
    if not event.contains(engine, "begin", _sqlite_begins):
        event.listen(engine, "connect", _sqlite_connects)
        event.listen(engine, "begin", _sqlite_begins)


def _sqlite_connects(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _sqlite_begins(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("countermand_outside", False):
        return
    wait = int(options.get("countermand_wait", PATIENCE) * 1000)
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait}")
    reading = options.get("countermand_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _write_ahead(engine: sa.Engine, limit: float) -> None:
    """Let readers read beside a writer, in this file for good.

    Nobody else may be at the file for that, and whatever its busy timeout, SQLite may not wait
    until nobody is: so it is asked again.
    """
    until = monotonic() + limit
    with engine.connect() as connection:
        connection.execution_options(countermand_outside=True)
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(limit * 1000)}")
        while True:
            try:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            except exc.OperationalError as error:
                if "locked" not in str(error.orig) or monotonic() > until:
                    raise
                sleep(NEXT_TRY)
            else:
                return


def _words(error: exc.DBAPIError) -> str:
    """The driver's first line: what is after it may quote what was to be stored."""
    lines = str(error.orig).strip().splitlines()
    return f"{type(error.orig).__name__}: {lines[0][:200] if lines else ''}"

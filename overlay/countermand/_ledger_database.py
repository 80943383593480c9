"""The database below the ledger: connections, transactions, and what to do when they break."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from countermand._ledger_schema import NewerSchemaError, migrate
from countermand.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

T = TypeVar("T")

TRIES: Final = 3
"""How often a transaction is tried when its connection breaks; each is written to be repeatable."""

PATIENCE: Final = 10.0
"""Seconds that a database may take for one transaction, or for a connection."""

LIBPQ: Final = {
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
                self._migrate()
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
        options = {"countermand_wait": limit, "countermand_reading": reading}
        with self.engine.connect() as connection:
            connection.execution_options(**options)
            with connection.begin():
                yield connection

    def _migrate(self) -> None:
        if self._ready:
            return
        with self._lock:
            if not self._ready:
                with self._begin(PATIENCE, reading=False) as connection:
                    migrate(connection)
                self._ready = True


def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("a ledger in memory would record nothing; name a file")
    libpq = parsed.get_driver_name() in {"psycopg", "psycopg2"}
    return sa.create_engine(
        parsed,
        connect_args={k: v for k, v in LIBPQ.items() if k not in parsed.query} if libpq else {},
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=PATIENCE,
    )


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
    """Durable commits, readers beside a writer, and a write lock from a transaction's beginning."""

    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    def begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        wait = int(options.get("countermand_wait", PATIENCE) * 1000)
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait}")
        reading = options.get("countermand_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)


def _words(error: exc.DBAPIError) -> str:
    """The driver's first line: what is after it may quote what was to be stored."""
    lines = str(error.orig).strip().splitlines()
    return f"{type(error.orig).__name__}: {lines[0][:200] if lines else ''}"

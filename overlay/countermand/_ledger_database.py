"""The database below the ledger: connections, transactions, and what to do when they break."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from countermand._ledger_schema import NewerSchemaError, migrate
from countermand.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

TRIES: Final = 3
"""How often a transaction is tried when its connection breaks; each is written to be repeatable."""

BUSY_MILLISECONDS: Final = 10_000


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

    def transact(self, work: Callable[[sa.Connection], T], *, subject: str | None = None) -> T:
        """Do the work in one transaction, and again where the connection broke.

        Args:
            work: What to do; it must be repeatable, for a commit's answer can be lost too.
            subject: What no other transaction may decide about meanwhile.

        Raises:
            LedgerUnavailable: the database cannot be reached, or will not write.
        """
        problem = "no answer"
        for _ in range(TRIES):
            try:
                self._migrate()
                with self.engine.begin() as connection:
                    self._guard(connection, subject)
                    return work(connection)
            except exc.DBAPIError as error:
                problem = _words(error)
                if not error.connection_invalidated:
                    break
            except NewerSchemaError as error:
                problem = str(error)
                break
            except exc.SQLAlchemyError as error:
                problem = type(error).__name__
                break
        raise LedgerUnavailable(f"the ledger cannot be written: {problem}") from None

    def _guard(self, connection: sa.Connection, subject: str | None) -> None:
        """SQLite has one writer at a time; PostgreSQL needs a lock for what is not one row."""
        if subject is not None and connection.dialect.name == "postgresql":
            number = int(subject[:15], 16)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))

    def _migrate(self) -> None:
        if self._ready:
            return
        with self._lock:
            if not self._ready:
                with self.engine.begin() as connection:
                    migrate(connection)
                self._ready = True


def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("a ledger in memory would record nothing; name a file")
    return sa.create_engine(parsed, pool_pre_ping=True, hide_parameters=True)


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Durable commits, readers beside a writer, and a write lock from a transaction's beginning."""

    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)


def _words(error: exc.DBAPIError) -> str:
    """The driver's first line: what is after it may quote what was to be stored."""
    lines = str(error.orig).strip().splitlines()
    return f"{type(error.orig).__name__}: {lines[0][:200] if lines else ''}"

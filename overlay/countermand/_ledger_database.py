"""The database below the ledger: transactions, and what to do when they break or take too long."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc

from countermand._forks import renew_in_child
from countermand._ledger_connections import Connections
from countermand._ledger_engines import PATIENCE, engine_for, prepare, tell
from countermand._ledger_patience import OverdueError, Patience
from countermand._ledger_schema import NewerSchemaError, migrate
from countermand.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

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

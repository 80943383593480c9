"""Connections on loan: none is waited for or used for longer than there is time."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from threading import Semaphore
from typing import TYPE_CHECKING

import sqlalchemy as sa

from countermand._ledger_engines import PLACES
from countermand._ledger_patience import in_time
from countermand._ledger_watch import WATCHDOG
from countermand._ledger_ways import on_its_way

if TYPE_CHECKING:
    from collections.abc import Generator

    from countermand._ledger_patience import Patience


class Connections:
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
        self._aside = waits and not own
        self.renew()

    def renew(self) -> None:
        """Let everybody in anew."""
        self._places = Semaphore(PLACES)

    @contextmanager
    def lend(self, patience: Patience) -> Generator[sa.Connection]:
        """A connection, cut if it is not given back in time.

        Raises:
            OverdueError: none was to be had.
        """
        with self._place(patience), self._take(patience) as connection:
            watch = WATCHDOG.watch(connection.connection.driver_connection, patience.end)
            try:
                yield connection
            finally:
                if WATCHDOG.release(watch):
                    patience.cut = True
                    connection.invalidate()

    @contextmanager
    def _place(self, patience: Patience) -> Generator[None]:
        places = self._places
        if self._own and not places.acquire(timeout=patience.left):
            raise patience.overdue("no connection was free")
        try:
            yield
        finally:
            if self._own:
                places.release()

    def _take(self, patience: Patience) -> sa.Connection:
        if self._aside:
            return in_time(patience, lambda: self._connect(patience), _close, "no connection")
        return self._connect(patience)

    def _connect(self, patience: Patience) -> sa.Connection:
        with on_its_way(patience):
            return self._engine.connect()


def _close(connection: sa.Connection) -> None:
    # Nobody is left who could be told.
    with suppress(Exception):
        connection.close()

"""PostgreSQL connections of both kinds: they send statements in one go, and end their waits."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

import psycopg
from psycopg import conninfo, waiting
from psycopg.rows import dict_row

from countermand.ledger._deadlines import DeadlineError, two_digits
from countermand.ledger._postgresql import LIBPQ, POSTGRESQL, SETTINGS, is_repeatable, limit
from countermand.ledger._tasks import DatabaseError, describe
from countermand.ledger._urls import FORMS

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from countermand.ledger._deadlines import Deadline
    from countermand.ledger._tasks import Row, Statement

T = TypeVar("T")

MAX_CONNECTIONS: Final = 15
"""Connections of a process, and of each event loop, at most."""

FIRST_ANSWER: Final = 3
"""A kept connection gets this part of the remaining time for its first answer: its server may be
gone without a word. Then a new connection is tried."""

PAUSES: Final = (0.0, 0.05, 0.1, 0.2)
"""Seconds before each new try; the last one is repeated."""

OPTIONS: Final[dict[str, Any]] = {
    "autocommit": True,
    "prepare_threshold": 0,
    "row_factory": dict_row,
}


REPEATED: Final = (psycopg.OperationalError, psycopg.InternalError, psycopg.IntegrityError)
"""Errors whose code says whether the work is tried again; others are faults of ours."""


class CutError(Exception):
    """The database did not answer in time, and the connection was given up."""


class Bounds:
    """How long a connection waits."""

    cut_at = float("inf")
    """The monotonic time at which a wait ends."""
    limit = 0
    """Milliseconds after which the server gives a statement up; 0 if none is set."""
    given_up = False
    """Whether nothing is to be waited for: the connection is about to be abandoned."""

    @property
    def interval(self) -> float:
        """Seconds after which a wait looks at the time."""
        return min(0.1, max(self.cut_at - monotonic(), 0.001))

    def bound(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """A generator of psycopg's that ends when its time is over."""
        try:
            state = next(gen)
            while True:
                ready = yield state
                if monotonic() > self.cut_at:
                    raise CutError
                state = gen.send(ready)
        except StopIteration as finished:
            result: T = finished.value
            return result
        finally:
            # On a broken connection its clean-up fails.
            with suppress(psycopg.Error):
                gen.close()

    @contextmanager
    def in_time(self) -> Generator[None]:
        """What fails because its time is over is one error, whatever the driver makes of it."""
        try:
            yield
        except psycopg.Error:
            if monotonic() > self.cut_at:
                raise CutError from None
            raise

    @contextmanager
    def giving_up(self) -> Generator[None]:
        """After an error, wait for nothing more: not even for the end of the pipeline."""
        try:
            yield
        except BaseException:
            self.given_up = True
            raise


class Session(Bounds, psycopg.Connection[dict[str, Any]]):
    """A blocking connection."""

    @classmethod
    def open(cls, parameters: dict[str, Any]) -> Self:
        """Connect."""
        return cls.connect(**OPTIONS, **parameters)

    def wait(self, gen: Generator[Any, Any, T], *_arguments: Any, **_options: Any) -> T:
        """Wait for a generator of psycopg's, no longer than `cut_at`."""
        if self.given_up:
            # Only the end of the pipeline, which has no result.
            gen.close()
            return cast("T", None)
        return waiting.wait(self.bound(gen), self.pgconn.socket, self.interval)

    def ask(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Send statements in one go, and return the rows of each."""
        with self.in_time():
            if len(statements) == 1:
                cursors = [self.execute(*_rendered(statements[0]))]
            else:
                with self.pipeline(), self.giving_up():
                    cursors = [self.execute(*_rendered(each)) for each in statements]
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]

    def abandon(self) -> None:
        """Close the connection without a word to the server."""
        self.pgconn.finish()


class AsyncSession(Bounds, psycopg.AsyncConnection[dict[str, Any]]):
    """A connection of an event loop."""

    @classmethod
    async def open(cls, parameters: dict[str, Any]) -> Self:
        """Connect."""
        return await cls.connect(**OPTIONS, **parameters)

    async def wait(self, gen: Generator[Any, Any, T], *_arguments: Any, **_options: Any) -> T:
        """Wait for a generator of psycopg's, no longer than `cut_at`."""
        if self.given_up:
            # Only the end of the pipeline, which has no result.
            gen.close()
            return cast("T", None)
        return await waiting.wait_async(self.bound(gen), self.pgconn.socket, self.interval)

    async def ask(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Send statements in one go, and return the rows of each."""
        with self.in_time():
            if len(statements) == 1:
                cursors = [await self.execute(*_rendered(statements[0]))]
            else:
                async with self.pipeline():
                    with self.giving_up():
                        cursors = [await self.execute(*_rendered(each)) for each in statements]
        return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]

    def abandon(self) -> None:
        """Close the connection without a word to the server."""
        self.pgconn.finish()


def _rendered(statement: Statement) -> tuple[Any, Mapping[str, Any]]:
    # Psycopg's type asks for a literal. It is made of literals; every value is a parameter.
    return POSTGRESQL.render(statement.sql), statement.parameters


def read_url(url: str) -> dict[str, Any]:
    """The parameters of a connection.

    Raises:
        ValueError: libpq does not understand the URL. The message does not show it.
    """
    with suppress(psycopg.ProgrammingError):
        return {**LIBPQ, **conninfo.conninfo_to_dict(url)}
    raise ValueError(f"the ledger's database is no valid URL; {FORMS}")


class Tries:
    """The tries of one transaction, each on a connection, until the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self._count = 0
        self._had_connection = False
        self._has_old_limit = False
        self._cause: Exception | None = None

    def begin(self, session: Bounds, *, kept: bool) -> tuple[Statement, ...]:
        """Set the time of the next try, on a connection that was kept or is new.

        Returns what has to be sent first: its settings, and the server's limit if it changes.
        """
        self._had_connection = True
        now, end = monotonic(), self.deadline.hard_limit
        session.cut_at = now + (end - now) / FIRST_ANSWER if kept else end
        milliseconds = two_digits(self.deadline.milliseconds)
        self._has_old_limit = milliseconds != session.limit
        if not self._has_old_limit:
            return ()
        new, session.limit = session.limit == 0, milliseconds
        return (SETTINGS, limit(milliseconds)) if new else (limit(milliseconds),)

    def answered(self, session: Bounds) -> None:
        """The connection is alive: give it the rest of the time."""
        session.cut_at = self.deadline.hard_limit
        self._has_old_limit = False

    def may_go_on(self, error: Exception) -> bool:
        """Whether another connection may do the work."""
        if self.deadline.expired:
            return False
        if isinstance(error, CutError):
            return True
        if not isinstance(error, REPEATED):
            return False
        if isinstance(error, psycopg.errors.QueryCanceled):
            # An earlier deadline's limit, perhaps of a millisecond, holds until the new one is set.
            return self._has_old_limit
        # A server that was not there from the beginning is not waited for.
        if not self._had_connection or not is_repeatable(error.sqlstate):
            return False
        self._cause = error
        return True

    def problem(self, last: Exception) -> DatabaseError:
        """What is told after the last try: the error that was waited out, not the wait's end."""
        if isinstance(last, CutError):
            last = self.deadline.error("no answer")
        timed_out = isinstance(last, (DeadlineError, psycopg.errors.QueryCanceled))
        cause = self._cause if timed_out and self._cause else last
        return cause if isinstance(cause, DatabaseError) else DatabaseError(describe(cause))

    def next_pause(self) -> float:
        """Seconds before the next try; they grow."""
        self._count += 1
        return PAUSES[min(self._count, len(PAUSES)) - 1]

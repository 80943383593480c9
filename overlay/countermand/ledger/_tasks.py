"""What the rules of the ledger ask a database for: statements, transactions, tasks. Plain values.

A procedure is a generator that yields batches of statements and gets their rows; it is one
transaction. A task is a generator that yields transactions and pauses. Both are pure: a blocking
and an asynchronous shell perform them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from functools import cache
from typing import Any, Final, Generic, TypeVar

from attrs import field, fields, frozen

from countermand.errors import LedgerUnavailable

T = TypeVar("T")

Row = dict[str, Any]


@frozen
class Statement:
    """SQL with parameters written `:name`, and with the words of a `Dialect` in braces."""

    sql: str
    parameters: Mapping[str, Any] = field(factory=dict[str, Any], repr=False)


@frozen
class Batch:
    """Statements that are sent together."""

    statements: tuple[Statement, ...]
    last: bool = False
    """Whether the transaction commits with them."""


Procedure = Generator[Batch, list[list[Row]], T]
"""The statements of one transaction. It gets the rows of each statement, and returns a `T`."""


@frozen(kw_only=True)
class Transaction(Generic[T]):
    """One transaction. It may run twice: the confirmation of a commit can be lost."""

    start: Callable[[], Procedure[T]]
    lock: int | None = None
    """Number of the lock that the transaction takes first; None for no lock."""
    read_only: bool = False


@frozen
class Pause:
    """Let other users of the database go on for so many seconds."""

    seconds: float


Task = Generator[Transaction[Any] | Pause, Any, T]
"""Transactions, one after the other. It gets the result of each, and returns a `T`."""


@frozen
class Dialect:
    """The words in which two databases differ."""

    now: str
    """The database's clock, in seconds since 1970."""
    row_lock: str
    """Ends a SELECT that locks its rows."""
    free_rows: str
    """Ends a SELECT that locks its rows and leaves out those that are locked."""
    elements: str
    """Selects the elements of a JSON array of texts."""
    json: str
    """The type of that array."""
    random_id: str
    """A random text of 32 hexadecimal digits."""
    has_schema: str
    """Selects `found`: whether the ledger's tables are there."""
    parameter: str
    """How a parameter is written, for `re.sub`."""

    def render(self, sql: str) -> str:
        """The SQL of a statement in this dialect."""
        return _render(self, sql)


PARAMETER: Final = re.compile(r"(?<!:):([a-z_]+)")


@cache
def _render(dialect: Dialect, sql: str) -> str:
    words = {word.name: getattr(dialect, word.name) for word in fields(Dialect)}
    return PARAMETER.sub(dialect.parameter, sql.format(**words))


class DatabaseError(Exception):
    """The database cannot be used; the message says why, and holds no stored value."""


def ask(*statements: Statement, last: bool = False) -> Procedure[list[list[Row]]]:
    """Yield statements as one batch, and return the rows of each."""
    return (yield Batch(statements, last))


def transact(
    start: Callable[[], Procedure[T]], *, lock: int | None = None, read_only: bool = False
) -> Task[T]:
    """A task of one transaction; returns its result."""
    result: T = yield Transaction(start=start, lock=lock, read_only=read_only)
    return result


def only(statement: Statement) -> Procedure[list[Row]]:
    """A procedure of one statement; returns its rows."""
    (rows,) = yield Batch((statement,), last=True)
    return rows


def describe(error: Exception) -> str:
    """The first line of the driver's message. Later lines may quote stored values."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200] if lines else ''}"


def unavailable(problem: DatabaseError, key: str | None = None) -> LedgerUnavailable:
    """The error of a ledger whose database cannot be used."""
    return LedgerUnavailable(f"the ledger cannot be used: {problem}", key=key)

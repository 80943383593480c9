"""This project's blocking client with a ledger, and bare loops of what a ledger has to write."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg
from measuring import Cancel, Setup, main
from with_countermand import judge, provider

from countermand import Client, Ledger

RESULT = "x" * 300
"""About as long as a stored receipt."""

INSERT = "INSERT INTO bare VALUES ({}, 'CLAIMED', NULL)"
UPDATE = "UPDATE bare SET state = 'CANCELLED', result = {} WHERE key = {}"

Steps = tuple[Callable[[int], object], Callable[[int], object]]
"""What is written before and after a cancel."""


def ledger(setup: Setup) -> Iterator[Cancel]:
    """One `Client` with a ledger at the place that the setup names."""
    account, make = provider("bento", setup["url"])
    with Ledger(setup["place"]) as recorded, Client(account, ledger=recorded) as client:
        name = setup["name"]
        yield lambda number: judge(client.cancel(make(number), key=f"{name}-{number}"))


def shown(setup: Setup) -> Iterator[Cancel]:
    """`show` of one of a thousand keys that are there."""
    with Ledger(setup["place"]) as recorded:
        name = setup["name"]
        yield lambda number: recorded.show(f"{name}-{number % 1000 + 1}")


def listed(setup: Setup) -> Iterator[Cancel]:
    """The first page of the open keys."""
    with Ledger(setup["place"]) as recorded:
        yield lambda _: next(iter(recorded.unresolved()))


def purged(setup: Setup) -> Iterator[Cancel]:
    """Purge what was closed more than two days ago."""
    with Ledger(setup["place"]) as recorded:
        yield lambda _: recorded.purge(older_than=2 * 86400.0)


def sqlite(setup: Setup) -> Iterator[Cancel]:
    """Two durable commits in SQLite, one row in each."""
    with _bare_sqlite(setup) as (begin, end):
        yield lambda number: (begin(number), end(number))


def sqlite_around(setup: Setup) -> Iterator[Cancel]:
    """The same, before and after a cancel: a commit after a pause takes longer."""
    with _bare_sqlite(setup) as steps:
        yield from _around_a_cancel(setup, steps)


def postgresql(setup: Setup) -> Iterator[Cancel]:
    """Two statements in PostgreSQL, each a transaction of its own."""
    with _bare_postgresql(setup) as (begin, end):
        yield lambda number: (begin(number), end(number))


def postgresql_around(setup: Setup) -> Iterator[Cancel]:
    """The same, before and after a cancel."""
    with _bare_postgresql(setup) as steps:
        yield from _around_a_cancel(setup, steps)


def _around_a_cancel(setup: Setup, steps: Steps) -> Iterator[Cancel]:
    account, make = provider("bento", setup["url"])
    begin, end = steps
    with Client(account) as client:

        def cancel(number: int) -> None:
            begin(number)
            judge(client.cancel(make(number)))
            end(number)

        yield cancel


@contextmanager
def _bare_sqlite(setup: Setup) -> Iterator[Steps]:
    path = setup["place"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE bare (key text PRIMARY KEY, state text, result text)")
        yield (
            lambda number: connection.execute(INSERT.format("?"), (str(number),)),
            lambda number: connection.execute(UPDATE.format("?", "?"), (RESULT, str(number))),
        )


@contextmanager
def _bare_postgresql(setup: Setup) -> Iterator[Steps]:
    name = setup["name"]
    with psycopg.connect(setup["place"], autocommit=True, prepare_threshold=0) as connection:
        yield (
            lambda number: connection.execute(INSERT.format("%s"), (f"{name}-{number}",)),
            lambda number: connection.execute(
                UPDATE.format("%s", "%s"), (RESULT, f"{name}-{number}")
            ),
        )


if __name__ == "__main__":
    main(
        {
            "ledger": ledger,
            "shown": shown,
            "listed": listed,
            "purged": purged,
            "sqlite": sqlite,
            "sqlite_around": sqlite_around,
            "postgresql": postgresql,
            "postgresql_around": postgresql_around,
        }
    )

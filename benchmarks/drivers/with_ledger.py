"""This project's blocking client with a ledger, and bare loops of what a ledger has to write."""

import sqlite3
from collections.abc import Iterator

import psycopg
from measuring import Cancel, Setup, main
from with_countermand import judge, provider

from countermand import Client, Ledger

RESULT = "x" * 300
"""About as long as a stored receipt."""


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
    path = setup["place"].removeprefix("sqlite:///")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE bare (key text PRIMARY KEY, state text, result text)")

    def commit_twice(number: int) -> None:
        connection.execute("INSERT INTO bare VALUES (?, 'CLAIMED', NULL)", (str(number),))
        connection.execute(
            "UPDATE bare SET state = 'CANCELLED', result = ? WHERE key = ?", (RESULT, str(number))
        )

    yield commit_twice
    connection.close()


def postgresql(setup: Setup) -> Iterator[Cancel]:
    """Two statements in PostgreSQL, each a transaction of its own."""
    name = setup["name"]
    with psycopg.connect(setup["place"], autocommit=True, prepare_threshold=0) as connection:

        def commit_twice(number: int) -> None:
            key = f"{name}-{number}"
            connection.execute("INSERT INTO bare VALUES (%s, 'CLAIMED', NULL)", (key,))
            connection.execute(
                "UPDATE bare SET state = 'CANCELLED', result = %s WHERE key = %s", (RESULT, key)
            )

        yield commit_twice


if __name__ == "__main__":
    main(
        {
            "ledger": ledger,
            "shown": shown,
            "listed": listed,
            "purged": purged,
            "sqlite": sqlite,
            "postgresql": postgresql,
        }
    )

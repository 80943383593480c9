"""A ledger of a million keys beside a small one, and cancels while it is purged."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import psycopg
from attrs import evolve

from benchmarks.contenders import OURS, WITH_LEDGER
from benchmarks.figures import Figure
from benchmarks.ratios import ratio, spread

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.contenders import Interpreters
    from benchmarks.processes import Bench, Conversation

SMALL: Final = 1_000
LARGE: Final = 1_000_000
OPEN: Final = 500
"""Keys that are still open, in both: more than a page."""
ROUNDS: Final = 9
CALLS: Final = {"ledger": 60, "shown": 200, "listed": 60}
"""By what is done: cancels, `show`, and the first page of `unresolved`."""
NAMES: Final = {"ledger": "a cancel", "shown": "show", "listed": "first page of unresolved"}
DAY: Final = 86400.0
TABLE: Final = "countermand_cancellations"
TEMPLATE: Final = "template-1"
NUMBERS: Final = {
    "sqlite": "(WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted"
    " WHERE n < {rows}) SELECT n FROM counted) AS numbers",
    "postgresql": "(SELECT generate_series(1, {rows}) AS n) AS numbers",
}


def large_ledger_figures(
    bench: Bench, interpreters: Interpreters, kind: str, small: str, large: str
) -> list[Figure]:
    """What grows with the ledger, and what a purge of all of it costs others.

    Args:
        bench: The server.
        interpreters: Who runs the client.
        kind: `sqlite` or `postgresql`.
        small: The URL of one empty database.
        large: The URL of another.
    """
    found: list[Figure] = []
    python = interpreters.of(OURS) or ""
    for place, rows in ((small, SMALL), (large, LARGE)):
        with bench.running(python, WITH_LEDGER, "plain", place=place, name="template") as client:
            client.ask(calls=1)
        _fill(kind, place, rows)
    for variant, calls in CALLS.items():
        contender = evolve(WITH_LEDGER, variant=variant)
        keys = "new" if variant == "ledger" else "old"
        with (
            bench.running(python, contender, "plain", place=small, name=keys) as few,
            bench.running(python, contender, "plain", place=large, name=keys) as many,
        ):
            rounds = [(_asked(many, calls), _asked(few, calls)) for _ in range(ROUNDS + 1)]
        grown = ratio(*zip(*((a["p50"], b["p50"]) for a, b in rounds[1:]), strict=True))
        name = f"{kind}, {LARGE:,} keys ÷ {SMALL:,}: {NAMES[variant]}"
        found.append(Figure(name=name, value=grown, goal=1.1, source="ledger", gated=False))
    purge = evolve(WITH_LEDGER, variant="purged")
    with (
        bench.running(python, WITH_LEDGER, "plain", place=large, name="beside") as client,
        bench.running(python, purge, "plain", place=large, name="purge") as purging,
    ):
        found.append(_beside_a_purge(kind, client, purging))
    return found


def _asked(client: Conversation, calls: int) -> dict[str, Any]:
    """The figures of so many calls; one that fails has no place in a table of times."""
    told = client.ask(calls=calls)
    assert not told["errors"], told["example"]
    return told


def _beside_a_purge(kind: str, client: Conversation, purging: Conversation) -> Figure:
    _asked(client, 20)
    longest = []
    with ThreadPoolExecutor(1) as pool:
        purged = pool.submit(_asked, purging, 1)
        while not purged.done():
            longest.append(_asked(client, 20)["max"])
    seconds = purged.result()["wall"]
    name = f"{kind}: a cancel's longest wait while {LARGE:,} keys are purged ({seconds:.0f} s)"
    return Figure(
        name=name,
        value=spread([max(longest)]),
        goal=0.2,
        source="ledger",
        before="10 s",
        gated=False,
    )


def _fill(kind: str, url: str, rows: int) -> None:
    """Multiply a finished key, ten days old; some are open, spread over all."""
    connection: Any
    if kind == "sqlite":
        connection = closing(sqlite3.connect(url.removeprefix("sqlite:///")))
    else:
        connection = psycopg.connect(url)
    with connection as opened:
        cursor = opened.execute(f"SELECT * FROM {TABLE} WHERE key = '{TEMPLATE}'")  # noqa: S608
        names = [str(column[0]) for column in cursor.description]
        is_open = f"n % {rows // OPEN} = 0"
        replaced = {
            "key": "'old-' || n",
            "payment": "payment || n",
            "state": f"CASE WHEN {is_open} THEN 'MAYBE_EXECUTED' ELSE state END",
            "created_at": f"created_at - {10 * DAY} + n * 0.01",
            "closed_at": f"CASE WHEN {is_open} THEN NULL ELSE closed_at - {10 * DAY} END",
            "next_look": f"CASE WHEN {is_open} THEN created_at + {DAY} ELSE NULL END",
        }
        values = ", ".join(replaced.get(name, name) for name in names)
        numbers = NUMBERS[kind].format(rows=rows)
        opened.execute(
            f"INSERT INTO {TABLE} ({', '.join(names)}) SELECT {values}"  # noqa: S608
            f" FROM {TABLE}, {numbers} WHERE key = '{TEMPLATE}'"
        )
        opened.commit()
        opened.execute("ANALYZE")
        opened.commit()
        if kind == "postgresql":
            # What was filled in is not to be copied while a purge is measured.
            opened.execute("CHECKPOINT")


def sqlite_places(folder: Path) -> tuple[str, str]:
    """The addresses of two new files."""
    return f"sqlite:///{folder / 'small.db'}", f"sqlite:///{folder / 'large.db'}"


def postgresql_places(server: str) -> tuple[str, str]:
    """The addresses of two new databases."""
    with psycopg.connect(server, autocommit=True) as connection:
        for name in ("small", "large"):
            connection.execute(f"CREATE DATABASE {name}")
    return tuple(_database(server, name) for name in ("small", "large"))  # type: ignore[return-value]


def _database(server: str, name: str) -> str:
    head, _, options = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{options}"

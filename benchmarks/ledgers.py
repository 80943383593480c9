"""What the ledger adds to a cancel, beside bare loops of the commits that it needs."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
from attrs import evolve

from benchmarks.contenders import OURS, ROOT, WITH_LEDGER
from benchmarks.figures import UNKNOWN, Figure
from benchmarks.large_ledgers import (
    large_ledger_figures,
    postgresql_places,
    sqlite_places,
)
from benchmarks.ratios import ratio
from tests.support.postgresql import running_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.contenders import Contender, Interpreters
    from benchmarks.processes import Bench, Conversation

BARE_SQLITE: Final = evolve(WITH_LEDGER, name="two commits in SQLite", variant="sqlite")
AROUND_SQLITE: Final = evolve(BARE_SQLITE, variant="sqlite_around")
BARE_POSTGRESQL: Final = evolve(WITH_LEDGER, name="two in PostgreSQL", variant="postgresql")
AROUND_POSTGRESQL: Final = evolve(BARE_POSTGRESQL, variant="postgresql_around")

ROUNDS: Final = 15
CALLS: Final = 100
AT_ONCE: Final = 64
CROWD_CALLS: Final = 640
PROCESSES: Final = (1, 8)


def ledger_figures(bench: Bench, interpreters: Interpreters) -> list[Figure]:
    """All of them, on a real disk: the files lie below `dist`."""
    folder = ROOT / "dist"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        found = _sqlite(bench, interpreters, Path(place))
        places = sqlite_places(Path(place))
        found += large_ledger_figures(bench, interpreters, "sqlite", *places)
    with running_server(fsync=True) as server:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE TABLE bare (key text PRIMARY KEY, state text, result text)")
        for processes in PROCESSES:
            found += _postgresql(bench, interpreters, server, processes)
        places = postgresql_places(server)
        found += large_ledger_figures(bench, interpreters, "postgresql", *places)
    return found


def _sqlite(bench: Bench, interpreters: Interpreters, folder: Path) -> list[Figure]:
    python = interpreters.of(OURS) or ""
    with (
        bench.running(python, OURS, "plain") as plain,
        bench.running(
            python, WITH_LEDGER, "plain", place=f"sqlite:///{folder / 'ledger.db'}", name="a"
        ) as ours,
        bench.running(
            python, BARE_SQLITE, "plain", place=f"sqlite:///{folder / 'bare.db'}"
        ) as bare,
        bench.running(
            python, AROUND_SQLITE, "plain", place=f"sqlite:///{folder / 'around.db'}"
        ) as around,
    ):
        for each in (plain, ours, bare, around):
            each.ask(calls=CALLS)
        rounds = [
            {
                "plain": plain.ask(calls=CALLS),
                "ours": ours.ask(calls=CALLS),
                "bare": bare.ask(calls=CALLS),
                "around": around.ask(calls=CALLS),
                "crowd": ours.ask(calls=CROWD_CALLS, at_once=AT_ONCE),
            }
            for _ in range(ROUNDS)
        ]

    def of(name: str, metric: str = "wall") -> list[float]:
        return [each[name][metric] for each in rounds]

    def added(metric: str = "wall", who: str = "ours") -> list[float]:
        return [a - b for a, b in zip(of(who, metric), of("plain", metric), strict=True)]

    return [
        _figure("SQLite: added wall ÷ two durable commits", 1.3, added(), of("bare"), "14 to 20"),
        _figure(
            "SQLite: added wall ÷ what two durable commits around a cancel add",
            None,
            added(),
            added(who="around"),
        ),
        _figure(
            "SQLite: added CPU ÷ the cancel's own", 0.5, added("cpu"), of("plain", "cpu"), "4 to 5"
        ),
        _figure(
            f"SQLite: wall of a call, {AT_ONCE} at once ÷ one at a time",
            0.2,
            of("crowd"),
            of("ours"),
            "1.0",
        ),
    ]


def _postgresql(
    bench: Bench, interpreters: Interpreters, server: str, processes: int
) -> list[Figure]:
    """Cancels with a ledger and bare loops, in so many processes at once."""
    bench = evolve(bench, core=None)
    with ExitStack() as stack:

        def started(contender: Contender, group: str) -> list[Conversation]:
            python = interpreters.of(contender) or ""
            names = [f"{group}{processes}-{number}" for number in range(processes)]
            return [
                stack.enter_context(
                    bench.running(python, contender, "plain", place=server, name=name)
                )
                for name in names
            ]

        groups = (
            started(WITH_LEDGER, "ours"),
            started(BARE_POSTGRESQL, "bare"),
            started(AROUND_POSTGRESQL, "around"),
        )
        for group in groups:
            _together(group)
        rounds = [[_together(group) for group in groups] for _ in range(ROUNDS)]
    ours, bare, around = zip(*rounds, strict=True)
    name = f"PostgreSQL, {processes} at once: wall of a cancel ÷"
    return [
        _figure(f"{name} two bare statements", 1.43, ours, bare, "10 to 18"),
        _figure(f"{name} a cancel between two bare statements", None, ours, around),
    ]


def _together(clients: Sequence[Conversation]) -> float:
    """Seconds for each call while all of them run at once."""
    for client in clients:
        client.say(calls=CALLS)
    slowest: float = max(client.hear()["wall"] for client in clients)
    return slowest / len(clients)


def _figure(
    name: str,
    goal: float | None,
    values: Sequence[float],
    baseline: Sequence[float],
    before: str = UNKNOWN,
) -> Figure:
    value = ratio(values, baseline)
    return Figure(name=name, value=value, goal=goal, source="ledger", before=before, gated=False)

"""What the ledger adds to a cancel, beside bare loops of the commits that it needs."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
from attrs import evolve

from benchmarks.contenders import OURS, ROOT, WITH_LEDGER
from benchmarks.figures import Figure
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
BARE_POSTGRESQL: Final = evolve(WITH_LEDGER, name="two in PostgreSQL", variant="postgresql")

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
            found.append(_postgresql(bench, interpreters, server, processes))
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
    ):
        for each in (plain, ours, bare):
            each.ask(calls=CALLS)
        rounds = [
            {
                "plain": plain.ask(calls=CALLS),
                "ours": ours.ask(calls=CALLS),
                "bare": bare.ask(calls=CALLS),
                "crowd": ours.ask(calls=CROWD_CALLS, at_once=AT_ONCE),
            }
            for _ in range(ROUNDS)
        ]

    def of(name: str, metric: str = "wall") -> list[float]:
        return [each[name][metric] for each in rounds]

    def added(metric: str) -> list[float]:
        return [a - b for a, b in zip(of("ours", metric), of("plain", metric), strict=True)]

    return [
        _figure(
            "SQLite: added wall ÷ two durable commits", 1.3, added("wall"), of("bare"), "14 to 20"
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


def _postgresql(bench: Bench, interpreters: Interpreters, server: str, processes: int) -> Figure:
    """Cancels with a ledger and the bare loop, in so many processes at once."""
    bench = evolve(bench, core=None)
    with ExitStack() as stack:

        def started(contender: Contender) -> list[Conversation]:
            python = interpreters.of(contender) or ""
            names = [f"p{processes}-{number}" for number in range(processes)]
            return [
                stack.enter_context(
                    bench.running(python, contender, "plain", place=server, name=name)
                )
                for name in names
            ]

        ours, bare = started(WITH_LEDGER), started(BARE_POSTGRESQL)
        for group in (ours, bare):
            _together(group)
        rounds = [(_together(ours), _together(bare)) for _ in range(ROUNDS)]
    return _figure(
        f"PostgreSQL, {processes} at once: wall of a cancel ÷ two bare statements",
        1 / 0.7,
        [each[0] for each in rounds],
        [each[1] for each in rounds],
        "10 to 18",
    )


def _together(clients: Sequence[Conversation]) -> float:
    """Seconds for each call while all of them run at once."""
    for client in clients:
        client.say(calls=CALLS)
    slowest: float = max(client.hear()["wall"] for client in clients)
    return slowest / len(clients)


def _figure(
    name: str, goal: float, values: Sequence[float], baseline: Sequence[float], before: str
) -> Figure:
    value = ratio(values, baseline)
    return Figure(name=name, value=value, goal=goal, source="ledger", before=before, gated=False)

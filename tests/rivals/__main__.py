"""Measure countermand and its rivals on the same broken wire: `python -m tests.rivals`.

Every figure is counted in this run, at the sandbox. Each rival gets a virtual environment of its
own below `--venvs`. The exit status is 1 where countermand executed a cancel twice or said
something wrong; what the rivals do is only reported.
"""

import argparse
import queue
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from typing import TextIO

from attrs import frozen

from countermand.sandbox import FaultProxy, Sandbox, faults
from tests.rivals.bench import Bench
from tests.rivals.judging import Measured
from tests.rivals.places import Place, SetupError, prepare
from tests.rivals.roster import COUNTERMAND, RIVALS, Client
from tests.rivals.scenarios import APIS, SCENARIOS, Scenario
from tests.rivals.table import LEGEND, Row, complaints, details, markdown, unfit

WORKERS = 2
BOUND = 540.0
"""Seconds after which nothing more is measured."""

LURE = faults.error_page(404)
"""What the other origin answers; as often as anybody may ask."""


@frozen(kw_only=True)
class Task:
    """One cell of the table."""

    client: Client
    scenario: Scenario
    api: str

    @property
    def row(self) -> Row:
        """Where it stands."""
        return self.api, self.scenario.name


def main(arguments: Sequence[str]) -> int:
    """Set up, measure, print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.rivals", description=__doc__)
    parser.add_argument("--venvs", type=Path, help="where the environments are made, and kept")
    parser.add_argument("--details", action="store_true", help="also what every client said")
    parser.add_argument("--only", default="", help="rivals whose name holds this; default: all")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = options.venvs or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return measure(folder, options.only, shown=options.details)


def measure(folder: Path, only: str, *, shown: bool) -> int:
    """Compare the chosen rivals with countermand, and print the table."""
    began = time.monotonic()
    chosen = [rival for rival in RIVALS if only in rival.name]
    places, notes = settle(chosen, folder)
    # Ours goes first, so that no slow rival can keep it from being measured.
    clients = [client for client in (COUNTERMAND, *chosen) if client in places]
    rows = [(api, scenario) for api in APIS for scenario in SCENARIOS if api in scenario.apis]
    tasks = [
        Task(client=client, scenario=row[1], api=row[0]) for client, row in product(clients, rows)
    ]
    cells, lacking = play(tasks, places, began + BOUND)
    lacking += withdraw(chosen, cells)
    names = [client.name for client in (*chosen, COUNTERMAND)]
    order = [(api, scenario.name) for api, scenario in rows]
    took = time.monotonic() - began
    report = [markdown(order, names, cells), LEGEND, "\n".join([*notes, *lacking])]
    report += [details(cells)] if shown else []
    print_out("\n\n".join(part for part in report if part))
    wrong = complaints(COUNTERMAND.name, cells)
    print_out("\n".join(f"WRONG: countermand, {line}" for line in wrong))
    print_out(f"{len(cells)} cancels by {len(names)} clients in {took:.0f} s.")
    return 1 if wrong else 0


def settle(clients: Sequence[Client], folder: Path) -> tuple[dict[Client, Place], list[str]]:
    """Give every client its place; one that cannot have one is noted, and left out."""
    places, notes = {COUNTERMAND: prepare(COUNTERMAND, folder)}, []
    for client in clients:
        print_out(f"Setting up {client.name} ...", sys.stderr)
        try:
            places[client] = prepare(client, folder)
        except SetupError as error:
            notes.append(f"n/a: {client.name}: cannot be set up here ({error}).")
    return places, notes


def play(
    tasks: Sequence[Task], places: dict[Client, Place], until: float
) -> tuple[dict[tuple[Row, str], Measured], list[str]]:
    """Measure every task, two at a time, each on a bench of its own; and say what was not."""
    cells: dict[tuple[Row, str], Measured] = {}
    lacking: dict[str, None] = {}
    with benches(WORKERS) as free, ThreadPoolExecutor(WORKERS) as pool:

        def work(task: Task) -> None:
            if time.monotonic() > until:
                lacking[f"n/a: {task.client.name}: time was up."] = None
                return
            bench = free.get()
            try:
                found = bench.measure(task.client, places[task.client], task.scenario, task.api)
            finally:
                free.put(bench)
            if found.said.kind == "Lacking":
                lacking[f"n/a: {task.client.name}: not measured; {found.said.detail}."] = None
            else:
                cells[task.row, task.client.name] = found

        list(pool.map(work, tasks))
    return cells, list(lacking)


def withdraw(rivals: Sequence[Client], cells: dict[tuple[Row, str], Measured]) -> list[str]:
    """Take a rival's cells at a provider away where it cannot even cancel on a good wire."""
    notes = []
    failing = [(rival.name, api) for rival in rivals for api in unfit(rival.name, cells)]
    for name, api in failing:
        said = cells[(api, SCENARIOS[0].name), name].said
        notes.append(f"n/a: {name} at {api}: fails on a good wire ({said.kind} {said.detail}).")
        for place in [place for place in cells if place[1] == name and place[0][0] == api]:
            del cells[place]
    return notes


@contextmanager
def benches(count: int) -> Iterator[queue.SimpleQueue[Bench]]:
    """Benches around one sandbox, in a queue to take one from."""
    free: queue.SimpleQueue[Bench] = queue.SimpleQueue()
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox())
        for _ in range(count):
            proxy = stack.enter_context(FaultProxy(sandbox.url))
            elsewhere = stack.enter_context(FaultProxy(sandbox.url))
            elsewhere.script(*(LURE,) * 1000)
            free.put(Bench(sandbox=sandbox, proxy=proxy, elsewhere=elsewhere))
        yield free


def print_out(text: str, stream: TextIO | None = None) -> None:
    """Write a line, unless there is nothing to say."""
    if text:
        print(text, file=stream or sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

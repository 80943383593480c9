"""Measure countermand and competitors with the same faults: `python -m tests.competitors`.

Every figure is counted in this run, at the sandbox. Each rival gets a virtual environment of its
own below `--venvs`. The exit status is 1 where countermand executed a cancel twice or said
something wrong, and where a package that has no cancel has got one; what the rivals do is only
reported. It is 2 where something was not measured, unless `--partial` allows that.
"""

import argparse
import queue
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from typing import TextIO

from attrs import field, frozen

from countermand.sandbox import FaultProxy, Sandbox, faults
from tests.competitors.bench import Bench
from tests.competitors.judging import Measured
from tests.competitors.places import Place, SetupError, prepare
from tests.competitors.roster import COUNTERMAND, RIVALS, Client
from tests.competitors.scenarios import APIS, SCENARIOS, Scenario
from tests.competitors.table import LEGEND, Row, complaints, details, markdown, unfit

WORKERS = 6
"""Cells at once: nearly all of their time is spent waiting."""

BOUND = 480.0
"""Seconds of measuring after which nothing more is measured."""

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


@frozen
class Results:
    """What was measured, and what was not.

    Attributes:
        cells: The table.
        missing: What should have been measured.
        lacking: What there is nothing to measure of.
        found: What was said to lack the operation, and has it.
    """

    cells: dict[tuple[Row, str], Measured] = field(factory=dict)
    missing: list[str] = field(factory=list)
    lacking: list[str] = field(factory=list)
    found: list[str] = field(factory=list)

    def late(self, task: Task) -> None:
        """Time was up; said once for each client."""
        note = f"n/a: {task.client.name}: time was up."
        if note not in self.missing:
            self.missing.append(note)

    def add(self, task: Task, measured: Measured) -> None:
        """One cell, or the word of a client that is known to lack the operation."""
        name, said = task.client.name, measured.said
        if not task.client.absent:
            self.cells[task.row, name] = measured
        elif said.kind == "Lacking":
            self.lacking.append(f"n/a: {name}: nothing to measure; {said.detail}.")
        elif said.kind == "Found":
            self.found.append(f"WRONG: {name} is left out, but {said.detail}.")
        else:
            self.missing.append(f"n/a: {name}: not checked; {said.kind} {said.detail}.")


def main(arguments: Sequence[str]) -> int:
    """Set up, measure, print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.competitors", description=__doc__)
    parser.add_argument("--venvs", type=Path, help="where the environments are made, and kept")
    parser.add_argument("--details", action="store_true", help="also what every client said")
    parser.add_argument("--only", default="", help="rivals whose name holds this; default: all")
    parser.add_argument("--partial", action="store_true", help="allow that something is n/a")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = options.venvs or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return measure(folder, options.only, shown=options.details, partial=options.partial)


def measure(folder: Path, only: str, *, shown: bool, partial: bool) -> int:
    """Compare the chosen competitors with countermand, and print the table."""
    chosen = [rival for rival in RIVALS if only in rival.name]
    places, notes = install(chosen, folder)
    began = time.monotonic()
    rows = [(api, scenario) for api in APIS for scenario in SCENARIOS if api in scenario.apis]
    results = play(tasks(chosen, places, rows), places, began + BOUND)
    results.missing[:0] = notes
    results.missing.extend(withdraw(chosen, results.cells))
    measured = [client for client in (*chosen, COUNTERMAND) if not client.absent]
    names = [client.name for client in measured]
    order = [(api, scenario.name) for api, scenario in rows]
    told = [*results.missing, *results.lacking, *results.found]
    report = [markdown(order, names, results.cells), LEGEND, "\n".join(told)]
    report += [details(results.cells)] if shown else []
    print_out("\n\n".join(part for part in report if part))
    wrong = complaints(COUNTERMAND.name, results.cells)
    print_out("\n".join(f"WRONG: countermand, {line}" for line in wrong))
    took = time.monotonic() - began
    count = f"{len(results.cells)} cells: {len(rows)} rows by {len(names)} clients"
    print_out(f"{count}, in {took:.0f} s.")
    return exit_status(wrong, results, partial=partial)


def exit_status(wrong: Sequence[str], results: Results, *, partial: bool) -> int:
    """The exit status."""
    if wrong or results.found:
        return 1
    return 2 if results.missing and not partial else 0


def tasks(
    chosen: Sequence[Client], places: Mapping[Client, Place], rows: Sequence[tuple[str, Scenario]]
) -> list[Task]:
    """Every cell; ours go first, so that no slow rival can keep them from being measured."""
    clients = [client for client in (COUNTERMAND, *chosen) if client in places]
    return [
        Task(client=client, scenario=scenario, api=api)
        for client, (api, scenario) in product(clients, rows)
        if not client.absent or (api == APIS[0] and scenario.control)
    ]


def install(clients: Sequence[Client], folder: Path) -> tuple[dict[Client, Place], list[str]]:
    """Give every client its place; one that cannot have one is noted, and left out."""
    places, notes = {COUNTERMAND: prepare(COUNTERMAND, folder)}, []
    for client in clients:
        print_out(f"Setting up {client.name} ...", sys.stderr)
        try:
            places[client] = prepare(client, folder)
        except SetupError as error:
            notes.append(f"n/a: {client.name}: cannot be set up here ({error}).")
    return places, notes


def play(tasks: Sequence[Task], places: Mapping[Client, Place], until: float) -> Results:
    """Measure every task, some at a time, each on a bench of its own; and say what was not."""
    results = Results()
    with benches(WORKERS) as free, ThreadPoolExecutor(WORKERS) as pool:

        def work(task: Task) -> None:
            if time.monotonic() > until:
                results.late(task)
                return
            bench = free.get()
            try:
                found = bench.measure(task.client, places[task.client], task.scenario, task.api)
            finally:
                free.put(bench)
            results.add(task, found)

        list(pool.map(work, tasks))
    return results


def withdraw(rivals: Sequence[Client], cells: dict[tuple[Row, str], Measured]) -> list[str]:
    """Remove a competitor's cells at a provider where it fails without a fault."""
    notes: list[str] = []
    failing = [(rival.name, api) for rival in rivals for api in unfit(rival.name, cells)]
    for name, api in failing:
        said = cells[(api, SCENARIOS[0].name), name].said
        notes.append(f"n/a: {name} at {api}: fails without a fault ({said.kind} {said.detail}).")
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
            elsewhere.script(*(LURE,) * 10_000)
            bench = Bench(sandbox=sandbox, proxy=proxy, elsewhere=elsewhere)
            stack.callback(bench.close)
            free.put(bench)
        yield free


def print_out(text: str, stream: TextIO | None = None) -> None:
    """Write a line, unless there is nothing to say."""
    if text:
        print(text, file=stream or sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

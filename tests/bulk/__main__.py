"""`python -m tests.bulk`: measure large plans, and kill runs again and again."""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from countermand.sandbox import Sandbox
from tests.bulk.judging import growth, problems
from tests.bulk.program import Cost, Workplace

SHOWN: Final = 20
ROUNDS: Final = 10
"""Runs after the last kill, at most, until every row has an end."""
EARLY: Final = 0.2
"""The share of the kills that come at any time after the start, before anything was sent, too."""
LONGEST_RUN: Final = 120.0
"""Seconds that a run may take from kill to kill."""


def main() -> int:
    """Run; returns 1 if something is not as it must be."""
    options = _options()
    wrong: list[str] = []
    if options.sizes:
        wrong += _measure(sorted(options.sizes))
    _print("\n".join(wrong))
    undisturbed = _undisturbed(options.rows) if options.runs else []
    for number in range(options.runs):
        found = _killed_run(number, undisturbed, options.kills // options.runs)
        _print("\n".join(found[:SHOWN]))
        wrong += found
    _print(f"{len(wrong)} wrong")
    return int(bool(wrong))


def _measure(sizes: list[int]) -> list[str]:
    costs: dict[str, dict[int, Cost]] = {"plan": {}, "apply": {}}
    for size in sizes:
        with _workplace(size) as (place, _):
            began = time.monotonic()
            costs["plan"][size] = place.run("plan", place.input)
            planned = time.monotonic()
            costs["apply"][size] = place.run("apply", place.plan, "--reason", "a long run")
            ended = time.monotonic()
        for name, seconds in (("plan", planned - began), ("apply", ended - planned)):
            cost = costs[name][size]
            _print(
                f"{name} {size:>7} rows: exit code {cost.code}, {seconds:7.1f} s, "
                f"{cost.cpu * 1000 / size:6.2f} ms CPU per row, {cost.memory:6.1f} MiB"
            )
    codes = [c.code for found in costs.values() for c in found.values()]
    wrong = [f"an exit code is {code}" for code in codes if code]
    return wrong + [f"{name}: {text}" for name, found in costs.items() for text in growth(found)]


def _undisturbed(rows: int) -> list[dict[str, str]]:
    """The report of a run that nobody kills: every sandbox makes the same payments."""
    with _workplace(rows) as (place, _):
        place.run("plan", "--no-read", place.input)
        place.run("apply", place.plan, "--reason", "undisturbed")
        return place.report


def _killed_run(number: int, undisturbed: list[dict[str, str]], kills: int) -> list[str]:
    rows = len(undisturbed)
    with _workplace(rows) as (place, payments):
        began = time.monotonic()
        place.run("plan", "--no-read", place.input)
        done = _kill(place, random.Random(number), rows, kills)
        rounds, cost = 0, place.run("apply", place.plan, "--reason", "a long run")
        while cost.code and rounds < ROUNDS:
            rounds += 1
            cost = place.run("apply", place.plan, "--reason", "a long run")
        handles = [each.handle for each in payments]
        executions = place.sandbox.executions()
        wrong = [*problems(place.report, undisturbed, handles, executions)]
        evidence = sum(each["evidence"] == "read back" for each in place.report)
        seconds = time.monotonic() - began
    if cost.code:
        wrong.append(f"the exit code is {cost.code}")
    _print(
        f"run {number + 1}: {rows} rows, {done} kills, {len(executions)} executions, "
        f"{evidence} read back, {rounds} more rounds, {seconds:.0f} s, {len(wrong)} wrong"
    )
    return [f"run {number + 1}: {text}" for text in wrong]


def _kill(place: Workplace, chance: random.Random, rows: int, kills: int) -> int:
    """Start and kill, so that the kills are spread over the rows; returns how many there were."""
    done = 0
    for kill in range(kills):
        process = place.start_apply()
        if chance.random() < EARLY:
            time.sleep(chance.uniform(0.0, 2.0))
        else:
            _wait_for(place, rows * (kill + 1) // (kills + 1), process)
            time.sleep(chance.uniform(0.0, 0.1))
        done += process.poll() is None
        process.kill()
        process.wait()
    return done


def _wait_for(place: Workplace, executions: int, process: Any) -> None:
    """Wait until so many cancels are executed, or the process has ended."""
    until = time.monotonic() + LONGEST_RUN
    while place.sandbox._state._executions[executions:] == [] and process.poll() is None:
        if time.monotonic() > until:
            return
        time.sleep(0.02)


@contextmanager
def _workplace(rows: int) -> Iterator[tuple[Workplace, list[Any]]]:
    with tempfile.TemporaryDirectory(prefix="bulk-") as folder, Sandbox() as sandbox:
        place, over = Workplace(Path(folder), sandbox), threading.Event()
        place.configure()
        payments = place.write_rows(rows)
        trimmer = threading.Thread(target=_trim, args=(sandbox, over))
        trimmer.start()
        try:
            yield place, payments
        finally:
            over.set()
            trimmer.join()


def _trim(sandbox: Sandbox, over: threading.Event) -> None:
    """Forget received requests from time to time: nobody asks for them here."""
    while not over.wait(1.0):
        with sandbox._state.lock:
            sandbox._state._requests.clear()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bulk", description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="rows to measure"
    )
    parser.add_argument("--runs", type=int, default=20, help="runs that are killed")
    parser.add_argument("--rows", type=int, default=10_000, help="rows of each of them")
    parser.add_argument("--kills", type=int, default=1_000, help="kills of all of them together")
    return parser.parse_args()


def _print(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""Measure what a cancel costs beside other clients: `python -m benchmarks`.

docs/performance.md has the method and the results. `--short` compares with table.json, and exits
with 1 where a figure is worse twice in a row.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve

from benchmarks import figures, races, starts
from benchmarks.contenders import ROOT, Interpreters, install
from benchmarks.instructions import counter, instructions
from benchmarks.ledgers import ledger_figures
from benchmarks.memory import long_run, memory
from benchmarks.processes import Bench, bench
from benchmarks.report import Report, read_table, write, write_page, write_table
from benchmarks.table import BEGIN_LEDGER, figures_table, middle, twice, worsened

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

STARTS: Final = 9
TABLE_RUNS: Final = 3
"""Short runs whose median becomes the committed table."""


def say(text: str) -> None:
    """Print at once: a run takes minutes."""
    print(text, flush=True)


def short(
    stage: Bench, interpreters: Interpreters, wanted: Container[str] | None = None
) -> list[figures.Figure]:
    """The figures of the short form, or those of some sources."""
    found: list[figures.Figure] = []
    runs = {}
    for race in races.SHORT:
        if wanted is None or race.name in wanted:
            runs[race.name] = races.run(race, stage, interpreters)
    found += figures.of_races(runs)
    if wanted is None or figures.STARTS in wanted:
        found += figures.of_starts(starts.starts(starts.SHORT, STARTS))
    if wanted is None or figures.MEMORY in wanted:
        found += figures.of_memory(memory(stage, interpreters))
    if wanted is None or figures.INSTRUCTIONS in wanted:
        found += figures.of_instructions(instructions(stage, interpreters))
    return found


def gated(found: Iterable[figures.Figure]) -> dict[str, float]:
    """The values that are compared, by name."""
    return {each.name: each.value.median for each in found if each.gated}


def comparable() -> dict[str, float]:
    """The committed figures that can be measured here; says what cannot, and why."""
    table = read_table()
    committed: dict[str, float] = table["figures"]
    minor = platform.python_version_tuple()[:2]
    if minor != tuple(table["machine"]["python"].split(".")[:2]):
        written = table["machine"]["python"]
        say(f"\nNOT COMPARED, except errors: the table was written by Python {written}.")
        return {name: value for name, value in committed.items() if name.endswith(": errors")}
    if (counter() or (None,))[0] != table["counter"]:
        say(f"\nNOT COMPARED: instructions, which {table['counter']} does not count here.")
        return {name: value for name, value in committed.items() if "instructions" not in name}
    return committed


def compare(stage: Bench, interpreters: Interpreters) -> int:
    """Run the short form; 1 where a figure is worse than in the table, and worse again."""
    found = short(stage, interpreters)
    say(figures_table(found))
    committed = comparable()
    worse = worsened(gated(found), committed)
    for name in (unknown := gated(found).keys() - read_table()["figures"].keys()):
        say(f"NOT IN THE TABLE, which has to be renewed: {name}")
    if unknown:
        return 1
    if not worse:
        say("\nNo figure that was compared is worse than in benchmarks/table.json.")
        return 0
    say("\nMeasured again, because it is worse than in benchmarks/table.json:")
    for name, how in worse.items():
        say(f"  {name}: {how}")
    sources = {each.source for each in found if each.name in worse}
    again = worsened(gated(short(stage, interpreters, sources)), {n: committed[n] for n in worse})
    for name, how in (failed := twice(worse, again)).items():
        say(f"WORSE TWICE: {name}: {how}")
    if not failed:
        say("It is not worse the second time.")
    return 1 if failed else 0


def full(stage: Bench, interpreters: Interpreters, out: Path, *, long: bool) -> Report:
    """Everything; what is measured so far is written to a folder in between."""
    runs = {}
    for race in races.FULL:
        say(f"{race.name}: {race.seconds:.0f} seconds ...")
        runs[race.name] = races.run(race, stage, interpreters)
    say("starts and memory ...")
    started = starts.starts(starts.FULL, STARTS)
    found = [
        *figures.of_races(runs),
        *figures.of_starts(started),
        *figures.of_memory(memory(stage, interpreters)),
    ]
    report = Report(figures=found, runs=runs, versions=interpreters.versions(), starts=started)
    # What takes longest comes last, and what was measured before it is written already.
    write(report, out)
    say("instructions ...")
    counted = instructions(stage, interpreters)
    found += figures.of_instructions(counted)
    report = evolve(report, figures=found, counted=counted)
    write(report, out)
    if long:
        say("100,000 cancels ...")
        grown = figures.of_long_run(long_run(stage, interpreters))
        report = evolve(report, figures=[*report.figures, *grown])
        write(report, out)
    return report


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """What the run is asked for."""
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=("exchange", "ledger"),
        default="exchange",
        help="what to measure",
    )
    parser.add_argument(
        "--short", action="store_true", help="a minute and a half; compares with the table"
    )
    parser.add_argument("--long", action="store_true", help="also 100,000 cancels in one client")
    parser.add_argument(
        "--write", action="store_true", help="renew table.json, or a part of the page"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "dist" / "bench",
        help="folder of bench.json and bench.md",
    )
    parser.add_argument("--venvs", type=Path, default=ROOT / ".nox" / "bench", help="for rivals")
    return parser.parse_args(arguments)


def main() -> int:
    """Run what is asked for."""
    asked, began = parse_arguments(), time.monotonic()
    raced = (
        []
        if asked.short or asked.what == "ledger"
        else [each for race in races.FULL for each in race.contenders]
    )
    interpreters = install(raced, asked.venvs)
    for why in interpreters.missing.values():
        say(f"NOT MEASURED: {why}")
    status = 0
    with bench() as stage:
        if asked.what == "ledger":
            say(part := figures_table(ledger_figures(stage, interpreters)))
            if asked.write:
                write_page(part, BEGIN_LEDGER)
            return 0
        if asked.write:
            command = counter()
            if command is None:
                say("The table needs instructions, which neither perf nor valgrind counts here.")
                return 1
            tables = [gated(short(stage, interpreters)) for _ in range(TABLE_RUNS)]
            write_table(middle(tables), command[0])
        elif asked.short:
            status = compare(stage, interpreters)
        if not asked.short:
            report = full(stage, interpreters, asked.out, long=asked.long or asked.write)
            say(report.as_markdown())
            if asked.write:
                write_page(report.as_markdown())
    say(f"\n{time.monotonic() - began:.0f} seconds.")
    return status


if __name__ == "__main__":
    sys.exit(main())

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
from benchmarks.instructions import instructions
from benchmarks.ledgers import ledger_figures
from benchmarks.memory import long_run, memory
from benchmarks.processes import Bench, bench
from benchmarks.report import Report, read_table, write, write_page, write_table
from benchmarks.table import BEGIN_LEDGER, figures_table, middle, twice, worsened

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

FULL_STARTS: Final = 9
SHORT_STARTS: Final = 5
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
        found += figures.of_starts(starts.starts(starts.SHORT, SHORT_STARTS))
    if wanted is None or figures.MEMORY in wanted:
        found += figures.of_memory(memory(stage, interpreters))
    return found


def gated(found: Iterable[figures.Figure]) -> dict[str, float]:
    """The values that are compared, by name."""
    return {each.name: each.value.median for each in found if each.gated}


def compare(stage: Bench, interpreters: Interpreters) -> int:
    """Run the short form; 1 where a figure is worse than in the table, and worse again."""
    found = short(stage, interpreters)
    say(figures_table(found))
    table = read_table()
    minor = platform.python_version_tuple()[:2]
    if minor != tuple(table["machine"]["python"].split(".")[:2]):
        say(f"\nNot compared: the table was written by Python {table['machine']['python']}.")
        return 0
    committed = table["figures"]
    worse = worsened(gated(found), committed)
    if not worse:
        say("\nNo figure is worse than in benchmarks/table.json.")
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
    started = starts.starts(starts.FULL, FULL_STARTS)
    found = [
        *figures.of_races(runs),
        *figures.of_starts(started),
        *figures.of_memory(memory(stage, interpreters)),
    ]
    report = Report(figures=found, runs=runs, versions=interpreters.versions(), starts=started)
    # What takes longest comes last, and what was measured before it is written already.
    write(report, out)
    say("instructions ...")
    counter, counted = instructions(stage, interpreters)
    report = evolve(report, counter=counter, instructions=counted)
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
        "what", nargs="?", choices=("exchange", "ledger"), default="exchange", help="of what"
    )
    parser.add_argument(
        "--short", action="store_true", help="at most 60 s; compares with the table"
    )
    parser.add_argument("--long", action="store_true", help="also 100,000 cancels in one client")
    parser.add_argument("--write", action="store_true", help="renew table.json and the page")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "bench", help="for JSON, table")
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
            tables = [gated(short(stage, interpreters)) for _ in range(TABLE_RUNS)]
            write_table(middle(tables))
        elif asked.short:
            status = compare(stage, interpreters)
        if not asked.short:
            report = full(stage, interpreters, asked.out, long=asked.long)
            say(report.as_markdown())
            if asked.write:
                write_page(report.as_markdown())
    say(f"\n{time.monotonic() - began:.0f} seconds.")
    return status


if __name__ == "__main__":
    sys.exit(main())

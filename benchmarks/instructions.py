"""Instructions of a call and of a start, which other load on the machine does not change.

Counted where `perf` can count, otherwise where valgrind is installed. Those of a call are the
difference of a long and a short run, so that the import is not in it; those of a start are without
the interpreter's own.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from attrs import evolve, field, frozen

from benchmarks.contenders import FRESH, KEPT, OURS, OURS_ASYNC, environment
from benchmarks.starts import SHORT as STARTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.contenders import Contender, Interpreters
    from benchmarks.processes import Bench

CONTENDERS: Final = (OURS, evolve(OURS_ASYNC, name="countermand, async"), KEPT, FRESH)
AT_ONCE: Final = 2
"""Runs in parallel: they count instructions, and not time."""
FEW: Final = 10
MANY: Final = 40
PERF: Final = ("perf", "stat", "-x,", "-e", "instructions:u")
VALGRIND: Final = (
    "valgrind",
    "--tool=cachegrind",
    "--cache-sim=no",
    "--cachegrind-out-file=/dev/null",
)
COUNT: Final = re.compile(r"(?:I\s+refs:\s+([\d,]+))|(?:^(\d+),,instructions)", re.MULTILINE)


def counter() -> tuple[str, ...] | None:
    """The command that counts the instructions of another one, if there is any."""
    for command in (PERF, VALGRIND):
        if shutil.which(command[0]) and _count((*command, "true"), {}, "") is not None:
            return command
    return None


@frozen
class Counted:
    """Instructions by the name of a client, and by the name of a start.

    `counter` is the program that counted, or None if there is none.
    """

    counter: str | None = None
    calls: Mapping[str, float] = field(factory=dict[str, float])
    starts: Mapping[str, float] = field(factory=dict[str, float])


def instructions(bench: Bench, interpreters: Interpreters) -> Counted:
    """Count, where it is possible."""
    command = counter()
    if command is None:
        return Counted()

    def call(contender: Contender) -> float | None:
        few, many = (_calls(command, bench, interpreters, contender, n) for n in (FEW, MANY))
        return None if few is None or many is None else (many - few) / (MANY - FEW)

    def start(statement: str) -> float | None:
        return _count((*command, sys.executable, "-c", statement), environment(OURS), "")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        calls = pool.map(call, CONTENDERS)
        empty, *starts = pool.map(start, ("pass", *STARTS.values()))
        return Counted(
            command[0],
            {each.name: n for each, n in zip(CONTENDERS, calls, strict=True) if n},
            {name: n - empty for name, n in zip(STARTS, starts, strict=True) if n and empty},
        )


def _calls(
    command: tuple[str, ...],
    bench: Bench,
    interpreters: Interpreters,
    contender: Contender,
    calls: int,
) -> int | None:
    python = interpreters.of(contender)
    assert python
    order = json.dumps({"calls": calls}) + "\n"
    driver = bench.command(python, contender, "plain", core=None)
    return _count((*command, *driver), environment(contender), order)


def _count(command: tuple[str, ...], variables: dict[str, str], given: str) -> int | None:
    told = subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        env=variables or None,
    )
    found = COUNT.search(told.stderr)
    failed = '"errors": ' in told.stdout and '"errors": 0' not in told.stdout
    if told.returncode or found is None or failed:
        return None
    return int((found.group(1) or found.group(2)).replace(",", ""))

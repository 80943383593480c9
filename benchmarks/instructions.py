"""Instructions for each call, which other load on the machine does not change.

Counted where `perf` can count, otherwise where valgrind is installed: the difference of a long and
a short run, so that the import is not in it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from benchmarks.contenders import FRESH, KEPT, OURS, environment

if TYPE_CHECKING:
    from benchmarks.contenders import Contender, Interpreters
    from benchmarks.processes import Bench

CONTENDERS: Final = (OURS, KEPT, FRESH)
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


def instructions(bench: Bench, interpreters: Interpreters) -> tuple[str | None, dict[str, float]]:
    """The counter's name, and the instructions of one call of each client."""
    command = counter()
    if command is None:
        return None, {}
    counted = {}
    for contender in CONTENDERS:
        few, many = (_calls(command, bench, interpreters, contender, n) for n in (FEW, MANY))
        if few is not None and many is not None:
            counted[contender.name] = (many - few) / (MANY - FEW)
    return command[0], counted


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
    driver = bench.command(python, contender, "plain")
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
    if told.returncode or found is None:
        return None
    return int((found.group(1) or found.group(2)).replace(",", ""))

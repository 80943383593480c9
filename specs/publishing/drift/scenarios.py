"""What is recorded: the sandbox's tests, a part of the conformance suite, and a round of doors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from countermand.sandbox import Sandbox
from specs.publishing.drift import har, rounds
from specs.publishing.drift.recorder import recording

ROOT: Final = Path(__file__).parents[3]
RUNS: Final = {
    "sandbox": ("tests/sandbox",),
    # One quick case of each kind at each provider, but none that waits for a time limit or needs
    # many processes: what a provider answers depends on neither ledger nor clock.
    "conformance": (
        "tests/conformance/test_quick.py",
        *("-k", "/none and not 01-read and not 12-silence and not 16-"),
    ),
}
"""The test runs that are recorded, by the name of the file, with pytest's arguments."""


class BrokenRunError(Exception):
    """What was to be recorded failed itself, so nothing can be said about drift."""


def record(folder: Path) -> list[Path]:
    """Record everything into HAR files, and return them; raises `BrokenRunError`."""
    files = {name: folder.resolve() / f"{name}.har" for name in (*RUNS, "rounds")}
    for name, arguments in RUNS.items():
        run(files[name], *arguments)
    with recording() as tape, Sandbox() as sandbox:
        rounds.go(sandbox)
    har.write(files["rounds"], tape.exchanges)
    return list(files.values())


def run(file: Path, *arguments: str, folder: Path = ROOT) -> None:
    """Run tests and record them into a HAR file.

    Raises:
        BrokenRunError: one of them failed.
    """
    # A process of its own: pytest does not like to be started where half of it is at work.
    plugin = ("-p", "specs.publishing.drift.plugin", "--har", str(file), "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", "-q", *plugin, *arguments]
    done = subprocess.run(  # noqa: S603  # the interpreter of this very process
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BrokenRunError(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")

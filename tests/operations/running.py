"""Runs the command line in this process, or as a program."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from countermand_ops.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from countermand.sandbox import Sandbox
    from countermand.sandbox.payments import Payment

PROGRAM: Final = (
    sys.executable,
    "-c",
    "import sys; from countermand_ops.cli import main; sys.exit(main())",
)
"""What the console script does."""
ONE_TRY: Final = "[policy]\nattempts = 1"
"""A part of a configuration."""
COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


@frozen
class Ran:
    """What a run has left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on standard output."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The JSON documents on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Stream(io.StringIO):
    """A stream of a terminal, or of none."""

    def __init__(self, text: str = "", *, terminal: bool) -> None:
        super().__init__(text)
        self._terminal = terminal

    def isatty(self) -> bool:
        """Whether it belongs to a terminal."""
        return self._terminal


@contextmanager
def standard_input(stream: Stream) -> Iterator[None]:
    """Read from this stream."""
    before, sys.stdin = sys.stdin, stream
    try:
        yield
    finally:
        sys.stdin = before


def run(*arguments: object, typed: str | None = None) -> Ran:
    """Run the command line in this process.

    Args:
        arguments: The arguments.
        typed: What a person at a terminal types; None without a terminal.
    """
    terminal = typed is not None
    out, err = Stream(terminal=terminal), Stream(terminal=terminal)
    entered = Stream(typed or "", terminal=terminal)
    with standard_input(entered), redirect_stdout(out), redirect_stderr(err):
        code = main([str(each) for each in arguments])
    return Ran(code, COLOURS.sub("", out.getvalue()), COLOURS.sub("", err.getvalue()))


def run_program(*arguments: object, cwd: Path | None = None) -> Ran:
    """Run the program without a terminal."""
    done = subprocess.run(
        [*PROGRAM, *(str(each) for each in arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def executions(sandbox: Sandbox, payments: list[Payment]) -> list[int]:
    """How often each payment was cancelled."""
    return [len(sandbox.executions(None, each)) for each in payments]

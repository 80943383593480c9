"""The standard streams, whether a person can be asked, and the question."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO

from typer import rich_utils

YES: Final = {"y", "yes"}


def prepare_streams() -> None:
    """See to it that no text and no closed stream ends a command in the middle.

    A character that a stream cannot hold is written as its escape. What is written to a closed
    stream is lost, and its number goes to no other file.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - it stays open
            setattr(sys, name, nowhere)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Typer would obey FORCE_COLOR and GITHUB_ACTIONS without a terminal.
    rich_utils.FORCE_TERMINAL = sys.stdout.isatty() and sys.stderr.isatty()


def give_up(stream: TextIO) -> None:
    """Write no more to a stream that has failed, and lose what it still holds."""
    with suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def can_ask() -> bool:
    """Whether a person sees the question and can answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """Whether a person answers yes; the end of the input is a no.

    The question goes to standard error: standard output belongs to the result.
    """
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in YES

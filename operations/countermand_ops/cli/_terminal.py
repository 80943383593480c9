"""Whether a person can be asked, and the question."""

from __future__ import annotations

import sys
from typing import Final

YES: Final = {"y", "yes"}


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

"""A time limit as a job queue sets it: a signal handler that raises."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class TimeLimit(Exception):  # noqa: N818 - as job queues name it
    """What the handler raises."""


def _raise(_number: int, _frame: object) -> None:
    raise TimeLimit


@contextmanager
def time_limit() -> Iterator[None]:
    """`strike` raises in this block."""
    former = signal.signal(signal.SIGUSR2, _raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR2, former)


def strike(*_arguments: object) -> None:
    """The time is up now."""
    signal.raise_signal(signal.SIGUSR2)

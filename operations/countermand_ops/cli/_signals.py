"""SIGTERM ends a command as Ctrl-C does, so that the ledger records what was under way."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


class Terminated(KeyboardInterrupt):
    """The process got SIGTERM."""


@contextmanager
def termination_interrupts() -> Generator[None]:
    """Raise `Terminated` where SIGTERM arrives."""
    before = signal.signal(signal.SIGTERM, _raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _raise(*_: object) -> None:
    raise Terminated

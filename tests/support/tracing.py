"""Measuring coverage, and where that is not worth its time."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator


@attrs.frozen
class Tracers:
    """What Python calls for each line: in this thread, and in those that it starts."""

    here: Any
    in_new_threads: Any

    @classmethod
    def installed(cls) -> Tracers:
        """Those of this moment."""
        return cls(sys.gettrace(), threading.gettrace())

    def install(self) -> None:
        """Have functions traced by these from their next call on."""
        threading.settrace(self.in_new_threads)
        sys.settrace(self.here)


@contextmanager
def traced_by(tracers: Tracers) -> Iterator[None]:
    """Use these tracers for a while."""
    before = Tracers.installed()
    tracers.install()
    try:
        yield
    finally:
        before.install()


@contextmanager
def tracing_suspended() -> Iterator[None]:
    """Measure no coverage in this thread, nor in those that are started meanwhile."""
    with traced_by(Tracers(None, None)):
        yield

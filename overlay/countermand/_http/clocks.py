"""A deadline that also holds for a process that was suspended.

The monotonic clock of Linux stands still while the machine is suspended, so a worker that was
frozen for an hour would still send. `CLOCK_BOOTTIME` goes on, and so does the wall clock.
"""

from __future__ import annotations

import time
from typing import Final

_ALWAYS_RUNNING: Final[int | None] = getattr(
    time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None)
)
"""The clock that goes on during suspension: on Linux and on macOS; Windows has none."""


def read_clocks() -> tuple[float, ...]:
    """The time on every clock of the system, the monotonic one first."""
    if _ALWAYS_RUNNING is None:
        return time.monotonic(), time.time()
    return time.monotonic(), time.time(), time.clock_gettime(_ALWAYS_RUNNING)


class Stopwatch:
    """Measures on every clock at once."""

    def __init__(self) -> None:
        self._started = read_clocks()

    @property
    def elapsed(self) -> float:
        """Seconds on the monotonic clock."""
        return time.monotonic() - self._started[0]

    @property
    def longest(self) -> float:
        """Seconds on the clock on which the most time has passed."""
        return max([now - then for now, then in zip(read_clocks(), self._started, strict=True)])

    @property
    def suspended(self) -> float:
        """Seconds that the monotonic clock has missed."""
        return self.longest - self.elapsed


class Deadline:
    """The end of an exchange, so many seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watch = Stopwatch()

    @property
    def remaining(self) -> float:
        """Seconds left on the monotonic clock."""
        return self._seconds - self._watch.elapsed

    @property
    def passed_on_any_clock(self) -> bool:
        """Whether it has passed, if only on a clock that runs during suspension."""
        return self._watch.longest >= self._seconds

"""How long ago a request may have been sent, by more than one clock.

The settle window must not seem over because one clock was put forward. So each moment is kept with
the clocks of the host that wrote it, too, and the shortest of the times that they give counts.
"""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path
from typing import Any, Final

from attrs import frozen

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
"""Linux: one value until the machine is started again, so long the monotonic clock goes on."""


@frozen
class HostTime:
    """One moment, by the clocks of one host."""

    wall: float
    monotonic: float
    boot: str | None

    @classmethod
    def now(cls) -> HostTime:
        """This moment, here."""
        return cls(time.time(), time.monotonic(), _boot())

    def encode(self) -> str:
        """As it is stored."""
        return json.dumps([self.wall, self.monotonic, self.boot])

    def seconds_since(self, stored: str | None) -> float:
        """The seconds since a stored moment, as far as a host's clocks can tell.

        Its monotonic clock, where both moments are this start of this host's; else the wall clocks
        of two hosts, whose difference makes it wait longer or does not count.
        """
        if stored is None:
            return float("inf")
        wall, monotonic, boot = json.loads(stored)
        if boot is not None and boot == self.boot:
            return float(self.monotonic - monotonic)
        return float(self.wall - wall)


def since_last_attempt(row: Any, host_time: float) -> float:
    """The seconds since the last request of a row may have gone out; 0 where none did."""
    if not row.quiet_since:
        return 0.0
    by_hosts = HostTime.now().seconds_since(row.quiet_moment)
    return max(0.0, min(float(host_time - row.quiet_since), by_hosts))


@cache
def _boot() -> str | None:
    try:
        return BOOT_ID.read_text(encoding="ascii").strip() or None
    except OSError:
        return None

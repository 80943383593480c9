"""Seconds since the last attempt, measured by several clocks.

The late-arrival window must not end early because one clock was set forward, and a provider's key
must not look young because one clock was set back. Each moment is stored by the database's clock
and by the clocks of the host; the shortest time counts for the window, the longest for a key's age.
"""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

if TYPE_CHECKING:
    from countermand.ledger._tasks import Row

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
"""Linux: an id that changes when the machine, and with it the monotonic clock, starts again."""


@frozen
class HostTime:
    """A moment by the clocks of one host."""

    wall: float
    monotonic: float
    boot: str | None

    @classmethod
    def now(cls) -> HostTime:
        """Return the current time of this host."""
        return cls(time.time(), time.monotonic(), _boot())

    def encode(self) -> str:
        """Return the stored form."""
        return f"[{self.wall!r}, {self.monotonic!r}, {json.dumps(self.boot)}]"

    def seconds_since(self, stored: str | None) -> float:
        """Return the seconds since a stored moment; infinite if none is stored.

        Uses the monotonic clock if both moments belong to the same boot of the same host, otherwise
        the wall clocks. If two hosts' clocks differ, the result is too short, which is safe, or too
        long, and then the database's clock decides.
        """
        if stored is None:
            return float("inf")
        wall, monotonic, boot = json.loads(stored)
        if boot is not None and boot == self.boot:
            return float(self.monotonic - monotonic)
        return float(self.wall - wall)

    def longest_since(self, stored: str) -> float:
        """Return the seconds since a stored moment by the clock that has run longest.

        The monotonic clock may stand still while the machine is suspended, and the wall clock may
        be set back.
        """
        wall, monotonic, boot = json.loads(stored)
        by_wall = float(self.wall - wall)
        same_boot = boot is not None and boot == self.boot
        return max(by_wall, float(self.monotonic - monotonic)) if same_boot else by_wall


def since_last_attempt(row: Row, host: HostTime) -> float:
    """Return the seconds since a request of this row may have been sent; 0 if none was.

    Args:
        row: A row of the ledger, with `now`, the database's time.
        host: The host's time.
    """
    if not row["last_attempt_at"]:
        return 0.0
    return _shortest_since(row, host, "last_attempt")


def unchanged_for(row: Row, host: HostTime) -> float | None:
    """Return the seconds since a read has first shown the payment as in the row's snapshot.

    None if none has, or if the last one has not.
    """
    return _shortest_since(row, host, "unchanged") if row["unchanged_at"] else None


def answered_for(row: Row, longest_gap: float) -> float:
    """Return the seconds for which the provider's own answers have proved nothing, until now.

    Args:
        row: The row of the key.
        longest_gap: The most that the time since the last answered look counts.
    """
    last = row["answered_look_at"]
    return float(
        row["answered_for"] + (0.0 if last is None else min(row["now"] - last, longest_gap))
    )


def _shortest_since(row: Row, host: HostTime, moment: str) -> float:
    by_hosts = host.seconds_since(row[f"{moment}_host_time"])
    return max(0.0, min(float(row["now"] - row[f"{moment}_at"]), by_hosts))


def since_first_attempt(row: Row, host: HostTime) -> float:
    """The age of the key by the clock that has run longest: a provider may have forgotten it."""
    log = read_log(row)
    if not log:
        return 0.0
    _, _, recorded_at, host_time = log[0]
    by_hosts = host.longest_since(json.dumps(host_time))
    return max(0.0, float(row["now"] - recorded_at), by_hosts)


def read_log(row: Row) -> list[list[Any]]:
    """The recorded attempts of a row: owner, number, time, the host's time."""
    return [json.loads(line) for line in (row["attempt_log"] or "").splitlines()]


@cache
def _boot() -> str | None:
    try:
        return BOOT_ID.read_text(encoding="ascii").strip() or None
    except OSError:
        return None

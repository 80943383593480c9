"""Leases: a worker's hold on a key, renewed while it lives and expired after a crash."""

from __future__ import annotations

import logging
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from countermand._forks import renew_in_child
from countermand._ledger_schema import CANCELLATIONS, epoch
from countermand.errors import LedgerUnavailable

if TYPE_CHECKING:
    from countermand._ledger_database import Database

SHORTEST: Final = 1.0
LONGEST: Final = 3600.0

logger = logging.getLogger("countermand")


class Leases:
    """What this process holds; one thread renews it all while there is anything to renew."""

    def __init__(self, database: Database, seconds: float) -> None:
        if not SHORTEST <= seconds <= LONGEST:
            raise ValueError(f"a lease lasts from {SHORTEST:.0f} to {LONGEST:.0f} seconds")
        self.seconds = seconds
        self._database = database
        self._begin()
        renew_in_child(self._begin)

    def _begin(self) -> None:
        self._held: dict[str, str] = {}
        self._lock = Lock()
        self._wake = Event()
        self._thread: Thread | None = None

    def hold(self, key: str, holder: str) -> None:
        """Keep a key until it is released."""
        with self._lock:
            self._held[key] = holder
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._renew, name="countermand-leases", daemon=True)
                self._thread.start()

    def holder(self, key: str) -> str | None:
        """Our name on a key."""
        return self._held.get(key)

    def release(self, key: str) -> None:
        """Renew it no longer."""
        with self._lock:
            self._held.pop(key, None)
            self._wake.set()

    def drop(self) -> None:
        """Renew nothing any longer."""
        with self._lock:
            self._held.clear()
            self._wake.set()

    def _renew(self) -> None:
        due = monotonic() + self.seconds / 3
        while True:
            self._wake.wait(max(0.0, due - monotonic()))
            with self._lock:
                self._wake.clear()
                held = dict(self._held)
                if not held:
                    self._thread = None
                    return
            if monotonic() >= due:
                self._extend(held)
                due = monotonic() + self.seconds / 3

    def _extend(self, held: dict[str, str]) -> None:
        mine = sa.and_(CANCELLATIONS.c.key.in_(held), CANCELLATIONS.c.holder.in_(held.values()))
        extended = {"held_until": epoch() + self.seconds}
        try:
            self._database.transact(
                lambda connection: connection.execute(
                    sa.update(CANCELLATIONS).where(mine).values(extended)
                )
            )
        except LedgerUnavailable as unavailable:
            logger.warning("leases were not renewed: %s", unavailable)

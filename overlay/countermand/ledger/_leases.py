"""Leases: a worker's hold on a key, renewed while it lives and expired after a crash."""

from __future__ import annotations

import logging
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from attrs import frozen

from countermand._threads import renew_in_child
from countermand.errors import LedgerUnavailable
from countermand.ledger._schema import CANCELLATIONS, epoch

if TYPE_CHECKING:
    from countermand.ledger._database import Database

SHORTEST: Final = 1.0
LONGEST: Final = 3600.0

logger = logging.getLogger("countermand")


@frozen
class Hold:
    """A key that is ours."""

    holder: str
    until: float
    """When it ends if nothing renews it, at the earliest: a moment on the monotonic clock."""


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
        self._held: dict[str, Hold] = {}
        self._lock = Lock()
        self._wake = Event()
        self._thread: Thread | None = None

    def hold(self, key: str, holder: str, since: float) -> None:
        """Keep a key until it is released; `since` is when its lease was asked for, or before."""
        with self._lock:
            self._held[key] = Hold(holder, since + self.seconds)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._renew, name="countermand-leases", daemon=True)
                self._thread.start()

    def prolong(self, key: str, holder: str, since: float) -> None:
        """Note that the lease was renewed beside the work, unless the key was let go meanwhile."""
        with self._lock:
            hold = self._held.get(key)
            if hold is not None and hold.holder == holder:
                self._held[key] = Hold(holder, since + self.seconds)

    def holds(self, key: str, holder: str) -> bool:
        """Whether nobody else can have the key by now."""
        hold = self._held.get(key)
        return hold is not None and hold.holder == holder and monotonic() < hold.until

    def release(self, key: str, holder: str) -> None:
        """Renew it no longer, if it is this holder's."""
        with self._lock:
            hold = self._held.get(key)
            if hold is not None and hold.holder == holder:
                del self._held[key]
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

    def _extend(self, held: dict[str, Hold]) -> None:
        row = CANCELLATIONS.c
        names = [hold.holder for hold in held.values()]
        # One that has run out stays so: another key of its payment may be at work by now.
        mine = sa.and_(row.key.in_(held), row.holder.in_(names), row.held_until > epoch())
        extended = {"held_until": epoch() + self.seconds}

        def work(connection: sa.Connection) -> list[str]:
            connection.execute(sa.update(CANCELLATIONS).where(mine).values(extended))
            return list(connection.scalars(sa.select(row.key).where(mine)))

        since = monotonic()
        try:
            renewed = self._database.transact(work)
        except LedgerUnavailable as unavailable:
            logger.warning("leases were not renewed: %s", unavailable)
            return
        with self._lock:
            for key in renewed:
                if self._held.get(key) == held[key]:
                    self._held[key] = Hold(held[key].holder, since + self.seconds)

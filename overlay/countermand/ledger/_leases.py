"""Leases: a worker's hold on a key, renewed while it lives and expired after a crash."""

from __future__ import annotations

import logging
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from attrs import frozen

from countermand._threads import reset_after_fork
from countermand.errors import LedgerUnavailable
from countermand.ledger._schema import CANCELLATIONS, epoch

if TYPE_CHECKING:
    from countermand.ledger._database import Database

MIN_LEASE: Final = 1.0
MAX_LEASE: Final = 3600.0

logger = logging.getLogger("countermand")


@frozen
class HeldLease:
    """A key that is ours."""

    owner: str
    deadline: float
    """When it ends if nothing renews it, at the earliest: a moment on the monotonic clock."""


class LeaseKeeper:
    """What this process holds; one thread renews it all while there is anything to renew."""

    def __init__(self, database: Database, seconds: float) -> None:
        if not MIN_LEASE <= seconds <= MAX_LEASE:
            raise ValueError(f"a lease lasts from {MIN_LEASE:.0f} to {MAX_LEASE:.0f} seconds")
        self.seconds = seconds
        self._database = database
        self._begin()
        reset_after_fork(self._begin)

    def _begin(self) -> None:
        self._held: dict[str, HeldLease] = {}
        self._lock = Lock()
        self._wake = Event()
        self._thread: Thread | None = None

    def add(self, key: str, owner: str, since: float) -> None:
        """Keep a key until it is released; `since` is when its lease was asked for, or before."""
        with self._lock:
            self._held[key] = HeldLease(owner, since + self.seconds)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._renew, name="countermand-leases", daemon=True)
                self._thread.start()

    def renewed(self, key: str, owner: str, since: float) -> None:
        """Note that the lease was renewed beside the work, unless the key was let go meanwhile."""
        with self._lock:
            claim_handle = self._held.get(key)
            if claim_handle is not None and claim_handle.owner == owner:
                self._held[key] = HeldLease(owner, since + self.seconds)

    def is_valid(self, key: str, owner: str) -> bool:
        """Whether nobody else can have the key by now."""
        claim_handle = self._held.get(key)
        return (
            claim_handle is not None
            and claim_handle.owner == owner
            and monotonic() < claim_handle.deadline
        )

    def release(self, key: str, owner: str) -> None:
        """Renew it no longer, if it is this holder's."""
        with self._lock:
            claim_handle = self._held.get(key)
            if claim_handle is not None and claim_handle.owner == owner:
                del self._held[key]
                self._wake.set()

    def release_all(self) -> None:
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
                self._renew_all(held)
                due = monotonic() + self.seconds / 3

    def _renew_all(self, held: dict[str, HeldLease]) -> None:
        row = CANCELLATIONS.c
        names = [claim_handle.owner for claim_handle in held.values()]
        # One that has run out stays so: another key of its payment may be at work by now.
        mine = sa.and_(row.key.in_(held), row.holder.in_(names), row.held_until > epoch())
        extended = {"held_until": epoch() + self.seconds}

        def work(connection: sa.Connection) -> list[str]:
            connection.execute(sa.update(CANCELLATIONS).where(mine).values(extended))
            return list(connection.scalars(sa.select(row.key).where(mine)))

        since = monotonic()
        try:
            renewed = self._database.run(work)
        except LedgerUnavailable as unavailable:
            logger.warning("leases were not renewed: %s", unavailable)
            return
        with self._lock:
            for key in renewed:
                if self._held.get(key) == held[key]:
                    self._held[key] = HeldLease(held[key].owner, since + self.seconds)

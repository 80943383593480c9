"""Leases on keys: one thread renews them while calls run; after a crash they expire."""

from __future__ import annotations

import logging
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from attrs import frozen

from countermand._threads import reset_after_fork
from countermand._values import require_number
from countermand.errors import LedgerUnavailable
from countermand.ledger._schema import CANCELLATIONS, epoch

if TYPE_CHECKING:
    from countermand.ledger._database import Database

MIN_LEASE: Final = 1.0
MAX_LEASE: Final = 3600.0
"""Seconds."""

logger = logging.getLogger("countermand")


@frozen
class HeldLease:
    """The lease of a call of this process."""

    owner: str
    deadline: float
    """Monotonic time before which the lease cannot have expired."""


class LeaseKeeper:
    """The leases of this process, and the thread that renews them while there are any.

    Args:
        database: Database of the leases.
        seconds: Duration of a lease.

    Raises:
        TypeError: `seconds` is no number.
        ValueError: `seconds` is out of range.
    """

    def __init__(self, database: Database, seconds: float) -> None:
        require_number("lease", seconds)
        if not MIN_LEASE <= seconds <= MAX_LEASE:
            raise ValueError(f"lease must be from {MIN_LEASE:.0f} to {MAX_LEASE:.0f} seconds")
        self.seconds = seconds
        self._database = database
        self._reset()
        reset_after_fork(self._reset)

    def _reset(self) -> None:
        self._held: dict[str, HeldLease] = {}
        self._lock = Lock()
        self._wake = Event()
        self._thread: Thread | None = None

    def add(self, key: str, owner: str, requested_at: float) -> None:
        """Renew a lease until its release; `requested_at` is a monotonic time before its start."""
        with self._lock:
            self._held[key] = HeldLease(owner, requested_at + self.seconds)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._renew, name="countermand-leases", daemon=True)
                self._thread.start()

    def renewed(self, key: str, owner: str, requested_at: float) -> None:
        """Note a renewal by another transaction, unless the lease was released meanwhile."""
        with self._lock:
            lease = self._held.get(key)
            if lease is not None and lease.owner == owner:
                self._held[key] = HeldLease(owner, requested_at + self.seconds)

    def is_valid(self, key: str, owner: str) -> bool:
        """Whether no other process can have claimed the key."""
        lease = self._held.get(key)
        return lease is not None and lease.owner == owner and monotonic() < lease.deadline

    def release(self, key: str, owner: str) -> None:
        """Stop renewing the lease of this owner."""
        with self._lock:
            lease = self._held.get(key)
            if lease is not None and lease.owner == owner:
                del self._held[key]
                self._wake.set()

    def release_all(self) -> None:
        """Stop renewing all leases."""
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
        owners = [lease.owner for lease in held.values()]
        # An expired lease is not renewed: another key may have locked the payment meanwhile.
        valid = sa.and_(row.key.in_(held), row.owner.in_(owners), row.lease_until > epoch())
        renewal = {"lease_until": epoch() + self.seconds}

        def work(connection: sa.Connection) -> list[str]:
            connection.execute(sa.update(CANCELLATIONS).where(valid).values(renewal))
            return list(connection.scalars(sa.select(row.key).where(valid)))

        requested_at = monotonic()
        try:
            renewed = self._database.run(work)
        except LedgerUnavailable as unavailable:
            logger.warning("leases were not renewed: %s", unavailable)
            return
        with self._lock:
            for key in renewed:
                if self._held.get(key) == held[key]:
                    self._held[key] = HeldLease(held[key].owner, requested_at + self.seconds)

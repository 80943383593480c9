"""Leases on keys: one thread renews them while calls run; after a crash they expire."""

from __future__ import annotations

import logging
from threading import Event, RLock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

from attrs import frozen

from countermand._threads import reset_after_fork
from countermand._values import require_number
from countermand.errors import LedgerUnavailable
from countermand.ledger import _statements as statements
from countermand.ledger._tasks import DatabaseError, Task, only, transact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.ledger._blocking import BlockingDatabase

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

    def __init__(self, database: BlockingDatabase, seconds: float) -> None:
        require_number("lease", seconds)
        if not MIN_LEASE <= seconds <= MAX_LEASE:
            raise ValueError(f"lease must be from {MIN_LEASE:.0f} to {MAX_LEASE:.0f} seconds")
        self.seconds = seconds
        self._database = database
        self._reset()
        reset_after_fork(self._reset)

    def _reset(self) -> None:
        self._held: dict[str, HeldLease] = {}
        # A signal handler may close the ledger while its own thread adds a lease.
        self._lock = RLock()
        self._wake = Event()
        self._thread: Thread | None = None

    def add(self, key: str, owner: str, requested_at: float) -> None:
        """Renew a lease until its release; `requested_at` is a monotonic time before its start.

        Raises:
            DatabaseError: no thread could be started.
        """
        with self._lock:
            self._held[key] = HeldLease(owner, requested_at + self.seconds)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._renew, name="countermand-leases", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError as error:
                    del self._held[key]
                    raise DatabaseError(f"no thread to renew its leases: {error}") from None

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
                # The thread is not woken: it ends by itself if there is nothing to renew.
                del self._held[key]

    def release_all(self) -> None:
        """Stop renewing all leases."""
        with self._lock:
            self._held.clear()
            self._wake.set()

    def _renew(self) -> None:
        while True:
            self._wake.wait(self.seconds / 3)
            with self._lock:
                self._wake.clear()
                held = dict(self._held)
                if not held:
                    self._thread = None
                    return
            self._renew_all(held)

    def _renew_all(self, held: dict[str, HeldLease]) -> None:
        owners = {key: lease.owner for key, lease in held.items()}
        requested_at = monotonic()
        try:
            renewed = self._database.perform(renew(owners, self.seconds))
        except LedgerUnavailable as unavailable:
            logger.warning("leases were not renewed: %s", unavailable)
            return
        with self._lock:
            for key in renewed:
                if self._held.get(key) == held[key]:
                    self._held[key] = HeldLease(held[key].owner, requested_at + self.seconds)


def renew(owners: Mapping[str, str], seconds: float) -> Task[list[str]]:
    """Renew the leases of keys with their owners; return the keys whose leases were valid."""
    rows = yield from transact(lambda: only(statements.renew(owners, seconds)))
    return [row["key"] for row in rows]

"""What calls, people and scripts ask of a ledger, as tasks, with the leases of this process.

A failing database is thrown into a task, so that the error of each method is decided here.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING, Final

from countermand._core.commands import KeyHistory, Rejected
from countermand._values import kind_of, require_number
from countermand.errors import CountermandError, InvalidCancellation, LedgerUnavailable
from countermand.ledger import _procedures as procedures
from countermand.ledger._clock import HostTime
from countermand.ledger._due import log_unreadable
from countermand.ledger._listing import (
    Unresolved,
    UnresolvedCount,
    Wanted,
    count_unresolved,
    find_row,
    purge_keys,
    read_page,
)
from countermand.ledger._records import KeyRecord, find_by_payment
from countermand.ledger._resolutions import ManualResolution, resolve_key
from countermand.ledger._rows import DECODE_ERRORS
from countermand.ledger._schema import read_identity
from countermand.ledger._states import UNKNOWN_KEY, outcome_columns
from countermand.ledger._tasks import DatabaseError, unavailable
from countermand.provider import BaseCancellation, _fields

if TYPE_CHECKING:
    from countermand._core.commands import LookNotes
    from countermand._core.idempotency import KeyClaim
    from countermand.ledger._leases import LeaseKeeper
    from countermand.ledger._tasks import Row, Task
    from countermand.provider import Snapshot
    from countermand.receipt import Receipt

logger = logging.getLogger("countermand")

MIN_PURGE_AGE: Final = 2 * 86400.0
"""Seconds. A closed key must stay while it may be replayed: VTEX replays its answers for a day."""
PURGED: Final = "the ledger has purged this key; a cancel with the same key returns its result"


class Keys:
    """The tasks of a ledger."""

    def __init__(self, leases: LeaseKeeper) -> None:
        self._leases = leases

    def claim(self, claim: KeyClaim, *, first_attempt: bool) -> Task[procedures.Claimed]:
        """As `KeyStore.claim`."""
        requested_at = monotonic()
        try:
            claimed = yield from procedures.claim_key(
                claim, self._leases.seconds, HostTime.now, first_attempt=first_attempt
            )
        except DatabaseError as problem:
            return Rejected(_with_claim(unavailable(problem), claim))
        except DECODE_ERRORS as unreadable:
            return Rejected(_with_claim(_unreadable(unreadable), claim))
        if isinstance(claimed, KeyHistory):
            try:
                self._leases.add(claim.key, claim.owner, requested_at)
            except DatabaseError as problem:
                yield from procedures.release_key(claim)
                return Rejected(_with_claim(unavailable(problem), claim))
        return claimed

    def record_attempt(
        self, claim: KeyClaim, number: int, snapshot: Snapshot | None = None
    ) -> Task[Rejected | None]:
        """As `KeyStore.record_attempt`."""
        requested_at = monotonic()
        try:
            owned = yield from procedures.record_attempt(
                claim, number, self._leases.seconds, HostTime.now, snapshot
            )
        except DatabaseError as problem:
            return Rejected(_with_claim(unavailable(problem), claim))
        if not owned:
            return claim.in_progress("the lease on this key was lost to another worker")
        self._leases.renewed(claim.key, claim.owner, requested_at)
        return None

    def record_outcome(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        notes: LookNotes | None = None,
    ) -> Task[bool]:
        """As `KeyStore.record_outcome`."""
        columns = outcome_columns(result, notes)
        recorded = yield from procedures.record_outcome(claim, columns, HostTime.now)
        self.abandon(claim)
        return recorded

    def release(self, claim: KeyClaim) -> Task[None]:
        """As `KeyStore.release`."""
        self.abandon(claim)
        yield from procedures.release_key(claim)

    def abandon(self, claim: KeyClaim) -> None:
        """As `KeyStore.abandon`."""
        self._leases.release(claim.key, claim.owner)

    def find(self, key: str) -> Task[Unresolved]:
        """As `Ledger.find`."""
        row = yield from _known_row(key)
        if row["cancellation"] is None:
            raise InvalidCancellation(PURGED, key=key)
        try:
            return Unresolved.from_row(row)
        except DECODE_ERRORS as unreadable:
            raise _unreadable(unreadable, key) from None

    def show(self, key: str) -> Task[KeyRecord]:
        """As `Ledger.show`."""
        return _record((yield from _known_row(key)))

    def find_by_payment(self, cancellation: object) -> Task[tuple[KeyRecord, ...]]:
        """As `Ledger.find_by_payment`."""
        if not isinstance(cancellation, BaseCancellation):
            found = kind_of(cancellation)
            raise InvalidCancellation(f"find_by_payment takes a cancellation, not {found}")
        rows = yield from find_by_payment(cancellation)
        return tuple(_record(row) for row in rows)

    def page(self, after: Row | None, wanted: Wanted) -> Task[tuple[list[Unresolved], Row | None]]:
        """The next page of `Ledger.unresolved`, and its last row; None after the last page.

        A row that cannot be decoded is logged and left out: it must not hide the other keys.
        """
        rows = yield from read_page(after, wanted)
        found: list[Unresolved] = []
        for row in rows:
            try:
                found.append(Unresolved.from_row(row))
            except DECODE_ERRORS as unreadable:
                log_unreadable(row, unreadable)
        return found, rows[-1] if rows else None

    def identity(self) -> Task[str]:
        """As `Ledger.identity`."""
        return read_identity()

    def count_unresolved(self) -> Task[tuple[UnresolvedCount, ...]]:
        """As `Ledger.count_unresolved`."""
        return count_unresolved()

    def resolve(self, key: str, resolution: ManualResolution) -> Task[None]:
        """As `Ledger.resolve`."""
        _check_key(key)
        try:
            obstacle = yield from resolve_key(key, resolution, HostTime.now)
        except DatabaseError as problem:
            raise unavailable(problem, key) from None
        if obstacle is not None:
            raise obstacle

    def purge(self, older_than: float, *, forget: bool) -> Task[int]:
        """As `Ledger.purge`."""
        require_number("older_than", older_than)
        if not older_than >= MIN_PURGE_AGE:
            raise ValueError(f"older_than must be at least {MIN_PURGE_AGE:.0f} seconds")
        return (yield from purge_keys(float(older_than), monotonic, forget=forget))


def _known_row(key: str) -> Task[Row]:
    _check_key(key)
    try:
        row = yield from find_row(key)
    except DatabaseError as problem:
        raise unavailable(problem, key) from None
    if row is None:
        raise InvalidCancellation(UNKNOWN_KEY, key=key)
    return row


def _record(row: Row) -> KeyRecord:
    try:
        return KeyRecord.from_row(row)
    except DECODE_ERRORS as unreadable:
        raise _unreadable(unreadable, row["key"]) from None


def _check_key(key: object) -> None:
    """Reject keys that no database can store, and those that no cancel takes."""
    if not isinstance(key, str):
        raise InvalidCancellation(f"key must be a str, not {kind_of(key)}")
    if not _fields.is_short_key(key) or not _fields.is_storable(key):
        raise InvalidCancellation(UNKNOWN_KEY)


def _unreadable(error: Exception, key: str | None = None) -> LedgerUnavailable:
    message = f"the ledger's row of this key cannot be decoded: {type(error).__name__}: {error}"
    return LedgerUnavailable(message, key=key)


def _with_claim(error: CountermandError, claim: KeyClaim) -> CountermandError:
    error.key, error.cancellation = claim.key, claim.cancellation
    return error

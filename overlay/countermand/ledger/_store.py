"""The ledger: what was asked, when each attempt went out and what is known, durably.

Needs `countermand[ledger]` (SQLAlchemy), and for PostgreSQL a driver such as psycopg. SQLite is for
one host, PostgreSQL where many share it; the code is the same.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Self

import sqlalchemy as sa
from attrs import frozen

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.errors import CountermandError, InvalidCancellation, LedgerUnavailable
from countermand.ledger._clock import HostTime
from countermand.ledger._database import MAX_TRANSACTION_TIME, Database
from countermand.ledger._leases import LeaseKeeper
from countermand.ledger._rows import (
    ManualResolution,
    apply_resolution,
    claim_row,
    find_obstacle,
    owned_by,
    record_attempt,
)
from countermand.ledger._schema import CANCELLATIONS, epoch
from countermand.ledger._states import OPEN, SUCCEEDED, outcome_columns
from countermand.provider import _fields
from countermand.provider._provider import load_provider
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from types import TracebackType

    from countermand._core.idempotency import KeyClaim
    from countermand.provider._cancellations import BaseCancellation

__all__ = ["Ledger", "Unresolved"]

logger = logging.getLogger("countermand")

DEFAULT_LEASE: Final = 30.0
DECODE_ERRORS: Final = (LookupError, TypeError, ValueError)
MIN_PURGE_AGE: Final = 2 * 86400.0
"""Seconds for which a closed key may still be replayed: VTEX repeats a cancel for a day."""


@frozen(kw_only=True)
class Unresolved:
    """A cancel of which it is not known how it ended.

    Attributes:
        key: The caller's name for it.
        cancellation: What was to be cancelled.
        user: The caller's name for the user, if one was given.
        attempts: Requests that went out, or were about to.
        destination: The server, and where several merchants share it, a fingerprint of which.
        last_attempt: When the last of them went out, by the database's clock; None for none.
        in_progress: Whether somebody is at work on it right now.
    """

    key: str
    cancellation: BaseCancellation
    user: str | None
    destination: str
    attempts: int
    last_attempt: datetime | None
    in_progress: bool


class Ledger:
    """A durable record of cancels, shared by everyone who opens the same database.

    Args:
        url: A SQLAlchemy URL such as `sqlite:///cancellations.db` or
            `postgresql+psycopg://host/name`, or a SQLAlchemy Engine of your own.
        lease: Seconds after which a worker that no longer renews its hold on a key counts as dead.

    Raises:
        ValueError: the URL names a database other than SQLite or PostgreSQL, or one in memory,
            which would be no record at all.
    """

    durable = True

    def __init__(self, url: str | sa.Engine, *, lease: float = DEFAULT_LEASE) -> None:
        self._database = Database(url)
        self._leases = LeaseKeeper(self._database, lease)

    def claim(
        self, claim: KeyClaim, *, timeout: float = MAX_TRANSACTION_TIME
    ) -> KeyHistory | AlreadyFinished | Rejected:
        """Take hold of a key, unless it is settled or somebody else has it."""
        since = monotonic()
        try:
            claimed = self._claim(claim, timeout)
        except LedgerUnavailable as unavailable:
            return Rejected(_about(unavailable, claim))
        except DECODE_ERRORS as unreadable:
            return Rejected(_about(_unreadable(unreadable), claim))
        if isinstance(claimed, KeyHistory):
            self._leases.add(claim.key, claim.owner, since)
        return claimed

    def record_attempt(
        self, claim: KeyClaim, number: int, *, timeout: float = MAX_TRANSACTION_TIME
    ) -> Rejected | None:
        """Record that an attempt is about to go out; a Rejected forbids it."""

        def work(connection: sa.Connection) -> bool:
            return record_attempt(connection, claim, number, self._leases.seconds)

        since = monotonic()
        try:
            if self._database.run(work, payment_lock=claim.payment_lock, timeout=timeout):
                self._leases.renewed(claim.key, claim.owner, since)
                return None
        except LedgerUnavailable as unavailable:
            return Rejected(_about(unavailable, claim))
        return claim.in_progress("the hold on this key was lost to another worker")

    def record_outcome(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        *,
        timeout: float = MAX_TRANSACTION_TIME,
    ) -> bool:
        """Record how it ended, and let go of the key; False where somebody else has it by now.

        Raises:
            LedgerUnavailable: it could not be recorded; the row stays open, and is held still.
        """
        row = CANCELLATIONS.c
        # Proof is kept even if the hold was lost; anything less is the next holder's matter.
        where = (
            sa.and_(row.key == claim.key, row.state != SUCCEEDED)
            if isinstance(result, Receipt)
            else owned_by(claim)
        )
        values = _outcome_columns(result)
        # A commit whose answer was lost: the second try finds its own work.
        done = sa.and_(
            row.key == claim.key,
            row.holder.is_(None),
            row.state == values["state"],
            row.conclusion == values["conclusion"],
        )
        updated = self._update(sa.or_(where, done), values, timeout)
        self.abandon(claim)
        return updated > 0

    def is_held(self, claim: KeyClaim) -> bool:
        """Whether the hold cannot have run out, by this process's clock."""
        return self._leases.is_valid(claim.key, claim.owner)

    def release(self, claim: KeyClaim, *, timeout: float = MAX_TRANSACTION_TIME) -> None:
        """Let go of a key, if it is held; the intent stays open, and what is known of it stays.

        Raises:
            LedgerUnavailable: it could not be recorded; the hold ends with its lease.
        """
        self.abandon(claim)
        self._update(owned_by(claim), {"holder": None, "held_until": None}, timeout)

    def abandon(self, claim: KeyClaim) -> None:
        """Renew the hold no longer; the row says what may have been sent."""
        self._leases.release(claim.key, claim.owner)

    def find(self, key: str, *, timeout: float = MAX_TRANSACTION_TIME) -> Unresolved:
        """What a key stands for, whether it is settled or not; waits at most `timeout` seconds.

        Raises:
            InvalidCancellation: there is no such key, so nothing was ever sent under it.
            LedgerUnavailable: the ledger, or what it says of this key, cannot be read.
        """
        _check_key(key)
        try:
            rows = self._select(CANCELLATIONS.c.key == key, timeout)
        except LedgerUnavailable as unavailable:
            unavailable.key = key
            raise
        if not rows:
            raise InvalidCancellation("the ledger knows no such key", key=key)
        try:
            return _unresolved(rows[0])
        except DECODE_ERRORS as unreadable:
            raise _unreadable(unreadable, key) from None

    def unresolved(self) -> tuple[Unresolved, ...]:
        """Every cancel that a crash, a deadline or a lost answer left open, oldest first.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        found: list[Unresolved] = []
        for each in self._select(CANCELLATIONS.c.state == OPEN):
            try:
                found.append(_unresolved(each))
            except DECODE_ERRORS as unreadable:
                # Written by a newer version, perhaps; it must not hide the others.
                logger.error("key %.12s: its row cannot be read: %s", each.key, unreadable)  # noqa: TRY400 - the cause is named
        return tuple(found)

    def resolve(
        self, key: str, *, cancelled: bool, by: str, reason: str, reference: str | None = None
    ) -> None:
        """Record what a person found out: from a webhook, from the provider's back office.

        Args:
            key: An open key.
            cancelled: Whether the payment is cancelled. If not, the key may be used again. Where a
                repeat does harm, that sends again only if the word was given after the policy's
                settle window: before, a request that nobody saw executed may still arrive, and it
                is for whoever spoke to look again, for it is no longer among the unresolved.
            by: Who found out.
            reason: How they know.
            reference: The provider's id of the cancel, if known.

        Raises:
            InvalidCancellation: no such key; or words that are empty, or that no database stores.
            KeyConflict: what became of it is known already, and this is something else.
            CancellationInProgress: somebody works on it right now.
            LedgerUnavailable: the ledger cannot be written.
        """
        _check_key(key)
        resolution = ManualResolution(
            cancelled=cancelled, by=by, reason=reason, reference=reference
        )
        try:
            obstacle = self._database.run(
                lambda connection: apply_resolution(connection, key, resolution)
            )
        except LedgerUnavailable as unavailable:
            unavailable.key = key
            raise
        if obstacle is not None:
            raise obstacle

    def purge(self, *, older_than: float) -> int:
        """Delete what was closed longer ago, and return how many rows that were.

        Args:
            older_than: Seconds since it was closed, at least two days: before that a key may still
                be replayed. What is open is never deleted.

        Raises:
            ValueError: a shorter time.
            LedgerUnavailable: the ledger cannot be written.
        """
        if not older_than >= MIN_PURGE_AGE:
            raise ValueError(f"older_than must be at least {MIN_PURGE_AGE:.0f} seconds")
        row = CANCELLATIONS.c
        where = sa.and_(row.state != OPEN, row.closed_at < epoch() - older_than)
        return self._database.run(
            lambda connection: connection.execute(sa.delete(CANCELLATIONS).where(where)).rowcount
        )

    def close(self) -> None:
        """Renew no hold any longer, and close the connections, unless the engine is the caller's.

        Used again, it opens new ones. A client does not close its ledger: others may use it.
        """
        self._leases.release_all()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _claim(self, claim: KeyClaim, timeout: float) -> KeyHistory | AlreadyFinished | Rejected:
        until = monotonic() + timeout
        obstacle = self._database.run(
            lambda connection: find_obstacle(connection, claim), timeout=timeout, read_only=True
        )
        if obstacle is not None:
            return obstacle
        lease = self._leases.seconds
        return self._database.run(
            lambda connection: claim_row(connection, claim, lease),
            payment_lock=claim.payment_lock,
            timeout=until - monotonic(),
        )

    def _update(
        self,
        where: sa.ColumnElement[bool],
        values: dict[str, Any],
        timeout: float = MAX_TRANSACTION_TIME,
    ) -> int:
        statement = sa.update(CANCELLATIONS).where(where).values(values)
        return self._database.run(
            lambda connection: connection.execute(statement).rowcount, timeout=timeout
        )

    def _select(
        self, where: sa.ColumnElement[bool], timeout: float = MAX_TRANSACTION_TIME
    ) -> list[sa.Row[Any]]:
        row = CANCELLATIONS.c
        query = sa.select(CANCELLATIONS, epoch().label("now")).where(where)

        def work(connection: sa.Connection) -> list[sa.Row[Any]]:
            return list(connection.execute(query.order_by(row.created_at)).all())

        return self._database.run(work, read_only=True, timeout=timeout)


def _unresolved(row: sa.Row[Any]) -> Unresolved:
    at = row.dispatched_at
    return Unresolved(
        key=row.key,
        cancellation=load_provider(row.api).cancellation.from_dict(json.loads(row.cancellation)),
        user=row.user_name,
        destination=row.destination,
        attempts=row.attempts,
        last_attempt=None if at is None else datetime.fromtimestamp(at, UTC),
        in_progress=row.holder is not None and (row.held_until or 0.0) > row.now,
    )


def _outcome_columns(result: Receipt | CountermandError) -> dict[str, Any]:
    return outcome_columns(result, now=epoch(), host_time=HostTime.now().encode())


def _check_key(key: object) -> None:
    """A key that no database stores is in none."""
    if not isinstance(key, str) or not _fields.is_storable(key):
        raise InvalidCancellation("the ledger knows no such key")


def _unreadable(error: Exception, key: str | None = None) -> LedgerUnavailable:
    """What is said of a row that another version wrote, or another program."""
    message = f"what the ledger holds of this key cannot be read: {type(error).__name__}: {error}"
    return LedgerUnavailable(message, key=key)


def _about(error: CountermandError, claim: KeyClaim) -> CountermandError:
    error.key, error.cancellation = claim.key, claim.cancellation
    return error

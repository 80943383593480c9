"""The key store in a database, with its public methods for people and scripts."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Self

import sqlalchemy as sa
from attrs import frozen

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand._secrets import hide_arguments
from countermand._values import kind_of, require_number
from countermand.errors import CountermandError, InvalidCancellation, LedgerUnavailable
from countermand.ledger._clock import HostTime
from countermand.ledger._database import MAX_TRANSACTION_TIME, Database
from countermand.ledger._leases import LeaseKeeper
from countermand.ledger._rows import (
    UNKNOWN_KEY,
    ManualResolution,
    apply_resolution,
    claim_row,
    find_obstacle,
    owned_by,
    record_attempt,
)
from countermand.ledger._schema import CANCELLATIONS, epoch
from countermand.ledger._states import State, outcome_columns
from countermand.provider import _fields
from countermand.provider._provider import recorded_provider
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from os import PathLike
    from types import TracebackType

    from countermand._core.idempotency import KeyClaim
    from countermand.provider._cancellations import BaseCancellation

__all__ = ["Ledger", "Unresolved"]

logger = logging.getLogger("countermand")

DEFAULT_LEASE: Final = 30.0
"""Seconds."""
DECODE_ERRORS: Final = (LookupError, TypeError, ValueError)
"""Errors of decoding a row that a newer version or another program has written."""
MIN_PURGE_AGE: Final = 2 * 86400.0
"""Seconds. A closed key must stay while it may be replayed: VTEX replays its answers for a day."""


@frozen(kw_only=True)
class Unresolved:
    """A key of the ledger, as `Client.unresolved` lists it.

    Attributes:
        key: The idempotency key.
        cancellation: The cancellation that was requested with it.
        user: The caller's name for the user, or None if none was given.
        destination: URL of the server. Where merchants share a server, a fingerprint of the account
            follows.
        attempts: Number of recorded attempts. The last one may not have been sent.
        last_attempt: Time of the last recorded attempt by the database's clock; None without one.
        in_progress: Whether a call with this key is running, in any process.
    """

    key: str
    cancellation: BaseCancellation
    user: str | None
    destination: str
    attempts: int
    last_attempt: datetime | None
    in_progress: bool


@hide_arguments
class Ledger:
    """A durable key store in SQLite or PostgreSQL.

    Args:
        url: `sqlite:///cancellations.db`, `postgresql://host/name` or `postgres://host/name`; the
            path of a SQLite file, as `pathlib.Path`; or a SQLAlchemy Engine. A PostgreSQL URL
            without a driver is opened with psycopg.
        lease: Seconds after which a key counts as free if its worker has not renewed the lease.
            Running calls renew their leases.

    Raises:
        TypeError: `url` or `lease` has the wrong type.
        ValueError: the URL names another kind of database, an asynchronous driver, or a database in
            memory, which is not durable; or `lease` is not between 1 and 3600.
        ModuleNotFoundError: the driver is not installed.
    """

    durable = True

    def __init__(
        self, url: str | PathLike[str] | sa.URL | sa.Engine, *, lease: float = DEFAULT_LEASE
    ) -> None:
        self._database = Database(url)
        self._leases = LeaseKeeper(self._database, lease)

    def claim(
        self, claim: KeyClaim, *, timeout: float = MAX_TRANSACTION_TIME
    ) -> KeyHistory | AlreadyFinished | Rejected:
        """Lease a key. Return its history, its stored result, or a rejection."""
        requested_at = monotonic()
        try:
            claimed = self._claim(claim, timeout)
        except LedgerUnavailable as unavailable:
            return Rejected(_with_claim(unavailable, claim))
        except DECODE_ERRORS as unreadable:
            return Rejected(_with_claim(_unreadable(unreadable), claim))
        if isinstance(claimed, KeyHistory):
            self._leases.add(claim.key, claim.owner, requested_at)
        return claimed

    def record_attempt(
        self, claim: KeyClaim, number: int, *, timeout: float = MAX_TRANSACTION_TIME
    ) -> Rejected | None:
        """Record an attempt before it is sent. A rejection means that it must not be sent."""

        def work(connection: sa.Connection) -> bool:
            return record_attempt(connection, claim, number, self._leases.seconds)

        requested_at = monotonic()
        try:
            if self._database.run(work, payment_lock=claim.payment_lock, timeout=timeout):
                self._leases.renewed(claim.key, claim.owner, requested_at)
                return None
        except LedgerUnavailable as unavailable:
            return Rejected(_with_claim(unavailable, claim))
        return claim.in_progress("the lease on this key was lost to another worker")

    def record_outcome(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        *,
        timeout: float = MAX_TRANSACTION_TIME,
    ) -> bool:
        """Record the result and release the key; False if the lease was lost and nothing recorded.

        Raises:
            LedgerUnavailable: the result was not recorded. The key stays unresolved.
        """
        row = CANCELLATIONS.c
        # A receipt is recorded even after the lease was lost: it is proof. An error is not.
        where = (
            sa.and_(row.key == claim.key, row.state != State.SUCCEEDED)
            if isinstance(result, Receipt)
            else owned_by(claim)
        )
        values = _outcome_columns(result)
        # If the first try was committed but the database's reply was lost, this matches its row.
        done = sa.and_(
            row.key == claim.key,
            row.owner.is_(None),
            row.state == values["state"],
            row.result == values["result"],
        )
        updated = self._update(sa.or_(where, done), values, timeout)
        self.abandon(claim)
        return updated > 0

    def is_held(self, claim: KeyClaim) -> bool:
        """Whether the lease is certainly valid, by this process's clock."""
        return self._leases.is_valid(claim.key, claim.owner)

    def release(self, claim: KeyClaim, *, timeout: float = MAX_TRANSACTION_TIME) -> None:
        """Release a key without a result; its history stays. Does nothing without a lease.

        Raises:
            LedgerUnavailable: the release was not recorded. The lease will expire.
        """
        self.abandon(claim)
        self._update(owned_by(claim), {"owner": None, "lease_until": None}, timeout)

    def abandon(self, claim: KeyClaim) -> None:
        """Stop renewing the lease. Does not access the database."""
        self._leases.release(claim.key, claim.owner)

    def find(self, key: str, *, timeout: float = MAX_TRANSACTION_TIME) -> Unresolved:
        """Return the record of a key, whether it is unresolved or not.

        Args:
            key: The idempotency key.
            timeout: Seconds.

        Raises:
            InvalidCancellation: the ledger has no such key, so no request was sent with it.
            LedgerUnavailable: the ledger cannot be read, or this row cannot be decoded.
        """
        _check_key(key)
        try:
            rows = self._select(CANCELLATIONS.c.key == key, timeout)
        except LedgerUnavailable as unavailable:
            unavailable.key = key
            raise
        if not rows:
            raise InvalidCancellation(UNKNOWN_KEY, key=key)
        try:
            return _unresolved(rows[0])
        except DECODE_ERRORS as unreadable:
            raise _unreadable(unreadable, key) from None

    def unresolved(self) -> tuple[Unresolved, ...]:
        """Return the keys without a result, oldest first: after a crash, a deadline, a lost answer.

        A row that cannot be decoded is logged and left out.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        found: list[Unresolved] = []
        for each in self._select(CANCELLATIONS.c.state == State.OPEN):
            try:
                found.append(_unresolved(each))
            except DECODE_ERRORS as unreadable:
                # A newer version may have written it. It must not hide the other keys.
                logger.error("key %s: its row cannot be decoded: %s", each.key, unreadable)  # noqa: TRY400 - the cause is named
        return tuple(found)

    def resolve(
        self, key: str, *, cancelled: bool, by: str, reason: str, reference: str | None = None
    ) -> None:
        """Record what a person found out about an unresolved key, for example from a webhook.

        Args:
            key: An unresolved key.
            cancelled: True if the payment is cancelled; later calls return a receipt. False if not;
                the key leaves `unresolved` and may be used again. Where a repeat may cancel twice,
                False permits another request only if it is recorded after the policy's
                `late_arrival_window`. Before that, a lost request may still arrive.
            by: The person who found out.
            reason: The source of the information.
            reference: The provider's id of the cancel, if known.

        Raises:
            InvalidCancellation: the ledger has no such key; or a text is blank, or contains a NUL
                or a lone surrogate.
            KeyConflict: the key already has a different result.
            CancellationInProgress: a call with this key is running.
            LedgerUnavailable: the resolution was not recorded.
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
        """Delete closed keys, and return their number. Unresolved keys are never deleted.

        Args:
            older_than: Seconds since the key was closed; at least two days, because a younger key
                may still be replayed.

        Raises:
            TypeError: `older_than` is no number.
            ValueError: `older_than` is shorter.
            LedgerUnavailable: the ledger cannot be written.
        """
        require_number("older_than", older_than)
        if not older_than >= MIN_PURGE_AGE:
            raise ValueError(f"older_than must be at least {MIN_PURGE_AGE:.0f} seconds")
        row = CANCELLATIONS.c
        where = sa.and_(row.state != State.OPEN, row.closed_at < epoch() - older_than)
        return self._database.run(
            lambda connection: connection.execute(sa.delete(CANCELLATIONS).where(where)).rowcount
        )

    def close(self) -> None:
        """Stop renewing leases and close the connections, except those of a caller's engine.

        A closed ledger may be used again. A client does not close its ledger: other clients may
        share it.
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
        deadline = monotonic() + timeout
        obstacle = self._database.run(
            lambda connection: find_obstacle(connection, claim), timeout=timeout, read_only=True
        )
        if obstacle is not None:
            return obstacle
        lease = self._leases.seconds
        return self._database.run(
            lambda connection: claim_row(connection, claim, lease),
            payment_lock=claim.payment_lock,
            timeout=deadline - monotonic(),
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
    recorded_at = row.attempt_recorded_at
    return Unresolved(
        key=row.key,
        cancellation=recorded_provider(row.api).cancellation.from_dict(
            json.loads(row.cancellation)
        ),
        user=row.user_name,
        destination=row.destination,
        attempts=row.attempts,
        last_attempt=None if recorded_at is None else datetime.fromtimestamp(recorded_at, UTC),
        in_progress=row.owner is not None and (row.lease_until or 0.0) > row.now,
    )


def _outcome_columns(result: Receipt | CountermandError) -> dict[str, Any]:
    return outcome_columns(result, now=epoch(), host_time=HostTime.now().encode())


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

"""SQL on one row: claim the key, record an attempt, record a manual resolution.

Each function runs in a transaction of the caller. The transaction may be repeated after a lost
commit, so each function has the same effect when it runs twice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.dialects import postgresql, sqlite

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand._core.idempotency import KeyState
from countermand.errors import (
    CancellationInProgress,
    CountermandError,
    InvalidCancellation,
    KeyConflict,
)
from countermand.ledger._clock import HostTime, since_last_attempt
from countermand.ledger._encoding import decode_references, decode_result, encode_result
from countermand.ledger._schema import CANCELLATIONS, epoch
from countermand.ledger._states import State, key_state
from countermand.provider import _fields
from countermand.provider._provider import recorded_provider
from countermand.receipt import Evidence, Outcome, Receipt

if TYPE_CHECKING:
    from attrs import Attribute

    from countermand._core.idempotency import KeyClaim

INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

RUNNING: Final = "another call with this key is running"
UNKNOWN_KEY: Final = "the ledger has no such key"


def find_obstacle(connection: sa.Connection, claim: KeyClaim) -> AlreadyFinished | Rejected | None:
    """Return what prevents the claim, or None. Reads only, so it blocks no writer."""
    query = sa.select(CANCELLATIONS, epoch().label("now"))
    row = connection.execute(query.where(CANCELLATIONS.c.key == claim.key)).one_or_none()
    return None if row is None else _obstacle(connection, claim, row, row.now)


def claim_row(
    connection: sa.Connection, claim: KeyClaim, lease: float
) -> KeyHistory | AlreadyFinished | Rejected:
    """Lease the key for `lease` seconds, unless it has a result or is locked."""
    row, inserted = _insert_or_lock(connection, claim)
    now = connection.scalar(sa.select(epoch())) or 0.0
    obstacle = _obstacle(connection, claim, row, now)
    if obstacle is not None:
        if inserted:
            # A rejected claim has sent nothing, so its new row is deleted.
            connection.execute(sa.delete(CANCELLATIONS).where(CANCELLATIONS.c.key == claim.key))
        return obstacle
    changes = {"state": State.OPEN, "owner": claim.owner, "lease_until": now + lease}
    if row.destination != claim.destination:
        # A key that is free may go to another account or server.
        changes |= {
            "destination": claim.destination,
            "payment_lock": claim.payment_lock,
            "user_name": claim.user,
        }
    connection.execute(
        sa.update(CANCELLATIONS).where(CANCELLATIONS.c.key == claim.key).values(changes)
    )
    return KeyHistory(
        attempts=row.attempts,
        maybe_executed=row.maybe_executed,
        confirmed_absent_after=row.confirmed_absent_after,
        since_last_attempt=since_last_attempt(row, now),
        since_first_attempt=_since_first_attempt(row, now),
        references=decode_references(row.result),
    )


def owned_by(claim: KeyClaim) -> sa.ColumnElement[bool]:
    """Return the condition that the key's lease still belongs to this claim."""
    row = CANCELLATIONS.c
    return sa.and_(row.key == claim.key, row.owner == claim.owner)


def record_attempt(connection: sa.Connection, claim: KeyClaim, number: int, lease: float) -> bool:
    """Record that an attempt is about to be sent, and renew the lease; False if it was lost."""
    owned = owned_by(claim)
    row = connection.execute(sa.select(CANCELLATIONS).where(owned)).one_or_none()
    if row is None:
        return False
    now = connection.scalar(sa.select(epoch())) or 0.0
    # An expired lease may be renewed unless another key has locked the payment meanwhile.
    if row.lease_until <= now and claim.payment_lock and _payment_is_locked(connection, claim, now):
        return False
    log: list[list[Any]] = json.loads(row.attempt_log)
    host_time = HostTime.now().encode()
    repeated = bool(log) and log[-1][0] == claim.owner and log[-1][1] == number
    changes = {
        "attempts": row.attempts if repeated else row.attempts + 1,
        "attempt_log": json.dumps(
            log if repeated else [*log, [claim.owner, number, now, host_time]]
        ),
        "attempt_recorded_at": now,
        "last_attempt_at": now,
        "last_attempt_host_time": host_time,
        "maybe_executed": True,
        # An earlier confirmation does not cover this attempt.
        "confirmed_absent_after": None,
        "lease_until": now + lease,
    }
    return connection.execute(sa.update(CANCELLATIONS).where(owned).values(changes)).rowcount > 0


def _obstacle(
    connection: sa.Connection, claim: KeyClaim, row: sa.Row[Any], now: float
) -> AlreadyFinished | Rejected | None:
    if row.fingerprint != claim.cancellation.fingerprint:
        return claim.conflict()
    if row.owner not in {None, claim.owner} and (row.lease_until or 0.0) > now:
        return claim.in_progress(RUNNING)
    state = key_state(row.state, maybe_executed=row.maybe_executed)
    if conflict := claim.check_destination(row.destination, state):
        return conflict
    if state in {KeyState.FINISHED, KeyState.REFUSED} and row.destination == claim.destination:
        provider = recorded_provider(row.api)
        return AlreadyFinished(decode_result(row.result, claim.key, claim.cancellation, provider))
    if claim.payment_lock is not None and _payment_is_locked(connection, claim, now):
        return claim.in_progress("a call with another key is running for the same payment")
    return None


def _since_first_attempt(row: sa.Row[Any], now: float) -> float:
    """The age of the key by the clock that has run longest: a provider may have forgotten it."""
    log: list[list[Any]] = json.loads(row.attempt_log)
    if not log:
        return 0.0
    _, _, recorded_at, host_time = log[0]
    return max(0.0, now - float(recorded_at), HostTime.now().longest_since(host_time))


def _payment_is_locked(connection: sa.Connection, claim: KeyClaim, now: float) -> bool:
    """Whether another key of the same payment has a valid lease."""
    row = CANCELLATIONS.c
    other = sa.and_(
        row.payment_lock == claim.payment_lock, row.key != claim.key, row.lease_until > now
    )
    return connection.scalar(sa.select(sa.exists().where(other))) is True


def _insert_or_lock(connection: sa.Connection, claim: KeyClaim) -> tuple[sa.Row[Any], bool]:
    """Return the key's row, locked until the transaction ends, and whether it was inserted."""
    values = {
        "key": claim.key,
        "api": claim.cancellation.api,
        "destination": claim.destination,
        "payment_lock": claim.payment_lock,
        "fingerprint": claim.cancellation.fingerprint,
        "cancellation": json.dumps(claim.cancellation.to_dict()),
        "user_name": claim.user,
        "state": State.OPEN,
        "maybe_executed": False,
        "attempts": 0,
        "attempt_log": "[]",
        "created_at": epoch(),
    }
    insert = INSERTS[connection.dialect.name](CANCELLATIONS).values(values).on_conflict_do_nothing()
    query = sa.select(CANCELLATIONS).where(CANCELLATIONS.c.key == claim.key).with_for_update()
    while True:
        inserted = connection.execute(insert, execution_options={"preserve_rowcount": True})
        row = connection.execute(query).one_or_none()
        # A purge may delete the row between the two statements.
        if row is not None:
            return row, inserted.rowcount > 0


COMPARED_COLUMNS: Final = ("state", "result", "resolved_by", "resolved_reason")
"""A resolution that equals the stored one in these columns is a repeat, not a conflict."""


def _validate_text(_instance: ManualResolution, attribute: Attribute[Any], value: object) -> None:
    if value is None and attribute.name == "reference":
        return
    if not isinstance(value, str) or not value.strip():
        raise InvalidCancellation(f"{attribute.name} must be a str that is not blank")
    if not _fields.is_storable(value):
        raise InvalidCancellation(f"{attribute.name} contains a NUL or a lone surrogate")


def _validate_bool(_instance: ManualResolution, attribute: Attribute[bool], value: object) -> None:
    if not isinstance(value, bool):
        raise InvalidCancellation(f"{attribute.name} must be a bool, not {type(value).__name__}")


@frozen(kw_only=True)
class ManualResolution:
    """What a person found out about a key. Raises `InvalidCancellation` for invalid values."""

    cancelled: bool = field(validator=_validate_bool)
    by: str = field(validator=_validate_text)
    reason: str = field(validator=_validate_text)
    reference: str | None = field(default=None, validator=_validate_text)


def apply_resolution(
    connection: sa.Connection, key: str, resolution: ManualResolution
) -> CountermandError | None:
    """Record a manual resolution; return an error if the key does not permit it."""
    query = sa.select(CANCELLATIONS, epoch().label("now")).where(CANCELLATIONS.c.key == key)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        return InvalidCancellation(UNKNOWN_KEY, key=key)
    if (row.lease_until or 0.0) > row.now:
        return CancellationInProgress(RUNNING, key=key)
    changes = _resolution_columns(key, resolution) | {
        "confirmed_absent_after": _confirmed_absent_after(row, resolution)
    }
    if not (row.state == State.OPEN or (row.state == State.RETRYABLE and row.maybe_executed)):
        repeated = all(
            getattr(row, name) == changes[name] for name in changes.keys() & COMPARED_COLUMNS
        )
        message = f"the key already has a different result: {row.state}"
        return None if repeated else KeyConflict(message, key=key)
    connection.execute(sa.update(CANCELLATIONS).where(CANCELLATIONS.c.key == key).values(changes))
    return None


def _confirmed_absent_after(row: sa.Row[Any], resolution: ManualResolution) -> float | None:
    return None if resolution.cancelled else since_last_attempt(row, row.now)


def _resolution_columns(key: str, resolution: ManualResolution) -> dict[str, Any]:
    receipt = Receipt(
        outcome=Outcome.CANCELLED, key=key, reference=resolution.reference, evidence=Evidence.LEDGER
    )
    # `maybe_executed` is left as it is: a lost request may arrive after the person's check.
    result = {"result": encode_result(receipt)} if resolution.cancelled else {}
    return {
        "state": State.SUCCEEDED if resolution.cancelled else State.RETRYABLE,
        **result,
        "closed_at": epoch(),
        "owner": None,
        "lease_until": None,
        "resolved_at": epoch(),
        "resolved_by": resolution.by,
        "resolved_reason": resolution.reason,
    }

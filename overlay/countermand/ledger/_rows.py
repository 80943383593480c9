"""Who may work on a row: what a claim finds there, and what it makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.dialects import postgresql, sqlite

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.errors import (
    CancellationInProgress,
    CountermandError,
    InvalidCancellation,
    KeyConflict,
)
from countermand.ledger._clock import HostTime, since_last_attempt
from countermand.ledger._encoding import decode_references, decode_result, encode_result
from countermand.ledger._schema import CANCELLATIONS, epoch
from countermand.ledger._states import OPEN, REFUSED, RETRYABLE, SUCCEEDED
from countermand.provider import _fields
from countermand.provider._provider import load_provider
from countermand.receipt import Evidence, Outcome, Receipt

if TYPE_CHECKING:
    from attrs import Attribute

    from countermand._core.idempotency import KeyClaim


INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def find_obstacle(connection: sa.Connection, claim: KeyClaim) -> AlreadyFinished | Rejected | None:
    """Why the key is not to be had, found without keeping any writer waiting; None if it may be."""
    query = sa.select(CANCELLATIONS, epoch().label("now"))
    row = connection.execute(query.where(CANCELLATIONS.c.key == claim.key)).one_or_none()
    return None if row is None else _obstacle(connection, claim, row, row.now)


def claim_row(
    connection: sa.Connection, claim: KeyClaim, lease: float
) -> KeyHistory | AlreadyFinished | Rejected:
    """Take hold of the key for so many seconds, unless something is in the way."""
    row, fresh = _insert_or_lock(connection, claim)
    now = connection.scalar(sa.select(epoch())) or 0.0
    obstacle = _obstacle(connection, claim, row, now)
    if obstacle is not None:
        if fresh:
            # Whoever is turned away has begun nothing that would be left open.
            connection.execute(sa.delete(CANCELLATIONS).where(CANCELLATIONS.c.key == claim.key))
        return obstacle
    changes = {"state": OPEN, "holder": claim.owner, "held_until": now + lease}
    connection.execute(
        sa.update(CANCELLATIONS).where(CANCELLATIONS.c.key == claim.key).values(changes)
    )
    return KeyHistory(
        attempts=row.attempts,
        maybe_executed=row.unclear,
        confirmed_absent_after=row.vouched_after,
        since_last_attempt=since_last_attempt(row, now),
        since_first_attempt=_since_first_attempt(row, now),
        references=decode_references(row.conclusion),
    )


def owned_by(claim: KeyClaim) -> sa.ColumnElement[bool]:
    """The claimant's row, as long as the hold on it is the claimant's."""
    row = CANCELLATIONS.c
    return sa.and_(row.key == claim.key, row.holder == claim.owner)


def record_attempt(connection: sa.Connection, claim: KeyClaim, number: int, lease: float) -> bool:
    """Write an attempt down; False where the hold was lost. Done again, it counts once."""
    mine = owned_by(claim)
    row = connection.execute(sa.select(CANCELLATIONS).where(mine)).one_or_none()
    if row is None:
        return False
    now = connection.scalar(sa.select(epoch())) or 0.0
    # A hold that ran out while nobody wanted the key lives again, but not beside another's.
    if row.held_until <= now and claim.payment_lock and _payment_is_locked(connection, claim, now):
        return False
    times: list[list[Any]] = json.loads(row.dispatched)
    again = bool(times) and times[-1][0] == claim.owner and times[-1][1] == number
    changes = {
        "attempts": row.attempts if again else row.attempts + 1,
        "dispatched": json.dumps(times if again else [*times, [claim.owner, number, now]]),
        "dispatched_at": now,
        "quiet_since": now,
        "quiet_moment": HostTime.now().encode(),
        "unclear": True,
        # Whoever spoke before it cannot have spoken of it.
        "vouched_after": None,
        "held_until": now + lease,
    }
    return connection.execute(sa.update(CANCELLATIONS).where(mine).values(changes)).rowcount > 0


def _obstacle(
    connection: sa.Connection, claim: KeyClaim, row: sa.Row[Any], now: float
) -> AlreadyFinished | Rejected | None:
    if (row.fingerprint, row.destination) != claim.request_identity:
        return claim.conflict()
    if row.state in {SUCCEEDED, REFUSED}:
        provider = load_provider(row.api)
        return AlreadyFinished(
            decode_result(row.conclusion, claim.key, claim.cancellation, provider)
        )
    if row.holder not in {None, claim.owner} and (row.held_until or 0.0) > now:
        return claim.in_progress("another worker holds this key")
    if claim.payment_lock is not None and _payment_is_locked(connection, claim, now):
        return claim.in_progress("another key is being worked on for the same payment")
    return None


def _since_first_attempt(row: sa.Row[Any], now: float) -> float:
    """The seconds since the first attempt."""
    times: list[list[Any]] = json.loads(row.dispatched)
    return max(0.0, now - times[0][2]) if times else 0.0


def _payment_is_locked(connection: sa.Connection, claim: KeyClaim, now: float) -> bool:
    row = CANCELLATIONS.c
    same = sa.and_(row.subject == claim.payment_lock, row.key != claim.key, row.held_until > now)
    return connection.scalar(sa.select(sa.exists().where(same))) is True


def _insert_or_lock(connection: sa.Connection, claim: KeyClaim) -> tuple[sa.Row[Any], bool]:
    """The key's row, locked until the transaction ends, and whether it was made here."""
    fingerprint, destination = claim.request_identity
    fresh = {
        "key": claim.key,
        "api": claim.cancellation.api,
        "destination": destination,
        "subject": claim.payment_lock,
        "fingerprint": fingerprint,
        "cancellation": json.dumps(claim.cancellation.to_dict()),
        "user_name": claim.user,
        "state": OPEN,
        "unclear": False,
        "attempts": 0,
        "dispatched": "[]",
        "created_at": epoch(),
    }
    insert = INSERTS[connection.dialect.name](CANCELLATIONS).values(fresh).on_conflict_do_nothing()
    query = sa.select(CANCELLATIONS).where(CANCELLATIONS.c.key == claim.key).with_for_update()
    while True:
        made = connection.execute(insert, execution_options={"preserve_rowcount": True})
        row = connection.execute(query).one_or_none()
        # Whoever purges may come in between.
        if row is not None:
            return row, made.rowcount > 0


COMPARED_COLUMNS: Final = ("state", "conclusion", "settled_by", "settled_why")


def _validate_text(_instance: ManualResolution, attribute: Attribute[Any], value: object) -> None:
    if value is None and attribute.name == "reference":
        return
    if not isinstance(value, str) or not value.strip():
        raise InvalidCancellation(f"{attribute.name} must be a str that says something")
    if not _fields.is_storable(value):
        raise InvalidCancellation(f"{attribute.name} contains a NUL or a lone surrogate")


def _validate_bool(_instance: ManualResolution, attribute: Attribute[bool], value: object) -> None:
    if not isinstance(value, bool):
        raise InvalidCancellation(f"{attribute.name} must be a bool, not {type(value).__name__}")


@frozen(kw_only=True)
class ManualResolution:
    """A person's word on a cancel; raises `InvalidCancellation` for what is none."""

    cancelled: bool = field(validator=_validate_bool)
    by: str = field(validator=_validate_text)
    reason: str = field(validator=_validate_text)
    reference: str | None = field(default=None, validator=_validate_text)


def apply_resolution(
    connection: sa.Connection, key: str, resolution: ManualResolution
) -> CountermandError | None:
    """Record it, or say why that cannot be; done again, it is the same."""
    query = sa.select(CANCELLATIONS, epoch().label("now")).where(CANCELLATIONS.c.key == key)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        return InvalidCancellation("the ledger knows no such key", key=key)
    if (row.held_until or 0.0) > row.now:
        return CancellationInProgress("another worker holds this key", key=key)
    changes = _changes(key, resolution) | {
        "vouched_after": _confirmed_absent_after(row, resolution)
    }
    if not (row.state == OPEN or (row.state == RETRYABLE and row.unclear)):
        said = all(
            getattr(row, name) == changes[name] for name in changes.keys() & COMPARED_COLUMNS
        )
        message = f"what became of it is known already: {row.state}"
        return None if said else KeyConflict(message, key=key)
    connection.execute(sa.update(CANCELLATIONS).where(CANCELLATIONS.c.key == key).values(changes))
    return None


def _confirmed_absent_after(row: sa.Row[Any], resolution: ManualResolution) -> float | None:
    return None if resolution.cancelled else since_last_attempt(row, row.now)


def _changes(key: str, resolution: ManualResolution) -> dict[str, Any]:
    found = Receipt(
        outcome=Outcome.CANCELLED, key=key, reference=resolution.reference, evidence=Evidence.LEDGER
    )
    # What an attempt left unclear stays so: it may still arrive, whatever a person saw.
    result = {"conclusion": encode_result(found)} if resolution.cancelled else {}
    return {
        "state": SUCCEEDED if resolution.cancelled else RETRYABLE,
        **result,
        "closed_at": epoch(),
        "holder": None,
        "held_until": None,
        "settled_at": epoch(),
        "settled_by": resolution.by,
        "settled_why": resolution.reason,
    }

"""Who may work on a row: what a claim finds there, and what it makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.dialects import postgresql, sqlite

from countermand._core.commands import Prior, Rejected, Settled
from countermand.errors import (
    CancellationInProgress,
    CountermandError,
    InvalidCancellation,
    KeyConflict,
)
from countermand.ledger._clock import Moment, quiet_for
from countermand.ledger._encoding import decoded, encoded, references
from countermand.ledger._schema import CANCELLATIONS, epoch
from countermand.ledger._states import FAILED, OPEN, REFUSED, SETTLED
from countermand.provider import _fields
from countermand.provider._provider import provider_of
from countermand.receipt import Evidence, Outcome, Receipt

if TYPE_CHECKING:
    from attrs import Attribute

    from countermand._core.idempotency import Claimant


INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def glance(connection: sa.Connection, claimant: Claimant) -> Settled | Rejected | None:
    """Why the key is not to be had, found without keeping any writer waiting; None if it may be."""
    query = sa.select(CANCELLATIONS, epoch().label("now"))
    row = connection.execute(query.where(CANCELLATIONS.c.key == claimant.key)).one_or_none()
    return None if row is None else _obstacle(connection, claimant, row, row.now)


def take(connection: sa.Connection, claimant: Claimant, lease: float) -> Prior | Settled | Rejected:
    """Take hold of the key for so many seconds, unless something is in the way."""
    row, fresh = _locked_row(connection, claimant)
    now = connection.scalar(sa.select(epoch())) or 0.0
    obstacle = _obstacle(connection, claimant, row, now)
    if obstacle is not None:
        if fresh:
            # Whoever is turned away has begun nothing that would be left open.
            connection.execute(sa.delete(CANCELLATIONS).where(CANCELLATIONS.c.key == claimant.key))
        return obstacle
    changes = {"state": OPEN, "holder": claimant.holder, "held_until": now + lease}
    connection.execute(
        sa.update(CANCELLATIONS).where(CANCELLATIONS.c.key == claimant.key).values(changes)
    )
    return Prior(
        attempts=row.attempts,
        unclear=row.unclear,
        vouched_after=row.vouched_after,
        quiet_for=quiet_for(row, now),
        age=_age(row, now),
        references=references(row.conclusion),
    )


def held_by(claimant: Claimant) -> sa.ColumnElement[bool]:
    """The claimant's row, as long as the hold on it is the claimant's."""
    row = CANCELLATIONS.c
    return sa.and_(row.key == claimant.key, row.holder == claimant.holder)


def dispatched(connection: sa.Connection, claimant: Claimant, number: int, lease: float) -> bool:
    """Write an attempt down; False where the hold was lost. Done again, it counts once."""
    mine = held_by(claimant)
    row = connection.execute(sa.select(CANCELLATIONS).where(mine)).one_or_none()
    if row is None:
        return False
    now = connection.scalar(sa.select(epoch())) or 0.0
    # A hold that ran out while nobody wanted the key lives again, but not beside another's.
    if row.held_until <= now and claimant.subject and _others(connection, claimant, now):
        return False
    times: list[list[Any]] = json.loads(row.dispatched)
    again = bool(times) and times[-1][0] == claimant.holder and times[-1][1] == number
    changes = {
        "attempts": row.attempts if again else row.attempts + 1,
        "dispatched": json.dumps(times if again else [*times, [claimant.holder, number, now]]),
        "dispatched_at": now,
        "quiet_since": now,
        "quiet_moment": Moment.now().encoded(),
        "unclear": True,
        # Whoever spoke before it cannot have spoken of it.
        "vouched_after": None,
        "held_until": now + lease,
    }
    return connection.execute(sa.update(CANCELLATIONS).where(mine).values(changes)).rowcount > 0


def _obstacle(
    connection: sa.Connection, claimant: Claimant, row: sa.Row[Any], now: float
) -> Settled | Rejected | None:
    if (row.fingerprint, row.destination) != claimant.content:
        return claimant.conflict()
    if row.state in {SETTLED, REFUSED}:
        provider = provider_of(row.api)
        return Settled(decoded(row.conclusion, claimant.key, claimant.cancellation, provider))
    if row.holder not in {None, claimant.holder} and (row.held_until or 0.0) > now:
        return claimant.in_progress("another worker holds this key")
    if claimant.subject is not None and _others(connection, claimant, now):
        return claimant.in_progress("another key is being worked on for the same payment")
    return None


def _age(row: sa.Row[Any], now: float) -> float:
    """The seconds since the first attempt."""
    times: list[list[Any]] = json.loads(row.dispatched)
    return max(0.0, now - times[0][2]) if times else 0.0


def _others(connection: sa.Connection, claimant: Claimant, now: float) -> bool:
    row = CANCELLATIONS.c
    same = sa.and_(row.subject == claimant.subject, row.key != claimant.key, row.held_until > now)
    return connection.scalar(sa.select(sa.exists().where(same))) is True


def _locked_row(connection: sa.Connection, claimant: Claimant) -> tuple[sa.Row[Any], bool]:
    """The key's row, locked until the transaction ends, and whether it was made here."""
    fingerprint, destination = claimant.content
    fresh = {
        "key": claimant.key,
        "api": claimant.cancellation.api,
        "destination": destination,
        "subject": claimant.subject,
        "fingerprint": fingerprint,
        "cancellation": json.dumps(claimant.cancellation.to_dict()),
        "user_name": claimant.user,
        "state": OPEN,
        "unclear": False,
        "attempts": 0,
        "dispatched": "[]",
        "created_at": epoch(),
    }
    insert = INSERTS[connection.dialect.name](CANCELLATIONS).values(fresh).on_conflict_do_nothing()
    query = sa.select(CANCELLATIONS).where(CANCELLATIONS.c.key == claimant.key).with_for_update()
    while True:
        made = connection.execute(insert, execution_options={"preserve_rowcount": True})
        row = connection.execute(query).one_or_none()
        # Whoever purges may come in between.
        if row is not None:
            return row, made.rowcount > 0


SAID: Final = ("state", "conclusion", "settled_by", "settled_why")


def _words(_word: Word, attribute: Attribute[Any], value: object) -> None:
    if value is None and attribute.name == "reference":
        return
    if not isinstance(value, str) or not value.strip():
        raise InvalidCancellation(f"{attribute.name} must be a str that says something")
    if not _fields.storable(value):
        raise InvalidCancellation(f"{attribute.name} contains a NUL or a lone surrogate")


def _yes_or_no(_word: Word, attribute: Attribute[bool], value: object) -> None:
    if not isinstance(value, bool):
        raise InvalidCancellation(f"{attribute.name} must be a bool, not {type(value).__name__}")


@frozen(kw_only=True)
class Word:
    """A person's word on a cancel; raises `InvalidCancellation` for what is none."""

    cancelled: bool = field(validator=_yes_or_no)
    who: str = field(validator=_words)
    why: str = field(validator=_words)
    reference: str | None = field(default=None, validator=_words)


def settle(connection: sa.Connection, key: str, word: Word) -> CountermandError | None:
    """Record it, or say why that cannot be; done again, it is the same."""
    query = sa.select(CANCELLATIONS, epoch().label("now")).where(CANCELLATIONS.c.key == key)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        return InvalidCancellation("the ledger knows no such key", key=key)
    if (row.held_until or 0.0) > row.now:
        return CancellationInProgress("another worker holds this key", key=key)
    changes = _changes(key, word) | {"vouched_after": _vouched_after(row, word)}
    if not (row.state == OPEN or (row.state == FAILED and row.unclear)):
        said = all(getattr(row, name) == changes[name] for name in changes.keys() & SAID)
        words = f"what became of it is known already: {row.state}"
        return None if said else KeyConflict(words, key=key)
    connection.execute(sa.update(CANCELLATIONS).where(CANCELLATIONS.c.key == key).values(changes))
    return None


def _vouched_after(row: sa.Row[Any], word: Word) -> float | None:
    return None if word.cancelled else quiet_for(row, row.now)


def _changes(key: str, word: Word) -> dict[str, Any]:
    found = Receipt(
        outcome=Outcome.CANCELLED, key=key, reference=word.reference, evidence=Evidence.LEDGER
    )
    # What an attempt left unclear stays so: it may still arrive, whatever a person saw.
    conclusion = {"conclusion": encoded(found)} if word.cancelled else {}
    return {
        "state": SETTLED if word.cancelled else FAILED,
        **conclusion,
        "closed_at": epoch(),
        "holder": None,
        "held_until": None,
        "settled_at": epoch(),
        "settled_by": word.who,
        "settled_why": word.why,
    }

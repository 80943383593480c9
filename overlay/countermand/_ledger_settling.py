"""What a person found out, and how it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from attrs import field, frozen

from countermand import _ids
from countermand._ledger_codec import encoded
from countermand._ledger_moments import quiet_for
from countermand._ledger_schema import CANCELLATIONS, epoch
from countermand._ledger_states import FAILED, OPEN, SETTLED
from countermand.errors import (
    CancellationInProgress,
    CountermandError,
    InvalidCancellation,
    KeyConflict,
)
from countermand.receipt import Evidence, Outcome, Receipt

if TYPE_CHECKING:
    from attrs import Attribute


SAID: Final = ("state", "conclusion", "settled_by", "settled_why")


def _words(_word: Word, attribute: Attribute[Any], value: object) -> None:
    if value is None and attribute.name == "reference":
        return
    if not isinstance(value, str) or not value.strip():
        raise InvalidCancellation(f"{attribute.name} must be a str that says something")
    if not _ids.storable(value):
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

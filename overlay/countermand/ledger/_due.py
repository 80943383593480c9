"""The keys whose look is due, and the changes that were not told yet."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final

from attrs import frozen

from countermand.ledger import _statements as statements
from countermand.ledger._reconciliation import Change
from countermand.ledger._rows import DECODE_ERRORS, decode_cancellation, moment
from countermand.ledger._states import State
from countermand.ledger._tasks import Statement, only, transact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from countermand.ledger._tasks import Row, Task
    from countermand.provider._cancellations import BaseCancellation

logger = logging.getLogger("countermand")

TAKE: Final = """
UPDATE countermand_cancellations SET
    next_look = {now} + :postponed,
    told_state = CASE WHEN :telling THEN COALESCE(told_state, state) ELSE told_state END,
    told_waiting_for = CASE WHEN :telling AND told_state IS NULL
        THEN waiting_for ELSE told_waiting_for END,
    told_due = CASE WHEN :telling THEN {now} + :postponed ELSE told_due END
WHERE key IN (
    SELECT key FROM countermand_cancellations
    WHERE next_look IS NOT NULL AND next_look <= {now}
    AND (owner IS NULL OR lease_until <= {now})
    AND destination IN ({elements}(CAST(:destinations AS {json})))
    ORDER BY next_look LIMIT 1 {free_rows})
RETURNING *, {now} AS now
"""
"""Whoever takes a key postpones its look, so that no other worker takes it; if the look is not
made, the key comes again."""
COUNT_OTHERS: Final = """
SELECT count(*) AS others FROM countermand_cancellations
WHERE next_look IS NOT NULL AND next_look <= {now}
AND destination NOT IN ({elements}(CAST(:destinations AS {json})))
"""
TAKE_UNTOLD: Final = """
UPDATE countermand_cancellations SET told_due = {now} + :postponed
WHERE key IN (
    SELECT key FROM countermand_cancellations
    WHERE told_due IS NOT NULL AND told_due <= {now} AND (owner IS NULL OR lease_until <= {now})
    ORDER BY told_due LIMIT 1 {free_rows})
RETURNING *, {now} AS now
"""
TOLD: Final = """
UPDATE countermand_cancellations
SET told_state = NULL, told_waiting_for = NULL, told_due = NULL
WHERE key = :key
"""
NOT_TOLD: Final = """
UPDATE countermand_cancellations SET told_due = {now} WHERE key = :key
"""


@frozen(kw_only=True)
class Due:
    """A key that was taken for a look."""

    key: str
    cancellation: BaseCancellation
    user: str | None
    destination: str
    state: State
    waiting_for: str | None


@frozen(kw_only=True)
class Looked:
    """A key after a look."""

    state: State
    waiting_for: str | None
    change: Change | None
    """What is to be told; None if nothing has changed, or nobody wants to know."""


def log_unreadable(row: Row, error: Exception) -> None:
    """Log a row that cannot be decoded: it must not hide the others."""
    logger.error("key %s: its row cannot be decoded: %s", row["key"], error)


@frozen
class Untold:
    """A key whose change no process may have told; the change is None if there is none."""

    key: str
    change: Change | None


def take_due(destinations: Sequence[str], postponed: float, *, telling: bool) -> Task[Due | None]:
    """Take the key whose look has been due for longest; None if none is due.

    A row that cannot be decoded is logged, and comes again later.

    Args:
        destinations: Only keys at these.
        postponed: Seconds after which it comes again if nothing is recorded.
        telling: Whether a change is to be told, even by another process.
    """
    statement = Statement(
        TAKE,
        {"destinations": json.dumps(destinations), "postponed": postponed, "telling": telling},
    )
    while True:
        rows = yield from transact(lambda: only(statement))
        if not rows:
            return None
        try:
            return _to_due(rows[0])
        except DECODE_ERRORS as unreadable:
            log_unreadable(rows[0], unreadable)


def _to_due(row: Row) -> Due:
    return Due(
        key=row["key"],
        cancellation=decode_cancellation(row),
        user=row["user_name"],
        destination=row["destination"],
        state=State(row["state"]),
        waiting_for=row["waiting_for"],
    )


def count_others(destinations: Sequence[str]) -> Task[int]:
    """Count the keys that are due elsewhere."""
    statement = Statement(COUNT_OTHERS, {"destinations": json.dumps(destinations)})
    ((found),) = yield from transact(lambda: only(statement), read_only=True)
    count: int = found["others"]
    return count


def read_looked(key: str, *, telling: bool) -> Task[Looked | None]:
    """Read what a look has come to, and note that there is nothing to tell if so.

    Args:
        key: The key.
        telling: Whether a change is to be told; otherwise it is left to others.
    """
    rows = yield from transact(lambda: only(statements.find(key)), read_only=True)
    if not rows:
        return None
    (row,) = rows
    change = _to_change(row) if telling else None
    if telling and row["told_due"] is not None and change is None:
        yield from told(key)
    return Looked(state=State(row["state"]), waiting_for=row["waiting_for"], change=change)


def take_untold(postponed: float) -> Task[Untold | None]:
    """Take a key that may have a change which no process has told; None if there is none.

    A row that cannot be decoded is logged, and comes again later.
    """
    statement = Statement(TAKE_UNTOLD, {"postponed": postponed})
    while True:
        rows = yield from transact(lambda: only(statement))
        if not rows:
            return None
        (row,) = rows
        try:
            change = _to_change(row)
        except DECODE_ERRORS as unreadable:
            log_unreadable(row, unreadable)
            continue
        if change is None:
            yield from told(row["key"])
        return Untold(row["key"], change)


def _to_change(row: Row) -> Change | None:
    """What is to be told of a row; None if it is as it was told."""
    known = (row["told_state"], row["told_waiting_for"])
    if row["told_due"] is None or known == (row["state"], row["waiting_for"]):
        return None
    return Change(
        key=row["key"],
        cancellation=decode_cancellation(row),
        before=State(row["told_state"]),
        after=State(row["state"]),
        waiting_for=row["waiting_for"],
        at=moment(row["now"]),
    )


def told(key: str, *, done: bool = True) -> Task[None]:
    """Note that a change was told; or that it was not, so that it is told again."""
    statement = Statement(TOLD if done else NOT_TOLD, {"key": key})
    yield from transact(lambda: only(statement))

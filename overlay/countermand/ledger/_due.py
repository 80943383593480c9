"""The keys whose look is due, and the changes that were not reported yet."""

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

TAKE_DUE: Final = """
UPDATE countermand_cancellations SET
    next_look = {now} + :postponed,
    reported_state =
        CASE WHEN :reporting THEN COALESCE(reported_state, state) ELSE reported_state END,
    reported_waiting_for = CASE WHEN :reporting AND reported_state IS NULL
        THEN waiting_for ELSE reported_waiting_for END,
    report_due = CASE WHEN :reporting THEN {now} + :postponed ELSE report_due END
WHERE key = (
    SELECT key FROM countermand_cancellations
    WHERE next_look IS NOT NULL AND next_look <= {now}
    AND (owner IS NULL OR lease_until <= {now})
    AND destination IN ({elements}(CAST(:destinations AS {json})))
    ORDER BY next_look LIMIT 1 {free_rows})
RETURNING *, {now} AS now
"""
"""The look is postponed, so that no other worker takes the key. If the worker dies, the key is due
again then. With `IN`, PostgreSQL may run the inner query once for each row, and take several."""
COUNT_OTHERS: Final = """
SELECT count(*) AS others FROM countermand_cancellations
WHERE next_look IS NOT NULL AND next_look <= {now}
AND destination NOT IN ({elements}(CAST(:destinations AS {json})))
"""
TAKE_UNREPORTED: Final = """
UPDATE countermand_cancellations SET report_due = {now} + :postponed
WHERE key = (
    SELECT key FROM countermand_cancellations
    WHERE report_due IS NOT NULL AND report_due <= {now}
    AND (owner IS NULL OR lease_until <= {now})
    ORDER BY report_due LIMIT 1 {free_rows})
RETURNING *, {now} AS now
"""
REPORTED: Final = """
UPDATE countermand_cancellations SET
    reported_state = CASE WHEN state = :state
        AND COALESCE(waiting_for, '') = COALESCE(CAST(:waiting_for AS text), '')
        THEN NULL ELSE CAST(:state AS text) END,
    reported_waiting_for = CASE WHEN state = :state
        AND COALESCE(waiting_for, '') = COALESCE(CAST(:waiting_for AS text), '')
        THEN NULL ELSE CAST(:waiting_for AS text) END,
    report_due = CASE WHEN state = :state
        AND COALESCE(waiting_for, '') = COALESCE(CAST(:waiting_for AS text), '')
        THEN NULL ELSE report_due END
WHERE key = :key AND reported_state IS NOT NULL
"""
"""A later change, made meanwhile, stays to be reported."""
NOT_REPORTED: Final = """
UPDATE countermand_cancellations SET report_due = {now}
WHERE key = :key AND reported_state IS NOT NULL
"""


@frozen(kw_only=True)
class Due:
    """A key that was taken for a look."""

    key: str
    cancellation: BaseCancellation
    user: str | None
    destination: str


@frozen(kw_only=True)
class Looked:
    """A key after a look."""

    state: State
    waiting_for: str | None
    change: Change | None
    """What is to be reported; None if nothing has changed, or if that is left to others."""


@frozen
class Unreported:
    """A key that may have an unreported change; `change` is None if it has none."""

    key: str
    change: Change | None


def log_unreadable(row: Row, error: Exception) -> None:
    """Log a row that cannot be decoded: it must not hide the others."""
    key = row["key"]
    facts = {"countermand_key": key}
    logger.error("key %s: its row cannot be decoded: %s", key, error, extra=facts)


def take_due(destinations: Sequence[str], postponed: float, *, reporting: bool) -> Task[Due | None]:
    """Take the key whose look has been due for longest; None if none is due.

    A row that cannot be decoded is logged, and is due again later.

    Args:
        destinations: Only keys at these.
        postponed: Seconds after which it is due again if nothing is recorded.
        reporting: Whether a change is to be reported, if need be by another process.
    """
    statement = Statement(
        TAKE_DUE,
        {"destinations": json.dumps(destinations), "postponed": postponed, "reporting": reporting},
    )
    while True:
        rows = yield from transact(lambda: only(statement))
        if not rows:
            return None
        (row,) = rows
        try:
            return Due(
                key=row["key"],
                cancellation=decode_cancellation(row),
                user=row["user_name"],
                destination=row["destination"],
            )
        except DECODE_ERRORS as unreadable:
            log_unreadable(row, unreadable)


def count_others(destinations: Sequence[str]) -> Task[int]:
    """Count the keys that are due elsewhere."""
    statement = Statement(COUNT_OTHERS, {"destinations": json.dumps(destinations)})
    ((found),) = yield from transact(lambda: only(statement), read_only=True)
    count: int = found["others"]
    return count


def read_looked(key: str, *, reporting: bool) -> Task[Looked | None]:
    """Read what a look has come to; None if the key is gone.

    Args:
        key: The key.
        reporting: Whether a change is to be reported; otherwise it is left to others.
    """
    rows = yield from transact(lambda: only(statements.find(key)), read_only=True)
    if not rows:
        return None
    (row,) = rows
    change = _change(row) if reporting else None
    if reporting and change is None:
        yield from record_reported(key, row["state"], row["waiting_for"])
    return Looked(state=State(row["state"]), waiting_for=row["waiting_for"], change=change)


def take_unreported(postponed: float) -> Task[Unreported | None]:
    """Take a key that may have a change which no process has reported; None if there is none.

    A row that cannot be decoded is logged, and is taken again later.
    """
    statement = Statement(TAKE_UNREPORTED, {"postponed": postponed})
    while True:
        rows = yield from transact(lambda: only(statement))
        if not rows:
            return None
        (row,) = rows
        try:
            change = _change(row)
        except DECODE_ERRORS as unreadable:
            log_unreadable(row, unreadable)
            continue
        if change is None:
            yield from record_reported(row["key"], row["state"], row["waiting_for"])
        return Unreported(row["key"], change)


def _change(row: Row) -> Change | None:
    """What is to be reported of a row; None if nothing is."""
    known, now = row["reported_state"], (row["state"], row["waiting_for"])
    if known is None or (known, row["reported_waiting_for"]) == now:
        return None
    return Change(
        key=row["key"],
        cancellation=decode_cancellation(row),
        before=State(known),
        after=State(row["state"]),
        waiting_for=row["waiting_for"],
        at=moment(row["now"]),
    )


def record_reported(key: str, state: str, waiting_for: str | None) -> Task[None]:
    """Record that this state of a key was reported, or need not be."""
    parameters = {"key": key, "state": str(state), "waiting_for": waiting_for}
    yield from transact(lambda: only(Statement(REPORTED, parameters)))


def record_not_reported(key: str) -> Task[None]:
    """Record that a change was not reported, so that it is reported again."""
    yield from transact(lambda: only(Statement(NOT_REPORTED, {"key": key})))

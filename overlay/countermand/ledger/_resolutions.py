"""What a person found out about a key. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, field, frozen

from countermand.errors import (
    CancellationInProgress,
    CountermandError,
    InvalidCancellation,
    KeyConflict,
)
from countermand.ledger import _statements as statements
from countermand.ledger._clock import since_last_attempt
from countermand.ledger._encoding import encode_result
from countermand.ledger._states import OPEN, RUNNING, UNKNOWN_KEY, State, event, is_maybe_executed
from countermand.ledger._tasks import Procedure, Row, Statement, Task, ask, transact
from countermand.provider._fields import is_storable
from countermand.receipt import Evidence, Outcome, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrs import Attribute

    from countermand.ledger._clock import HostTime

COMPARED_COLUMNS: Final = ("state", "result", "resolved_by", "resolved_reason")
"""A resolution that equals the stored one in these columns is a repeat, not a conflict."""


def _validate_text(_instance: ManualResolution, attribute: Attribute[Any], value: object) -> None:
    if value is None and attribute.name == "reference":
        return
    if not isinstance(value, str) or not value.strip():
        raise InvalidCancellation(f"{attribute.name} must be a str that is not blank")
    if not is_storable(value):
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


def resolve_key(
    key: str, resolution: ManualResolution, clock: Callable[[], HostTime]
) -> Task[CountermandError | None]:
    """Record a manual resolution; return an error if the key does not permit it."""
    return (yield from transact(lambda: _resolve(key, resolution, clock())))


def _resolve(
    key: str, resolution: ManualResolution, host: HostTime
) -> Procedure[CountermandError | None]:
    (rows,) = yield from ask(statements.find(key, lock=True))
    if not rows:
        return InvalidCancellation(UNKNOWN_KEY, key=key)
    (row,) = rows
    if (row["lease_until"] or 0.0) > row["now"]:
        return CancellationInProgress(RUNNING, key=key)
    if resolution.reference is None and resolution.cancelled:
        # The provider has given it when it accepted the cancel.
        resolution = evolve(resolution, reference=row["reference"])
    columns = _columns(key, resolution)
    maybe_executed = is_maybe_executed(row["state"], row["confirmed_absent_after"])
    accepted = row["state"] == State.ACCEPTED
    is_open = row["state"] in OPEN or accepted or row["waiting_for"] == "login"
    if not is_open and not maybe_executed:
        return _conflict(key, row, columns)
    # A lost request may arrive after the person's check, and what was accepted may be executed.
    absent = (maybe_executed or accepted) and not resolution.cancelled
    columns["confirmed_absent_after"] = since_last_attempt(row, host) if absent else None
    yield from ask(Statement(statements.RESOLVE, {"key": key, **columns}), last=True)
    return None


def _conflict(key: str, row: Row, columns: dict[str, Any]) -> KeyConflict | None:
    """None if the row holds the same resolution already."""
    compared = [name for name in COMPARED_COLUMNS if name != "result" or columns["proof"]]
    if all(row[name] == columns[name] for name in compared):
        return None
    return KeyConflict(f"the key already has a different result: {row['state']}", key=key)


def _columns(key: str, resolution: ManualResolution) -> dict[str, Any]:
    said = "cancelled" if resolution.cancelled else "not cancelled"
    receipt = Receipt(
        outcome=Outcome.CANCELLED, key=key, reference=resolution.reference, evidence=Evidence.LEDGER
    )
    return {
        "state": (State.CANCELLED if resolution.cancelled else State.FREE).value,
        "proof": resolution.cancelled,
        "result": encode_result(receipt) if resolution.cancelled else None,
        "reference": resolution.reference if resolution.cancelled else None,
        "resolved_by": resolution.by,
        "resolved_reason": resolution.reason,
        **event("resolution", said, resolution.by, resolution.reason, resolution.reference),
    }

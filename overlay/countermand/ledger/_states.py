"""States of a key, and the columns that record a call's result. Pure: clocks are arguments."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from countermand._core.idempotency import KeyState, is_final_refusal
from countermand.attempts import any_maybe_sent
from countermand.errors import CancellationInProgress, LedgerUnavailable, NotCancelled
from countermand.ledger._encoding import encode_result
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from countermand.errors import CountermandError


class State(StrEnum):
    """State of a key. The values are stored."""

    OPEN = "open"
    """No result yet: a call is running, has crashed, or ended with an unknown outcome."""
    RETRYABLE = "retryable"
    """Not executed, for a reason that may pass. A call may use the key again."""
    SUCCEEDED = "succeeded"
    """Cancelled. Every later call gets the stored receipt."""
    REFUSED = "refused"
    """Refused for good. Every later call gets the stored error."""


TRANSIENT_ERRORS: Final = (NotCancelled, LedgerUnavailable, CancellationInProgress)
"""Errors after which no request of this call can have been executed, so that a retry is safe."""


def state_for(result: Receipt | CountermandError) -> State:
    """Return the state in which a call with this result leaves its key."""
    if isinstance(result, Receipt):
        return State.SUCCEEDED
    if is_final_refusal(result):
        return State.REFUSED
    return State.RETRYABLE if isinstance(result, TRANSIENT_ERRORS) else State.OPEN


def key_state(state: str, *, maybe_executed: bool) -> KeyState:
    """Return what a row says of its key, if no call holds it.

    A claim whose worker died before it recorded an attempt has left the key free: an attempt is
    recorded before it is sent, and only by the owner of the lease.
    """
    if state == State.SUCCEEDED:
        return KeyState.FINISHED
    if state == State.REFUSED:
        return KeyState.REFUSED
    return KeyState.MAYBE_EXECUTED if maybe_executed else KeyState.FREE


def outcome_columns(
    result: Receipt | CountermandError, *, now: object, host_time: str
) -> dict[str, Any]:
    """Return the columns that record the result of a call and release its lease.

    Args:
        result: Receipt or error of the call.
        now: The database's time, as a number or as an SQL expression.
        host_time: The current time by this host's clocks, encoded.
    """
    state = state_for(result)
    values: dict[str, Any] = {
        "state": state,
        "result": encode_result(result),
        "maybe_executed": state == State.OPEN,
        "closed_at": None if state == State.OPEN else now,
        "owner": None,
        "lease_until": None,
    }
    if any_maybe_sent(result.attempts):
        # The call is over, so its last byte was sent before now.
        values |= {"last_attempt_at": now, "last_attempt_host_time": host_time}
    return values

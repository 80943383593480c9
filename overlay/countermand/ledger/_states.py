"""States of a key, and the columns that record a call's result. Pure."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from countermand._core.commands import LookNotes
from countermand._core.idempotency import KeyState, is_final_refusal
from countermand.attempts import any_maybe_sent
from countermand.errors import (
    CancellationInProgress,
    LedgerUnavailable,
    MissingLinkedIdentity,
    NotCancelled,
    OutcomeUnknown,
)
from countermand.ledger._encoding import encode_result
from countermand.receipt import Evidence, Outcome, Receipt

if TYPE_CHECKING:
    from countermand.errors import CountermandError


class State(StrEnum):
    """State of a key. The values are stored."""

    CLAIMED = "CLAIMED"
    """A call has claimed it, and runs or was stopped. No attempt may have been executed."""
    MAYBE_EXECUTED = "MAYBE_EXECUTED"
    """An attempt was recorded, and its outcome is not known."""
    ACCEPTED = "ACCEPTED"
    """The provider has accepted the cancel. A later call gets the stored receipt, or looks."""
    CANCELLED = "CANCELLED"
    """Cancelled. Every later call gets the stored receipt."""
    REFUSED = "REFUSED"
    """Refused for good. Every later call gets the stored error."""
    FREE = "FREE"
    """Not executed, for a reason that may pass. A call may use the key again."""


OPEN: Final = frozenset({State.CLAIMED, State.MAYBE_EXECUTED})
"""The states without a result: a call is running, has crashed, or ended unknown."""

UNENDED: Final = frozenset({State.MAYBE_EXECUTED, State.ACCEPTED})
"""The states that are looked at again."""

RECEIPTS: Final = frozenset({State.ACCEPTED, State.CANCELLED})
"""The states with a receipt."""

UNKNOWN_KEY: Final = "the ledger has no such key"
RUNNING: Final = "another call with this key is running"

TRANSIENT_ERRORS: Final = (NotCancelled, LedgerUnavailable, CancellationInProgress)
"""Errors after which no request of this call can have been executed, so that a retry is safe."""


def state_for(result: Receipt | CountermandError) -> State:
    """Return the state in which a call with this result leaves its key."""
    if isinstance(result, Receipt):
        return State.ACCEPTED if result.outcome is Outcome.ACCEPTED else State.CANCELLED
    if is_final_refusal(result):
        return State.REFUSED
    return State.FREE if isinstance(result, TRANSIENT_ERRORS) else State.MAYBE_EXECUTED


def is_maybe_executed(state: str, confirmed_absent_after: float | None) -> bool:
    """Whether a request under the key may be executed, or may yet arrive.

    A person's word that nothing was executed makes the key free, but covers no later arrival.
    """
    confirmed = state == State.FREE and confirmed_absent_after is not None
    return state == State.MAYBE_EXECUTED or confirmed


def key_state(state: str, *, maybe_executed: bool) -> KeyState:
    """Return what a row says of its key, if no call holds it.

    A claim whose worker died before an attempt was recorded has left the key free: an attempt is
    recorded before it is sent, and only by the owner of the lease.
    """
    if state in RECEIPTS:
        return KeyState.FINISHED
    if state == State.REFUSED:
        return KeyState.REFUSED
    return KeyState.MAYBE_EXECUTED if maybe_executed else KeyState.FREE


def outcome_columns(
    result: Receipt | CountermandError, notes: LookNotes | None = None
) -> dict[str, Any]:
    """Return what is recorded of a result, as the parameters of the statement that records it.

    `closed` says whether the key now has an end or is free; `sent` whether the call has sent
    something, so that its last byte was sent before now; `unchanged` and `changed` what a read has
    shown beside the snapshot; `unended` whether the key is to be looked at again.
    """
    state = state_for(result)
    seen = LookNotes() if notes is None else notes
    waiting_for = "person" if seen.waits_for_person else None
    kept = isinstance(result, Receipt) and is_kept(result)
    return {
        "state": state.value,
        "waiting_for": "login" if isinstance(result, MissingLinkedIdentity) else waiting_for,
        "result": encode_result(result),
        "reference": getattr(result, "reference", None),
        "proof": isinstance(result, Receipt),
        "closed": state not in OPEN | UNENDED,
        # The attempts of a receipt that the ledger had before are an earlier call's.
        "sent": not kept and any_maybe_sent(result.attempts),
        "unchanged": seen.unchanged is True,
        "changed": seen.unchanged is False,
        "kept": kept,
        "accepted": state is State.ACCEPTED,
        "refused": state is State.REFUSED,
        "reason": getattr(result, "message", None),
        "advice": result.advice.value if isinstance(result, OutcomeUnknown) else None,
        "unended": state in UNENDED,
        "planned": notes is not None,
        "next_look": seen.next_look,
        "looked": seen.looked,
        "answered": seen.answered,
        **event("look" if seen.looked else "outcome", *_found(result, seen, kept=kept)),
    }


def is_kept(receipt: Receipt) -> bool:
    """Whether a receipt comes from the ledger, so that it proves nothing new."""
    return receipt.outcome is Outcome.ACCEPTED and receipt.evidence is Evidence.LEDGER


def _found(
    result: Receipt | CountermandError, seen: LookNotes, *, kept: bool
) -> tuple[str, object, list[object]]:
    """What an event says of a result: its name, its message or evidence, and the attempts."""
    attempts: list[object] = [each.status or each.sent.value for each in result.attempts]
    if kept and isinstance(result, Receipt):
        return result.outcome.value, seen.reason, []
    if isinstance(result, Receipt):
        return result.outcome.value, result.evidence.value, attempts
    return type(result).__name__, result.message, attempts


def event(kind: str, *facts: object) -> dict[str, str]:
    """The parameters that append a line to the events of a key; the time stands in between."""
    return {
        "event_head": f"[{json.dumps(kind)},",
        "event_tail": "".join(f",{json.dumps(fact)}" for fact in facts) + "]\n",
    }

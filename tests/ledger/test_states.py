"""The columns of a row after a call."""

from __future__ import annotations

from typing import Any, Final

import pytest

from countermand import (
    AlreadyCaptured,
    Attempt,
    CancellationInProgress,
    CountermandError,
    Declined,
    Forbidden,
    InvalidCancellation,
    KeyConflict,
    LedgerUnavailable,
    ManualCancellationRequired,
    Misdirected,
    MissingLinkedIdentity,
    NotCancelled,
    NotFound,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Receipt,
    Sent,
    Unauthenticated,
    Unreachable,
)
from countermand._core.idempotency import KeyState
from countermand.ledger._encoding import encode_result
from countermand.ledger._states import key_state, outcome_columns, state_for

UNSENT: Final = (Attempt(sent=Sent.NOT_SENT),)
SENT: Final = (Attempt(sent=Sent.MAYBE_SENT),)
DONE: Final = Receipt(outcome=Outcome.CANCELLED, key="k", attempts=SENT)
CLOCKS: Final[dict[str, Any]] = {"now": 7.0, "host_time": "[1, 2, null]"}


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ((Forbidden, NotFound, AlreadyCaptured, Declined), "retryable"),
        ((ManualCancellationRequired,), "retryable"),
        ((InvalidCancellation, Unauthenticated, MissingLinkedIdentity), "retryable"),
        ((RateLimited, Misdirected, Unreachable), "retryable"),
        ((LedgerUnavailable, CancellationInProgress), "retryable"),
        ((OutcomeUnknown, KeyConflict, CountermandError), "open"),
    ],
)
def test_an_error_closes_a_row_only_if_nothing_can_have_been_executed(
    kinds: tuple[type[CountermandError], ...], state: str
) -> None:
    """Final refusals are replayed, transient errors leave the key usable, others leave it open."""
    assert {state_for(kind("message")) for kind in kinds} == {state}


@pytest.mark.parametrize(
    "kind", [Forbidden, NotFound, AlreadyCaptured, Declined, ManualCancellationRequired]
)
def test_a_refusal_about_the_payment_closes_a_row_for_good(kind: type[NotCancelled]) -> None:
    """Whatever its class: the provider would say the same again."""
    assert state_for(kind("message", about_payment=True)) == "refused"


@pytest.mark.parametrize(
    ("state", "maybe_executed", "known"),
    [
        ("open", False, KeyState.FREE),
        ("open", True, KeyState.MAYBE_EXECUTED),
        ("retryable", False, KeyState.FREE),
        ("retryable", True, KeyState.MAYBE_EXECUTED),
        ("refused", False, KeyState.REFUSED),
        ("succeeded", False, KeyState.FINISHED),
        ("succeeded", True, KeyState.FINISHED),
    ],
)
def test_a_row_says_what_is_known_of_its_key(
    state: str, known: KeyState, *, maybe_executed: bool
) -> None:
    """A person's word that nothing was executed does not cover a late arrival."""
    assert key_state(state, maybe_executed=maybe_executed) is known


def test_a_receipt_closes_the_key() -> None:
    """With the time, which is also the latest at which a byte was sent."""
    assert outcome_columns(DONE, **CLOCKS) == {
        "state": "succeeded",
        "result": encode_result(DONE),
        "maybe_executed": False,
        "closed_at": 7.0,
        "owner": None,
        "lease_until": None,
        "last_attempt_at": 7.0,
        "last_attempt_host_time": "[1, 2, null]",
    }


def test_an_unknown_outcome_leaves_the_key_open_and_free() -> None:
    """It is not closed."""
    unknown = OutcomeUnknown("lost", key="k", attempts=SENT)
    assert outcome_columns(unknown, **CLOCKS) == {
        "state": "open",
        "result": encode_result(unknown),
        "maybe_executed": True,
        "closed_at": None,
        "owner": None,
        "lease_until": None,
        "last_attempt_at": 7.0,
        "last_attempt_host_time": "[1, 2, null]",
    }


def test_a_call_that_sent_nothing_keeps_the_time_of_the_last_attempt() -> None:
    """Only an earlier call has sent something."""
    values = outcome_columns(Unreachable("no route", key="k", attempts=UNSENT), **CLOCKS)
    assert (values["state"], values["maybe_executed"], values["closed_at"]) == (
        "retryable",
        False,
        7.0,
    )
    assert values.keys().isdisjoint({"last_attempt_at", "last_attempt_host_time"})

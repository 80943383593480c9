"""The columns of a row after a call."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

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
from countermand._core.commands import LookNotes
from countermand._core.idempotency import KeyState
from countermand.ledger._encoding import encode_result
from countermand.ledger._states import is_maybe_executed, key_state, outcome_columns, state_for

UNSENT: Final = (Attempt(sent=Sent.NOT_SENT),)
SENT: Final = (Attempt(sent=Sent.MAYBE_SENT),)
DONE: Final = Receipt(outcome=Outcome.CANCELLED, key="k", reference="r", attempts=SENT)


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ((Forbidden, NotFound, AlreadyCaptured, Declined), "FREE"),
        ((ManualCancellationRequired,), "FREE"),
        ((InvalidCancellation, Unauthenticated, MissingLinkedIdentity), "FREE"),
        ((RateLimited, Misdirected, Unreachable), "FREE"),
        ((LedgerUnavailable, CancellationInProgress), "FREE"),
        ((OutcomeUnknown, KeyConflict, CountermandError), "MAYBE_EXECUTED"),
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
    assert state_for(kind("message", about_payment=True)) == "REFUSED"


@pytest.mark.parametrize(
    ("state", "confirmed", "known"),
    [
        ("CLAIMED", None, KeyState.FREE),
        ("MAYBE_EXECUTED", None, KeyState.MAYBE_EXECUTED),
        ("MAYBE_EXECUTED", 7.0, KeyState.MAYBE_EXECUTED),
        ("FREE", None, KeyState.FREE),
        ("FREE", 0.0, KeyState.MAYBE_EXECUTED),
        ("REFUSED", None, KeyState.REFUSED),
        ("ACCEPTED", None, KeyState.FINISHED),
        ("CANCELLED", None, KeyState.FINISHED),
    ],
)
def test_a_row_says_what_is_known_of_its_key(
    state: str, confirmed: float | None, known: KeyState
) -> None:
    """A person's word that nothing was executed does not cover a late arrival."""
    assert key_state(state, maybe_executed=is_maybe_executed(state, confirmed)) is known


def test_a_receipt_closes_the_key() -> None:
    """What is accepted is told from what is cancelled."""
    assert outcome_columns(DONE) == {
        "state": "CANCELLED",
        "waiting_for": None,
        "result": encode_result(DONE),
        "reference": "r",
        "proof": True,
        "closed": True,
        "sent": True,
        "unchanged": False,
        "changed": False,
        "kept": False,
        "accepted": False,
        "refused": False,
        "reason": None,
        "advice": None,
        "unended": False,
        "planned": False,
        "next_look": None,
        "looked": False,
        "answered": False,
        "event_head": '["outcome",',
        "event_tail": ',"cancelled","reply",["maybe sent"]]\n',
    }
    accepted = evolve(DONE, outcome=Outcome.ACCEPTED)
    assert outcome_columns(accepted)["state"] == "ACCEPTED"


def test_an_unknown_outcome_leaves_the_key_open() -> None:
    """It is not closed."""
    unknown = OutcomeUnknown("lost", key="k", attempts=SENT)
    notes = LookNotes(looked=True, answered=True, next_look=60.0, waits_for_person=True)
    assert outcome_columns(unknown, notes) == {
        "state": "MAYBE_EXECUTED",
        "waiting_for": "person",
        "result": encode_result(unknown),
        "reference": None,
        "proof": False,
        "closed": False,
        "sent": True,
        "unchanged": False,
        "changed": False,
        "kept": False,
        "accepted": False,
        "refused": False,
        "reason": "lost",
        "advice": "ask",
        "unended": True,
        "planned": True,
        "next_look": 60.0,
        "looked": True,
        "answered": True,
        "event_head": '["look",',
        "event_tail": ',"OutcomeUnknown","lost",["maybe sent"]]\n',
    }


def test_a_call_that_sent_nothing_keeps_the_time_of_the_last_attempt() -> None:
    """Only an earlier call has sent something."""
    columns = outcome_columns(Unreachable("no route", key="k", attempts=UNSENT))
    assert (columns["state"], columns["closed"], columns["sent"]) == ("FREE", True, False)


def test_a_missing_identity_waits_for_a_login() -> None:
    """Dashboards and `unresolved` tell it from other free keys."""
    columns = outcome_columns(MissingLinkedIdentity("link it", key="k"))
    assert (columns["state"], columns["waiting_for"]) == ("FREE", "login")

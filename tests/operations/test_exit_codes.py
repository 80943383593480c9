"""The exit codes: one for each result, the same in every version."""

from __future__ import annotations

import pytest

from countermand import (
    CancellationInProgress,
    Declined,
    InvalidCancellation,
    KeyConflict,
    LedgerUnavailable,
    MissingLinkedIdentity,
    Outcome,
    OutcomeUnknown,
    Receipt,
    Unreachable,
)
from countermand.ledger import State
from countermand.provider import ProviderError
from countermand_ops.config import ConfigurationError
from countermand_ops.exit_codes import ExitCode, of_open_keys, of_result, of_state, worst

STABLE = {
    "CANCELLED": 0,
    "FAILED": 1,
    "INVALID": 2,
    "ACCEPTED": 3,
    "NOT_CANCELLED": 4,
    "UNKNOWN": 5,
    "IN_PROGRESS": 6,
    "KEY_CONFLICT": 7,
    "LEDGER_UNAVAILABLE": 8,
    "DENIED": 10,
    "INTERRUPTED": 130,
}


def test_the_codes_are_those_that_are_documented() -> None:
    """Scripts depend on the numbers."""
    assert {each.name: each.value for each in ExitCode} == STABLE


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (Receipt(outcome=Outcome.CANCELLED, key="k"), 0),
        (Receipt(outcome=Outcome.ALREADY_CANCELLED, key="k"), 0),
        (Receipt(outcome=Outcome.ACCEPTED, key="k"), 3),
        (InvalidCancellation("wrong"), 2),
        (ConfigurationError("wrong"), 2),
        (ProviderError("broken"), 2),
        (Declined("no"), 4),
        (Unreachable("no"), 4),
        (MissingLinkedIdentity("no"), 4),
        (OutcomeUnknown("?"), 5),
        (CancellationInProgress("busy"), 6),
        (KeyConflict("taken"), 7),
        (LedgerUnavailable("gone"), 8),
        (KeyboardInterrupt(), 130),
        (OSError("disk"), 1),
    ],
)
def test_every_result_has_a_code(result: Receipt | BaseException, code: int) -> None:
    """An invalid argument is no "not cancelled", although its class is one."""
    assert of_result(result) == code


@pytest.mark.parametrize(
    ("state", "code"), [*zip(State, (4, 5, 3, 0, 4, 4), strict=True)], ids=[*State]
)
def test_every_state_has_a_code(state: State, code: int) -> None:
    """A claim that nobody holds has sent nothing; a running call counts first."""
    assert of_state(state) == code
    assert of_state(state, in_progress=True) == 6


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ((), 0),
        ((State.ACCEPTED, State.ACCEPTED), 3),
        ((State.ACCEPTED, State.MAYBE_EXECUTED), 5),
        ((State.CLAIMED,), 5),
    ],
)
def test_open_keys_have_the_code_of_a_list(states: tuple[State, ...], code: int) -> None:
    """Only what the provider has accepted is less than unknown."""
    assert of_open_keys(states) == code


def test_the_worst_code_needs_attention_most() -> None:
    """Unknown comes before not cancelled; every code has a place."""
    assert worst([]) == 0
    assert worst([ExitCode.NOT_CANCELLED, ExitCode.UNKNOWN, ExitCode.ACCEPTED]) == 5
    assert worst(ExitCode) == 130

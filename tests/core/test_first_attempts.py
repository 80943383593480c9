"""The first attempt, which the claim records where no read comes before it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from countermand import Policy, Sent
from countermand._core.commands import ClaimKey, KeyHistory, RecordAttempt, TokenGranted
from countermand._core.exchange import TransportFailure
from tests.support.script import DONE, EMPTY, RECORDED, TOKEN, cancel_plan, played

RECORDING: Final[dict[str, Any]] = {"record_attempts": True}


@pytest.mark.parametrize(("sent_at", "recorded_anew"), [(1.0, False), (2.0, False), (2.1, True)])
def test_a_claim_that_recorded_the_first_attempt_spares_its_record(
    sent_at: float, *, recorded_anew: bool
) -> None:
    """Unless it is too old: the late-arrival window counts from the record."""
    run = played(
        cancel_plan(**RECORDING),
        (KeyHistory(attempt_recorded=True), 1.0),
        (TokenGranted("t"), sent_at),
        *[(None, sent_at)] * recorded_anew,
        (DONE, 6.0),
        (True, 6.0),
    )
    assert run.steps[0] == ClaimKey(30.0, first_attempt=True)
    recorded = [step for step in run.steps if isinstance(step, RecordAttempt)]
    assert recorded == [RecordAttempt(1, 30.0 - sent_at)] * recorded_anew


def test_a_second_attempt_is_recorded_by_itself() -> None:
    """Only the first one is recorded by the claim."""
    run = played(
        cancel_plan(**RECORDING),
        (KeyHistory(attempt_recorded=True), 0.0),
        (TokenGranted("t"), 0.0),
        (TransportFailure(sent=Sent.NOT_SENT, problem="refused"), 0.0),
        (True, 0.0),
        (None, 0.0),
        (DONE, 0.0),
        (True, 0.0),
    )
    assert [step for step in run.steps if isinstance(step, RecordAttempt)] == [
        RecordAttempt(2, 30.0)
    ]


def test_an_attempt_that_the_claim_did_not_record_is_recorded() -> None:
    """An earlier attempt may be executed, and the key is read back before it is used again."""
    old = KeyHistory(maybe_executed=True, since_first_attempt=1e6, since_last_attempt=1e6)
    script = [(old, 0.0), TOKEN, (EMPTY, 0.0), TOKEN, (None, 0.0), (DONE, 0.0), RECORDED]
    run = played(cancel_plan(**RECORDING), *script)
    assert [step for step in run.steps if isinstance(step, RecordAttempt)] == [
        RecordAttempt(1, 30.0)
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {**RECORDING, "client_closed": True},
        {**RECORDING, "policy": Policy(look_first=True)},
    ],
    ids=["memory", "closed", "look first"],
)
def test_a_claim_records_no_attempt_where_the_cancel_is_not_sent_next(
    facts: dict[str, Any],
) -> None:
    """Nothing is to be recorded, to be sent, or a read comes first."""
    run = played(cancel_plan(**facts), (KeyHistory(), 0.0))
    assert run.steps[0] == ClaimKey(30.0, first_attempt=False)

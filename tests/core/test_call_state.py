"""The state of a call: maybe executed requests, replies, ids and interruptions."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from countermand import Attempt, Backoff, Policy, Sent
from countermand._core.commands import TokenGranted
from countermand._core.request import CallState, record_interruption, send_request
from countermand.errors import Forbidden
from countermand.provider._verdicts import Done, MaybeExecuted, NotSent, Refused
from countermand.receipt import Outcome
from tests.support.samples import SUCCESS, reply
from tests.support.script import DENIED, LOST, play, request_plan

BUSY: Final = reply(503, b"", None, retry_after="2")
NO_JITTER: Final = Backoff(first=0.0)


def test_a_maybe_executed_request_stays_so_after_a_definite_answer() -> None:
    """Only the requests before the last verdict count."""
    state = CallState()
    procedure = send_request(request_plan("pace_pay", Policy(backoff=NO_JITTER)), 0.0, state)
    play(procedure, (TokenGranted(None), 0.0), (LOST, 0.0))
    assert (state.verdict, state.maybe_executed) == (MaybeExecuted(message="reset"), False)
    state = CallState()
    procedure = send_request(request_plan("pace_pay", Policy(backoff=NO_JITTER)), 0.0, state)
    play(procedure, (TokenGranted(None), 0.0), (LOST, 0.0), (True, 0.0), (DENIED, 0.0))
    assert (state.verdict, state.maybe_executed) == (NotSent(message="connection refused"), True)
    assert state.attempt_log == [
        Attempt(sent=Sent.MAYBE_SENT, problem="reset"),
        Attempt(sent=Sent.NOT_SENT, problem="connection refused"),
    ]


def test_the_last_reply_is_kept_when_none_follows() -> None:
    """It stays in the state for the caller's support."""
    state = CallState()
    procedure = send_request(request_plan("pace_pay", Policy(backoff=NO_JITTER)), 0.0, state)
    play(procedure, (TokenGranted(None), 0.0), (BUSY, 0.0), (True, 0.0), (LOST, 0.0))
    assert state.reply == BUSY


def test_each_id_that_was_read_is_kept_once() -> None:
    """From answers that broke off; a VTEX provider is to give the same one each time."""
    state = CallState(references=["C0"])
    plan = request_plan("vtex", Policy(backoff=NO_JITTER))
    script: list[tuple[object, float]] = [(TokenGranted(None), 0.0)]
    for name in ("C1", "C1", "C2"):
        body = json.dumps({**SUCCESS["vtex"][1], "cancellationId": name}).encode()
        script += [(reply(200, body, problem="cut"), 0.0), (True, 0.0)]
    play(send_request(plan, 0.0, state), *script)
    assert state.references == ["C0", "C1", "C2"]


def test_the_answer_s_own_id_is_no_earlier_one() -> None:
    """A success names it on the receipt."""
    state = CallState()
    play(
        send_request(request_plan("vtex"), 0.0, state),
        (TokenGranted(None), 0.0),
        (reply(*SUCCESS["vtex"]), 0.0),
    )
    assert state.references == []
    assert isinstance(state.verdict, Done)


@pytest.mark.parametrize(
    ("exchange", "attempt", "verdict"),
    [
        (
            None,
            Attempt(sent=Sent.MAYBE_SENT, problem="interrupted by the caller", at=1.5),
            MaybeExecuted(message="interrupted by the caller"),
        ),
        (
            DENIED,
            Attempt(sent=Sent.NOT_SENT, problem="connection refused", at=1.5),
            NotSent(message="connection refused"),
        ),
        (
            reply(204, b"", None, problem="cut"),
            Attempt(sent=Sent.RESPONDED, status=204, problem="cut", at=1.5),
            Done(outcome=Outcome.CANCELLED),
        ),
    ],
    ids=["no word of it", "not sent", "answered"],
)
def test_an_interruption_logs_the_progress_of_the_request(
    exchange: Any, attempt: Attempt, verdict: object
) -> None:
    """Where it says nothing, nothing is certain."""
    state = CallState(sent_at=1.5)
    record_interruption(request_plan("pace_pay"), state, exchange)
    assert (state.attempt_log, state.verdict, state.sent_at) == ([attempt], verdict, None)


@pytest.mark.parametrize("exchange", [None, LOST])
def test_an_interruption_between_two_requests_adds_nothing(exchange: Any) -> None:
    """What was entered stays as it was."""
    state = CallState(verdict=Refused(error=Forbidden, message="no"))
    record_interruption(request_plan("pace_pay"), state, exchange)
    assert state.attempt_log == []
    assert isinstance(state.verdict, Refused)


def test_a_call_that_is_interrupted_at_once_has_an_attempt_at_its_very_beginning() -> None:
    """Nought seconds are a time like any other."""
    state = CallState(sent_at=0.0)
    record_interruption(request_plan("pace_pay"), state, None)
    assert [attempt.at for attempt in state.attempt_log] == [0.0]


def test_nothing_sent_has_a_message() -> None:
    """What a caller reads whose call ended before its first request."""
    assert CallState().verdict == NotSent(
        message="nothing was sent before the deadline or an interruption"
    )

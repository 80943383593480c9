"""The commands of one request: tokens, deadlines and waits."""

from __future__ import annotations

from typing import Any, Final

import pytest

from countermand import Attempt, Backoff, Policy, Sent
from countermand._core.commands import (
    GetToken,
    RecordAttempt,
    Rejected,
    SendRequest,
    TokenGranted,
    WaitToRetry,
)
from countermand._core.request import CallState, send_request
from countermand.errors import LedgerUnavailable
from countermand.provider._verdicts import Done, MaybeExecuted, NotSent, Withheld
from countermand.receipt import Evidence, Outcome
from tests.support.samples import reply
from tests.support.script import DENIED, LOST, play, request_plan

CALL: Final = request_plan("pace_pay").call
DONE: Final = reply(204, b"", None)
BUSY: Final = reply(503, b"", None, retry_after="2")
NO_JITTER: Final = Backoff(first=0.0)


def test_a_call_gets_a_token_and_is_sent_with_it() -> None:
    """Within the attempt's limit; its time counts from the beginning of the call."""
    state = CallState()
    played = play(
        send_request(request_plan("pace_pay"), 100.0, state),
        (TokenGranted("t1"), 101.0),
        (DONE, 102.5),
    )
    assert played.steps == [GetToken("pace_pay", None, 30.0), SendRequest(CALL, "t1", 111.0)]
    assert state.verdict == Done(outcome=Outcome.CANCELLED)
    assert state.attempt_log == [Attempt(sent=Sent.RESPONDED, status=204, at=1.0)]
    assert (state.reply, state.sent_at, state.maybe_executed) == (DONE, None, False)
    assert state.evidence is Evidence.REPLY


@pytest.mark.parametrize(("reserve", "limit"), [(0.0, 4.0), (0.25, 3.0)])
def test_an_attempt_gets_the_remaining_time_less_the_reserve(reserve: float, limit: float) -> None:
    """The reserve is kept for the read-back."""
    plan = request_plan("pace_pay", Policy(deadline=5.0), read_back_reserve=reserve)
    played = play(send_request(plan, 100.0, CallState()), (TokenGranted(None), 101.0))
    assert played.steps[-1] == SendRequest(CALL, None, 101.0 + limit)
    assert not played.ended


def test_the_time_of_a_pending_request_is_known() -> None:
    """An interruption then has something to enter into the log."""
    state = CallState()
    play(send_request(request_plan("pace_pay"), 100.0, state), (TokenGranted(None), 101.5))
    assert state.sent_at == 1.5
    assert state.attempt_log == []


def test_a_wait_is_what_the_provider_asked_for_and_up_to_the_ceiling_more() -> None:
    """The same request is then sent again, with the same token and the remaining time."""
    plan = request_plan("pace_pay", Policy(attempt_timeout=60.0, backoff=Backoff(first=8.0)))
    state = CallState()
    played = play(
        send_request(plan, 0.0, state),
        (TokenGranted("t1"), 1.0),
        (BUSY, 2.0),
        (True, 10.0),
        (DONE, 11.0),
    )
    assert played.steps[1:] == [
        SendRequest(CALL, "t1", 30.0),
        WaitToRetry(2.0, 8.0),
        SendRequest(CALL, "t1", 30.0),
    ]
    assert [attempt.at for attempt in state.attempt_log] == [1.0, 10.0]
    assert state.verdict == Done(outcome=Outcome.CANCELLED)


def test_a_date_to_wait_for_is_measured_against_the_wall_clock() -> None:
    """The monotonic clock knows no date."""
    dated = reply(503, b"", None, retry_after="Fri, 20 Nov 2026 12:00:07 GMT")
    plan = request_plan("pace_pay", Policy(backoff=NO_JITTER))
    played = play(send_request(plan, 0.0, CallState()), (TokenGranted(None), 0.0), (dated, 0.0))
    assert played.steps[-1] == WaitToRetry(7.0, 0.0)


@pytest.mark.parametrize("next_exchange", [LOST, DENIED, reply(503, b"", None)])
def test_a_provider_is_waited_for_only_as_long_as_its_last_reply_asks(next_exchange: Any) -> None:
    """What an earlier reply asked for is past."""
    plan = request_plan("pace_pay", Policy(backoff=NO_JITTER))
    state = CallState()
    played = play(
        send_request(plan, 0.0, state),
        (TokenGranted(None), 0.0),
        (BUSY, 0.0),
        (True, 2.0),
        (next_exchange, 3.0),
    )
    assert played.steps[-1] == WaitToRetry(0.0, 0.0)
    assert state.retry_after is None


def test_a_spent_budget_ends_the_call_with_what_is_known() -> None:
    """The verdict is the last reply's."""
    state = CallState()
    play(
        send_request(request_plan("pace_pay"), 0.0, state),
        (TokenGranted(None), 0.0),
        (BUSY, 0.0),
        (False, 0.0),
    )
    assert state.verdict == MaybeExecuted(message="503 Service Unavailable")
    assert state.retry_after == 2.0
    assert state.reply == BUSY


@pytest.mark.parametrize("exchange", [LOST, DENIED, BUSY, reply(429, b"", None)])
def test_every_failed_attempt_counts_as_one(exchange: Any) -> None:
    """Two attempts are two, whatever became of the first."""
    plan = request_plan("pace_pay", Policy(attempts=2, backoff=NO_JITTER))
    played = play(
        send_request(plan, 0.0, CallState()),
        (TokenGranted(None), 0.0),
        (exchange, 0.0),
        (True, 2.0),
        (exchange, 2.0),
    )
    assert played.ended


def test_a_wait_that_outlasts_the_deadline_ends_the_call() -> None:
    """A slow clock, or a slow sleep: at the deadline nothing more goes out."""
    plan = request_plan("pace_pay", Policy(backoff=NO_JITTER))
    for late, ended in ((30.0, True), (29.9, False)):
        script = ((TokenGranted(None), 0.0), (LOST, 0.0), (True, late))
        assert play(send_request(plan, 0.0, CallState()), *script).ended is ended


def test_each_attempt_is_recorded_by_its_number_before_it_is_sent() -> None:
    """One, two; the time that recording takes counts."""
    plan = request_plan("pace_pay", Policy(backoff=NO_JITTER), record_attempts=True)
    state = CallState()
    played = play(
        send_request(plan, 0.0, state),
        (TokenGranted(None), 0.0),
        (None, 1.0),
        (LOST, 2.0),
        (True, 2.0),
        (None, 25.0),
        (DONE, 26.0),
    )
    assert [step for step in played.steps if isinstance(step, RecordAttempt)] == [
        RecordAttempt(1, 30.0),
        RecordAttempt(2, 28.0),
    ]
    assert played.steps[-1] == SendRequest(CALL, None, 30.0)
    assert [attempt.at for attempt in state.attempt_log] == [1.0, 25.0]


@pytest.mark.parametrize(("at", "ended"), [(29.9, False), (30.0, True), (31.0, True)])
def test_an_attempt_that_was_recorded_too_late_is_not_sent(at: float, *, ended: bool) -> None:
    """Nothing was sent, so nothing is maybe executed."""
    state = CallState()
    plan = request_plan("pace_pay", record_attempts=True)
    played = play(send_request(plan, 0.0, state), (TokenGranted(None), 0.0), (None, at))
    assert played.ended is ended
    assert isinstance(state.verdict, NotSent)


@pytest.mark.parametrize(
    ("before", "maybe_executed"), [([], False), ([(DENIED, 0.0)], False), ([(LOST, 0.0)], True)]
)
def test_an_attempt_that_cannot_be_recorded_is_not_sent(
    before: list[Any], *, maybe_executed: bool
) -> None:
    """And it hides no earlier one that may have been executed."""
    error = LedgerUnavailable("disk full")
    earlier = [(None, 0.0), *before, (True, 0.0)] if before else []
    state = CallState()
    plan = request_plan("pace_pay", Policy(backoff=NO_JITTER), record_attempts=True)
    script = [(TokenGranted(None), 0.0), *earlier, (Rejected(error), 0.0)]
    assert play(send_request(plan, 0.0, state), *script).ended
    assert state.verdict == Withheld(error=error)
    assert state.maybe_executed is maybe_executed


def test_a_failed_record_leaves_the_key_maybe_executed() -> None:
    """It came from a call before this one."""
    state = CallState(maybe_executed=True)
    plan = request_plan("pace_pay", record_attempts=True)
    rejected = Rejected(LedgerUnavailable("disk full"))
    play(send_request(plan, 0.0, state), (TokenGranted(None), 0.0), (rejected, 0.0))
    assert state.maybe_executed

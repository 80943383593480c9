"""Cancels whose payment is read before each send and compared with itself afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from attrs import evolve

from countermand import (
    CancellationInProgress,
    Declined,
    Evidence,
    Forbidden,
    NotCancelled,
    NotFound,
    Outcome,
    OutcomeUnknown,
    Policy,
    RateLimited,
    Receipt,
    Unauthenticated,
    Unreachable,
    bento,
)
from countermand._core.cancel import cancel_flow
from countermand._core.commands import (
    GetToken,
    KeyHistory,
    RecordAttempt,
    RecordOutcome,
    SendRequest,
    TakeRetryToken,
)
from countermand._core.request import CallState
from countermand.provider import NotKnown
from tests.support.samples import CANCELLATIONS, reply
from tests.support.script import (
    DENIED,
    FREE,
    LOST,
    RECORDED,
    TOKEN,
    cancel_plan,
    paths,
    play,
    played,
)

if TYPE_CHECKING:
    from countermand._core.cancel import CancelPlan
    from countermand._core.commands import Command
    from countermand.provider import ReadBack, Snapshot, SnapshotRead

CANCELLATION: Any = CANCELLATIONS["bento"]
NEW: Final = (KeyHistory(), 0.0)
HISTORY: Final = [{"action": "Capture", "result": "Success"}]
REFUND: Final = {"action": "Refund", "result": "Success"}
FAILED: Final = {"action": "Refund", "result": "Failure"}
SNAPSHOT: Final[dict[str, Any]] = {
    "state": "CaptureSucceeded",
    "refundedAmount": 0,
    "capturedAmount": 2000,
    "history": HISTORY,
    "updated": "then",
}


def read(**facts: object) -> Any:
    """The answer to a read."""
    return reply(200, {"data": {**SNAPSHOT, **facts}}), 0.0


REFUNDED: Final = read(
    state="Refunded", refundedAmount=500, history=[*HISTORY, REFUND], updated="now"
)
REFUNDING: Final = read(state="Refunding", updated="now")
ACCEPTED: Final = (reply(202, {"data": {"state": "Refunding"}}), 0.0)
GATEWAY: Final = (reply(429, b"<html>", "text/html"), 0.0)
OWN_429: Final = (reply(429, {"message": "slow down", "causes": []}), 0.0)
REFUSED: Final = (reply(422, {"message": "no", "causes": []}), 0.0)


def plan(policy: Policy | None = None, **facts: Any) -> CancelPlan:
    """The plan of a Bento cancel with its reads; attempts are recorded."""
    comparison = bento.PROVIDER.comparison
    assert comparison is not None
    known = {
        "read_back": lambda snapshot: comparison.after(CANCELLATION, snapshot),
        "take_snapshot": lambda: comparison.before(CANCELLATION),
        "instead_of_snapshot": comparison.instead,
        "record_attempts": True,
    }
    return cancel_plan("bento", policy or Policy(attempts=2), **{**known, **facts})


def methods(steps: list[Command[Any]]) -> list[str]:
    """The methods of the requests."""
    return [step.call.operation.method for step in steps if isinstance(step, SendRequest)]


def recorded(steps: list[Command[Any]]) -> list[Any]:
    """The snapshots that were recorded with attempts."""
    return [step.snapshot for step in steps if isinstance(step, RecordAttempt)]


def unchanged(steps: list[Command[Any]]) -> bool | None:
    """What the outcome's record says of the last read."""
    (closed,) = [step for step in steps if isinstance(step, RecordOutcome)]
    return closed.notes.unchanged


SENT: Final = ((None, 0.0), ACCEPTED)
"""An attempt is recorded and answered."""


def test_the_payment_is_read_and_recorded_before_the_cancel_is_sent() -> None:
    """One read, then one PUT; the claim records no attempt."""
    run = played(plan(), NEW, TOKEN, TOKEN, read(), *SENT, RECORDED)
    assert isinstance(run.result, Receipt)
    assert (run.result.outcome, run.result.evidence) == (Outcome.ACCEPTED, Evidence.REPLY)
    assert len(run.result.attempts) == 1
    assert methods(run.steps) == ["GET", "PUT"]
    assert recorded(run.steps) == [SNAPSHOT]
    assert not getattr(run.steps[0], "first_attempt", True)
    assert unchanged(run.steps) is None


def test_a_memory_gets_the_snapshot_as_well() -> None:
    """It keeps no attempts otherwise."""
    memory = plan(record_attempts=False)
    run = played(memory, NEW, TOKEN, TOKEN, read(), *SENT, RECORDED)
    assert recorded(run.steps) == [SNAPSHOT]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (LOST, Unreachable),
        (DENIED, Unreachable),
        (reply(503, {"causes": []}), Unreachable),
        (reply(200, {"data": {}}), Unreachable),
        (reply(403, {"message": "no", "causes": []}), Forbidden),
        (reply(404, {"message": "no", "causes": []}), NotFound),
        (reply(401, {"message": "no", "causes": []}), Unauthenticated),
        (reply(429, {"message": "no", "causes": []}), RateLimited),
    ],
)
def test_without_a_snapshot_nothing_is_sent(answer: Any, kind: type) -> None:
    """The read's own answer says why; one attempt, without a retry token; the key is free."""
    run = played(plan(), NEW, TOKEN, TOKEN, (answer, 0.0), RECORDED)
    assert type(run.result) is kind
    assert not run.result.about_payment
    assert "nothing was sent, since the transaction could not be read" in run.result.message
    assert "bento.Account(read=False)" in run.result.message
    assert run.result.attempts == ()
    assert methods(run.steps) == ["GET"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [(LOST, ": reset; "), (reply(404, {"message": "who?", "causes": []}), ": 404 Not Found; ")],
)
def test_the_message_gives_the_answer_to_the_read(answer: Any, told: str) -> None:
    """After what was read, and before the way around it."""
    run = played(plan(), NEW, TOKEN, TOKEN, (answer, 0.0), RECORDED)
    said = "nothing was sent, since the transaction could not be read"
    assert f"{said}{told}" in getattr(run.result, "message", "")


def test_a_refusal_of_the_read_says_nothing_about_the_cancel() -> None:
    """Whatever the specification of the read makes of it."""
    comparison = bento.PROVIDER.comparison
    assert comparison is not None
    call = next(comparison.before(CANCELLATION))
    evidence = evolve(call.operation.evidence, state=frozenset({"404"}))
    about_payment = evolve(call, operation=evolve(call.operation, evidence=evidence))

    def before() -> SnapshotRead:
        yield about_payment
        return NotKnown("the transaction could not be read")

    answer = reply(404, {"message": "no", "causes": []})
    run = played(plan(take_snapshot=before), NEW, TOKEN, TOKEN, (answer, 0.0), RECORDED)
    assert isinstance(run.result, NotFound)
    assert run.result.about_payment is False


def test_the_read_says_when_to_come_back() -> None:
    """As the provider asks."""
    limited = evolve(OWN_429[0], headers=(*OWN_429[0].headers, ("retry-after", "7")))
    run = played(plan(), NEW, TOKEN, TOKEN, (limited, 0.0), RECORDED)
    assert isinstance(run.result, RateLimited)
    assert run.result.retry_after == 7.0


def test_a_client_without_an_account_for_the_read_sends_nothing() -> None:
    """Another provider may be read elsewhere."""
    run = played(plan(readable_apis=frozenset()), NEW, TOKEN, RECORDED)
    assert isinstance(run.result, Unreachable)
    assert "needs an account for bento" in run.result.message


def test_what_is_cancelled_already_is_not_sent() -> None:
    """The read is the evidence."""
    run = played(plan(), NEW, TOKEN, TOKEN, read(state="AuthVoided"), RECORDED)
    assert isinstance(run.result, Receipt)
    expected = (Outcome.ALREADY_CANCELLED, Evidence.READ_BACK)
    assert (run.result.outcome, run.result.evidence) == expected
    assert methods(run.steps) == ["GET"]


def test_while_a_refund_is_under_way_nothing_is_sent() -> None:
    """As while another call works on the payment."""
    run = played(plan(), NEW, TOKEN, TOKEN, REFUNDING, RECORDED)
    assert type(run.result) is CancellationInProgress
    assert "nothing was sent: a refund of the transaction is under way" in run.result.message
    assert methods(run.steps) == ["GET"]


@pytest.mark.parametrize("answer", [(DENIED, 0.0), OWN_429])
def test_the_snapshot_is_taken_anew_before_a_retry(answer: Any) -> None:
    """The first request was not executed, so what has changed is another's."""
    second = {**SNAPSHOT, "refundedAmount": 7}
    first = (NEW, TOKEN, TOKEN, read(), (None, 0.0), answer, (True, 0.0))
    run = played(plan(), *first, TOKEN, read(refundedAmount=7), *SENT, RECORDED)
    assert methods(run.steps) == ["GET", "PUT", "GET", "PUT"]
    assert recorded(run.steps) == [SNAPSHOT, second]


def test_after_a_gateway_s_answer_the_look_serves_as_snapshot() -> None:
    """A later one might show our own work, by a copy that the gateway has sent."""
    first = (NEW, TOKEN, TOKEN, read(), (None, 0.0), GATEWAY, (True, 0.0))
    run = played(plan(), *first, TOKEN, read(), *SENT, RECORDED)
    assert methods(run.steps) == ["GET", "PUT", "GET", "PUT"]
    assert recorded(run.steps) == [SNAPSHOT, SNAPSHOT]


def test_after_a_gateway_s_answer_a_change_permits_no_other_request() -> None:
    """It may be ours."""
    first = (NEW, TOKEN, TOKEN, read(), (None, 0.0), GATEWAY, (True, 0.0))
    run = played(plan(), *first, TOKEN, REFUNDING, TOKEN, REFUNDING, RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert methods(run.steps).count("PUT") == 1


LOST_ANSWER: Final = (NEW, TOKEN, TOKEN, read(), (None, 0.0), (LOST, 1.0))


def test_a_lost_answer_is_found_by_comparison() -> None:
    """One new refund of our amount."""
    run = played(plan(), *LOST_ANSWER, TOKEN, REFUNDED, RECORDED)
    assert isinstance(run.result, Receipt)
    expected = (Outcome.CANCELLED, Evidence.READ_BACK, 500)
    assert (run.result.outcome, run.result.evidence, run.result.amount) == expected
    assert methods(run.steps) == ["GET", "PUT", "GET"]


def test_a_refund_that_failed_is_declined() -> None:
    """Its request was executed, and changed nothing."""
    shown = read(state="RefundFailed", history=[*HISTORY, FAILED], updated="now")
    run = played(plan(), *LOST_ANSWER, TOKEN, shown, RECORDED)
    assert type(run.result) is Declined
    assert run.result.about_payment


@pytest.mark.parametrize(
    ("look", "equal"),
    [(read(), True), (REFUNDING, False), (read(updated="now"), False), ((LOST, 2.0), None)],
)
def test_an_equal_payment_proves_nothing_yet(look: Any, equal: bool | None) -> None:  # noqa: FBT001
    """The request may arrive later, so it is not sent again."""
    run = played(plan(Policy(attempts=1)), *LOST_ANSWER, TOKEN, look, RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert methods(run.steps) == ["GET", "PUT", "GET"]
    assert unchanged(run.steps) is equal


def test_without_a_retry_token_a_lost_answer_is_not_looked_up() -> None:
    """Reads must not make an outage worse."""
    script = (*LOST_ANSWER, (False, 1.0), RECORDED)
    free = {kind: value for kind, value in FREE.items() if kind is not TakeRetryToken}
    run = play(cancel_flow(plan(), 0.0, CallState()), *script, free=free)
    assert isinstance(run.result, OutcomeUnknown)
    assert unchanged(run.steps) is None


@pytest.mark.parametrize(
    ("look", "kind"), [(read(), Declined), ((LOST, 0.0), Declined), (REFUNDED, Receipt)]
)
def test_a_refusal_about_the_payment_gets_a_look(look: Any, kind: type) -> None:
    """It stands unless the look shows our cancel."""
    run = played(plan(), NEW, TOKEN, TOKEN, read(), (None, 0.0), REFUSED, TOKEN, look, RECORDED)
    assert isinstance(run.result, kind)
    assert methods(run.steps) == ["GET", "PUT", "GET"]


def test_a_refusal_does_not_stand_beside_a_change_that_may_be_ours() -> None:
    """The first copy may have started the refund, and the second one was refused."""
    run = played(
        plan(), NEW, TOKEN, TOKEN, read(), (None, 0.0), REFUSED, TOKEN, REFUNDING, RECORDED
    )
    assert isinstance(run.result, OutcomeUnknown)
    assert "by it or by another request" in run.result.message


def test_a_refusal_stands_beside_a_refund_that_failed_at_once() -> None:
    """The processor refused ours, and the history shows it."""
    shown = read(history=[*HISTORY, FAILED], updated="now")
    run = played(plan(), NEW, TOKEN, TOKEN, read(), (None, 0.0), REFUSED, TOKEN, shown, RECORDED)
    assert type(run.result) is Declined


def earlier(**facts: Any) -> tuple[KeyHistory, float]:
    """A key with an attempt that may have been executed."""
    known = {"attempts": 1, "maybe_executed": True, "snapshot": SNAPSHOT}
    return KeyHistory(**{**known, "since_last_attempt": 5000.0, **facts}), 0.0


@pytest.mark.parametrize("unchanged_for", [None, 0.0, 899.9])
def test_two_equal_reads_must_be_a_window_apart(unchanged_for: float | None) -> None:
    """Until then it is unknown, and nothing is sent."""
    run = played(plan(), earlier(unchanged_for=unchanged_for), TOKEN, read(), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert methods(run.steps) == ["GET"]
    assert unchanged(run.steps) is True


def test_two_equal_reads_a_window_apart_prove_that_nothing_was_executed() -> None:
    """The call ends with that; it sends nothing, and the key is free."""
    state = CallState()
    run = played(plan(), earlier(unchanged_for=900.0), TOKEN, read(), RECORDED, state=state)
    assert state.maybe_executed is False
    assert type(run.result) is NotCancelled
    assert run.result.about_payment is False
    assert "unchanged in two reads" in run.result.message
    assert methods(run.steps) == ["GET"]


def test_a_window_counts_from_the_last_attempt_as_well() -> None:
    """Clocks may differ."""
    history = earlier(unchanged_for=900.0, since_last_attempt=899.0)
    run = played(plan(), history, TOKEN, read(), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)


@pytest.mark.parametrize("look", [REFUNDING, read(updated="now"), (reply(503, {}), 0.0)])
def test_another_read_proves_nothing(look: Any) -> None:
    """However long ago the first one was."""
    run = played(plan(Policy(attempts=1)), earlier(unchanged_for=9000.0), TOKEN, look, RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert methods(run.steps) == ["GET"]


def test_an_attempt_without_a_snapshot_stays_unknown() -> None:
    """It was sent by an account that does not read."""
    run = played(plan(), earlier(snapshot=None, unchanged_for=None), TOKEN, REFUNDED, RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert "nothing can be compared" in run.result.message


def test_a_person_s_word_permits_another_request_with_a_new_snapshot() -> None:
    """Given after the window, and unless the read shows the cancel."""
    history = earlier(confirmed_absent_after=900.0)
    again = (TOKEN, read(refundedAmount=7), *SENT, RECORDED)
    run = played(plan(), history, TOKEN, REFUNDING, TOKEN, *again)
    assert isinstance(run.result, Receipt)
    assert recorded(run.steps) == [{**SNAPSHOT, "refundedAmount": 7}]
    found = played(plan(), history, TOKEN, REFUNDED, RECORDED)
    assert isinstance(found.result, Receipt)
    assert methods(found.steps) == ["GET"]


def test_where_a_repeat_does_no_harm_nothing_is_read_first() -> None:
    """A third party's provider may have both."""
    operation = plan().call.operation
    harmless = evolve(operation, repeat=evolve(operation.repeat, effect="none"))
    safe = plan(call=evolve(plan().call, operation=harmless))
    run = played(safe, (KeyHistory(attempt_recorded=True), 0.0), TOKEN, ACCEPTED, RECORDED)
    assert isinstance(run.result, Receipt)
    assert paths(run) == [safe.call.path]


def test_where_nothing_is_compared_the_read_back_gets_no_snapshot() -> None:
    """An earlier version of the provider may have left one."""
    operation = plan().call.operation
    harmless = evolve(operation, repeat=evolve(operation.repeat, effect="none"))
    seen: list[Snapshot | None] = []

    def reads(snapshot: Snapshot | None) -> ReadBack:
        seen.append(snapshot)
        yield from ()
        return NotKnown("nothing can be read")

    policy = Policy(attempts=1)
    safe = plan(policy, call=evolve(plan().call, operation=harmless), read_back=reads)
    history = (KeyHistory(maybe_executed=True, snapshot=SNAPSHOT), 0.0)
    played(safe, history, TOKEN, (None, 0.0), (LOST, 0.0), RECORDED)
    assert seen
    assert set(map(type, seen)) == {type(None)}


@pytest.mark.parametrize(("at", "reads"), [(29.5, 1), (30.0, 0)])
def test_the_payment_is_read_as_long_as_time_is_left(at: float, reads: int) -> None:
    """Nothing is ever sent without the read before it."""
    answers = [TOKEN, (read()[0], 30.0)] if reads else []
    token = (TOKEN[0], at)
    late = [(step, max(at, when)) for step, when in answers]
    run = played(plan(), NEW, token, *late, (True, 30.0))
    assert methods(run.steps) == ["GET"] * reads
    assert isinstance(run.result, Unreachable)
    asked = [step for step in run.steps if isinstance(step, GetToken)]
    assert len(asked) == 1 + reads
    assert "could not be read" not in run.result.message


def test_a_read_that_uses_up_the_time_sends_nothing() -> None:
    """The deadline covers it."""
    run = played(plan(), NEW, TOKEN, TOKEN, (read()[0], 31.0), RECORDED)
    assert isinstance(run.result, Unreachable)
    assert methods(run.steps) == ["GET"]

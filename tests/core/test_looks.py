"""Looks that no lost answer asks for: after a refusal, after a gateway's answer, before a send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import pytest
from attrs import evolve
from countermand_clients.operation import Repeat

from countermand import (
    AlreadyCaptured,
    Evidence,
    Forbidden,
    NotCancelled,
    OutcomeUnknown,
    Policy,
    RateLimited,
    Receipt,
    Unauthenticated,
    Unreachable,
)
from countermand._core.cancel import cancel_flow
from countermand._core.commands import (
    KeyHistory,
    SendRequest,
    TakePlace,
    TakeRetryToken,
    TokenGranted,
    WaitToRetry,
)
from countermand._core.looks import read_back
from countermand._core.request import CallState, RequestState
from countermand.provider import Absent, NotKnown, ReadBack, Snapshot
from tests.support.cancel_simulation import GONE, SHOWN
from tests.support.samples import KEY, reply
from tests.support.script import (
    BROKEN,
    CANCEL,
    DONE,
    EMPTY,
    FOUND,
    LISTED,
    LOST,
    RECORDED,
    THE_CANCEL,
    TOKEN,
    cancel_plan,
    paths,
    play,
    played,
)

if TYPE_CHECKING:
    from countermand._core.cancel import CancelPlan

NEW: Final = (KeyHistory(), 0.0)
CHARGED: Final = reply(400, {"errors": [{"code": "API.340.100.018", "merchantMessage": "x"}]})
STARTED: Final = reply(403, {"errors": [{"title": "fuelling has started"}]})
NO_SCOPE: Final = reply(403, b'Forbidden - requires scope "x"', "text/plain")
BUSY: Final = reply(429, b"<html>", "text/html")
LOGIN: Final = reply(401, b"<html>", "text/html")
OWN_BUSY: Final = reply(429, {"errors": [{"title": "slow down"}]})
UNREAD: Final = reply(404, {"errors": [{"title": "not found"}]})


def test_a_refusal_about_the_payment_gets_one_look_that_finds_the_cancel() -> None:
    """A gateway may have sent the request twice: this was the answer to the second copy."""
    script = [NEW, TOKEN, (CHARGED, 0.0), TOKEN, (LISTED, 0.0), TOKEN, (FOUND, 0.0), RECORDED]
    run = played(cancel_plan(), *script)
    assert isinstance(run.result, Receipt)
    assert run.result.evidence is Evidence.READ_BACK
    assert run.result.key == KEY
    assert paths(run).count(CANCEL) == 1


@pytest.mark.parametrize("look", [EMPTY, BROKEN, LOST, reply(200, {"transactions": [{}]})])
def test_the_refusal_stands_if_the_look_shows_nothing_or_fails(look: Any) -> None:
    """One attempt per read, and no wait."""
    run = played(cancel_plan(), NEW, TOKEN, (CHARGED, 0.0), TOKEN, (look, 0.0), RECORDED)
    assert type(run.result) is AlreadyCaptured
    assert run.result.about_payment
    assert not any(isinstance(step, WaitToRetry) for step in run.steps)


def test_the_refusal_does_not_stand_after_an_attempt_that_may_have_been_executed() -> None:
    """A lost answer, then a refusal: the payment's state may be our own work."""
    plan = cancel_plan("pace_fueling", Policy(attempts=1))
    history = (KeyHistory(maybe_executed=True, confirmed_absent_after=1.0), 0.0)
    run = played(plan, history, TOKEN, (UNREAD, 0.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)


@pytest.mark.parametrize(("look", "kind"), [(GONE, Receipt), (SHOWN, AlreadyCaptured)])
def test_the_look_decides_at_fueling(look: Any, kind: type) -> None:
    """410 at PACE Pay is cancelled, 200 is captured."""
    run = played(
        cancel_plan("pace_fueling"), NEW, TOKEN, (STARTED, 0.0), TOKEN, (look, 0.0), RECORDED
    )
    assert type(run.result) is kind


@pytest.mark.parametrize("api", ["pace_pay", "bento"])
def test_where_no_look_is_needed_or_possible_the_refusal_stands(api: str) -> None:
    """PACE Pay answers a repeat as the first request; Bento has nothing to read."""
    refusal = STARTED if api == "pace_pay" else reply(404, {"message": "no", "causes": []})
    run = played(cancel_plan(api), NEW, TOKEN, (refusal, 0.0), RECORDED)
    assert isinstance(run.result, NotCancelled)
    assert run.result.about_payment
    assert len(paths(run)) == 1


def readable(answer: Literal["same", "unknown"]) -> CancelPlan:
    """The plan of a provider that can be read, and where a repeat does no harm."""
    plan = cancel_plan("pace_fueling")
    operation = evolve(plan.operation, repeat=Repeat("none", answer))
    return evolve(plan, call=evolve(plan.call, operation=operation))


def test_where_a_repeat_gets_the_first_answer_a_refusal_gets_no_look() -> None:
    """A second copy would have been answered as the first, so this was the first."""
    run = played(readable("same"), NEW, TOKEN, (STARTED, 0.0), RECORDED)
    assert type(run.result) is Forbidden
    assert len(paths(run)) == 1


def test_where_a_repeat_gets_the_first_answer_a_refusal_speaks_for_both() -> None:
    """Elsewhere a refusal after a lost answer is looked into."""
    twice = [NEW, TOKEN, (LOST, 0.0), (True, 1.0), (STARTED, 1.0)]
    assert type(played(readable("same"), *twice, RECORDED).result) is Forbidden
    run = played(readable("unknown"), *twice, TOKEN, (GONE, 1.0), RECORDED)
    assert type(run.result) is Receipt


def test_a_refusal_about_the_caller_gets_no_look() -> None:
    """A missing scope says nothing of the payment, so the key stays free."""
    run = played(cancel_plan("pace_fueling"), NEW, TOKEN, (NO_SCOPE, 0.0), RECORDED)
    assert type(run.result) is Forbidden
    assert not run.result.about_payment
    assert len(paths(run)) == 1


def test_a_gateway_s_429_is_followed_by_a_look_and_then_by_another_request() -> None:
    """Here it shows nothing, so the request is sent again after the wait."""
    look = [(True, 1.0), TOKEN, (UNREAD, 1.0)]
    again = (reply(204, b"", None), 1.0)
    run = played(cancel_plan("pace_fueling"), NEW, TOKEN, (BUSY, 0.0), *look, again, RECORDED)
    assert isinstance(run.result, Receipt)
    assert run.result.evidence is Evidence.REPLY
    assert [path.startswith("/gas-stations/") for path in paths(run)] == [True, False, True]


@pytest.mark.parametrize(("answer", "ready"), [(BUSY, (True, 1.0)), (LOGIN, TOKEN)])
def test_the_look_after_a_gateway_s_answer_may_find_the_cancel(answer: Any, ready: Any) -> None:
    """The first copy was executed, and the second one was turned away."""
    plan = cancel_plan("pace_fueling", can_refresh_token=True)
    run = played(plan, NEW, TOKEN, (answer, 0.0), ready, TOKEN, (GONE, 1.0), RECORDED)
    assert isinstance(run.result, Receipt)
    assert run.result.evidence is Evidence.READ_BACK


@pytest.mark.parametrize(
    "answer",
    [
        BROKEN,
        LOST,
        reply(200, b"{", problem="cut"),
        reply(404, b"<html>", "text/html"),
        reply(200, b"<html>", "text/html"),
        reply(405, b"", None),
    ],
)
def test_a_look_that_fails_permits_no_other_request(answer: Any) -> None:
    """The gateway's 429 stands."""
    plan = cancel_plan("pace_fueling")
    run = played(plan, NEW, TOKEN, (BUSY, 0.0), (True, 1.0), TOKEN, (answer, 1.0), RECORDED)
    assert type(run.result) is RateLimited


def test_a_spent_retry_budget_permits_neither_the_look_nor_the_request() -> None:
    """The look is part of the retry, so an outage gets neither."""
    run = played(cancel_plan("pace_fueling"), NEW, TOKEN, (BUSY, 0.0), (False, 0.0), RECORDED)
    assert type(run.result) is RateLimited
    assert len(paths(run)) == 1


def test_without_an_account_for_the_look_no_other_request_is_sent() -> None:
    """As if there were no read."""
    plan = evolve(cancel_plan("pace_fueling"), readable_apis=frozenset({"pace_fueling"}))
    run = played(plan, NEW, TOKEN, (BUSY, 0.0), RECORDED)
    assert type(run.result) is RateLimited


@pytest.mark.parametrize(("answer", "kind"), [(BUSY, RateLimited), (LOGIN, Unauthenticated)])
def test_without_a_look_a_gateway_s_answer_ends_the_call(answer: Any, kind: type) -> None:
    """Bento's PUT is not sent a second time, and its key stays free."""
    plan = cancel_plan("bento", can_refresh_token=True)
    run = played(plan, NEW, TOKEN, (answer, 0.0), RECORDED)
    assert type(run.result) is kind
    assert not run.result.about_payment


@pytest.mark.parametrize(("later", "sent"), [(86399.0, 2), (86400.0, 1)])
def test_a_key_that_vtex_may_have_forgotten_is_not_sent_again(later: float, sent: int) -> None:
    """The call was held up for a day, at a login for example."""
    plan = cancel_plan("vtex", Policy(attempts=2, deadline=90000.0))
    script = [NEW, TOKEN, (LOST, 0.0), (True, later), RECORDED]
    if sent > 1:
        script.insert(-1, (BUSY, later))
    run = played(plan, *script)
    assert type(run.result) is OutcomeUnknown
    assert len(paths(run)) == sent
    assert ("may have forgotten the key" in run.result.next_step) is (sent == 1)


def test_the_age_of_a_key_counts_from_the_first_attempt_of_an_earlier_call() -> None:
    """VTEX may forget it between two attempts of this call."""
    history = KeyHistory(maybe_executed=True, since_first_attempt=86399.5, since_last_attempt=1e6)
    plan = cancel_plan("vtex")
    run = played(plan, (history, 0.0), TOKEN, (LOST, 0.0), (True, 1.0), RECORDED)
    assert type(run.result) is OutcomeUnknown
    assert "may have forgotten the key" in run.result.next_step


def test_the_provider_s_own_429_needs_no_look() -> None:
    """It has answered every copy itself."""
    script = [(True, 1.0), (reply(204, b"", None), 1.0)]
    run = played(cancel_plan("pace_fueling"), NEW, TOKEN, (OWN_BUSY, 0.0), *script, RECORDED)
    assert isinstance(run.result, Receipt)
    assert len(paths(run)) == 2


LOOK_FIRST: Final = Policy(look_first=True)


def test_look_first_finds_the_cancel_of_a_call_whose_key_was_lost() -> None:
    """A crash without a ledger: Unzer's records carry our reference."""
    script = [NEW, TOKEN, (LISTED, 0.0), TOKEN, (FOUND, 0.0), RECORDED]
    run = played(cancel_plan(policy=LOOK_FIRST), *script)
    assert isinstance(run.result, Receipt)
    assert run.result.evidence is Evidence.READ_BACK
    assert CANCEL not in paths(run)


def test_look_first_sends_where_the_records_lack_the_cancel() -> None:
    """At once: nothing says that an earlier request is on its way."""
    script = [NEW, TOKEN, (EMPTY, 0.0), TOKEN, (DONE, 0.0), RECORDED]
    run = played(cancel_plan(policy=LOOK_FIRST), *script)
    assert isinstance(run.result, Receipt)
    assert run.result.evidence is Evidence.REPLY
    assert paths(run)[-1] == CANCEL


@pytest.mark.parametrize("look", [BROKEN, LOST, reply(200, {"transactions": [{"type": "cancel"}]})])
def test_look_first_sends_nothing_if_the_look_shows_nothing(look: Any) -> None:
    """One attempt; the message says why nothing was sent."""
    run = played(cancel_plan(policy=LOOK_FIRST), NEW, TOKEN, (look, 0.0), RECORDED)
    assert type(run.result) is Unreachable
    assert "nothing was sent, since" in run.result.message
    assert CANCEL not in paths(run)


@pytest.mark.parametrize("api", ["pace_fueling", "vtex"])
def test_look_first_asks_only_where_a_marker_can_be_read(api: str) -> None:
    """Elsewhere it changes nothing."""
    run = played(cancel_plan(api, LOOK_FIRST), NEW, TOKEN)
    assert isinstance(run.steps[-1], SendRequest)
    assert run.steps[-1].call.operation.effect == "cancel"


def test_without_look_first_the_first_request_is_the_cancel() -> None:
    """The default."""
    run = played(cancel_plan(), NEW, TOKEN)
    assert paths(run) == [CANCEL]


def test_a_client_that_cannot_read_sends_nothing_with_look_first() -> None:
    """It says which account is missing."""
    plan = evolve(cancel_plan(policy=LOOK_FIRST), readable_apis=frozenset())
    run = played(plan, NEW, RECORDED)
    assert type(run.result) is Unreachable
    assert "needs an account for unzer" in run.result.message


def test_a_look_says_whether_the_provider_has_answered() -> None:
    """Neither where there is no read, nor where the account for it is missing."""
    for facts in ({"read_back": None}, {"readable_apis": frozenset[str]()}):
        plan = evolve(cancel_plan(), **facts)
        look = play(read_back(plan, RequestState(plan, 0.0, 30.0, 0.0))).result
        assert look.succeeded is False
        assert isinstance(look.finding, NotKnown)


def test_without_time_no_place_is_asked_for() -> None:
    """The token came at the deadline."""
    script = [NEW, (TokenGranted("t"), 30.0), RECORDED]
    run = play(cancel_flow(cancel_plan(), 0.0, CallState()), *script, free={TakeRetryToken: True})
    assert not any(isinstance(step, TakePlace) for step in run.steps)


def test_the_look_s_path_is_the_cancel_s() -> None:
    """The one that our reference leads to."""
    script = [NEW, TOKEN, (CHARGED, 0.0), TOKEN, (LISTED, 0.0), TOKEN, (FOUND, 0.0), RECORDED]
    assert paths(played(cancel_plan(), *script))[-1] == THE_CANCEL


def test_a_look_that_lacks_an_account_in_its_middle_permits_no_resend() -> None:
    """The first read shows nothing, and the second cannot be made."""
    plan = cancel_plan("pace_fueling")
    assert plan.read_back is not None
    first = next(plan.read_back(None))
    elsewhere = evolve(first, operation=evolve(first.operation, api="elsewhere"))

    def reads(_snapshot: Snapshot | None) -> ReadBack:
        yield first
        yield elsewhere
        return Absent("it is not there")

    script = [NEW, TOKEN, (BUSY, 0.0), (True, 1.0), TOKEN, (UNREAD, 1.0), RECORDED]
    run = played(evolve(plan, read_back=reads), *script)
    assert len(paths(run)) == 2
    assert type(run.result) is RateLimited


def test_a_look_without_a_read_is_none() -> None:
    """A provider may know beforehand that no read can help."""

    def reads(_snapshot: Snapshot | None) -> ReadBack:
        yield from ()
        return NotKnown("nothing can be read")

    plan = evolve(cancel_plan("pace_fueling"), read_back=reads)
    run = played(plan, NEW, TOKEN, (BUSY, 0.0), RECORDED)
    assert type(run.result) is RateLimited


def test_without_a_place_nothing_is_sent() -> None:
    """The message says what was waited for."""
    full = {TakePlace: "100 calls are under way", TakeRetryToken: True}
    procedure = cancel_flow(cancel_plan(), 0.0, CallState())
    run = play(procedure, NEW, TOKEN, RECORDED, free=full)
    assert type(run.result) is Unreachable
    assert "100 calls are under way" in run.result.message
    assert not paths(run)


@pytest.mark.parametrize(("now", "sent"), [(29.9, 1), (30.0, 0)])
def test_at_the_deadline_nothing_is_sent(now: float, sent: int) -> None:
    """The token came late."""
    plan = cancel_plan(policy=Policy(deadline=30.0))
    run = played(plan, NEW, (TokenGranted("t"), now), *[(DONE, now)] * sent, RECORDED)
    assert len(paths(run)) == sent


@pytest.mark.parametrize(("now", "sent"), [(29.9, 1), (30.0, 0)])
def test_a_place_is_waited_for_until_the_deadline(now: float, sent: int) -> None:
    """One that comes at the deadline is of no use."""
    procedure = cancel_flow(cancel_plan(policy=Policy(deadline=30.0)), 0.0, CallState())
    script = [NEW, TOKEN, (None, now), *[(DONE, now)] * sent, RECORDED]
    run = play(procedure, *script, free={TakeRetryToken: True})
    assert TakePlace("unzer", 30.0) in run.steps
    assert len(paths(run)) == sent


def test_a_refusal_that_answers_a_second_copy_proves_nothing() -> None:
    """A transport of the caller's has sent the request twice, and is not asked again."""
    refusal = evolve(NO_SCOPE, sent_again=True)
    run = played(cancel_plan("pace_pay"), NEW, TOKEN, (refusal, 0.0), RECORDED)
    assert type(run.result) is OutcomeUnknown
    assert "but the transport sent the request more than once" in run.result.message
    done = evolve(reply(204, b"", None), sent_again=True)
    assert isinstance(
        played(cancel_plan("pace_pay"), NEW, TOKEN, (done, 0.0), RECORDED).result, Receipt
    )


def test_a_lost_answer_is_not_read_back_without_a_retry_token() -> None:
    """The error says so."""
    procedure = cancel_flow(cancel_plan(policy=Policy(attempts=1)), 0.0, CallState())
    run = play(
        procedure, NEW, TOKEN, (LOST, 0.0), RECORDED, free={TakePlace: None, TakeRetryToken: False}
    )
    assert type(run.result) is OutcomeUnknown
    assert "; it was not read back, since the retry budget is spent (" in str(run.result)

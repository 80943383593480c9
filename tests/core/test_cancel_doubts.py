"""A call under the same key may have been executed before: what may and may not follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve
from countermand_clients.operation import IdempotencyKey

from countermand import (
    Advice,
    AlreadyCaptured,
    Evidence,
    NotFound,
    OutcomeUnknown,
    Policy,
    Receipt,
    Unreachable,
)
from countermand._core.commands import ClaimKey, KeyHistory, RecordOutcome, SendRequest
from countermand._core.request import CallState
from tests.support.cancel_simulation import GONE, SHOWN
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, SUCCESS, reply
from tests.support.script import (
    CANCEL,
    DENIED,
    DONE,
    EMPTY,
    FOUND,
    LISTED,
    LOST,
    PAYMENT,
    RECORDED,
    THE_CANCEL,
    TOKEN,
    cancel_plan,
    paths,
    played,
)

if TYPE_CHECKING:
    from countermand._core.cancel import CancelPlan

DAY: Final = 86400
ONCE: Final = Policy(attempts=1)
MANUAL: Final = reply(501, {"code": "cancel-manually", "cancellationId": None})


def test_an_earlier_doubt_is_looked_up_before_anything_is_sent() -> None:
    """What is found is the answer, however young the doubt."""
    state = CallState()
    run = played(
        cancel_plan(),
        (KeyHistory(maybe_executed=True), 0.0),
        TOKEN,
        (LISTED, 0.0),
        TOKEN,
        (FOUND, 0.0),
        RECORDED,
        state=state,
    )
    assert paths(run) == [PAYMENT, THE_CANCEL]
    assert isinstance(run.result, Receipt)
    assert run.result.evidence is Evidence.READ_BACK
    assert len(run.result.attempts) == 0
    assert state.maybe_executed is False


@pytest.mark.parametrize(("quiet", "sends"), [(899.9, False), (900.0, True), (1e6, True)])
def test_an_earlier_doubt_allows_sending_once_a_late_request_would_have_arrived(
    quiet: float, *, sends: bool
) -> None:
    """A look that shows everything and finds nothing, after the settle window."""
    history = KeyHistory(maybe_executed=True, since_last_attempt=quiet)
    script = [(history, 0.0), TOKEN, (EMPTY, 0.0)]
    script += [TOKEN, (DONE, 0.0), RECORDED] if sends else [RECORDED]
    run = played(cancel_plan(), *script)
    assert paths(run) == [PAYMENT, *([CANCEL] if sends else [])]
    assert isinstance(run.result, Receipt if sends else OutcomeUnknown)


def test_an_earlier_doubt_is_gone_after_a_look_that_allowed_sending() -> None:
    """At once, and a refusal of the new request is then a refusal."""
    history = KeyHistory(maybe_executed=True, since_last_attempt=900.0)
    script = [(history, 0.0), TOKEN, (EMPTY, 0.0), TOKEN, (reply(404, {}), 0.0), RECORDED]
    state = CallState()
    run = played(cancel_plan(), *script[:3], state=state)
    assert (run.ended, state.maybe_executed is False) == (False, True)
    run = played(cancel_plan(), *script)
    assert type(run.result) is NotFound


def test_an_earlier_doubt_stays_where_the_look_shows_not_everything() -> None:
    """However long ago it was; the reason is told, and there is no earlier message."""
    history = KeyHistory(maybe_executed=True, since_last_attempt=1e6)
    unreadable = reply(200, {"transactions": [{"type": "cancel"}]})
    run = played(cancel_plan(), (history, 0.0), TOKEN, (unreadable, 0.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message == (
        "The provider: an earlier attempt may have been executed, and then: "
        "1 of the payment's cancels could not be read"
    )


def test_an_earlier_doubt_stays_where_there_is_no_way_to_look() -> None:
    """Nothing is sent at Bento, ever again, under this key."""
    run = played(
        cancel_plan("bento"),
        (KeyHistory(maybe_executed=True, since_last_attempt=1e6), 0.0),
        RECORDED,
    )
    assert [type(step) for step in run.steps] == [ClaimKey, RecordOutcome]
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message.endswith("and then: the provider offers no way to look")


def test_an_earlier_doubt_does_not_keep_a_harmless_repeat_from_being_sent() -> None:
    """Where a repeat does no harm, the repeat is the look."""
    done = reply(204, b"", None)
    run = played(
        cancel_plan("pace_pay"),
        (KeyHistory(maybe_executed=True), 0.0),
        TOKEN,
        (done, 0.0),
        RECORDED,
    )
    assert isinstance(run.result, Receipt)
    assert run.result.evidence is Evidence.REPLY


def test_an_earlier_doubt_outlives_a_request_that_was_not_sent() -> None:
    """At PACE Fueling a repeat is sent; that it did not get through says nothing."""
    plan = cancel_plan("pace_fueling", Policy(attempts=1))
    nothing = reply(404, {"errors": []})
    script = [(KeyHistory(maybe_executed=True), 0.0), TOKEN, (DENIED, 0.0), TOKEN, (nothing, 0.0)]
    run = played(plan, *script, RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message == (
        "The provider: an earlier attempt may have been executed, and then: "
        "connection refused; 404 Not Found at PACE Pay proves nothing about a cancel"
    )


def test_an_earlier_doubt_hands_on_the_ids_that_were_made_out() -> None:
    """Those of earlier calls, in place of whatever the ending held."""
    history = KeyHistory(maybe_executed=True, references=("C1", "C2"))
    state = CallState(references=["other"])
    done = reply(*SUCCESS["vtex"])
    run = played(cancel_plan("vtex"), (history, 0.0), TOKEN, (done, 0.0), RECORDED, state=state)
    assert (run.result.reference, run.result.earlier_references) == ("C1", ("C2",))


def test_an_earlier_doubt_is_refuted_by_a_payment_in_a_state_that_rules_it_out() -> None:
    """Captured: it was not cancelled, and cannot be any more."""
    state = CallState()
    plan = cancel_plan("pace_fueling", Policy(attempts=1))
    script = [
        (KeyHistory(maybe_executed=True), 0.0),
        TOKEN,
        (LOST, 0.0),
        TOKEN,
        (SHOWN, 0.0),
        RECORDED,
    ]
    run = played(plan, *script, state=state)
    assert type(run.result) is AlreadyCaptured
    assert state.maybe_executed is False
    assert state.evidence is Evidence.REPLY


def test_an_earlier_doubt_is_looked_up_where_the_refusal_of_a_repeat_proves_nothing() -> None:
    """At PACE Fueling a 404 on a repeat may mean "done before", and PACE Pay can tell."""
    refused = reply(404, {"errors": [{"title": "no"}]})
    script = [
        (KeyHistory(maybe_executed=True), 0.0),
        TOKEN,
        (refused, 0.0),
        TOKEN,
        (GONE, 0.0),
        RECORDED,
    ]
    run = played(cancel_plan("pace_fueling"), *script)
    assert isinstance(run.result, Receipt)
    assert run.result.evidence is Evidence.READ_BACK


@pytest.mark.parametrize("api", ["unzer", "bento"])
@pytest.mark.parametrize(("quiet", "sends"), [(899.9, False), (900.0, True)])
def test_a_person_s_word_allows_sending_once_a_late_request_would_have_arrived(
    api: str, quiet: float, *, sends: bool
) -> None:
    """Whoever looked saw nothing, but what they could not see may still be on its way."""
    history = KeyHistory(
        maybe_executed=True, confirmed_absent_after=900.0, since_last_attempt=quiet
    )
    look = [TOKEN, (reply(500, {}), 0.0)] if api == "unzer" else []
    done = DONE if api == "unzer" else reply(*SUCCESS["bento"])
    script = [(history, 0.0), *look, *([TOKEN, (done, 0.0)] if sends else []), RECORDED]
    run = played(cancel_plan(api, Policy(attempts=1)), *script)
    cancels = [step for step in run.steps if isinstance(step, SendRequest) and step.call.content]
    assert len(cancels) == sends
    assert isinstance(run.result, Receipt if sends else OutcomeUnknown)


@pytest.mark.parametrize("api", ["unzer", "bento"])
def test_a_person_s_word_that_came_too_early_allows_nothing(api: str) -> None:
    """What arrived after they looked, they could not see."""
    history = KeyHistory(maybe_executed=True, confirmed_absent_after=899.9, since_last_attempt=1e6)
    look = [TOKEN, (reply(500, {}), 0.0)] if api == "unzer" else []
    run = played(cancel_plan(api, Policy(attempts=1)), (history, 0.0), *look, RECORDED)
    assert isinstance(run.result, OutcomeUnknown)


def test_a_person_s_word_does_not_hide_what_is_found() -> None:
    """A late request has arrived since they looked."""
    history = KeyHistory(maybe_executed=True, confirmed_absent_after=900.0, since_last_attempt=1e6)
    run = played(cancel_plan(), (history, 0.0), TOKEN, (LISTED, 0.0), TOKEN, (FOUND, 0.0), RECORDED)
    assert CANCEL not in paths(run)
    assert isinstance(run.result, Receipt)


@pytest.mark.parametrize(("quiet", "known"), [(899.9, OutcomeUnknown), (900.0, NotFound)])
def test_a_person_s_word_settles_a_harmless_doubt_after_the_settle_window(
    quiet: float, known: type
) -> None:
    """Then a refusal of the repeat is a refusal."""
    history = KeyHistory(
        maybe_executed=True, confirmed_absent_after=900.0, since_last_attempt=quiet
    )
    nothing = (reply(404, {"errors": [{"status": "404"}]}), 0.0)
    proof = [TOKEN, (reply(404, {}), 0.0)] if known is OutcomeUnknown else []
    script = [(history, 0.0), TOKEN, nothing, *proof, RECORDED]
    run = played(cancel_plan("pace_fueling", Policy(attempts=1)), *script)
    assert type(run.result) is known


@pytest.mark.parametrize(("age", "sends"), [(86399.9, True), (86400.0, False)])
def test_a_key_that_may_be_forgotten_is_not_sent_again(age: float, *, sends: bool) -> None:
    """VTEX's protocol lets a provider know a `requestId` for a day."""
    history = KeyHistory(maybe_executed=True, since_first_attempt=age, since_last_attempt=1e6)
    script = [TOKEN, (reply(*SUCCESS["vtex"]), 0.0)] if sends else []
    run = played(cancel_plan("vtex"), (history, 0.0), *script, RECORDED)
    assert len(paths(run)) == sends
    if not sends:
        assert isinstance(run.result, OutcomeUnknown)
        assert run.result.advice is Advice.ASK
        assert "may have forgotten the key" in run.result.next_step


def test_an_old_key_without_a_doubt_is_used() -> None:
    """Nothing was executed under it, so nothing can be executed twice."""
    run = played(
        cancel_plan("vtex"),
        (KeyHistory(since_first_attempt=1e6), 0.0),
        TOKEN,
        (reply(*SUCCESS["vtex"]), 0.0),
        RECORDED,
    )
    assert isinstance(run.result, Receipt)


@pytest.mark.parametrize(("unclear", "known"), [(True, OutcomeUnknown), (False, Unreachable)])
def test_a_closed_client_sends_nothing_and_says_what_the_key_s_past_allows(
    known: type, *, unclear: bool
) -> None:
    """It says "not cancelled" only where no earlier call may have cancelled."""
    run = played(
        cancel_plan(client_closed=True),
        (KeyHistory(maybe_executed=unclear, since_last_attempt=1e6), 0.0),
        RECORDED,
    )
    assert [type(step) for step in run.steps] == [ClaimKey, RecordOutcome]
    assert type(run.result) is known
    assert "the client is closed" in run.result.message


def test_an_id_that_was_made_out_outlasts_a_refusal() -> None:
    """What has an id was executed, even if the provider wants a person to do it the next time."""
    cut = reply(200, b'{"cancellationId":"c-1"', problem="cut")
    manually = reply(501, {"cancellationId": None, "code": "cancel-manually"})
    script = [(KeyHistory(), 0.0), TOKEN, (cut, 0.0), (True, 0.0), (manually, 0.0), RECORDED]
    run = played(cancel_plan("vtex"), *script)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.earlier_references == ("c-1",)


def forgetful(policy: Policy = ONCE) -> CancelPlan:
    """The sample cancel at VTEX, if its key were known again for a day only."""
    plan = cancel_plan("vtex", policy)
    key = IdempotencyKey("body", "requestId", DAY)
    operation = evolve(plan.request_plan.call.operation, key=key)
    call = evolve(plan.request_plan.call, operation=operation)
    return evolve(
        plan,
        request_plan=evolve(plan.request_plan, call=call),
        context=evolve(plan.context, operation=operation),
    )


def test_an_earlier_doubt_keeps_a_repeat_from_being_sent_whose_key_may_be_forgotten() -> None:
    """From the very second on; and the advice is not to repeat it either."""
    history = KeyHistory(
        maybe_executed=True, since_last_attempt=1e6, since_first_attempt=float(DAY)
    )
    run = played(forgetful(), (history, 0.0), RECORDED)
    assert [type(step) for step in run.steps] == [ClaimKey, RecordOutcome]
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.advice is Advice.ASK
    assert run.result.next_step == (
        "Do not cancel again, the provider may have forgotten the key: "
        "ask it what became of the payment"
    )


def test_an_earlier_doubt_lets_a_repeat_be_sent_whose_key_is_known_still() -> None:
    """And it is advised again, where that is lost too."""
    history = KeyHistory(maybe_executed=True, since_first_attempt=DAY - 1.0)
    run = played(forgetful(), (history, 0.0), TOKEN, (LOST, 0.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.advice is Advice.REPEAT


def test_an_earlier_doubt_where_a_repeat_does_harm_has_nothing_to_do_with_a_key() -> None:
    """The advice is to look."""
    history = (KeyHistory(maybe_executed=True), 0.0)
    run = played(cancel_plan(), history, TOKEN, (EMPTY, 0.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.advice is Advice.READ


@pytest.mark.parametrize(
    ("vouched", "quiet_for", "unclear"),
    [(True, 900.0, False), (True, 899.0, True), (False, 900.0, True), (False, 0.0, True)],
)
def test_an_earlier_doubt_ends_with_a_persons_word_and_quiet(
    quiet_for: float, *, vouched: bool, unclear: bool
) -> None:
    """Both of them, also where a repeat does no harm and is sent at once."""
    state = CallState()
    history = KeyHistory(
        maybe_executed=True,
        confirmed_absent_after=900.0 if vouched else None,
        since_last_attempt=quiet_for,
    )
    waits = played(cancel_plan("vtex", ONCE), (history, 0.0), state=state)
    assert (waits.ended, state.maybe_executed) == (False, unclear)
    run = played(
        cancel_plan("vtex", ONCE), (history, 0.0), TOKEN, (DENIED, 0.0), RECORDED, state=state
    )
    assert state.maybe_executed is unclear
    assert type(run.result) is (OutcomeUnknown if unclear else Unreachable)


def test_an_earlier_doubt_is_looked_up_where_an_id_was_made_out_before_a_refusal() -> None:
    """What has an id was executed, whatever is said later, so the refusal does not settle it."""
    reading = PROVIDERS["unzer"].read_back
    assert reading
    plan = cancel_plan(
        "vtex",
        read_back=lambda: reading(CANCELLATIONS["unzer"], KEY),
        readable_apis=frozenset({"unzer"}),
    )
    history = KeyHistory(maybe_executed=True, references=("C1",))
    look = [TOKEN, (LISTED, 0.0), TOKEN, (FOUND, 0.0)]
    run = played(plan, (history, 0.0), TOKEN, (MANUAL, 0.0), *look, RECORDED)
    assert paths(run)[1:] == [PAYMENT, THE_CANCEL]
    assert isinstance(run.result, Receipt)


@pytest.mark.parametrize(("unclear", "kind"), [(False, Unreachable), (True, OutcomeUnknown)])
def test_a_closed_client_sends_nothing_and_says_so(kind: type, *, unclear: bool) -> None:
    """What was unclear stays so."""
    plan = cancel_plan("vtex", client_closed=True)
    run = played(plan, (KeyHistory(maybe_executed=unclear), 0.0), RECORDED)
    assert [type(step) for step in run.steps] == [ClaimKey, RecordOutcome]
    assert type(run.result) is kind
    assert str(run.result).split(" (")[0].endswith("the client is closed")

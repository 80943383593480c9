"""Cancels with an unresolved key: read back, sent again, or left unresolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from attrs import evolve
from countermand_clients.operation import IdempotencyKey

from countermand import (
    Advice,
    AlreadyCaptured,
    Declined,
    Evidence,
    NotFound,
    OutcomeUnknown,
    Policy,
    RateLimited,
    Receipt,
    Unreachable,
    vtex,
)
from countermand._core.commands import ClaimKey, KeyHistory, RecordOutcome, SendRequest
from countermand._core.request import CallState
from tests.support.cancel_simulation import SHOWN
from tests.support.replies import PAYMENT
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, SUCCESS, VTEX_PAYMENT, reply
from tests.support.script import (
    CANCEL,
    DENIED,
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
    played,
)

if TYPE_CHECKING:
    from countermand._core.cancel import CancelPlan

DAY: Final = 86400
UNKNOWN_PAYMENT: Final = reply(404, {"errors": [{"code": "API.310.100.003"}]})
VTEX_IDS: Final = {"paymentId": VTEX_PAYMENT, "requestId": vtex.request_id(KEY)}
ONCE: Final = Policy(attempts=1)
MANUAL: Final = reply(501, {**VTEX_IDS, "code": "cancel-manually", "cancellationId": None})


def test_an_unresolved_key_is_read_back_before_anything_is_sent() -> None:
    """A cancel that is found is the result, even if the last attempt was a moment ago."""
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


@pytest.mark.parametrize(("elapsed", "sends"), [(899.9, False), (900.0, True), (1e6, True)])
def test_an_unresolved_key_permits_sending_after_the_late_arrival_window(
    elapsed: float, *, sends: bool
) -> None:
    """After the late-arrival window, a complete read-back that finds nothing permits a request."""
    history = KeyHistory(maybe_executed=True, since_last_attempt=elapsed)
    script = [(history, 0.0), TOKEN, (EMPTY, 0.0)]
    script += [TOKEN, (DONE, 0.0), RECORDED] if sends else [RECORDED]
    run = played(cancel_plan(), *script)
    assert paths(run) == [PAYMENT, *([CANCEL] if sends else [])]
    assert isinstance(run.result, Receipt if sends else OutcomeUnknown)


def test_an_unresolved_key_is_resolved_by_a_read_back_that_permits_sending() -> None:
    """At once, and a refusal of the new request is then a refusal, after one look."""
    history = KeyHistory(maybe_executed=True, since_last_attempt=900.0)
    empty = [TOKEN, (EMPTY, 0.0)]
    script = [(history, 0.0), *empty, TOKEN, (UNKNOWN_PAYMENT, 0.0), *empty, RECORDED]
    state = CallState()
    run = played(cancel_plan(), *script[:3], state=state)
    assert (run.ended, state.maybe_executed is False) == (False, True)
    run = played(cancel_plan(), *script)
    assert type(run.result) is NotFound


def test_an_unresolved_key_stays_so_if_the_read_back_is_incomplete() -> None:
    """The age does not matter. The message gives the reason."""
    history = KeyHistory(maybe_executed=True, since_last_attempt=1e6)
    unreadable = reply(200, {"transactions": [{"type": "cancel"}]})
    run = played(cancel_plan(), (history, 0.0), TOKEN, (unreadable, 0.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message == (
        "The provider: an earlier attempt may have been executed, and then: "
        "1 of the payment's cancels could not be read"
    )


def test_an_unresolved_key_stays_so_without_a_read_back() -> None:
    """Nothing is sent at Bento, ever again, under this key."""
    run = played(
        cancel_plan("bento"),
        (KeyHistory(maybe_executed=True, since_last_attempt=1e6), 0.0),
        RECORDED,
    )
    assert [type(step) for step in run.steps] == [ClaimKey, RecordOutcome]
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message.endswith("and then: the provider offers no read")


def test_an_unresolved_key_does_not_prevent_a_safe_repeat() -> None:
    """Where a repeat is safe, it is sent instead of a read-back."""
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


def test_an_unresolved_key_stays_so_after_a_request_that_was_not_sent() -> None:
    """At PACE Pay a repeat is sent; that it did not get through says nothing."""
    plan = cancel_plan("pace_pay", Policy(attempts=1))
    run = played(plan, (KeyHistory(maybe_executed=True), 0.0), TOKEN, (DENIED, 0.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message == (
        "The provider: an earlier attempt may have been executed, and then: connection refused"
    )


def test_an_unresolved_key_of_fueling_s_is_read_and_not_sent_again() -> None:
    """No source says what a repeat does there."""
    nothing = reply(404, {"errors": []})
    history = KeyHistory(maybe_executed=True, since_last_attempt=1e6)
    run = played(cancel_plan("pace_fueling"), (history, 0.0), TOKEN, (nothing, 0.0), RECORDED)
    assert [path.startswith("/transactions/") for path in paths(run)] == [True]
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message == (
        "The provider: an earlier attempt may have been executed, and then: "
        "404 Not Found at PACE Pay proves nothing about a cancel"
    )


def test_an_unresolved_key_keeps_the_ids_of_earlier_calls() -> None:
    """The history's ids replace those in the call state."""
    history = KeyHistory(maybe_executed=True, references=("C1", "C2"))
    state = CallState(references=["other"])
    done = reply(*SUCCESS["vtex"])
    run = played(cancel_plan("vtex"), (history, 0.0), TOKEN, (done, 0.0), RECORDED, state=state)
    assert (run.result.reference, run.result.earlier_references) == ("C1", ("C2",))


def test_an_unresolved_key_is_refuted_by_a_captured_payment() -> None:
    """Captured: it was not cancelled, and cannot be any more."""
    state = CallState()
    plan = cancel_plan("pace_fueling", Policy(attempts=1))
    history = (KeyHistory(maybe_executed=True), 0.0)
    run = played(plan, history, TOKEN, (SHOWN, 0.0), RECORDED, state=state)
    assert type(run.result) is AlreadyCaptured
    assert state.maybe_executed is False
    assert state.evidence is Evidence.REPLY


@pytest.mark.parametrize("api", ["unzer", "bento"])
@pytest.mark.parametrize(("elapsed", "sends"), [(899.9, False), (900.0, True)])
def test_a_manual_resolution_permits_sending_after_the_late_arrival_window(
    api: str, elapsed: float, *, sends: bool
) -> None:
    """Before that, a lost request may still arrive after the person has looked."""
    history = KeyHistory(
        maybe_executed=True, confirmed_absent_after=900.0, since_last_attempt=elapsed
    )
    read_back = [TOKEN, (reply(500, {}), 0.0)] if api == "unzer" else []
    done = DONE if api == "unzer" else reply(*SUCCESS["bento"])
    script = [(history, 0.0), *read_back, *([TOKEN, (done, 0.0)] if sends else []), RECORDED]
    run = played(cancel_plan(api, Policy(attempts=1)), *script)
    cancels = [step for step in run.steps if isinstance(step, SendRequest) and step.call.content]
    assert len(cancels) == sends
    assert isinstance(run.result, Receipt if sends else OutcomeUnknown)


@pytest.mark.parametrize("api", ["unzer", "bento", "pace_fueling"])
def test_a_manual_resolution_permits_nobody_to_send_unattended(api: str) -> None:
    """A look that proves nothing is no reason to repeat what may do harm: a caller may."""
    history = KeyHistory(maybe_executed=True, confirmed_absent_after=900.0, since_last_attempt=1e6)
    read_back = [] if api == "bento" else [TOKEN, (reply(500, {}), 0.0)]
    plan = cancel_plan(api, ONCE, unattended=True)
    run = played(plan, (history, 0.0), *read_back, RECORDED)
    assert len(paths(run)) == len(read_back) // 2
    assert isinstance(run.result, OutcomeUnknown)


def test_an_unattended_look_sends_what_a_complete_read_has_shown_to_be_absent() -> None:
    """Our mark is missing in Unzer's records after the window, so it is no repeat."""
    history = KeyHistory(maybe_executed=True, since_last_attempt=900.0)
    plan = cancel_plan("unzer", ONCE, unattended=True)
    run = played(plan, (history, 0.0), TOKEN, (EMPTY, 0.0), TOKEN, (DONE, 0.0), RECORDED)
    assert paths(run) == [PAYMENT, CANCEL]
    assert isinstance(run.result, Receipt)


@pytest.mark.parametrize(
    ("api", "done"), [("pace_pay", reply(204, b"", None)), ("vtex", reply(*SUCCESS["vtex"]))]
)
def test_an_unattended_look_repeats_where_that_is_harmless(api: str, done: Any) -> None:
    """With a manual resolution as without it."""
    for confirmed in (None, 900.0):
        history = KeyHistory(
            maybe_executed=True, confirmed_absent_after=confirmed, since_last_attempt=1e6
        )
        plan = cancel_plan(api, ONCE, unattended=True)
        run = played(plan, (history, 0.0), TOKEN, (done, 0.0), RECORDED)
        assert isinstance(run.result, Receipt)


@pytest.mark.parametrize("api", ["unzer", "bento"])
def test_a_manual_resolution_before_the_late_arrival_window_permits_nothing(api: str) -> None:
    """A request that arrived after the person looked is not covered by the resolution."""
    history = KeyHistory(maybe_executed=True, confirmed_absent_after=899.9, since_last_attempt=1e6)
    read_back = [TOKEN, (reply(500, {}), 0.0)] if api == "unzer" else []
    run = played(cancel_plan(api, Policy(attempts=1)), (history, 0.0), *read_back, RECORDED)
    assert isinstance(run.result, OutcomeUnknown)


def test_a_manual_resolution_does_not_hide_what_the_read_back_finds() -> None:
    """A late request arrived after the person had looked."""
    history = KeyHistory(maybe_executed=True, confirmed_absent_after=900.0, since_last_attempt=1e6)
    run = played(cancel_plan(), (history, 0.0), TOKEN, (LISTED, 0.0), TOKEN, (FOUND, 0.0), RECORDED)
    assert CANCEL not in paths(run)
    assert isinstance(run.result, Receipt)


@pytest.mark.parametrize(("elapsed", "known"), [(899.9, OutcomeUnknown), (900.0, Declined)])
def test_a_manual_resolution_resolves_a_safe_repeat_after_the_late_arrival_window(
    elapsed: float, known: type
) -> None:
    """Then a refusal of the repeat is a refusal."""
    history = KeyHistory(
        maybe_executed=True, confirmed_absent_after=900.0, since_last_attempt=elapsed
    )
    nothing = reply(200, {**VTEX_IDS, "cancellationId": None})
    run = played(cancel_plan("vtex", ONCE), (history, 0.0), TOKEN, (nothing, 0.0), RECORDED)
    assert type(run.result) is known


@pytest.mark.parametrize(
    ("answer", "unattended", "attended"),
    [
        (DENIED, OutcomeUnknown, Unreachable),
        (reply(429, {**VTEX_IDS, "code": "slow"}), OutcomeUnknown, RateLimited),
        (reply(200, {**VTEX_IDS, "cancellationId": None}), Declined, Declined),
        (reply(*SUCCESS["vtex"]), Receipt, Receipt),
    ],
)
def test_reconcile_leaves_a_key_open_that_nobody_would_send_again(
    answer: Any, unattended: type, attended: type
) -> None:
    """A caller would learn that it is free. So another look is planned instead."""
    history = KeyHistory(maybe_executed=True, confirmed_absent_after=900.0, since_last_attempt=1e6)
    for nobody, known in ((True, unattended), (False, attended)):
        plan = cancel_plan("vtex", ONCE, unattended=nobody)
        run = played(plan, (history, 0.0), TOKEN, (answer, 0.0), RECORDED)
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


def test_an_old_key_that_is_resolved_is_used() -> None:
    """Nothing was executed under it, so nothing can be executed twice."""
    run = played(
        cancel_plan("vtex"),
        (KeyHistory(since_first_attempt=1e6), 0.0),
        TOKEN,
        (reply(*SUCCESS["vtex"]), 0.0),
        RECORDED,
    )
    assert isinstance(run.result, Receipt)


@pytest.mark.parametrize(
    ("maybe_executed", "known"), [(True, OutcomeUnknown), (False, Unreachable)]
)
def test_a_closed_client_sends_nothing_and_respects_the_history_of_the_key(
    known: type, *, maybe_executed: bool
) -> None:
    """It says "not cancelled" only where no earlier call may have cancelled."""
    run = played(
        cancel_plan(client_closed=True),
        (KeyHistory(maybe_executed=maybe_executed, since_last_attempt=1e6), 0.0),
        RECORDED,
    )
    assert [type(step) for step in run.steps] == [ClaimKey, RecordOutcome]
    assert type(run.result) is known
    assert "the client is closed" in run.result.message


def test_an_id_that_was_read_is_kept_after_a_refusal() -> None:
    """What has an id was executed, even if the provider wants a person to do it the next time."""
    cut = reply(200, b'{"cancellationId":"c-1"', problem="cut")
    script = [(KeyHistory(), 0.0), TOKEN, (cut, 0.0), (True, 0.0), (MANUAL, 0.0), RECORDED]
    run = played(cancel_plan("vtex"), *script)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.earlier_references == ("c-1",)


def forgetful(policy: Policy = ONCE) -> CancelPlan:
    """The sample cancel at VTEX, if its key were known again for a day only."""
    plan = cancel_plan("vtex", policy)
    key = IdempotencyKey("body", "requestId", DAY)
    return evolve(plan, call=evolve(plan.call, operation=evolve(plan.operation, key=key)))


def test_an_unresolved_key_that_may_be_forgotten_is_not_repeated() -> None:
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


def test_an_unresolved_key_that_the_provider_still_knows_is_repeated() -> None:
    """And it is advised again, where that is lost too."""
    history = KeyHistory(maybe_executed=True, since_first_attempt=DAY - 1.0)
    run = played(forgetful(), (history, 0.0), TOKEN, (LOST, 0.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.advice is Advice.REPEAT


def test_the_age_of_the_key_does_not_matter_where_a_repeat_is_unsafe() -> None:
    """The advice is to read the payment."""
    history = (KeyHistory(maybe_executed=True), 0.0)
    run = played(cancel_plan(), history, TOKEN, (EMPTY, 0.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.advice is Advice.READ


@pytest.mark.parametrize(
    ("confirmed", "elapsed", "maybe_executed"),
    [(True, 900.0, False), (True, 899.0, True), (False, 900.0, True), (False, 0.0, True)],
)
def test_an_unresolved_key_is_resolved_by_a_manual_resolution_after_the_window(
    elapsed: float, *, confirmed: bool, maybe_executed: bool
) -> None:
    """Both of them, also where a repeat does no harm and is sent at once."""
    state = CallState()
    history = KeyHistory(
        maybe_executed=True,
        confirmed_absent_after=900.0 if confirmed else None,
        since_last_attempt=elapsed,
    )
    waits = played(cancel_plan("vtex", ONCE), (history, 0.0), state=state)
    assert (waits.ended, state.maybe_executed) == (False, maybe_executed)
    run = played(
        cancel_plan("vtex", ONCE), (history, 0.0), TOKEN, (DENIED, 0.0), RECORDED, state=state
    )
    assert state.maybe_executed is maybe_executed
    assert type(run.result) is (OutcomeUnknown if maybe_executed else Unreachable)


def test_a_refusal_after_an_id_was_read_is_read_back() -> None:
    """An id proves the execution, so a later refusal does not resolve the key."""
    reading = PROVIDERS["unzer"].read_back
    assert reading
    plan = cancel_plan(
        "vtex",
        read_back=lambda _: reading(CANCELLATIONS["unzer"], KEY),
        readable_apis=frozenset({"unzer"}),
    )
    history = KeyHistory(maybe_executed=True, references=("C1",))
    read_back = [TOKEN, (LISTED, 0.0), TOKEN, (FOUND, 0.0)]
    run = played(plan, (history, 0.0), TOKEN, (MANUAL, 0.0), *read_back, RECORDED)
    assert paths(run)[1:] == [PAYMENT, THE_CANCEL]
    assert isinstance(run.result, Receipt)


@pytest.mark.parametrize(("maybe_executed", "kind"), [(False, Unreachable), (True, OutcomeUnknown)])
def test_a_closed_client_sends_nothing_and_says_so(kind: type, *, maybe_executed: bool) -> None:
    """An unresolved key stays unresolved."""
    plan = cancel_plan("vtex", client_closed=True)
    run = played(plan, (KeyHistory(maybe_executed=maybe_executed), 0.0), RECORDED)
    assert [type(step) for step in run.steps] == [ClaimKey, RecordOutcome]
    assert type(run.result) is kind
    assert str(run.result).split(" (")[0].endswith("the client is closed")

"""Invariants of every call, explored without a network."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countermand import CountermandError, NotCancelled, OutcomeUnknown, Policy
from countermand._core.commands import (
    CommandResult,
    GetToken,
    LinkIdentity,
    RecordAttempt,
    SendRequest,
    TakePlace,
    TokenGranted,
    WaitToRetry,
)
from countermand._core.outcomes import to_error, to_receipt
from countermand._core.request import CallState, record_interruption, send_request
from countermand.errors import LedgerUnavailable
from countermand.provider._verdicts import Done, Refused
from tests.support.samples import CANCELLATIONS, KEY, LAW, PROVIDERS, interpreted, reply
from tests.support.simulation import FAILURES, SimulatedProvider, may_have_acted, simulations

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("untraced")
every_provider = pytest.mark.parametrize("api", PROVIDERS)
SENDABLE = st.characters(exclude_categories=["Cc", "Cs"])
LAWS: list[Callable[[SimulatedProvider, CallState], None]] = []


def law(check: Callable[[SimulatedProvider, CallState], None]) -> None:
    """Demand this of every simulation."""
    LAWS.append(check)


@every_provider
@settings(LAW, max_examples=100)
@given(data=st.data())
def test_every_law_holds_in_every_simulation(api: str, data: st.DataObject) -> None:
    """Each drawn simulation runs once, and every law below checks it."""
    simulation = data.draw(simulations(api))
    state = simulation.run()
    for check in LAWS:
        check(simulation, state)


@law
def attempts_are_bounded(simulation: SimulatedProvider, state: CallState) -> None:
    """The policy's number, one more with a fresh token, one more after linking; never others."""
    sends = len(simulation.sends())
    assert sends <= simulation.policy.attempts + simulation.refreshable + simulation.linkable
    assert len(state.attempts) == len(state.attempt_log) == len(simulation.seen) == sends
    steps = [step for _, step in simulation.steps]
    assert sum(isinstance(step, LinkIdentity) for step in steps) <= simulation.linkable
    assert sum(isinstance(step, GetToken) for step in steps) <= 1 + simulation.refreshable


@law
def time_is_bounded(simulation: SimulatedProvider, state: CallState) -> None:
    """Each request gets the remaining time, and waits end before the deadline."""
    asked = sum(
        next_at - at
        for (at, step), (next_at, _) in zip(simulation.steps, simulation.steps[1:], strict=False)
        if isinstance(step, LinkIdentity)
    )
    deadline = simulation.began + simulation.policy.deadline
    assert all(
        0.0 <= attempt.at <= deadline + asked - simulation.began for attempt in state.attempt_log
    )
    assert simulation.paused <= simulation.policy.deadline
    for at, step in simulation.steps:
        if isinstance(step, GetToken):
            assert 0 < step.timeout <= deadline + asked - at + 1e-6
        if isinstance(step, SendRequest):
            assert at < step.deadline <= deadline + asked + 1e-6
            assert step.deadline <= at + simulation.policy.attempt_timeout + 1e-6
        if isinstance(step, WaitToRetry):
            assert step.at_least >= 0
            assert step.jitter >= 0
            assert at + step.at_least + step.jitter <= deadline + asked + 1e-6


@law
def what_may_have_been_done_is_never_repeated_where_a_repeat_does_harm(
    simulation: SimulatedProvider, state: CallState
) -> None:
    """Where a repeat is unsafe, the first maybe executed request is the last."""
    repeat = simulation.request_plan().call.operation.repeat
    acted = [
        may_have_acted(exchange, verdict_of(simulation, exchange)) for exchange in simulation.seen
    ]
    assert any(acted[:-1]) <= state.maybe_executed <= any(acted)
    if repeat.effect != "none":
        assert not any(acted[:-1])
    if repeat.answer != "same":
        believed = [getattr(exchange, "is_success", False) for exchange in simulation.seen]
        assert not any(believed[:-1])


@law
def the_conclusion_says_what_is_known_and_no_more(
    simulation: SimulatedProvider, state: CallState
) -> None:
    """A receipt only for a success; "not cancelled" only where nothing can have been done."""
    verdicts = [verdict_of(simulation, exchange) for exchange in simulation.seen]
    acted = [
        may_have_acted(exchange, verdict)
        for exchange, verdict in zip(simulation.seen, verdicts, strict=True)
    ]
    earlier = any(acted[:-1])
    repeat = simulation.request_plan().call.operation.repeat
    result = result_of(simulation, state)
    if result is None:
        assert isinstance(verdicts[-1], Done)
    elif isinstance(result, NotCancelled):
        last = verdicts[-1] if verdicts else None
        proof = isinstance(last, Refused) and last.about_payment and repeat.answer == "same"
        assert proof or not any(acted)
    elif isinstance(result, LedgerUnavailable):
        assert not any(acted)
    else:
        assert isinstance(result, OutcomeUnknown)
        assert earlier or any(acted)
    assert result is None or result.key == KEY
    assert result is None or len(result.attempts) == len(simulation.seen)


@law
def what_is_to_be_recorded_is_recorded_before_it_goes_out(
    simulation: SimulatedProvider, state: CallState
) -> None:
    """One record, accepted, right before each request; none where none is wanted."""
    steps = [step for _, step in simulation.steps]
    before = [steps[place - 1] for place, step in enumerate(steps) if isinstance(step, SendRequest)]
    numbers = [step.number for step in before if isinstance(step, RecordAttempt)]
    sends = len(simulation.sends())
    assert numbers == (list(range(1, sends + 1)) if simulation.recorded else [])
    recorded = sum(isinstance(step, RecordAttempt) for step in steps)
    assert recorded in ((sends, sends + 1) if simulation.recorded else (0,))
    assert isinstance(result_of(simulation, state), LedgerUnavailable) <= simulation.recorded


@every_provider
@LAW
@given(keys=st.lists(st.text(SENDABLE, min_size=1), min_size=2, max_size=2, unique=True))
def test_the_request_is_a_function_of_cancellation_and_key(api: str, keys: list[str]) -> None:
    """Built twice it is the same to the byte, so no attempt can differ from the first."""
    build = partial(PROVIDERS[api].build_request, CANCELLATIONS[api])
    first, other = build(keys[0]), build(keys[1])
    assert first == build(keys[0])
    takes_key = first.operation.key or first.operation.marker
    assert (first.content != other.content) is bool(takes_key)


@every_provider
def test_an_interruption_in_the_middle_of_a_request_leaves_nothing_certain(api: str) -> None:
    """Interrupted while a request was pending, without its progress: maybe executed."""
    simulation, state = plain_simulation(api), CallState()
    procedure = send_request(simulation.request_plan(), 0.0, state)
    next(procedure)
    assert isinstance(procedure.send(CommandResult(TokenGranted("t"), 0.0, 0.0)), TakePlace)
    assert isinstance(procedure.send(CommandResult(None, 0.0, 0.0)), SendRequest)
    record_interruption(simulation.request_plan(), state, None)
    assert isinstance(to_error(state, simulation.request_plan()), OutcomeUnknown)


def test_one_refresh_is_tried_even_if_the_token_before_it_was_none() -> None:
    """A procedure must end by its own count, not by the deadline."""
    simulation = plain_simulation("pace_pay")
    simulation.refreshable = True
    procedure = send_request(simulation.request_plan(), 0.0, CallState())
    step: Any = next(procedure)
    refused = reply(401, b"Unauthorized", "text/plain")
    sends = 0
    while step is not None and sends < 10:
        sends += isinstance(step, SendRequest)
        answers: dict[type, object] = {SendRequest: refused, TakePlace: None}
        value = answers.get(type(step), TokenGranted(None))
        try:
            step = procedure.send(CommandResult(value, 0.0, 0.0))
        except StopIteration:
            step = None
    assert sends == 2


def plain_simulation(api: str) -> SimulatedProvider:
    """A simulation in which nothing is decided yet."""
    return SimulatedProvider(
        api=api,
        policy=Policy(),
        exchanges=[FAILURES[1]],
        delays=[],
        grants=[],
        budget=0,
        chance=0.0,
        refreshable=False,
        linkable=False,
        stop_at=None,
        began=0.0,
    )


def result_of(simulation: SimulatedProvider, state: CallState) -> CountermandError | None:
    """The error that a caller gets, or None for a receipt with the key on it."""
    if simulation.stopped:
        return to_error(state, simulation.request_plan())
    try:
        proof = to_receipt(state, simulation.request_plan())
    except CountermandError as error:
        return error
    assert proof.key == KEY
    return None


def verdict_of(simulation: SimulatedProvider, exchange: Any) -> Any:
    """The provider's verdict on a reply, or the verdict on a transport failure."""
    return exchange if exchange in FAILURES else interpreted(simulation.api, exchange)

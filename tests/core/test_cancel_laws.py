"""Invariants of a whole cancel: claim, read back, send, read back, record. No network."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from countermand import (
    AlreadyCaptured,
    CountermandError,
    Declined,
    Evidence,
    NotCancelled,
    OutcomeUnknown,
    Receipt,
)
from countermand._core.commands import (
    AlreadyFinished,
    ClaimKey,
    GetToken,
    RecordAttempt,
    RecordOutcome,
    Rejected,
    SendRequest,
    WaitToRetry,
)
from countermand._core.outcomes import to_result
from countermand._core.request import RECORDING_GRACE
from countermand.errors import LedgerUnavailable
from countermand.provider._responses import json_object
from countermand.provider._verdicts import Done
from tests.core.test_request_laws import verdict_of
from tests.support.cancel_simulation import (
    GONE,
    SHOWN,
    WINDOW,
    CancelSimulation,
    cancel_simulation,
    last_reads,
)
from tests.support.replies import MARKER
from tests.support.samples import KEY, PROVIDERS
from tests.support.simulation import may_have_acted

pytestmark = pytest.mark.usefixtures("untraced")
SEEDS = range(1000)


@pytest.fixture(scope="module", params=PROVIDERS)
def runs(request: pytest.FixtureRequest) -> list[CancelSimulation]:
    """Many simulated cancels of a provider, each run to its end."""
    simulations = [cancel_simulation(request.param, seed) for seed in SEEDS]
    for simulation in simulations:
        simulation.run()
    return simulations


def law(check: Any) -> Any:
    """Check many runs of every provider; a failure names its seed."""

    def explored(runs: list[CancelSimulation]) -> None:
        for seed, simulation in enumerate(runs):
            try:
                check(simulation)
            except AssertionError as broken:
                broken.add_note(f"cancel_simulation({simulation.api!r}, {seed})")
                raise

    explored.__name__ = explored.__qualname__ = check.__name__
    explored.__doc__ = check.__doc__
    return explored


def acted(simulation: CancelSimulation) -> list[bool]:
    """Which of this call's cancels may have been executed."""
    return [may_have_acted(each, verdict_of(simulation, each)) for each in simulation.seen]


@law
def test_the_key_comes_first_and_the_record_last(simulation: CancelSimulation) -> None:
    """The claim is first, nothing follows a failed claim, and the result is recorded once."""
    steps = [step for _, step in simulation.steps]
    assert [isinstance(step, ClaimKey) for step in steps] == [True] + [False] * (len(steps) - 1)
    if isinstance(simulation.claimed, (AlreadyFinished, Rejected)):
        assert len(steps) == 1
        known = getattr(simulation.claimed, "result", None) or getattr(
            simulation.claimed, "error", None
        )
        assert simulation.stopped or simulation.result is known
        return
    closes = [step for step in steps if isinstance(step, RecordOutcome)]
    if not simulation.stopped:
        assert isinstance(steps[-1], RecordOutcome)
        assert [close.result for close in closes] == [simulation.result]
        assert isinstance(simulation.result, (Receipt, CountermandError))
        assert simulation.result.key == KEY
        assert len(simulation.result.attempts) == len(simulation.seen)


@law
def test_time_is_bounded_for_reads_too(simulation: CancelSimulation) -> None:
    """Every command gets the time that remains until the deadline."""
    asked = sum(
        step.problem is not None for _, step in simulation.steps if hasattr(step, "problem")
    )
    for at, step in simulation.steps if not asked else []:
        deadline = simulation.began + simulation.policy.deadline
        if isinstance(step, GetToken):
            assert 0 < step.timeout <= deadline - at + 1e-6
        if isinstance(step, SendRequest):
            assert at < step.deadline <= deadline + 1e-6
        if isinstance(step, RecordOutcome):
            assert step.timeout > 0
            assert (
                at + step.timeout
                <= max(at, deadline) + simulation.policy.deadline * RECORDING_GRACE + 1e-6
            )
        if isinstance(step, WaitToRetry):
            assert (
                at + step.at_least + step.jitter
                <= simulation.began + simulation.policy.deadline + 1e-6
            )


@law
def test_a_maybe_executed_cancel_is_sent_again_only_after_a_complete_read_back(
    simulation: CancelSimulation,
) -> None:
    """Where a repeat is unsafe: the payment was read, no cancel has our reference, window over."""
    if simulation.request_plan().call.operation.repeat.effect == "none":
        return
    assert not any(acted(simulation)[:-1])
    if simulation.history is not None and simulation.history.maybe_executed and simulation.sends():
        assert simulation.history.since_last_attempt >= WINDOW
        if simulation.confirmed_absent:
            return
        assert simulation.api == "unzer"
        reads = last_reads(simulation, simulation.read_before_send)
        payment = json_object(reads.pop("/payments/s-pay-1"))
        assert payment is not None
        assert len(payment["transactions"]) == len(reads)
        for answer in reads.values():
            cancel = json_object(answer)
            assert cancel is not None
            assert not cancel.get("errors")
            assert cancel["paymentReference"] != MARKER or cancel["isError"]


@law
def test_the_result_of_a_cancel_claims_no_more_than_is_known(
    simulation: CancelSimulation,
) -> None:
    """A receipt for a success that was seen; "not cancelled" only where nothing can be hidden."""
    if simulation.history is None or simulation.stopped:
        return
    maybe_executed = simulation.history.maybe_executed or any(acted(simulation))
    answers = [answer for _, answer in simulation.reads]
    known = simulation.result
    last = verdict_of(simulation, simulation.seen[-1]) if simulation.seen else None
    if isinstance(known, Receipt) and known.evidence is Evidence.READ_BACK:
        ours = [a for a in answers if a != GONE and marked(a)]
        assert (GONE in answers) if simulation.api == "pace_fueling" else ours
    elif isinstance(known, Receipt):
        assert isinstance(last, Done)
    elif isinstance(known, NotCancelled) and maybe_executed:
        proof = getattr(last, "about_payment", False)
        same = simulation.request_plan().call.operation.repeat.answer == "same"
        found = isinstance(known, AlreadyCaptured) and SHOWN in answers
        failed = isinstance(known, Declined) and any(marked(answer) for answer in answers)
        window_over = simulation.history.since_last_attempt >= WINDOW and not any(acted(simulation))
        absent = window_over and (simulation.api == "unzer" or simulation.confirmed_absent)
        assert (proof and same) or found or failed or absent
    elif isinstance(known, OutcomeUnknown):
        assert maybe_executed
    assert simulation.state.sent_at is None


@law
def test_ids_that_were_read_are_never_lost(simulation: CancelSimulation) -> None:
    """Those of earlier calls stand on the receipt or on the unknown outcome."""
    known = simulation.result
    if (
        simulation.history is None
        or simulation.stopped
        or not isinstance(known, (Receipt, OutcomeUnknown))
    ):
        return
    own = {known.reference} if isinstance(known, Receipt) else set()
    assert set(simulation.history.references) <= {*known.earlier_references, *own}


@law
def test_an_interrupted_cancel_is_unresolved_if_it_may_have_been_executed(
    simulation: CancelSimulation,
) -> None:
    """Interrupted at any command, reads included, a call records no more than is known."""
    if not simulation.stopped or simulation.history is None or len(simulation.steps) < 3:
        return
    known = to_result(simulation.state, simulation.request_plan())
    if isinstance(known, NotCancelled) and not isinstance(known, (AlreadyCaptured, Declined)):
        same = simulation.request_plan().call.operation.repeat.answer == "same"
        window_over = simulation.history.since_last_attempt >= WINDOW
        absent = window_over and (simulation.api == "unzer" or simulation.confirmed_absent)
        assert same or not any(acted(simulation))
        assert same or absent or not simulation.history.maybe_executed


@law
def test_a_cancel_is_recorded_before_it_is_sent_and_a_read_is_not(
    simulation: CancelSimulation,
) -> None:
    """A read is not recorded. A cancel that cannot be recorded is not sent."""
    steps = [step for _, step in simulation.steps]
    for before, step in pairwise(steps):
        if isinstance(step, SendRequest):
            cancels = step.call == simulation.request_plan().call
            assert isinstance(before, RecordAttempt) == (cancels and simulation.recorded)
    if isinstance(simulation.result, LedgerUnavailable):
        assert simulation.recorded


def marked(answer: Any) -> bool:
    """Whether an answer shows a cancel under our reference."""
    document = json_object(answer) if hasattr(answer, "status") else None
    return document is not None and document.get("paymentReference") == MARKER

"""Laws of the whole procedure: claim, look, send, look again, record; no network needed."""

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
from countermand._core.cancel import RECORDING_GRACE
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
from countermand.errors import LedgerUnavailable
from countermand.provider._responses import json_object
from countermand.provider._verdicts import Done
from tests.core.test_request_laws import verdict_of
from tests.support.intent_world import (
    GONE,
    MARKER,
    SHOWN,
    WINDOW,
    IntentWorld,
    intent_world,
    last_looks,
)
from tests.support.samples import KEY, PROVIDERS
from tests.support.simulation import may_have_acted

SEEDS = range(1000)


@pytest.fixture(scope="module", params=PROVIDERS)
def runs(request: pytest.FixtureRequest) -> list[IntentWorld]:
    """Many worlds of a provider, each driven to its end."""
    worlds = [intent_world(request.param, seed) for seed in SEEDS]
    for world in worlds:
        world.run()
    return worlds


def law(check: Any) -> Any:
    """Look at many runs of every provider; a seed that breaks the law is told."""

    def explored(runs: list[IntentWorld]) -> None:
        for seed, world in enumerate(runs):
            try:
                check(world)
            except AssertionError as broken:
                broken.add_note(f"intent_world({world.api!r}, {seed})")
                raise

    explored.__name__ = explored.__qualname__ = check.__name__
    explored.__doc__ = check.__doc__
    return explored


def acted(world: IntentWorld) -> list[bool]:
    """Which of this call's cancels may have been executed."""
    return [may_have_acted(each, verdict_of(world, each)) for each in world.seen]


@law
def test_the_key_comes_first_and_the_record_last(world: IntentWorld) -> None:
    """Nothing before the claim, nothing at all without it, and one record of what is returned."""
    steps = [step for _, step in world.steps]
    assert [isinstance(step, ClaimKey) for step in steps] == [True] + [False] * (len(steps) - 1)
    if isinstance(world.claimed, (AlreadyFinished, Rejected)):
        assert len(steps) == 1
        known = getattr(world.claimed, "result", None) or getattr(world.claimed, "error", None)
        assert world.stopped or world.result is known
        return
    closes = [step for step in steps if isinstance(step, RecordOutcome)]
    if not world.stopped:
        assert isinstance(steps[-1], RecordOutcome)
        assert [close.result for close in closes] == [world.result]
        assert isinstance(world.result, (Receipt, CountermandError))
        assert world.result.key == KEY
        assert len(world.result.attempts) == len(world.seen)


@law
def test_time_is_bounded_for_reads_too(world: IntentWorld) -> None:
    """Whatever is asked for is asked for in what is left of the one deadline."""
    asked = sum(step.problem is not None for _, step in world.steps if hasattr(step, "problem"))
    for at, step in world.steps if not asked else []:
        until = world.began + world.policy.deadline
        if isinstance(step, GetToken):
            assert 0 < step.timeout <= until - at + 1e-6
        if isinstance(step, SendRequest):
            assert at < step.deadline <= until + 1e-6
        if isinstance(step, RecordOutcome):
            assert step.timeout > 0
            assert (
                at + step.timeout <= max(at, until) + world.policy.deadline * RECORDING_GRACE + 1e-6
            )
        if isinstance(step, WaitToRetry):
            assert at + step.at_least + step.jitter <= world.began + world.policy.deadline + 1e-6


@law
def test_what_may_have_been_done_is_sent_again_only_after_a_full_look(world: IntentWorld) -> None:
    """Where a repeat does harm: everything was read, nothing is ours, and the window has passed."""
    if world.order().call.operation.repeat.effect == "none":
        return
    assert not any(acted(world)[:-1])
    if world.prior is not None and world.prior.maybe_executed and world.sends():
        assert world.prior.since_last_attempt >= WINDOW
        if world.vouched:
            return
        assert world.api == "unzer"
        looks = last_looks(world, world.read_before_send)
        payment = json_object(looks.pop("/payments/s-pay-1"))
        assert payment is not None
        listed = [line for line in payment["transactions"] if line.get("status") != "error"]
        assert len(listed) == len(looks)
        for answer in looks.values():
            cancel = json_object(answer)
            assert cancel is not None
            assert not cancel.get("errors")
            assert cancel["paymentReference"] != MARKER or cancel["isError"]


@law
def test_the_conclusion_of_an_intent_says_what_is_known_and_no_more(world: IntentWorld) -> None:
    """A receipt for a success that was seen; "not cancelled" only where nothing can be hidden."""
    if world.prior is None or world.stopped:
        return
    doubt = world.prior.maybe_executed or any(acted(world))
    answers = [answer for _, answer in world.looks]
    known = world.result
    last = verdict_of(world, world.seen[-1]) if world.seen else None
    if isinstance(known, Receipt) and known.evidence is Evidence.READ_BACK:
        ours = [a for a in answers if a != GONE and marked(a)]
        assert (GONE in answers) if world.api == "pace_fueling" else ours
    elif isinstance(known, Receipt):
        assert isinstance(last, Done)
    elif isinstance(known, NotCancelled) and doubt:
        proof = getattr(last, "about_payment", False)
        same = world.order().call.operation.repeat.answer == "same"
        found = isinstance(known, AlreadyCaptured) and SHOWN in answers
        failed = isinstance(known, Declined) and any(marked(answer) for answer in answers)
        quiet = world.prior.since_last_attempt >= WINDOW and not any(acted(world))
        absent = quiet and (world.api == "unzer" or world.vouched)
        assert (proof and same) or found or failed or absent
    elif isinstance(known, OutcomeUnknown):
        assert doubt
    assert world.ending.sent_at is None


@law
def test_ids_that_were_made_out_are_never_lost(world: IntentWorld) -> None:
    """Those of earlier calls stand on the receipt or on the unknown outcome."""
    known = world.result
    if world.prior is None or world.stopped or not isinstance(known, (Receipt, OutcomeUnknown)):
        return
    own = {known.reference} if isinstance(known, Receipt) else set()
    assert set(world.prior.references) <= {*known.earlier_references, *own}


@law
def test_an_interrupted_intent_is_open_where_it_may_have_been_executed(world: IntentWorld) -> None:
    """Stopped at any step, also while reading: what is recorded says no more than is known."""
    if not world.stopped or world.prior is None or len(world.steps) < 3:
        return
    known = to_result(world.ending, world.matter())
    if isinstance(known, NotCancelled) and not isinstance(known, (AlreadyCaptured, Declined)):
        same = world.order().call.operation.repeat.answer == "same"
        quiet = world.prior.since_last_attempt >= WINDOW
        absent = quiet and (world.api == "unzer" or world.vouched)
        assert same or not any(acted(world))
        assert same or absent or not world.prior.maybe_executed


@law
def test_a_cancel_is_recorded_before_it_goes_out_and_a_read_is_not(world: IntentWorld) -> None:
    """A read needs no record; what cannot be recorded ends the sending."""
    steps = [step for _, step in world.steps]
    for before, step in pairwise(steps):
        if isinstance(step, SendRequest):
            cancels = step.call == world.order().call
            assert isinstance(before, RecordAttempt) == (cancels and world.recorded)
    if isinstance(world.result, LedgerUnavailable):
        assert world.recorded


def marked(answer: Any) -> bool:
    """Whether an answer shows a cancel under our reference."""
    document = json_object(answer) if hasattr(answer, "status") else None
    return document is not None and document.get("paymentReference") == MARKER

"""The quick form of the conformance suite, as a part of all tests."""

import logging
from collections.abc import Iterator

import pytest
from attrs import evolve

from countermand import Client, Policy
from countermand.sandbox import Sandbox
from countermand.sandbox.simulators import BASE_PATHS
from tests.conformance.cases import RECEIPT, Call, Case, Observation
from tests.conformance.catalogue import catalogue
from tests.conformance.fixtures import Fixtures
from tests.conformance.judging import violations
from tests.conformance.orders import order
from tests.conformance.report import TITLES, failures
from tests.conformance.running import play_one
from tests.support.answer_checks import checked_answers

SEED = 1
QUICK = [case for case in catalogue() if case.quick]

WELL = Call(
    what="cancel",
    key="order-1",
    verdict="Receipt",
    allowed=RECEIPT,
    requests=1,
    elapsed=0.1,
    deadline=1.0,
    before=0,
    returned=1,
    until=1,
    outcome="cancelled",
    evidence="reply",
    in_ledger=False,
)
UNMADE = {
    "verdict": "CancelledError",
    "allowed": {"CancelledError"},
    "unknown": True,
    "returned": 0,
    "until": 0,
}
SEEN = Observation(label="play", api="unzer", calls=(WELL,), executions=1)


@pytest.fixture(scope="module")
def fixtures() -> Iterator[Fixtures]:
    """The providers behind the proxy, and the ledgers; what is provoked is not logged.

    An answer of a provider that its specification does not describe fails the module.
    """
    logger = logging.getLogger("countermand")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    with checked_answers(), Fixtures() as running:
        _warm_up(running.sandbox)
        yield running
    logger.setLevel(before)


def _warm_up(sandbox: Sandbox) -> None:
    """Cancel once at each provider: its validators take longer to build than a case waits."""
    for api in BASE_PATHS:
        payment = sandbox.create_payment(api)
        with Client(sandbox.account(api), policy=Policy(attempt_timeout=30.0)) as client:
            client.cancel(order(api, payment, whole=True))


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.id)
def test_whatever_goes_wrong_a_cancel_is_executed_once_and_told_truly(
    fixtures: Fixtures, case: Case
) -> None:
    """No double execution, no wrong verdict, no lost intent, no deadline missed."""
    result = play_one(fixtures, case, SEED)
    assert not result.violations, failures([result], SEED)


def test_the_quick_form_leaves_no_scenario_and_no_provider_out() -> None:
    """A scenario that is in the suite is in its quick form too, at each of its providers."""
    everywhere = {(case.scenario, case.api) for case in catalogue()}
    assert {(case.scenario, case.api) for case in QUICK} == everywhere
    assert {case.scenario for case in QUICK} == set(TITLES)


def test_every_case_has_a_name_of_its_own() -> None:
    """So that each can be played alone."""
    names = [case.id for case in catalogue()]
    assert len(names) == len(set(names))


def test_the_judge_lets_pass_what_is_right() -> None:
    """Executed once, proven by a receipt, closed in the ledger, in time."""
    assert violations(SEEN) == ()


@pytest.mark.parametrize(
    ("whole", "call"),
    [
        ({"executions": 2}, {}),
        ({"problems": ("something",)}, {}),
        ({}, {"verdict": "OutcomeUnknown"}),
        ({"executions": 0}, {"returned": 0, "until": 0}),
        ({"executions": 0, "others": 1}, {"returned": 0, "until": 0}),
        ({}, {"verdict": "Declined", "allowed": {"Declined"}, "refused": True}),
        ({}, {"verdict": "KeyConflict", "allowed": {"KeyConflict"}}),
        ({}, {"evidence": "ledger"}),
        ({}, {"elapsed": 1.11}),
        ({}, {"verdict": "KeyConflict", "allowed": {"KeyConflict"}, "requests": 0, "reads": 1}),
        ({}, {"evidence": "ledger", "requests": 0, "reads": 1}),
        ({}, {"unknown": True, "interrupted": True, "recorded": False}),
        ({"executions": 0}, {**UNMADE, "interrupted": True, "recorded": True}),
        ({}, {"verdict": "Declined", "allowed": {"Declined"}, "refused": True, "before": 1}),
        ({}, {"in_ledger": True}),
        ({}, {"verdict": "OutcomeUnknown", "allowed": {"OutcomeUnknown"}, "unknown": True}),
    ],
)
def test_the_judge_finds_what_is_wrong(whole: dict[str, object], call: dict[str, object]) -> None:
    """Each of the things that may never be seen, alone, is one violation."""
    seen = evolve(SEEN, calls=(evolve(WELL, **call),), **whole)
    assert len(violations(seen)) == 1


SECOND = evolve(WELL, key="order-2", before=1, returned=1, until=1)


@pytest.mark.parametrize(
    ("intended", "second", "executions"),
    [
        (2, {}, 1),
        (2, {"returned": 3, "until": 3}, 3),
        (1, {"key": "order-1", "verdict": "Declined", "allowed": {"Declined"}, "refused": True}, 1),
    ],
    ids=["receipt-of-another-key", "one-key-twice", "denied-what-was-executed-before"],
)
def test_the_judge_tells_intents_apart(
    intended: int, second: dict[str, object], executions: int
) -> None:
    """What one key has executed proves nothing for another, and is not forgotten for its own."""
    calls = (WELL, evolve(SECOND, **second))
    seen = evolve(SEEN, calls=calls, executions=executions, intended=intended)
    assert violations(seen)
    apart = evolve(SECOND, returned=2, until=2)
    assert violations(evolve(SEEN, calls=(WELL, apart), executions=2, intended=2)) == ()

"""The judge of the long run finds what is wrong, and lets pass what is right."""

from __future__ import annotations

from collections import Counter

from attrs import evolve

from countermand.ledger import State
from tests.deliveries.judging import SHARES, Ended, fault_of, problems, table

RIGHT = Ended(key="k", result={"outcome": "cancelled"}, state=State.CANCELLED, executions=1)


def test_an_end_that_is_right_passes_and_every_other_is_found() -> None:
    """A second execution, none at all, a key that is left open, and a task that is lost."""
    assert not list(problems(RIGHT))
    assert not list(problems(evolve(RIGHT, result={"error": "OutcomeUnknown"})))
    for executions in (0, 2):
        (found,) = problems(evolve(RIGHT, executions=executions))
        assert found == f"k: executed {executions} times"
    for state in (None, State.FREE, State.MAYBE_EXECUTED):
        assert list(problems(evolve(RIGHT, state=state)))
    assert list(problems(evolve(RIGHT, result=None))) == ["k: the task has no result"]


def test_every_fault_has_its_share() -> None:
    """In any stretch as long as all shares together."""
    numbers = range(1000, 1000 + sum(SHARES.values()))
    assert Counter(fault_of(number) for number in numbers) == SHARES


def test_the_table_counts_by_result() -> None:
    """The most frequent one first."""
    unknown = evolve(RIGHT, result={"error": "OutcomeUnknown"})
    lines = table([unknown, RIGHT, RIGHT, evolve(RIGHT, result=None)]).splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [
        ["2", "cancelled"],
        ["1", "OutcomeUnknown"],
        ["1", "no result"],
    ]

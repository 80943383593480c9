"""When an open key is looked at again, and when it waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from attrs import evolve

from countermand import Outcome, OutcomeUnknown, Policy, Receipt, Sent
from countermand._core.commands import KeyHistory, LookNotes
from countermand._core.exchange import TransportFailure
from countermand._core.follow_up import plan_next_look
from countermand._core.request import CallState, RequestState
from tests.support.samples import KEY, reply
from tests.support.script import cancel_plan

if TYPE_CHECKING:
    from countermand import RawResponse
    from countermand._core.cancel import CancelPlan

WEEK: Final = 604800.0
ACCEPTED: Final = Receipt(outcome=Outcome.ACCEPTED, key=KEY)
UNKNOWN: Final = OutcomeUnknown("reset", key=KEY)
AT_ACCEPTED: Final = KeyHistory(accepted=ACCEPTED)
AT_UNKNOWN: Final = KeyHistory(maybe_executed=True)


def notes(
    result: Receipt | OutcomeUnknown,
    past: KeyHistory | None = None,
    *,
    plan: CancelPlan | None = None,
    readable: bool = True,
    reason: str | None = None,
    **facts: Any,
) -> LookNotes | None:
    """What is kept beside the result of a call; by default at Unzer, whose payments are read."""
    plan = plan or cancel_plan()
    request = RequestState(plan, 0.0, 30.0, 0.0)
    request.look_reason = reason
    for name, value in facts.items():
        setattr(request, name, value)
    looks = (past or KeyHistory()).past_looks
    return plan_next_look(plan, request, looks, result, readable=readable)


@pytest.mark.parametrize("unchanged", [None, True, False])
def test_a_result_that_is_final_needs_no_look(unchanged: bool | None) -> None:  # noqa: FBT001
    """Only what was seen of the payment is kept."""
    final = Receipt(outcome=Outcome.CANCELLED, key=KEY)
    assert notes(final, unchanged=unchanged) == LookNotes(unchanged=unchanged)


def test_the_first_look_is_planned_when_the_key_becomes_open() -> None:
    """With the reason why the last read has proved nothing."""
    assert notes(ACCEPTED) == LookNotes(next_look=60.0)
    assert notes(UNKNOWN, reason="it is not there", look_answered=True) == LookNotes(
        reason="it is not there", next_look=900.0
    )


@pytest.mark.parametrize(
    ("made", "accepted", "unknown"),
    [(0, 300.0, 3600.0), (1, 900.0, 21600.0), (2, 3600.0, 86400.0), (99, 86400.0, 86400.0)],
)
def test_looks_become_rarer(made: int, accepted: float, unknown: float) -> None:
    """The last time is repeated."""
    for result, past, seconds in (
        (ACCEPTED, AT_ACCEPTED, accepted),
        (UNKNOWN, AT_UNKNOWN, unknown),
    ):
        found = notes(result, evolve(past, looks=made), look_answered=True)
        assert found == LookNotes(looked=True, answered=True, next_look=seconds)


def test_a_look_counts_only_for_what_the_key_was_before() -> None:
    """A key that becomes accepted, or unknown, starts anew."""
    accepted = notes(ACCEPTED, evolve(AT_UNKNOWN, looks=7), look_answered=True)
    assert accepted == LookNotes(next_look=60.0)
    unknown = notes(UNKNOWN, evolve(AT_ACCEPTED, looks=7), look_answered=True)
    assert unknown == LookNotes(next_look=900.0)


@pytest.mark.parametrize(("result", "past"), [(ACCEPTED, AT_ACCEPTED), (UNKNOWN, AT_UNKNOWN)])
def test_a_call_that_could_not_look_changes_nothing(result: Any, past: KeyHistory) -> None:
    """No read was made, and nothing was sent."""
    assert notes(result, past) is None


def repeated(answer: RawResponse | None) -> CallState:
    """A call that has sent the cancel again, with its answer."""
    state, plan = CallState(), cancel_plan("pace_pay")
    state.add_exchange(plan, answer or TransportFailure(sent=Sent.MAYBE_SENT, problem="reset"))
    return state


@pytest.mark.parametrize(
    ("answer", "answered"),
    [
        (None, False),
        (reply(503, b"", None), False),
        (reply(204, b"", None), True),
        (reply(404, {"errors": [{"title": "not found"}]}), True),
    ],
)
def test_a_repeat_is_a_look(answer: RawResponse | None, *, answered: bool) -> None:
    """Only the provider's own answer to it counts as one."""
    found = notes(UNKNOWN, AT_UNKNOWN, plan=cancel_plan("pace_pay"), state=repeated(answer))
    assert found == LookNotes(looked=True, answered=answered, next_look=3600.0)


def test_a_read_counts_before_a_repeat() -> None:
    """The read is the later one."""
    answer = repeated(reply(204, b"", None))
    found = notes(UNKNOWN, AT_UNKNOWN, state=answer, look_answered=False)
    assert found == LookNotes(looked=True, next_look=3600.0)


@pytest.mark.parametrize(
    ("answered_for", "answered", "waits"),
    [(WEEK, True, True), (WEEK - 1, True, False), (WEEK, False, False)],
)
def test_a_person_is_asked_after_a_week_of_answers(
    answered_for: float, *, answered: bool, waits: bool
) -> None:
    """An outage of any length asks nobody. The looks go on."""
    for result, past in ((ACCEPTED, AT_ACCEPTED), (UNKNOWN, AT_UNKNOWN)):
        found = notes(result, evolve(past, answered_for=answered_for), look_answered=answered)
        assert found is not None
        assert (found.waits_for_person, found.looked) == (waits, True)
        assert found.next_look is not None


def test_the_policy_decides_how_long_that_is() -> None:
    """In seconds."""
    short = Policy(follow_up=evolve(Policy().follow_up, escalate_after=10.0))
    past = evolve(AT_UNKNOWN, answered_for=10.0)
    found = notes(UNKNOWN, past, plan=cancel_plan(policy=short), look_answered=True)
    assert found is not None
    assert found.waits_for_person


def test_a_key_that_waits_for_a_person_goes_on_waiting() -> None:
    """Until its end is proven; or it becomes open in another way."""
    waiting = evolve(AT_UNKNOWN, waits_for_person=True)
    found = notes(UNKNOWN, waiting, look_answered=False)
    assert found is not None
    assert found.waits_for_person
    accepted = notes(ACCEPTED, waiting, look_answered=True)
    assert accepted is not None
    assert not accepted.waits_for_person


@pytest.mark.parametrize(
    ("api", "readable", "waits", "next_look"),
    [
        ("unzer", True, False, 900.0),
        ("unzer", False, True, 900.0),
        ("bento", False, True, None),
        ("pace_pay", False, False, 900.0),
        ("vtex", False, False, 900.0),
    ],
)
def test_an_unknown_cancel_waits_at_once_where_neither_read_nor_repeat_can_help(
    api: str, next_look: float | None, *, readable: bool, waits: bool
) -> None:
    """Another client may have the account for the read, so the look is planned all the same."""
    found = notes(UNKNOWN, plan=cancel_plan(api), readable=readable)
    assert found == LookNotes(next_look=next_look, waits_for_person=waits)


def test_a_key_that_the_provider_may_have_forgotten_is_not_repeated() -> None:
    """VTEX knows it for a day."""
    found = notes(
        UNKNOWN, plan=cancel_plan("vtex"), readable=False, state=CallState(key_expired=True)
    )
    assert found == LookNotes(waits_for_person=True)


@pytest.mark.parametrize("api", ["bento", "vtex", "pace_pay"])
def test_what_was_accepted_cannot_be_followed_without_a_read(api: str) -> None:
    """It is not repeated, and nobody is asked."""
    assert notes(ACCEPTED, plan=cancel_plan(api), readable=False) == LookNotes()

"""Whose token a request goes out with, and what is asked of users and callers for it."""

from __future__ import annotations

from typing import Final

import pytest

from countermand import Policy
from countermand._core.commands import AskUser, Authenticate, Denied, Granted, Send
from countermand._core.request import Ending, perform
from countermand.provider._verdicts import LinkRequired, TokenRefused
from tests.support.samples import reply
from tests.support.script import order, play

CALL: Final = order("pace_pay").call
EXPIRED: Final = reply(401, b"Unauthorized", "text/plain")
PROBLEM: Final = {"code": "missing-linked-identity"}
UNLINKED: Final = reply(401, {"errors": [PROBLEM]})


def test_a_refused_token_is_replaced_once() -> None:
    """By one that is not the refused one; a second refusal is the end."""
    asked = order("pace_pay", refreshable=True)
    ending = Ending()
    played = play(
        perform(asked, 0.0, ending),
        (Granted("t1"), 0.0),
        (EXPIRED, 1.0),
        (Granted("t2"), 2.0),
        (EXPIRED, 3.0),
    )
    assert played.steps[1:] == [
        Send(CALL, "t1", 10.0),
        Authenticate("pace_pay", "t1", 29.0),
        Send(CALL, "t2", 12.0),
    ]
    assert ending.verdict == TokenRefused(message="401 Unauthorized")


@pytest.mark.parametrize(("at", "asks"), [(29.9, True), (30.0, False), (31.0, False)])
def test_no_token_is_asked_for_without_time_to_use_it(at: float, *, asks: bool) -> None:
    """The verdict stays the refusal."""
    ending = Ending()
    asked = order("pace_pay", refreshable=True)
    played = play(perform(asked, 0.0, ending), (Granted("t1"), 0.0), (EXPIRED, at))
    assert isinstance(played.steps[-1], Authenticate) is asks
    assert isinstance(ending.verdict, TokenRefused)


def test_a_token_that_cannot_be_had_ends_the_call() -> None:
    """With the words and the exception of whoever was to give it; nothing was sent."""
    cause = LookupError("vault is down")
    ending = Ending()
    denied = Denied("no token to be had", cause)
    assert play(perform(order("pace_pay"), 0.0, ending), (denied, 1.0)).ended
    assert ending.verdict == TokenRefused(message="no token to be had")
    assert ending.cause is cause


def test_the_time_of_a_user_who_links_does_not_count() -> None:
    """The deadline moves by it, and the request goes out with the token that linking gave."""
    asked = order("pace_pay", Policy(attempt_timeout=60.0), linkable=True)
    ending = Ending()
    played = play(
        perform(asked, 0.0, ending),
        (Granted("t1"), 0.0),
        (UNLINKED, 1.0),
        (Granted("t2", took=100.0), 103.0),
        (UNLINKED, 104.0),
    )
    assert played.steps[2:] == [AskUser(PROBLEM, "t1"), Send(CALL, "t2", 130.0)]
    assert ending.verdict == LinkRequired(problem=PROBLEM)
    assert ending.cause is None


def test_a_user_who_does_not_link_ends_the_call() -> None:
    """With their words and the exception in which they came."""
    cause = TimeoutError("went to lunch")
    ending = Ending()
    denied = Denied("the user did not link", cause, took=5.0)
    played = play(
        perform(order("pace_pay", linkable=True), 0.0, ending),
        (Granted("t1"), 0.0),
        (UNLINKED, 1.0),
        (denied, 6.0),
    )
    assert played.ended
    assert ending.verdict == LinkRequired(problem=PROBLEM, message="the user did not link")
    assert ending.cause is cause

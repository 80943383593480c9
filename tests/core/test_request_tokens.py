"""Tokens and linked identities: which token a request uses, and when a new one is fetched."""

from __future__ import annotations

from typing import Final

import pytest

from countermand import Policy
from countermand._core.commands import (
    GetToken,
    LinkIdentity,
    SendRequest,
    TokenDenied,
    TokenGranted,
)
from countermand._core.request import CallState, send_request
from countermand.provider._verdicts import LinkRequired, TokenRejected
from tests.support.samples import reply
from tests.support.script import play, request_plan

CALL: Final = request_plan("pace_pay").call
EXPIRED: Final = reply(401, b"Unauthorized", "text/plain")
PROBLEM: Final = {"code": "missing-linked-identity"}
UNLINKED: Final = reply(401, {"errors": [PROBLEM]})


def test_a_refused_token_is_replaced_once() -> None:
    """By one that is not the refused one; a second refusal is the end."""
    plan = request_plan("pace_pay", can_refresh_token=True)
    state = CallState()
    played = play(
        send_request(plan, 0.0, state),
        (TokenGranted("t1"), 0.0),
        (EXPIRED, 1.0),
        (TokenGranted("t2"), 2.0),
        (EXPIRED, 3.0),
    )
    assert played.steps[1:] == [
        SendRequest(CALL, "t1", 10.0),
        GetToken("pace_pay", "t1", 29.0),
        SendRequest(CALL, "t2", 12.0),
    ]
    assert state.verdict == TokenRejected(message="401 Unauthorized")


@pytest.mark.parametrize(("at", "asks"), [(29.9, True), (30.0, False), (31.0, False)])
def test_no_token_is_asked_for_without_time_to_use_it(at: float, *, asks: bool) -> None:
    """The verdict stays the refusal."""
    state = CallState()
    plan = request_plan("pace_pay", can_refresh_token=True)
    played = play(send_request(plan, 0.0, state), (TokenGranted("t1"), 0.0), (EXPIRED, at))
    assert isinstance(played.steps[-1], GetToken) is asks
    assert isinstance(state.verdict, TokenRejected)


def test_a_denied_token_ends_the_call() -> None:
    """With the message and the exception of the token callable; nothing was sent."""
    cause = LookupError("vault is down")
    state = CallState()
    denied = TokenDenied("no token to be had", cause)
    assert play(send_request(request_plan("pace_pay"), 0.0, state), (denied, 1.0)).ended
    assert state.verdict == TokenRejected(message="no token to be had")
    assert state.cause is cause


def test_the_time_of_a_user_who_links_does_not_count() -> None:
    """The deadline moves by it, and the request goes out with the token that linking gave."""
    plan = request_plan("pace_pay", Policy(attempt_timeout=60.0), can_link_identity=True)
    state = CallState()
    played = play(
        send_request(plan, 0.0, state),
        (TokenGranted("t1"), 0.0),
        (UNLINKED, 1.0),
        (TokenGranted("t2", excluded_time=100.0), 103.0),
        (UNLINKED, 104.0),
    )
    assert played.steps[2:] == [LinkIdentity(PROBLEM, "t1"), SendRequest(CALL, "t2", 130.0)]
    assert state.verdict == LinkRequired(problem=PROBLEM)
    assert state.cause is None


def test_a_user_who_does_not_link_ends_the_call() -> None:
    """With the message and the exception of the link handler."""
    cause = TimeoutError("went to lunch")
    state = CallState()
    denied = TokenDenied("the user did not link", cause, excluded_time=5.0)
    played = play(
        send_request(request_plan("pace_pay", can_link_identity=True), 0.0, state),
        (TokenGranted("t1"), 0.0),
        (UNLINKED, 1.0),
        (denied, 6.0),
    )
    assert played.ended
    assert state.verdict == LinkRequired(problem=PROBLEM, message="the user did not link")
    assert state.cause is cause

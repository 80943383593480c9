"""The reads of a read-back: retried freely, with their own account and token."""

from __future__ import annotations

from typing import Any

import pytest

from countermand import OutcomeUnknown, Policy, Receipt
from countermand._core.commands import (
    GetToken,
    KeyHistory,
    SendRequest,
    TokenDenied,
    TokenGranted,
    WaitToRetry,
)
from tests.support.cancel_simulation import GONE
from tests.support.replies import PAYMENT
from tests.support.samples import TRANSACTION, reply
from tests.support.script import (
    BROKEN,
    CANCEL,
    EMPTY,
    LISTED,
    LOST,
    RECORDED,
    THE_CANCEL,
    TOKEN,
    cancel_plan,
    paths,
    played,
    request_plan,
)


@pytest.mark.parametrize("exchange", [LOST, BROKEN, reply(200, b"{", problem="cut")])
def test_a_read_that_fails_is_repeated(exchange: Any) -> None:
    """A read moves no money; it has its own count of attempts."""
    run = played(
        cancel_plan(policy=Policy(attempts=2)),
        (KeyHistory(), 0.0),
        TOKEN,
        (LOST, 0.0),
        TOKEN,
        (exchange, 0.0),
        (True, 1.0),
        (LISTED, 1.0),
        TOKEN,
        (exchange, 1.0),
        (True, 2.0),
        (exchange, 2.0),
        RECORDED,
    )
    assert paths(run) == [CANCEL, PAYMENT, PAYMENT, THE_CANCEL, THE_CANCEL]
    assert sum(isinstance(step, WaitToRetry) for step in run.steps) == 2
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message.endswith("1 of the payment's cancels could not be read")
    assert len(run.result.attempts) == 1


def test_the_time_that_reads_took_counts_for_what_comes_after_them() -> None:
    """A cancel after a read-back gets the remaining time."""
    history = KeyHistory(maybe_executed=True, since_last_attempt=900.0)
    run = played(
        cancel_plan(),
        (history, 1.0),
        (TokenGranted("t"), 2.0),
        (EMPTY, 9.0),
        (TokenGranted("t"), 25.0),
    )
    assert run.steps[-1] == SendRequest(request_plan("unzer").call, "t", 30.0)
    assert run.steps[-2] == GetToken("unzer", None, 21.0)


def test_a_read_of_another_provider_s_needs_an_account_there() -> None:
    """Without one it is said which one is missing, and nothing is plan."""
    plan = cancel_plan(
        "pace_fueling", Policy(attempts=1), readable_apis=frozenset({"pace_fueling"})
    )
    run = played(plan, (KeyHistory(), 0.0), TOKEN, (LOST, 0.0), RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message == (
        "The provider: reset; reading it back needs an account for pace_pay in this client"
    )


@pytest.mark.parametrize(
    ("fresh", "again"), [(frozenset({"pace_pay"}), True), (frozenset({"pace_fueling"}), False)]
)
def test_a_read_s_token_is_refreshed_where_that_api_s_account_can(
    fresh: frozenset[str], *, again: bool
) -> None:
    """The account of the cancel does not matter for the read."""
    plan = cancel_plan("pace_fueling", Policy(attempts=1), refreshable_apis=fresh)
    expired = reply(401, b"Unauthorized", "text/plain")
    script = [(KeyHistory(), 0.0), TOKEN, (LOST, 0.0), TOKEN, (expired, 0.0)]
    script += [TOKEN, (GONE, 0.0), RECORDED] if again else [RECORDED]
    run = played(plan, *script)
    assert paths(run)[1:] == [f"/transactions/{TRANSACTION}"] * (2 if again else 1)
    assert isinstance(run.result, Receipt if again else OutcomeUnknown)
    assert [step.api for step in run.steps if isinstance(step, GetToken)][1] == "pace_pay"


def test_an_account_is_asked_for_a_second_token_once_in_a_call() -> None:
    """However many of its reads are refused."""
    plan = cancel_plan(refreshable_apis=frozenset({"unzer"}), can_refresh_token=True)
    expired = reply(401, b"Unauthorized", "text/plain")
    history = KeyHistory(maybe_executed=True)
    run = played(plan, (history, 0.0), TOKEN, (expired, 0.0), TOKEN, (LISTED, 0.0))
    assert [type(step) for step in run.steps[-2:]] == [SendRequest, GetToken]
    run = played(
        plan, (history, 0.0), TOKEN, (expired, 0.0), TOKEN, (LISTED, 0.0),
        TOKEN, (expired, 0.0), RECORDED,
    )  # fmt: skip
    assert isinstance(run.result, OutcomeUnknown)
    assert sum(isinstance(step, GetToken) for step in run.steps) == 3


@pytest.mark.parametrize(
    ("answer", "usable"),
    [
        (GONE, True),
        (reply(410, b"<html>", "application/json"), False),
        (reply(401, b"", None), False),
        (reply(410, b"", None), True),
        (reply(410, b"", None, problem="cut"), False),
    ],
    ids=[
        "a refusal",
        "a refusal of another shape",
        "a refused token",
        "an empty refusal",
        "a cut refusal",
    ],
)
def test_a_refusal_of_the_read_is_an_answer_of_the_payment(answer: Any, *, usable: bool) -> None:
    """410 is how PACE Pay says cancelled; a refused token says nothing of the payment."""
    plan = cancel_plan("pace_fueling", Policy(attempts=1))
    run = played(plan, (KeyHistory(), 0.0), TOKEN, (LOST, 0.0), TOKEN, (answer, 0.0), RECORDED)
    assert isinstance(run.result, Receipt if usable else OutcomeUnknown)


@pytest.mark.parametrize(
    "answers",
    [
        [(TokenDenied("no token"), 0.0)],
        [TOKEN, (LOST, 0.0)],
        [TOKEN, (BROKEN, 0.0)],
        [TOKEN, (reply(401, b"", None), 0.0)],
        [TOKEN, (reply(429, b"", None), 0.0)],
        [TOKEN, (reply(200, b"{", problem="cut"), 0.0)],
    ],
    ids=["no token", "no reply", "503", "401", "429", "cut"],
)
def test_a_read_without_a_usable_answer_leaves_it_unknown(answers: Any) -> None:
    """It proves nothing, and the message says so."""
    plan = cancel_plan("pace_fueling", Policy(attempts=1))
    run = played(plan, (KeyHistory(), 0.0), TOKEN, (LOST, 0.0), *answers, RECORDED)
    assert isinstance(run.result, OutcomeUnknown)
    assert run.result.message == (
        "The provider: reset; PACE Pay returned no usable reply about the transaction"
    )

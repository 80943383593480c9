"""Refusals of PACE and Bento, whole: class, message, facts, and what they describe."""

from __future__ import annotations

from typing import Any, Final

import pytest

from countermand._pace import error_objects
from countermand.errors import Declined, Forbidden, NotFound
from countermand.provider._verdicts import (
    LinkRequired,
    MaybeExecuted,
    Refused,
    Throttled,
    TokenRejected,
)
from tests.support.samples import BENTO_IDS, CANCELLATIONS, KEY, PROVIDERS, interpreted, reply

LINK: Final = {"code": "missing-linked-identity", "detail": "link first"}
PROBLEM: Final = {"code": "1000", "title": "No", "detail": "Not today"}
both = pytest.mark.parametrize("api", ["pace_pay", "pace_fueling"])


@both
@pytest.mark.parametrize(
    ("status", "errors", "verdict"),
    [
        (401, [PROBLEM, LINK], LinkRequired(problem=LINK)),
        (401, [PROBLEM], TokenRejected(message="401 Unauthorized: Not today")),
        (
            409,
            [PROBLEM],
            Refused(
                error=Declined,
                message="409 Conflict: Not today",
                error_fields={"code": "1000", "reason": "Not today"},
            ),
        ),
        (
            409,
            [{"title": "No"}, PROBLEM],
            Refused(
                error=Declined,
                message="409 Conflict: No",
                error_fields={"code": None, "reason": "No"},
            ),
        ),
        (409, [LINK], Refused(
            error=Declined,
            message="409 Conflict: link first",
            error_fields={"code": "missing-linked-identity", "reason": "link first"},
        )),
        (429, [PROBLEM], Throttled(message="429 Too Many Requests: Not today")),
        (500, [PROBLEM], MaybeExecuted(message="500 Internal Server Error: Not today")),
    ],
)  # fmt: skip
def test_a_refusal_of_pace_has_the_first_error_s_message(
    api: str, status: int, errors: list[Any], verdict: object
) -> None:
    """Its detail, or else its title; the code goes along."""
    assert interpreted(api, reply(status, {"errors": errors})) == verdict
    call = PROVIDERS[api].build_request(CANCELLATIONS[api], KEY)
    assert PROVIDERS[api].interpret_reply(reply(status, {"errors": errors}), call) == verdict


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (403, Forbidden, "403 Forbidden: Not today"),
        (404, NotFound, "404 Not Found: Not today"),
    ],
)
def test_an_error_document_under_403_and_404_speaks_of_the_payment(
    status: int, error: Any, message: str
) -> None:
    """Plain text under the same status speaks only of the caller."""
    spoken = Refused(error=error, message=message, about_payment=True)
    assert interpreted("pace_pay", reply(status, {"errors": [PROBLEM]})) == spoken
    assert isinstance(interpreted("pace_pay", reply(status, {"errors": []})), MaybeExecuted)
    assert isinstance(interpreted("pace_pay", reply(status, b"no", "text/plain")), MaybeExecuted)


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (403, Forbidden, "403 Forbidden: No; fuelling has started, or a scope is missing"),
        (404, NotFound, "404 Not Found: No; already captured, or no such transaction"),
    ],
)
def test_a_refusal_of_pace_fueling_s_says_what_it_may_mean(
    status: int, error: Any, message: str
) -> None:
    """The message of the answer, then the meaning on the page."""
    verdict = interpreted("pace_fueling", reply(status, {"errors": [{"title": "No"}]}))
    assert verdict == Refused(error=error, message=message, about_payment=True)


@both
def test_a_2xx_that_pace_does_not_document_is_an_unexpected_success(api: str) -> None:
    """It is an answer, and the cancel may have been executed."""
    assert interpreted(api, reply(202, {"data": {}})) == MaybeExecuted(
        message="202 Accepted proves nothing: not the documented answer", transient=False
    )


@pytest.mark.parametrize("document", [{}, {"errors": {}}, {"errors": 7}, [], "x", {"errors": [7]}])
def test_what_is_no_error_document_has_no_problems(document: object) -> None:
    """Only objects of a list count."""
    assert error_objects(reply(409, document)) == []
    assert error_objects(reply(409, {"errors": [7, PROBLEM]})) == [PROBLEM]


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        ({"outcome": "failed", "code": "PG1", "description": "No money"}, "No money", "No money"),
        ({"outcome": "Failed", "code": "PG1"}, None, "PG1"),
        ({"outcome": "failedRetryable"}, None, "no reason given"),
    ],
)
@pytest.mark.parametrize(
    "place", ["beside the transaction", "inside it", "under a 4xx", "under a 422"]
)
def test_a_decline_of_bento_s_is_found_wherever_it_stands(
    place: str, status: dict[str, str], reason: str | None, message: str
) -> None:
    """With its own message, or else its code; the status says whether it is about the payment."""
    data: dict[str, Any] = {"orderId": BENTO_IDS[0]}
    answers = {
        "beside the transaction": reply(202, {"data": data, "status": status}),
        "inside it": reply(202, {"data": {**data, "status": status}}),
        "under a 4xx": reply(409, {"message": "never mind", "status": status}),
        "under a 422": reply(422, {"message": "never mind", "status": status, "causes": []}),
    }
    assert interpreted("bento", answers[place]) == Refused(
        error=Declined,
        message=f"declined: {message}",
        error_fields={"code": status.get("code"), "reason": reason},
        about_payment=place == "under a 422",
    )


@pytest.mark.parametrize("status", [{"outcome": "x-failed"}, {"outcome": 7}, {}, None, "failed"])
def test_only_an_outcome_that_begins_with_failed_is_a_decline(status: object) -> None:
    """Bento's page lists `failed` in several forms."""
    body = {"message": "Not today", "status": status, "causes": []}
    verdict = interpreted("bento", reply(409, body))
    assert verdict == Refused(
        error=Declined, message="409 Conflict: Not today", error_fields={"reason": "Not today"}
    )

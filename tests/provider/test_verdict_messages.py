"""What a verdict says, word for word, where only the status decides."""

from __future__ import annotations

from typing import Any, Final

import pytest
from attrs import evolve
from countermand_clients.pace_pay.operations import CANCEL_TRANSACTION, GET_TRANSACTION

from countermand.errors import Declined, Forbidden, Misdirected, NotFound
from countermand.provider._responses import (
    maybe_executed,
    parse_typed,
    status_phrase,
    unexpected_success,
    verdict_from_status,
    verdict_from_success,
)
from countermand.provider._verdicts import Done, MaybeExecuted, Refused, Throttled, TokenRejected
from countermand.receipt import Outcome
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, reply

CALL: Final = PROVIDERS["pace_pay"].build_request(CANCELLATIONS["pace_pay"], KEY)
NOT_FOLLOWED: Final = "redirects are not followed: check base_url"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (reply(429), Throttled(message="429 Too Many Requests: message")),
        (reply(401), TokenRejected(message="401 Unauthorized: message")),
        (reply(403), Refused(error=Forbidden, message="403 Forbidden: message")),
        (reply(404), Refused(error=NotFound, message="404 Not Found: message")),
        (
            reply(409),
            Refused(error=Declined, message="409 Conflict: message", error_fields={"code": "c"}),
        ),
        (
            reply(409, b"", "text/html"),
            Refused(
                error=Misdirected,
                message="409 Conflict: message; not a reply of the API: check base_url",
            ),
        ),
        (
            reply(403, b"", "text/html"),
            Refused(
                error=Misdirected,
                message="403 Forbidden: message; a web page, no API: check base_url",
            ),
        ),
        (reply(401, b"", "text/html"), TokenRejected(message="401 Unauthorized: message")),
        (reply(403, b"", "text/plain"), Refused(error=Forbidden, message="403 Forbidden: message")),
        (reply(503), MaybeExecuted(message="503 Service Unavailable: message")),
        (reply(799), MaybeExecuted(message="799: message")),
        (reply(100), MaybeExecuted(message="100 Continue: message")),
        (reply(204), MaybeExecuted(message="204 No Content: message", answered=True)),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
def test_a_status_is_shown_with_its_phrase_and_the_provider_s_message(
    answer: Any, verdict: object
) -> None:
    """Code and reason go with a `Declined` alone: the others have no place for them."""
    assert verdict_from_status(answer, "message", code="c") == verdict


@pytest.mark.parametrize("message", [None, ""])
def test_a_status_without_message_stands_for_itself(message: str | None) -> None:
    """No colon without something behind it."""
    assert verdict_from_status(reply(404), message) == Refused(
        error=NotFound, message="404 Not Found"
    )


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://u:pw@evil.example:8443/login?token=tok#frag", "https://evil.example:8443/login"),
        ("https://evil.example", "https://evil.example"),
        ("//evil.example/x", "//evil.example/x"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://[::1]/x", "http://[::1]/x"),
        ("/login?token=tok", "/login"),
        ("login", "login"),
    ],
)
def test_a_redirect_is_shown_by_origin_and_path(location: str, told: str) -> None:
    """Never by user info, query or fragment, for these may hold a secret."""
    assert verdict_from_status(reply(302, location=location), "message") == Refused(
        error=Misdirected,
        message=f"302 Found to {told}; {NOT_FOLLOWED}",
        error_fields={"location": told},
    )


@pytest.mark.parametrize(
    "headers", [{}, {"location": ""}, {"location": "?token=tok"}, {"location": "http://[::1"}]
)
def test_a_redirect_that_names_no_place_is_shown_without_one(headers: dict[str, str]) -> None:
    """Nothing is made up."""
    assert verdict_from_status(reply(302, **headers)) == Refused(
        error=Misdirected, message=f"302 Found; {NOT_FOLLOWED}", error_fields={"location": None}
    )


@pytest.mark.parametrize(
    ("status", "message"), [(200, "200 OK"), (520, "520"), (999, "999"), (0, "0")]
)
def test_a_status_is_shown_with_its_phrase(status: int, message: str) -> None:
    """A number that HTTP does not know is a number."""
    assert status_phrase(status) == message


def test_a_2xx_that_is_unexpected_names_the_reason() -> None:
    """What broke on the way, or else that it is not the documented answer."""
    assert unexpected_success(reply(202)) == MaybeExecuted(
        message="202 Accepted proves nothing: not the documented answer", answered=True
    )
    assert unexpected_success(reply(202, problem="cut")) == MaybeExecuted(
        message="202 Accepted proves nothing: cut", answered=True
    )


@pytest.mark.parametrize(("status", "answered"), [(200, True), (500, False), (302, False)])
def test_only_a_2xx_counts_as_answered(status: int, *, answered: bool) -> None:
    """A resend after it is a way to read, and nothing else."""
    assert maybe_executed(reply(status), "why") == MaybeExecuted(message="why", answered=answered)


def parsing(operation: Any) -> tuple[Any, list[tuple[int, object]]]:
    """A call that parses everything, and the list of what it was given."""
    given: list[tuple[int, object]] = []

    def parse(status: int, body: object) -> str:
        given.append((status, body))
        return "typed"

    return evolve(CALL, operation=operation, parse=parse), given


@pytest.mark.parametrize("body", [b"", b'{"a": 1}', b"\xff"])
def test_a_status_documented_without_a_body_needs_none(body: bytes) -> None:
    """Whatever follows it is not looked at."""
    call, given = parsing(CANCEL_TRANSACTION)
    done = Done(outcome=Outcome.CANCELLED, response="typed")
    assert verdict_from_success(reply(204, body), call) == done
    assert given == [(204, None)]


def test_a_status_documented_with_a_body_needs_one_that_can_be_read() -> None:
    """It is handed on as it was read."""
    call, given = parsing(GET_TRANSACTION)
    answer = reply(200, {"data": {}}, "application/vnd.api+json")
    assert verdict_from_success(answer, call) == Done(outcome=Outcome.CANCELLED, response="typed")
    assert given == [(200, {"data": {}})]
    for unreadable in (
        reply(200, b"<html>"),
        reply(200, {}, "text/html"),
        reply(200, {}, problem="cut"),
    ):
        assert verdict_from_success(unreadable, call) == unexpected_success(unreadable)
    assert len(given) == 1


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_status_that_is_not_documented_is_not_accepted(status: int) -> None:
    """Not even with a body that could be read."""
    call, given = parsing(CANCEL_TRANSACTION)
    assert verdict_from_success(reply(status, {}), call) == unexpected_success(reply(status))
    assert given == []


@pytest.mark.parametrize(
    "failure", [ValueError, TypeError, KeyError, AttributeError, RecursionError]
)
def test_a_body_of_another_form_is_left_out(failure: type[Exception]) -> None:
    """The verdict does not rest on it."""

    def parse(_status: int, _body: object) -> None:
        raise failure

    assert parse_typed(evolve(CALL, parse=parse), 200, {}) is None

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
    proves_nothing,
    status_phrase,
    verdict_from_reply,
)
from countermand.provider._verdicts import Done, MaybeExecuted, Refused, Throttled, TokenRejected
from countermand.receipt import Outcome
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, SUCCESS, reply

CALL: Final = PROVIDERS["pace_pay"].build_request(CANCELLATIONS["pace_pay"], KEY)
NOT_FOLLOWED: Final = "redirects are not followed: check base_url"
OWN: Final[dict[str, list[object]]] = {"errors": [{"title": "no"}]}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (reply(429, OWN), Throttled(message="429 Too Many Requests: message")),
        (reply(429), Throttled(message="429 Too Many Requests: message", foreign=True)),
        (reply(401, OWN), TokenRejected(message="401 Unauthorized: message")),
        (reply(401), TokenRejected(message="401 Unauthorized: message", foreign=True)),
        (
            reply(403, OWN),
            Refused(error=Forbidden, message="403 Forbidden: message", about_payment=True),
        ),
        (
            reply(404, OWN),
            Refused(error=NotFound, message="404 Not Found: message", about_payment=True),
        ),
        (
            reply(409, OWN),
            Refused(error=Declined, message="409 Conflict: message", error_fields={"code": "c"}),
        ),
        (
            reply(405),
            Refused(
                error=Misdirected,
                message="405 Method Not Allowed: message; not processed, says HTTP: check base_url",
            ),
        ),
        (
            reply(409, b"", "text/html"),
            MaybeExecuted(
                message="409 Conflict: message; it proves nothing: an empty body, not the API's "
                "own: check base_url"
            ),
        ),
        (
            reply(403, b"", None),
            MaybeExecuted(
                message="403 Forbidden: message; it proves nothing: an empty body, not the API's "
                "own: check base_url",
                transient=False,
            ),
        ),
        (
            reply(403, b"x", None),
            MaybeExecuted(
                message="403 Forbidden: message; it proves nothing: a body without a type, not the "
                "API's own: check base_url",
                transient=False,
            ),
        ),
        (
            reply(303, location="https://u:pw@evil.example/login?token=tok"),
            MaybeExecuted(
                message="303 See Other: message; it proves nothing: a redirect to "
                "https://evil.example/login, not the API's own: check base_url",
                transient=False,
            ),
        ),
        (reply(503), MaybeExecuted(message="503 Service Unavailable: message")),
        (reply(799), MaybeExecuted(message="799: message")),
        (
            reply(202, {}),
            MaybeExecuted(
                message="202 Accepted: message; it proves nothing: not the documented answer",
                transient=False,
            ),
        ),
        (
            reply(200, b"<html>", "text/html"),
            MaybeExecuted(
                message="200 OK: message; it proves nothing: a body of type text/html, not the "
                "API's own: check base_url",
                transient=False,
            ),
        ),
        (
            reply(200),
            MaybeExecuted(
                message="200 OK: message; it proves nothing: an empty body, not the API's own: "
                "check base_url",
                transient=False,
            ),
        ),
        (
            reply(503, problem="cut"),
            MaybeExecuted(message="503 Service Unavailable: message; it proves nothing: cut"),
        ),
        (
            reply(202, problem="cut"),
            MaybeExecuted(message="202 Accepted: message; it proves nothing: cut"),
        ),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
def test_a_status_is_shown_with_its_phrase_and_the_provider_s_message(
    answer: Any, verdict: object
) -> None:
    """Code and reason go with a `Declined` alone: the others have no place for them."""
    assert verdict_from_reply(answer, CALL, "message", code="c") == verdict


@pytest.mark.parametrize(("code", "about"), [("gone", True), ("other", False), (None, False)])
def test_a_code_may_be_about_the_payment_under_any_status(code: str | None, about: bool) -> None:  # noqa: FBT001
    """Where the specification lists it."""
    operation = CALL.operation
    evidence = evolve(operation.evidence, state=frozenset({"gone"}))
    call = evolve(CALL, operation=evolve(operation, evidence=evidence))
    verdict = verdict_from_reply(reply(409, OWN), call, code=code)
    assert isinstance(verdict, Refused)
    assert verdict.about_payment is about


@pytest.mark.parametrize("message", [None, ""])
def test_a_status_without_message_stands_for_itself(message: str | None) -> None:
    """No colon without something behind it."""
    assert verdict_from_reply(reply(404, OWN), CALL, message) == Refused(
        error=NotFound, message="404 Not Found", about_payment=True
    )
    assert verdict_from_reply(reply(429), CALL, message) == Throttled(
        message="429 Too Many Requests", foreign=True
    )
    assert verdict_from_reply(reply(503), CALL, message) == MaybeExecuted(
        message="503 Service Unavailable"
    )


def test_a_type_of_a_body_neither_floods_nor_breaks_a_message() -> None:
    """A header field may have 100 kB, and a character that ends a line of a log."""
    page = verdict_from_reply(reply(404, b"x", f"text/a\x85b{'x' * 90_000}"), CALL)
    assert isinstance(page, MaybeExecuted)
    assert "a body of type text/a bxxx" in page.message
    assert len(page.message) < 500


def test_words_that_decide_nothing_are_shown() -> None:
    """The provider's message, or that there is none."""
    call = PROVIDERS["vtex"].build_request(CANCELLATIONS["vtex"], KEY)
    body = {**SUCCESS["vtex"][1], "cancellationId": None, "code": "in progress"}
    for message, said in (("in progress", "in progress"), (None, "no reason given")):
        assert verdict_from_reply(reply(409, body), call, message) == MaybeExecuted(
            message=f"409 Conflict: the provider does not know: {said}"
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
    assert verdict_from_reply(reply(307, location=location), CALL, "message") == Refused(
        error=Misdirected,
        message=f"307 Temporary Redirect to {told}; {NOT_FOLLOWED}",
        error_fields={"location": told},
    )


@pytest.mark.parametrize(
    "headers", [{}, {"location": ""}, {"location": "?token=tok"}, {"location": "http://[::1"}]
)
def test_a_redirect_that_names_no_place_is_shown_without_one(headers: dict[str, str]) -> None:
    """Nothing is made up."""
    assert verdict_from_reply(reply(308, **headers), CALL) == Refused(
        error=Misdirected,
        message=f"308 Permanent Redirect; {NOT_FOLLOWED}",
        error_fields={"location": None},
    )
    found = verdict_from_reply(reply(303, **headers), CALL)
    assert isinstance(found, MaybeExecuted)
    assert "proves nothing: a redirect, not" in found.message


@pytest.mark.parametrize(
    ("status", "message"), [(200, "200 OK"), (520, "520"), (999, "999"), (0, "0")]
)
def test_a_status_is_shown_with_its_phrase(status: int, message: str) -> None:
    """A number that HTTP does not know is a number."""
    assert status_phrase(status) == message


@pytest.mark.parametrize(
    ("status", "transient"),
    [(200, False), (302, False), (403, False), (408, True), (409, True), (499, True), (500, True)],
)
def test_only_some_replies_may_be_other_ones_the_next_time(status: int, *, transient: bool) -> None:
    """And a reply that was cut."""
    assert maybe_executed(reply(status), "why") == MaybeExecuted(message="why", transient=transient)
    assert maybe_executed(reply(status, problem="cut"), "why", "C1") == MaybeExecuted(
        message="why", reference="C1"
    )
    assert proves_nothing(reply(status), reference="C1").reference == "C1"


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
    assert verdict_from_reply(reply(204, body), call) == done
    assert given == [(204, None)]


def test_a_status_documented_with_a_body_needs_one_that_can_be_read() -> None:
    """It is handed on as it was read."""
    call, given = parsing(GET_TRANSACTION)
    answer = reply(200, {"data": {}}, "application/vnd.api+json")
    assert verdict_from_reply(answer, call) == Done(outcome=Outcome.CANCELLED, response="typed")
    assert given == [(200, {"data": {}})]
    for unreadable in (
        reply(200, b"<html>"),
        reply(200, {}, "text/html"),
        reply(200, {}, problem="cut"),
    ):
        assert verdict_from_reply(unreadable, call) == proves_nothing(unreadable)
    assert len(given) == 1


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_status_that_is_not_documented_is_not_accepted(status: int) -> None:
    """Not even with a body that could be read."""
    call, given = parsing(CANCEL_TRANSACTION)
    assert verdict_from_reply(reply(status, {}), call) == proves_nothing(reply(status, {}))
    assert given == []


@pytest.mark.parametrize(
    "failure", [ValueError, TypeError, KeyError, AttributeError, RecursionError]
)
def test_a_body_of_another_form_is_left_out(failure: type[Exception]) -> None:
    """The verdict does not rest on it."""

    def parse(_status: int, _body: object) -> None:
        raise failure

    assert parse_typed(evolve(CALL, parse=parse), 200, {}) is None

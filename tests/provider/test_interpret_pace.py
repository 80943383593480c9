"""PACE Pay and PACE Fueling: replies and what they mean."""

from __future__ import annotations

from typing import Any, Final

import pytest

from countermand.provider._verdicts import LinkRequired, Refused
from tests.support.samples import example, interpreted, reply, short

JSONAPI: Final = "application/vnd.api+json"
LINK: Final = "401.missing-linked-identity.json"
FILES: Final = {
    "pace_pay": "pace-pay.cancelTransaction.",
    "pace_fueling": "pace-fueling.cancelTransaction.",
}
both = pytest.mark.parametrize("api", FILES)


def errors(*problems: object) -> dict[str, Any]:
    """An error document."""
    return {"errors": list(problems)}


@both
@pytest.mark.parametrize("problem", [None, "cut"])
@pytest.mark.parametrize("body", [b"", b"<html>", b"{}"])
def test_204_says_cancelled_whatever_follows_it(api: str, problem: str | None, body: bytes) -> None:
    """204 has no body, so nothing that breaks after the status can change the verdict."""
    assert short(interpreted(api, reply(204, body, None, problem=problem))) == "done: cancelled"


@both
@pytest.mark.parametrize("status", [200, 201, 202, 203, 205])
def test_another_2xx_is_not_the_documented_answer(api: str, status: int) -> None:
    """Not even with a body that looks like the API's."""
    assert (
        short(interpreted(api, reply(status, {"data": {}}, JSONAPI))) == "maybe executed: answered"
    )


@both
def test_the_printed_401_asks_for_a_linked_identity(api: str) -> None:
    """The source's own example; the whole error object is kept for the caller."""
    verdict = interpreted(api, reply(401, example(FILES[api] + LINK), JSONAPI))
    assert isinstance(verdict, LinkRequired)
    assert verdict.problem["id"] == "cbgmhslmp1o9or9kh1p0"
    assert verdict.problem["code"] == "missing-linked-identity"


@both
@pytest.mark.parametrize(
    ("body", "kind", "verdict"),
    [
        (b"Unauthorized", "text/plain", "token rejected"),
        (b"user token is invalid", "text/plain; charset=utf-8", "token rejected"),
        (b"missing-linked-identity", "text/plain", "token rejected"),
        (b"", None, "token rejected"),
        (errors(), JSONAPI, "token rejected"),
        (errors({"code": "1000"}), JSONAPI, "token rejected"),
        (errors({"code": "Missing-Linked-Identity"}), JSONAPI, "token rejected"),
        (errors({"code": ["missing-linked-identity"]}), JSONAPI, "token rejected"),
        (errors("missing-linked-identity"), JSONAPI, "token rejected"),
        ({"errors": {"code": "missing-linked-identity"}}, JSONAPI, "token rejected"),
        (errors({"code": "missing-linked-identity"}), JSONAPI, "link required"),
        (errors({"code": "missing-linked-identity"}), "application/json", "link required"),
        (errors({"code": "missing-linked-identity"}), None, "link required"),
        (errors({"code": "1000"}, {"code": "missing-linked-identity"}), JSONAPI, "link required"),
        (errors(7, {"code": "missing-linked-identity"}), JSONAPI, "link required"),
        (errors({"code": "missing-linked-identity"}), "text/html", "token rejected"),
    ],
)
def test_a_401_is_a_missing_link_only_if_an_error_object_says_so(
    api: str, body: Any, kind: str | None, verdict: str
) -> None:
    """The login layer answers text/plain, for which a fresh token is the cure."""
    assert short(interpreted(api, reply(401, body, kind))) == verdict


@both
@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (400, "refused: Declined"),
        (401, "token rejected"),
        (403, "refused: Forbidden"),
        (404, "refused: NotFound"),
        (406, "refused: Declined"),
        (415, "refused: Declined"),
        (422, "refused: Declined"),
        (500, "maybe executed"),
        (502, "maybe executed"),
    ],
)
def test_the_printed_error_body_under_each_documented_status(
    api: str, status: int, verdict: str
) -> None:
    """The page prints one body for all of them; its text reaches the message."""
    answer = reply(status, example(FILES[api] + "error.shape.json"), JSONAPI)
    assert short(interpreted(api, answer)) == verdict
    assert "string" in getattr(interpreted(api, answer), "message", "")


@both
@pytest.mark.parametrize("status", [403, 404])
def test_an_error_document_speaks_of_the_payment_and_plain_text_of_the_caller(
    api: str, status: int
) -> None:
    """A missing scope is text/plain and proves nothing about an earlier request."""
    spoken = interpreted(api, reply(status, errors({"title": "no longer open"}), JSONAPI))
    plain = interpreted(api, reply(status, b'Forbidden - requires scope "pay"', "text/plain"))
    assert isinstance(spoken, Refused)
    assert isinstance(plain, Refused)
    assert (spoken.about_payment, plain.about_payment) == (True, False)


@both
def test_the_code_and_the_message_of_a_refusal_are_kept(api: str) -> None:
    """Support needs both; unknown codes are passed on as they are."""
    problem = {"code": "rule:brand-new", "title": "No", "detail": "Not today"}
    verdict = interpreted(api, reply(422, errors(problem), JSONAPI))
    assert isinstance(verdict, Refused)
    assert verdict.error_fields == {"code": "rule:brand-new", "reason": "Not today"}


@both
@pytest.mark.parametrize(
    "document",
    [
        {"errors": None},
        {"errors": "x"},
        {"errors": [None, 1, "x", []]},
        {"errors": [{"detail": 7, "title": {}, "code": []}]},
        {"errors": [{}]},
    ],
    ids=str,
)
def test_an_error_document_of_another_shape_changes_no_verdict(api: str, document: object) -> None:
    """Nothing in the error objects is marked required."""
    assert short(interpreted(api, reply(403, document, JSONAPI))) == "refused: Forbidden"


@pytest.mark.parametrize(
    ("status", "message"), [(404, "already captured"), (403, "fuelling has started")]
)
def test_fueling_says_what_its_403_and_404_may_mean(status: int, message: str) -> None:
    """A first 404 means captured or unknown, never "gone, so fine"."""
    verdict = interpreted("pace_fueling", reply(status, errors({"title": "no"}), JSONAPI))
    assert isinstance(verdict, Refused)
    assert message in verdict.message

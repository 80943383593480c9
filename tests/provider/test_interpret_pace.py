"""PACE Pay and PACE Fueling: replies and what they mean."""

from __future__ import annotations

from typing import Any, Final

import pytest

from countermand.provider._verdicts import LinkRequired, Refused, TokenRejected
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
        (451, "refused: Declined"),
        (500, "maybe executed: transient"),
        (502, "maybe executed: transient"),
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
def test_an_error_document_speaks_of_the_payment_and_plain_text_of_the_caller(api: str) -> None:
    """A missing scope is text/plain and proves nothing about an earlier request."""
    for status, about in ((403, True), (404, True), (400, False), (409, False), (451, False)):
        spoken = interpreted(api, reply(status, errors({"title": "no longer open"}), JSONAPI))
        assert isinstance(spoken, Refused)
        assert spoken.about_payment is about
    plain = interpreted(api, reply(403, b'Forbidden - requires scope "pay"', "text/plain"))
    said = 'Forbidden - requires scope "pay"'
    documents = [interpreted(api, reply(403, errors({name: said}))) for name in ("title", "detail")]
    for verdict in (plain, *documents):
        assert short(verdict) == "refused: Forbidden"
        assert isinstance(verdict, Refused)
        assert verdict.about_payment is False


@both
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, b"Forbidden", "text/plain"),
        (403, b"requires scope", "text/html"),
        (404, b"requires scope", "text/plain"),
        (403, b"requires scope", "text/plain; charset=klingon"),
        (403, b"\xff requires scope", "text/plain"),
    ],
)
def test_only_the_documented_plain_text_is_pace_s_own(
    api: str, status: int, body: bytes, kind: str
) -> None:
    """Another text may be a gateway's."""
    assert short(interpreted(api, reply(status, body, kind))) == "maybe executed"


@both
def test_the_plain_text_of_the_login_layer_is_pace_s_own(api: str) -> None:
    """So a new token may be tried without a look."""
    for text, own in ((b"Unauthorized", True), (b"user token is invalid", True), (b"no", False)):
        verdict = interpreted(api, reply(401, text, "text/plain"))
        assert isinstance(verdict, TokenRejected)
        assert verdict.foreign is not own


@both
def test_the_code_and_the_message_of_a_refusal_are_kept(api: str) -> None:
    """Support needs both; unknown codes are passed on as they are."""
    problem = {"code": "rule:brand-new", "title": "No", "detail": "Not today"}
    verdict = interpreted(api, reply(422, errors(problem), JSONAPI))
    assert isinstance(verdict, Refused)
    assert verdict.error_fields == {"code": "rule:brand-new", "reason": "Not today"}


@both
@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        ({"errors": None}, "maybe executed"),
        ({"errors": "x"}, "maybe executed"),
        ({"errors": []}, "maybe executed"),
        ({"errors": [None, {"title": "no"}]}, "maybe executed"),
        ({"errors": [{"detail": {}, "title": " ", "code": "x"}]}, "maybe executed"),
        ({"errors": [{}]}, "maybe executed"),
        ({"errors": ["upstream timed out"]}, "maybe executed"),
        ({"errors": {"0": "x"}}, "maybe executed"),
        ({"errors": [{"code": 7003, "message": "no route"}], "success": False}, "maybe executed"),
        ({"errors": [{"message": "no", "extensions": {"code": "X"}}]}, "maybe executed"),
        ({"errors": [{"title": "no"}]}, "refused: Forbidden"),
        ({"errors": [{"status": "403"}]}, "refused: Forbidden"),
        ({"errors": [{"status": "blocked"}]}, "maybe executed"),
        ({"errors": [{"detail": "no"}]}, "refused: Forbidden"),
    ],
    ids=str,
)
def test_an_error_document_has_an_error_object(api: str, document: object, verdict: str) -> None:
    """Told from a gateway's by the members that JSON:API names `title`, `detail` and `status`."""
    assert short(interpreted(api, reply(403, document, JSONAPI))) == verdict


@pytest.mark.parametrize(
    ("status", "message"), [(404, "already captured"), (403, "fuelling has started")]
)
def test_fueling_says_what_its_403_and_404_may_mean(status: int, message: str) -> None:
    """A first 404 means captured or unknown, never "gone, so fine"."""
    verdict = interpreted("pace_fueling", reply(status, errors({"title": "no"}), JSONAPI))
    assert isinstance(verdict, Refused)
    assert message in verdict.message

"""VTEX: a cancellationId is the verdict, whatever the status."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from countermand import vtex
from countermand.provider._verdicts import Done, Refused
from tests.support.samples import KEY, VTEX_PAYMENT, example, interpreted, reply, short

REQUEST: Final = vtex.request_id(KEY)
OK: Final = {
    "paymentId": VTEX_PAYMENT,
    "message": None,
    "code": None,
    "cancellationId": "36153ED9F4FB4F109BE67CD05EE54373",
    "requestId": REQUEST,
}
MANUAL: Final = {**OK, "cancellationId": None, "code": "cancel-manually", "message": "by hand"}
NULL: Final = {**OK, "cancellationId": None, "code": "cancel-failed", "message": "no"}


def answered_to_us(name: str) -> dict[str, Any]:
    """A printed answer, with our request's id where the page has its own."""
    return {**json.loads(example(name)), "requestId": REQUEST}


@pytest.mark.parametrize(
    ("name", "status", "verdict"),
    [
        ("vtex.cancelPayment.200.cancelled.json", 200, "done: cancelled"),
        (
            "vtex.cancelPayment.200.cancel-manually.json",
            200,
            "refused: ManualCancellationRequired",
        ),
        (
            "vtex.cancelPayment.501.cancel-manually.json",
            501,
            "refused: ManualCancellationRequired",
        ),
    ],
)
def test_the_printed_answers(name: str, status: int, verdict: str) -> None:
    """The source's own examples; cancel-manually is 501 in the schema and 200 in the wild."""
    assert short(interpreted("vtex", reply(status, answered_to_us(name)))) == verdict


@pytest.mark.parametrize("name", ["200.cancelled", "200.cancel-manually"])
def test_a_printed_answer_to_another_request_is_not_ours(name: str) -> None:
    """The page's requestId is not derived from our key, so the answer is not accepted."""
    answer = reply(200, example(f"vtex.cancelPayment.{name}.json"))
    assert short(interpreted("vtex", answer)) == "maybe executed: answered"


@pytest.mark.parametrize("status", [200, 201, 202, 400, 409, 500, 501, 503])
def test_a_cancellation_id_is_success_under_any_status(status: int) -> None:
    """The id of the cancel stands on the receipt, and the typed body where it is documented."""
    verdict = interpreted("vtex", reply(status, OK))
    assert isinstance(verdict, Done)
    assert verdict.reference == OK["cancellationId"]


@pytest.mark.parametrize("reference", ["x" * 400, " padded ", "a\u200bb"], ids=ascii)
def test_the_provider_s_id_is_kept_to_the_last_character(reference: str) -> None:
    """It is what support asks the provider for; a shortened id finds nothing."""
    verdict = interpreted("vtex", reply(200, {**OK, "cancellationId": reference}))
    assert isinstance(verdict, Done)
    assert verdict.reference == reference


@pytest.mark.parametrize(
    ("status", "document", "verdict"),
    [
        (200, MANUAL, "refused: ManualCancellationRequired"),
        (500, MANUAL, "refused: ManualCancellationRequired"),
        (501, MANUAL, "refused: ManualCancellationRequired"),
        (200, NULL, "refused: Declined"),
        (202, NULL, "refused: Declined"),
        (501, NULL, "refused: Declined"),
        (500, NULL, "maybe executed"),
        (502, NULL, "maybe executed"),
        (503, NULL, "maybe executed"),
        (400, NULL, "refused: Declined"),
        (401, NULL, "token rejected"),
        (403, NULL, "refused: Forbidden"),
        (404, NULL, "refused: NotFound"),
        (429, NULL, "throttled"),
    ],
    ids=lambda value: value["code"] if isinstance(value, dict) else str(value),
)
def test_a_null_is_final_or_left_to_the_status(status: int, document: Any, verdict: str) -> None:
    """A 2xx and a 501 are the provider's own answers; a 500 may hide a cancel."""
    assert short(interpreted("vtex", reply(status, document))) == verdict


@pytest.mark.parametrize(
    "document",
    [
        {name: value for name, value in OK.items() if name != "cancellationId"},
        {**OK, "cancellationId": ""},
        {**OK, "cancellationId": "  "},
        {**OK, "cancellationId": False},
        {**OK, "cancellationId": []},
        {**OK, "cancellationId": {}},
        {**OK, "paymentId": "another"},
        {**OK, "paymentId": None},
        {**OK, "requestId": "another"},
        {**OK, "requestId": REQUEST.lower()},
        {**MANUAL, "requestId": "another"},
        {**NULL, "paymentId": "another"},
    ],
    ids=lambda document: f"{document.get('cancellationId')!r}-{document['paymentId']!r}",
)
@pytest.mark.parametrize(
    ("status", "verdict"), [(200, "maybe executed: answered"), (500, "maybe executed")]
)
def test_an_answer_that_is_not_ours_or_has_no_id_decides_nothing(
    document: object, status: int, verdict: str
) -> None:
    """Neither success nor refusal can be told from another payment's answer."""
    assert short(interpreted("vtex", reply(status, document))) == verdict


def test_an_answer_that_names_neither_payment_nor_request_is_ours() -> None:
    """Older providers answer with the id alone."""
    assert short(interpreted("vtex", reply(200, {"cancellationId": "C1"}))) == "done: cancelled"


@pytest.mark.parametrize("document", [MANUAL, NULL], ids=["manual", "declined"])
def test_code_and_message_reach_the_caller(document: dict[str, Any]) -> None:
    """Only a provider that cannot cancel at all has surely not cancelled before, either."""
    verdict = interpreted("vtex", reply(501, document))
    assert isinstance(verdict, Refused)
    assert verdict.about_payment is (document is MANUAL)
    assert verdict.error_fields == {"code": document["code"], "reason": document["message"]}


def test_a_body_that_lacks_what_the_schema_requires_still_proves_the_cancel() -> None:
    """The verdict rests on the id; only the typed body is left out."""
    verdict = interpreted("vtex", reply(200, {"cancellationId": "C1"}))
    assert isinstance(verdict, Done)
    assert verdict.response is None

"""VTEX: a cancellationId is the verdict, whatever the status."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from countermand import vtex
from countermand.provider._verdicts import Done, MaybeExecuted, Refused
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
    assert short(interpreted("vtex", answer)) == "maybe executed"


@pytest.mark.parametrize(
    "reference",
    ["null", " None ", "NIL", "undefined", "n/a", "NaN", "true", "False", "0", "000", "-1", "--"],
)
def test_a_word_for_nothing_is_no_cancellation_id(reference: str) -> None:
    """A gateway or a template may have written it; 0 and below count nothing."""
    answer = reply(200, {**OK, "cancellationId": reference})
    assert short(interpreted("vtex", answer)) == "maybe executed"


@pytest.mark.parametrize("reference", ["nullable-7", "0a", "10", "falsework", "a-1", "née-1"])
def test_an_id_that_begins_like_a_word_for_nothing_is_one(reference: str) -> None:
    """Only the whole word means nothing."""
    answer = reply(200, {**OK, "cancellationId": reference})
    assert short(interpreted("vtex", answer)) == "done: cancelled"


@pytest.mark.parametrize("status", [200, 201, 202, 302, 307, 400, 401, 409, 429, 500, 501, 503])
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
        {name: value for name, value in OK.items() if name != "paymentId"},
        {name: value for name, value in OK.items() if name != "requestId"},
        {**OK, "requestId": ""},
        {"cancellationId": "C1"},
        {"cancellationId": None},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, "maybe executed"), (422, "maybe executed"), (500, "maybe executed: transient")],
)
def test_an_answer_that_is_not_ours_or_has_no_id_decides_nothing(
    document: object, status: int, verdict: str
) -> None:
    """Neither success nor refusal can be told from another payment's answer."""
    assert short(interpreted("vtex", reply(status, document))) == verdict


@pytest.mark.parametrize(
    "words",
    [
        {"code": "in-progress"},
        {"message": "The request is being processed"},
        {"code": "request-already-running", "message": "retry later"},
        {"code": "LOCKED", "message": "another request is under way"},
        {"code": 102},
        {},
    ],
    ids=str,
)
def test_a_409_with_our_ids_says_that_the_provider_is_at_work(words: dict[str, object]) -> None:
    """VTEX documents none, so its words can be any; under another status they are a refusal."""
    document = {**NULL, "code": None, "message": None, **words}
    verdict = interpreted("vtex", reply(409, document))
    assert isinstance(verdict, MaybeExecuted)
    assert verdict.in_progress
    for status in (200, 400, 423):
        assert short(interpreted("vtex", reply(status, document))) == "refused: Declined"


@pytest.mark.parametrize("code", ["cancel-manually", "Cancel-Manually"])
def test_a_409_of_a_provider_that_cannot_cancel_is_a_refusal(code: str) -> None:
    """It is at work on nothing."""
    verdict = interpreted("vtex", reply(409, {**NULL, "code": code}))
    assert isinstance(verdict, Refused)


@pytest.mark.parametrize("status", [200, 408, 409, 500])
def test_no_other_answer_says_that_the_provider_is_at_work(status: int) -> None:
    """A gateway's page least of all."""
    for body in ({"message": "in progress"}, {**NULL, "requestId": "another"}, b""):
        verdict = interpreted("vtex", reply(status, body))
        assert isinstance(verdict, MaybeExecuted)
        assert not verdict.in_progress


def test_numbers_as_ids_and_codes_are_read_as_their_digits() -> None:
    """JSON numbers where the protocol has texts."""
    asked = vtex.Cancellation("12345")
    document = {**OK, "paymentId": 12345, "cancellationId": 678}
    verdict = interpreted("vtex", reply(200, document), asked)
    assert isinstance(verdict, Done)
    assert verdict.reference == "678"
    refused = interpreted("vtex", reply(200, {**NULL, "paymentId": 12345, "code": 1}), asked)
    assert isinstance(refused, Refused)
    assert refused.error_fields["code"] == "1"
    for other in (True, 12345.0, ["12345"]):
        answer = reply(200, {**document, "paymentId": other})
        assert short(interpreted("vtex", answer, asked)) == "maybe executed"


@pytest.mark.parametrize("document", [MANUAL, NULL], ids=["manual", "declined"])
def test_code_and_message_reach_the_caller(document: dict[str, Any]) -> None:
    """Only a provider that cannot cancel at all has surely not cancelled before, either."""
    verdict = interpreted("vtex", reply(200, document))
    assert isinstance(verdict, Refused)
    assert verdict.about_payment is (document is MANUAL)
    assert verdict.error_fields == {"code": document["code"], "reason": document["message"]}


def test_a_body_that_lacks_what_the_schema_requires_still_proves_the_cancel() -> None:
    """The verdict rests on the id; only the typed body is left out."""
    names = ("paymentId", "requestId", "cancellationId")
    verdict = interpreted(
        "vtex", reply(200, {name: OK[name] for name in names} | {"connectorMetadata": 7})
    )
    assert isinstance(verdict, Done)
    assert verdict.response is None

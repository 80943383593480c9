"""Unzer: the HTTP status is not the verdict."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

from countermand import FULL, unzer
from countermand.provider._verdicts import Done, Refused
from tests.support.samples import UNZER_FULL, example, interpreted, reply, short

OK: Final = {"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False}
PRINTED: Final = [
    "unzer.cancelPayment.200.cancelled.json",
    "unzer.cancelAuthorization.200.cancelled.json",
]
CODES: Final = {
    "API.340.100.014": "refused: Declined",
    "API.340.100.015": "refused: Declined",
    "API.340.100.018": "refused: AlreadyCaptured",
    "API.340.000.004": "refused: Declined",
    "API.340.100.024": "refused: Declined",
    "API.340.200.130": "refused: Declined",
    "API.310.100.003": "refused: NotFound",
    "API.320.200.138": "refused: Declined",
    "API.320.200.145": "refused: Forbidden",
    "API.710.000.002": "token rejected",
    "API.710.000.005": "refused: Forbidden",
    "API.710.000.007": "token rejected",
    "API.710.200.100": "refused: Declined",
    "API.000.000.999": "refused: Declined",
    "API.500.300.999": "refused: Declined",
    "API.999.999.998": "refused: Declined",
}
"""What each code means for a partial cancel."""


def error(code: object, **fields: object) -> dict[str, Any]:
    """An error body."""
    entry = {"code": code, "merchantMessage": "for you", "customerMessage": "for them", **fields}
    return {"id": "s-err-1", "isSuccess": False, "isError": True, "errors": [entry]}


@pytest.mark.parametrize("name", PRINTED)
@pytest.mark.parametrize("status", [200, 201])
def test_the_printed_answer_says_cancelled(name: str, status: int) -> None:
    """The source's own example, under both statuses that the official SDKs take for success."""
    verdict = interpreted("unzer", reply(status, example(name)))
    assert isinstance(verdict, Done)
    assert short(verdict) == "done: cancelled"
    assert verdict.reference == "s-cnl-1"
    assert verdict.amount == Decimal("50.0000")
    assert verdict.response.processing.unique_id == "31HA07BC81AB33BC5F44A2659D5E80FC"


@pytest.mark.parametrize(("code", "verdict"), CODES.items())
@pytest.mark.parametrize("status", [200, 201, 400, 409])
def test_each_code_has_its_meaning_with_and_without_an_http_error(
    code: str, verdict: str, status: int
) -> None:
    """Error responses do not always have an HTTP error status, say the official SDKs.

    Inside a 2xx a general error says too little to be a refusal.
    """
    vague = code == "API.000.000.999" and status < 300
    expected = "maybe executed: answered" if vague else verdict
    assert short(interpreted("unzer", reply(status, error(code)))) == expected


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("status", [500, 502, 503, 520])
def test_no_code_makes_a_5xx_clear(code: str, status: int) -> None:
    """A server that failed may have acted before."""
    for cancellation in (None, UNZER_FULL):
        assert (
            short(interpreted("unzer", reply(status, error(code)), cancellation))
            == "maybe executed"
        )


@pytest.mark.parametrize("status", [200, 201, 400, 403, 404, 409])
def test_only_014_and_only_for_a_full_cancel_means_already_cancelled(status: int) -> None:
    """For a partial cancel it says nothing of this part; .018 means charged."""
    full = {
        code: short(interpreted("unzer", reply(status, error(code)), UNZER_FULL)) for code in CODES
    }
    assert full.pop("API.340.100.014") == "done: already cancelled"
    assert not [code for code, verdict in full.items() if verdict.startswith("done")]
    partial = interpreted("unzer", reply(status, error("API.340.100.014")))
    assert short(partial) == "refused: " + (
        "NotFound" if status == 404 else "Forbidden" if status == 403 else "Declined"
    )


@pytest.mark.parametrize(
    "entries",
    [
        [{"code": "API.340.100.014"}, {"code": "API.340.100.018"}],
        [{"code": "API.340.100.018"}, {"code": "API.340.100.014"}],
    ],
    ids=["014 first", "018 first"],
)
def test_two_codes_that_contradict_each_other_are_no_success(entries: list[object]) -> None:
    """Cancelled and charged at once: it must not be booked as cancelled, whichever is true."""
    verdict = interpreted("unzer", reply(400, {"errors": entries}), UNZER_FULL)
    assert not isinstance(verdict, Done)


@pytest.mark.parametrize(
    ("flags", "verdict"),
    [
        ((True, False, False), "done: cancelled"),
        (("true", "false", "false"), "done: cancelled"),
        (("True", "", None), "done: cancelled"),
        ((False, True, False), "done: accepted"),
        (("false", "true", "false"), "done: accepted"),
        ((False, False, True), "refused: Declined"),
        (("false", "false", "TRUE"), "refused: Declined"),
        ((False, False, False), "maybe executed: answered"),
        ((True, True, False), "maybe executed: answered"),
        ((True, False, True), "maybe executed: answered"),
        ((True, True, True), "maybe executed: answered"),
        (("yes", "no", "no"), "maybe executed: answered"),
        ((1, 0, 0), "maybe executed: answered"),
        ((None, None, None), "maybe executed: answered"),
        (([], {}, [True]), "maybe executed: answered"),
    ],
    ids=str,
)
def test_exactly_one_flag_decides(flags: tuple[Any, Any, Any], verdict: str) -> None:
    """Unzer's table says text, its example boolean; numbers and contradictions say nothing."""
    names = ("isSuccess", "isPending", "isError")
    document = {"id": "s-cnl-1", **dict(zip(names, flags, strict=True))}
    assert short(interpreted("unzer", reply(200, document))) == verdict


@pytest.mark.parametrize("status", [202, 203, 204, 206])
def test_another_2xx_is_maybe_executed_even_with_isSuccess(status: int) -> None:  # noqa: N802
    """Only 200 and 201 are documented."""
    assert short(interpreted("unzer", reply(status, OK))) == "maybe executed: answered"


@pytest.mark.parametrize("document", [{"isResumed": True}, {"message": {}}, {"id": "s-cnl-1"}])
def test_a_200_without_a_flag_is_maybe_executed(document: object) -> None:
    """`isResumed` is a fourth state of newer texts, and no success."""
    assert short(interpreted("unzer", reply(200, document))) == "maybe executed: answered"


@pytest.mark.parametrize("errors", ["x", {"code": "x"}, [1], [[]], [{}], 7, True], ids=str)
def test_isSuccess_beside_errors_of_any_shape_is_no_success(errors: object) -> None:  # noqa: N802
    """Success needs the absence of errors, not their readability."""
    verdict = interpreted("unzer", reply(200, {**OK, "errors": errors}))
    assert not isinstance(verdict, Done)


@pytest.mark.parametrize("errors", [[], None], ids=str)
def test_an_empty_list_of_errors_is_no_error(errors: object) -> None:
    """A serialiser that writes every field writes an empty list too."""
    assert short(interpreted("unzer", reply(200, {**OK, "errors": errors}))) == "done: cancelled"


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("50.0000", Decimal("50.0000")),
        (50, Decimal(50)),
        (49.99, Decimal("49.99")),
        (None, Decimal("10.00")),
        ("", Decimal("10.00")),
        ("a lot", Decimal("10.00")),
        ("NaN", Decimal("10.00")),
        ("sNaN", Decimal("10.00")),
        ("Infinity", Decimal("10.00")),
        (True, Decimal("10.00")),
        ([], Decimal("10.00")),
        ("\ud800", Decimal("10.00")),
        ("1E" + "9" * 40, Decimal("10.00")),
    ],
    ids=repr,
)
def test_the_amount_is_unzer_s_own_or_else_what_was_asked(said: object, amount: Decimal) -> None:
    """Text with four decimals, in newer texts a number; nothing else is accepted."""
    verdict = interpreted("unzer", reply(200, {**OK, "amount": said}))
    assert isinstance(verdict, Done)
    assert verdict.amount == amount


def test_a_declined_body_gives_code_and_message() -> None:
    """IsError with a message is how older answers decline."""
    message = {"code": "COR.100.400.1", "merchant": "for you", "customer": "for them"}
    verdict = interpreted("unzer", reply(200, {"isError": True, "message": message}))
    assert isinstance(verdict, Refused)
    assert verdict.error_fields == {"code": "COR.100.400.1", "reason": "for you"}


def test_a_body_without_a_merchant_message_gives_the_customer_s() -> None:
    """MerchantMessage is missing when a public key was used."""
    verdict = interpreted("unzer", reply(200, error("API.1", merchantMessage=None)))
    assert isinstance(verdict, Refused)
    assert verdict.error_fields["reason"] == "for them"


def test_the_authorization_route_is_interpreted_like_the_payment_route() -> None:
    """Two paths, one answer."""
    asked = unzer.Cancellation("s-pay-1", "s-aut-1", amount=FULL)
    verdict = interpreted("unzer", reply(201, OK), asked)
    assert isinstance(verdict, Done)
    assert verdict.amount is FULL

"""Unzer's refusals and successes, whole: class, message, facts, reference, amount, typed body."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import pytest

from countermand import FULL, unzer
from countermand.errors import AlreadyCaptured, Declined, Forbidden, NotFound
from countermand.provider._verdicts import Done, MaybeExecuted, Refused, TokenRejected
from countermand.receipt import Outcome
from tests.support.samples import KEY, UNZER_FULL, interpreted, reply

UNEXPECTED: Final = MaybeExecuted(
    message="200 OK proves nothing: not the documented answer", transient=False
)
OK: Final = {"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False}
MARKER: Final = unzer.payment_reference(KEY)


def errors(*entries: dict[str, object]) -> dict[str, Any]:
    """An error body."""
    return {"errors": list(entries)}


def declined(code: str | None, reason: str | None, said: str) -> Refused:
    """A refusal with the provider's own message."""
    return Refused(
        error=Declined,
        message=f"declined: {said}",
        error_fields={"code": code, "reason": reason},
    )


@pytest.mark.parametrize(
    ("entry", "verdict"),
    [
        (
            {"code": "API.340.100.018", "merchantMessage": "charged"},
            Refused(error=AlreadyCaptured, message="API.340.100.018: charged", about_payment=True),
        ),
        (
            {"code": "API.310.100.003"},
            Refused(error=NotFound, message="API.310.100.003", about_payment=True),
        ),
        (
            {"code": "API.320.200.145", "customerMessage": "not yours"},
            Refused(error=Forbidden, message="API.320.200.145: not yours"),
        ),
        (
            {"code": "API.710.000.002", "merchantMessage": "wrong key"},
            TokenRejected(message="API.710.000.002: wrong key"),
        ),
        (
            {"code": "API.710.000.007"},
            TokenRejected(message="API.710.000.007"),
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 400, 409])
def test_a_known_code_is_shown_with_unzer_s_message(
    status: int, entry: dict[str, object], verdict: object
) -> None:
    """Under any status but a redirect and a 5xx; only the first error counts."""
    body = errors(entry, {"code": "API.320.200.138", "merchantMessage": "other"})
    assert interpreted("unzer", reply(status, body)) == verdict


CODE: Final = "API.320.200.138"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"code": CODE, "merchantMessage": "no", "customerMessage": "sorry"}, "no"),
        ({"code": CODE, "customerMessage": "sorry"}, "sorry"),
        ({"code": CODE}, None),
    ],
    ids=["both messages", "the customer's message", "code"],
)
def test_an_unknown_code_is_a_decline_in_unzer_s_message(
    entry: dict[str, object], reason: str | None
) -> None:
    """With the merchant's message, or else the customer's."""
    said = f"{CODE}: {reason}" if reason else CODE
    assert interpreted("unzer", reply(200, errors(entry))) == declined(CODE, reason, said)
    assert interpreted("unzer", reply(409, errors(entry))) == Refused(
        error=Declined,
        message=f"409 Conflict: {said}",
        error_fields={"code": CODE, "reason": reason},
    )


@pytest.mark.parametrize("entry", [{"merchantMessage": "no"}, {}])
def test_an_error_without_a_code_is_nobody_s(entry: dict[str, object]) -> None:
    """Only the code tells Unzer's document from a gateway's."""
    assert isinstance(interpreted("unzer", reply(200, errors(entry))), MaybeExecuted)
    assert isinstance(interpreted("unzer", reply(409, errors(entry))), MaybeExecuted)


def test_a_5xx_is_shown_with_unzer_s_message_and_stays_maybe_executed() -> None:
    """The code is no verdict there."""
    body = errors({"code": "API.340.100.018", "merchantMessage": "charged"})
    assert interpreted("unzer", reply(500, body)) == MaybeExecuted(
        message="500 Internal Server Error: charged"
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            errors({"code": "API.000.000.999", "merchantMessage": "timeout"}, {}),
            "API.000.000.999: timeout",
        ),
        ({"message": {"code": "COR.900.100.300"}}, "COR.900.100.300"),
        (errors({"status": {"pending": True}}), "no reason given"),
    ],
)
@pytest.mark.parametrize("flag", ["isSuccess", "isPending"])
def test_what_unzer_does_not_know_is_shown_in_its_words(
    flag: str, body: dict[str, Any], said: str
) -> None:
    """A flag of success beside them decides nothing."""
    assert interpreted("unzer", reply(200, {**body, flag: True})) == MaybeExecuted(
        message=f"Unzer does not know the outcome: {said}", transient=False
    )


@pytest.mark.parametrize("flag", ["isSuccess", "isPending"])
def test_errors_beside_a_success_prove_nothing(flag: str) -> None:
    """Whatever their code."""
    body = {**errors({"code": "API.340.100.018"}), flag: True}
    assert interpreted("unzer", reply(200, body)) == UNEXPECTED
    verdict = interpreted("unzer", reply(200, {**body, flag: "false"}))
    assert isinstance(verdict, Refused)


@pytest.mark.parametrize(
    ("message", "verdict"),
    [
        ({"code": "COR.1", "merchant": "no"}, declined("COR.1", "no", "COR.1: no")),
        ({"code": "COR.1", "customer": "sorry"}, declined("COR.1", "sorry", "COR.1: sorry")),
        (
            {"code": "COR.1", "merchant": "no", "customer": "sorry"},
            declined("COR.1", "no", "COR.1: no"),
        ),
        ({"merchant": "no"}, declined(None, "no", "no")),
        ({}, declined(None, None, "no reason given")),
        (None, declined(None, None, "no reason given")),
    ],
)
def test_an_error_flag_is_a_decline_with_its_message(message: object, verdict: object) -> None:
    """The merchant's message, or else the customer's."""
    assert interpreted("unzer", reply(200, {"isError": True, "message": message})) == verdict


def test_the_whole_of_a_success() -> None:
    """Typed body included; a reference of ours is no obstacle."""
    body = {**OK, "amount": "9.0000", "paymentReference": MARKER}
    verdict = interpreted("unzer", reply(201, body))
    assert isinstance(verdict, Done)
    assert (verdict.outcome, verdict.reference) == (Outcome.CANCELLED, "s-cnl-1")
    assert str(verdict.amount) == "9.0000"
    assert verdict.response.id == "s-cnl-1"


def test_the_whole_of_an_acceptance() -> None:
    """What is pending is not final."""
    body = {**OK, "isSuccess": False, "isPending": True}
    verdict = interpreted("unzer", reply(200, body), UNZER_FULL)
    assert isinstance(verdict, Done)
    assert verdict.outcome is Outcome.ACCEPTED
    assert verdict.amount is FULL
    assert verdict.response.is_pending is True


@pytest.mark.parametrize("reference", ["another", MARKER.lower(), MARKER + "0"])
def test_a_success_under_another_reference_is_not_ours(reference: str) -> None:
    """It is the answer to another cancel."""
    assert interpreted("unzer", reply(200, {**OK, "paymentReference": reference})) == UNEXPECTED


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("999999999999999.9999", Decimal("999999999999999.9999")),
        ("1000000000000000", Decimal("10.00")),
        ("1", Decimal(1)),
        ("0.0001", Decimal("0.0001")),
        ("0", Decimal("10.00")),
        ("-1", Decimal("10.00")),
    ],
)
def test_an_amount_that_no_payment_can_have_is_not_accepted(said: str, amount: Decimal) -> None:
    """More than nothing, less than a thousand million million; else what was asked."""
    verdict = interpreted("unzer", reply(200, {**OK, "amount": said}))
    assert isinstance(verdict, Done)
    assert verdict.amount == amount


@pytest.mark.parametrize("status", [302, 307, 308, 500, 200, 400, 401])
def test_already_cancelled_needs_a_status_that_the_api_gives(status: int) -> None:
    """A redirect and a 5xx are no answer about the payment."""
    verdict = interpreted("unzer", reply(status, errors({"code": "API.340.100.014"})), UNZER_FULL)
    done = Done(outcome=Outcome.ALREADY_CANCELLED)
    assert (verdict == done) is (status in {200, 400, 401})


def test_the_request_says_how_much_and_under_which_reference() -> None:
    """To the authorization if it is known, or else to the payment."""
    for cancellation, path, amount in (
        (UNZER_FULL, "/payments/s-pay-1/authorize/cancels", {}),
        (
            unzer.Cancellation("s-pay-1", "s-aut-1", amount=7),
            "/payments/s-pay-1/authorize/s-aut-1/cancels",
            {"amount": "7"},
        ),
    ):
        call = unzer.build_request(cancellation, KEY)
        assert call.path == path
        assert json.loads(call.content or b"") == {**amount, "paymentReference": MARKER}

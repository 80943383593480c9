"""The server-side models accept the values of the specification and nothing else."""

from typing import Any

import pytest
from countermand_models import bento, pace_pay, unzer, vtex
from pydantic import BaseModel, ValidationError

VTEX_REQUEST = {"paymentId": "P-1", "requestId": "R-1"}

ACCEPTED: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (bento.CancelRequest, {"refundAmount": 1250}),
    # JSON Schema has one number here, written in two ways.
    (bento.CancelRequest, {"refundAmount": 1250.0}),
    (bento.CancelRequest, {}),
    (unzer.CancellationRequest, {"amount": "1.0000", "paymentReference": "x"}),
    # As Unzer's own SDKs send it.
    (unzer.CancellationRequest, {"amount": 10.5}),
    (unzer.CancellationRequest, {"amount": 10, "amountGross": 11.9}),
    (unzer.CancellationForm, {"amount": "1"}),
    (vtex.CancelPaymentRequest, VTEX_REQUEST),
    (vtex.CancelPaymentRequest, {**VTEX_REQUEST, "sandboxMode": True}),
    (vtex.CancelPaymentRequest, {**VTEX_REQUEST, "sandboxMode": "true"}),
]

REFUSED: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (bento.CancelRequest, {"refundAmount": "1250"}),
    (bento.CancelRequest, {"refundAmount": 12.5}),
    (bento.CancelRequest, {"refundAmount": True}),
    (bento.CancelRequest, {"refundAmount": None}),
    (bento.CancelRequest, {"refundAmount": 0}),
    (bento.CancelRequest, {"refundAmount": 1, "refundAmout": 1}),
    (unzer.CancellationRequest, {"amount": -0.5}),
    (unzer.CancellationRequest, {"amount": True}),
    (unzer.CancellationRequest, {"amount": None}),
    (unzer.CancellationRequest, {"amount": "-1.00"}),
    (unzer.CancellationRequest, {"amount": "1.00000"}),
    (unzer.CancellationRequest, {"amount": "1.00\n"}),
    (unzer.CancellationRequest, {"amount": "\N{ARABIC-INDIC DIGIT ONE}"}),
    (unzer.CancellationRequest, {"Amount": "1.00"}),
    (unzer.CancellationRequest, {"reasonCode": "RETURNED"}),
    (vtex.CancelPaymentRequest, {"paymentId": "P-1"}),
    (vtex.CancelPaymentRequest, {**VTEX_REQUEST, "requestId": 7}),
    (vtex.CancelPaymentRequest, {**VTEX_REQUEST, "value": "10"}),
]


@pytest.mark.parametrize(("model", "document"), ACCEPTED)
def test_a_valid_request_comes_back_out_as_it_went_in(
    model: type[BaseModel], document: dict[str, Any]
) -> None:
    """Absent fields stay absent, and no value changes its type."""
    assert model.model_validate(document).model_dump(by_alias=True) == document


@pytest.mark.parametrize(("model", "document"), REFUSED)
def test_an_invalid_request_is_refused(model: type[BaseModel], document: dict[str, Any]) -> None:
    """No coercion, no null for an absent amount, no unknown or misspelt field."""
    with pytest.raises(ValidationError):
        model.model_validate(document)


def test_a_request_to_a_provider_may_hold_more_than_is_documented() -> None:
    """This side is the server there, and the caller evolves."""
    request = vtex.CancelPaymentRequest.model_validate({**VTEX_REQUEST, "newMember": {"value": 1}})
    assert request.model_dump(by_alias=True) == VTEX_REQUEST


def test_a_reply_may_hold_more_than_is_documented() -> None:
    """Only requests are closed: a provider's new field breaks no reader."""
    document = {"errors": [{"status": "404", "brandNew": {"a": 1}}], "jsonapi": {"version": "1.0"}}

    assert pace_pay.ErrorDocument.model_validate(document).errors[0].status == "404"

"""What the server answers: each provider's success, about 1 kB. Pure, and without imports of ours.

A request is recognised by its path. The answers of Bento and VTEX repeat the ids of the request, as
the providers do: without them an answer proves nothing.
"""

from __future__ import annotations

import json
from typing import Final

ORDER_ID: Final = "or_01H84B0452F9X02H3YSZ03RFRG"
TRANSACTION_ID: Final = "tx_01H84D1GN7AGCBFACSDYC1D4AF"
BENTO_STATUS: Final = {
    "code": "PG0000",
    "description": "Approved or completed successfully",
    "outcome": "succeeded",
}


def bento_document(*, voided: bool) -> dict[str, object]:
    """A transaction before or after its authorization is voided, with its history."""
    history = [
        {
            "amount": amount,
            "result": "Success",
            "action": action,
            "status": BENTO_STATUS,
            "created": "2026-01-02T03:04:05.678Z",
        }
        for action, amount in (("Authorize", 1000), ("Void", 0))[: 1 + voided]
    ]
    transaction = {
        "orderId": ORDER_ID,
        "transactionId": TRANSACTION_ID,
        "customerId": "cu_01H84B0452F9X02H3YSZ03RFRG",
        "totalAmount": 0 if voided else 1000,
        "authorizedAmount": 1000,
        "capturedAmount": 0,
        "refundedAmount": 0,
        "currency": "EUR",
        "description": "A description of the transaction.",
        "state": "AuthVoided" if voided else "Authorized",
        "status": BENTO_STATUS,
        "history": history,
        "created": "2026-01-02T03:04:05.678Z",
        "updated": "2026-01-02T03:04:06.789Z",
    }
    return {"data": transaction}


def unzer_document() -> dict[str, object]:
    """A cancel that succeeded."""
    return {
        "id": "s-cnl-1",
        "isSuccess": True,
        "isPending": False,
        "isResumed": False,
        "isError": False,
        "card3ds": False,
        "redirectUrl": "",
        "message": {
            "code": "COR.000.100.112",
            "merchant": "Request successfully processed in 'Merchant in Connector Test Mode'",
            "customer": "Your payments have been successfully processed in sandbox mode.",
        },
        "amount": "10.0000",
        "currency": "EUR",
        "returnUrl": "",
        "date": "2026-01-02 03:04:05",
        "resources": {
            "customerId": "s-cst-7a4d8b9c0e1f",
            "paymentId": "s-pay-1",
            "basketId": "s-bsk-7a4d8b9c0e1f",
            "metadataId": "s-mtd-7a4d8b9c0e1f",
            "payPageId": "s-ppg-7a4d8b9c0e1f",
            "traceId": "0e1f7a4d8b9c0e1f7a4d8b9c0e1f7a4d",
            "typeId": "s-crd-7a4d8b9c0e1f",
        },
        "processing": {
            "uniqueId": "31HA07BC8108A9126F199F2784552637",
            "shortId": "4845.9032.5402",
            "traceId": "0e1f7a4d8b9c0e1f7a4d8b9c0e1f7a4d",
        },
        "additionalTransactionData": {"card": {"recurrenceType": "scheduled"}},
    }


def vtex_document(request: dict[str, object]) -> dict[str, object]:
    """A cancel that the provider has executed."""
    return {
        "paymentId": request.get("paymentId"),
        "requestId": request.get("requestId"),
        "cancellationId": "D2C2A1C6B1F34D0BB2E1A8F0C7D6E5F4",
        "code": None,
        "message": "Successfully cancelled. " + "The authorization was reversed in full. " * 18,
    }


def stripe_document() -> dict[str, object]:
    """A payment intent that was cancelled."""
    return {
        "id": "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "object": "payment_intent",
        "amount": 1000,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": {"enabled": True},
        "canceled_at": 1767322800,
        "cancellation_reason": "requested_by_customer",
        "capture_method": "automatic",
        "client_secret": "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH",
        "confirmation_method": "automatic",
        "created": 1767322700,
        "currency": "eur",
        "customer": "cus_9s6XKzkNRiz8i3",
        "description": "A description of the payment.",
        "latest_charge": None,
        "livemode": False,
        "metadata": {"order_id": "6735"},
        "next_action": None,
        "payment_method": None,
        "payment_method_options": {
            "card": {"installments": None, "network": None, "request_three_d_secure": "automatic"},
        },
        "payment_method_types": ["card"],
        "receipt_email": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "status": "canceled",
        "transfer_data": None,
        "transfer_group": None,
    }


def _json_answer(status: str, document: object) -> tuple[bytes, bytes]:
    body = json.dumps(document, separators=(",", ":")).encode()
    head = (
        f"HTTP/1.1 {status}\r\n"
        "date: Fri, 02 Jan 2026 03:04:05 GMT\r\n"
        "content-type: application/json\r\n"
        f"content-length: {len(body)}\r\n"
    )
    return head.encode(), body


BENTO_READ: Final = _json_answer("200 OK", bento_document(voided=False))
BENTO_CANCEL: Final = _json_answer("202 Accepted", bento_document(voided=True))
UNZER: Final = _json_answer("200 OK", unzer_document())
STRIPE: Final = _json_answer("200 OK", stripe_document())
PACE: Final = (b"HTTP/1.1 204 No Content\r\ndate: Fri, 02 Jan 2026 03:04:05 GMT\r\n", b"")


def answer(target: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Head without its last line, and body, for a request."""
    if b"/orders/" in target:
        is_cancel = target.endswith(b"/_cancel")
        _, _, _, _, order_id, _, transaction_id, *_ = target.split(b"/")
        head, body = BENTO_CANCEL if is_cancel else BENTO_READ
        named = body.replace(ORDER_ID.encode(), order_id)
        return head, named.replace(TRANSACTION_ID.encode(), transaction_id)
    if b"/payment_intents/" in target:
        return STRIPE
    if target.endswith(b"/cancels"):
        return UNZER
    if target.endswith(b"/cancellations"):
        return _json_answer("200 OK", vtex_document(json.loads(body)))
    return PACE

"""A call for every operation, and the request that it has to send, as literals.

At two of them an absent amount means everything, so a body decides about money.
"""

from decimal import Decimal
from typing import Any

import attrs
from countermand_clients.bento.api.transactions import cancel_transaction as bento_cancel
from countermand_clients.bento.models.cancel_request import CancelRequest
from countermand_clients.pace_fueling.api.transactions import cancel_transaction as fueling_cancel
from countermand_clients.pace_pay.api.transactions import cancel_transaction as pay_cancel
from countermand_clients.pace_pay.api.transactions import get_transaction
from countermand_clients.unzer.api.payments import (
    cancel_authorization,
    cancel_payment,
    get_authorization,
    get_authorization_cancellation,
    get_payment,
    get_payment_cancellation,
)
from countermand_clients.unzer.models.cancellation_form import CancellationForm
from countermand_clients.unzer.models.cancellation_request import CancellationRequest
from countermand_clients.vtex.api.payments import cancel_payment as vtex_cancel
from countermand_clients.vtex.models.cancel_payment_request import CancelPaymentRequest

from countermand import FULL, bento, pace_fueling, pace_pay, unzer, vtex

PAY = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
STATION = "a6ec9bd7-cf0b-416c-b24f-9ce65ab3dfe1"

REFERENCE = "CD982007FBB59A26BC1C62CA2794F371"
"""The first half of SHA-256 of "countermand/unzer/paymentReference/order-42"."""

REQUEST = "9EC18581A4B2FC7937EF6672ACE8BE5D"
"""The first half of SHA-256 of "countermand/vtex/requestId/order-42"."""

COMMON = ("accept-encoding: identity", "connection: close", "user-agent: countermand")
PACE = (*COMMON, "accept: application/vnd.api+json", "authorization: Bearer token-one")
BENTO = (*COMMON, "accept: application/json", "authorization: Bearer token-one")
UNZER = (*COMMON, "accept: application/json", "authorization: Basic cy1wcml2LWV4YW1wbGU6")
VTEX = (
    *COMMON,
    "accept: application/json",
    "x-vtex-api-appkey: app-key-1",
    "x-vtex-api-apptoken: app-token-1",
)
EMPTY = "content-length: 0"
JSON = "content-type: application/json"
FORM = "content-type: application/x-www-form-urlencoded"


def request(line: str, *fields: str, body: str = "") -> str:
    """Write down a request as the raw server does: sorted header fields, no host."""
    length = [f"content-length: {len(body.encode())}"] if body else []
    return "\n".join([f"{line} HTTP/1.1", *sorted([*fields, *length]), "", body])


@attrs.frozen
class ExpectedRequest:
    """What is asked of a client, and the request that has to leave."""

    id: str
    api: str
    argument: Any
    expected: str
    method: str = "cancel"


def account(api: str, origin: str) -> Any:
    """An account of each provider below one origin, as its specification's server URL."""
    return {
        "pace_pay": lambda: pace_pay.Account("token-one", f"{origin}/pay/2024-1"),
        "pace_fueling": lambda: pace_fueling.Account("token-one", f"{origin}/fueling/2024-4"),
        "bento": lambda: bento.Account("token-one", f"{origin}/payments/v1", read=False),
        "unzer": lambda: unzer.Account("s-priv-example", f"{origin}/v1"),
        "vtex": lambda: vtex.Account(origin, "app-key-1", "app-token-1"),
    }[api]()


PACE_PAY_LINE = f"POST /pay/2024-1/transactions/{PAY}/cancel"
FUELING_LINE = f"DELETE /fueling/2024-4/gas-stations/{STATION}/transactions/{PAY}"
BENTO_LINE = "PUT /payments/v1/orders/or_1/transactions/tx_1/_cancel"
PAYMENT_LINE = "POST /v1/payments/s-pay-1/authorize/cancels"
AUTHORIZATION_LINE = "POST /v1/payments/s-pay-1/authorize/s-aut-1/cancels"
VTEX_LINE = "POST /payments/P1/cancellations"


def unzer_amount(amount: Decimal | int, digits: str) -> ExpectedRequest:
    """A partial cancel, and the digits of its amount."""
    return ExpectedRequest(
        f"unzer-{amount!r}",
        "unzer",
        unzer.Cancellation("s-pay-1", amount=amount),
        request(
            PAYMENT_LINE,
            *UNZER,
            JSON,
            body=f'{{"amount":"{digits}","paymentReference":"{REFERENCE}"}}',
        ),
    )


CANCELS = (
    ExpectedRequest(
        "pace-pay-has-no-body",
        "pace_pay",
        pace_pay.Cancellation(PAY),
        request(PACE_PAY_LINE, *PACE, EMPTY),
    ),
    ExpectedRequest(
        "pace-fueling-has-no-body",
        "pace_fueling",
        pace_fueling.Cancellation(STATION, PAY),
        request(FUELING_LINE, *PACE),
    ),
    ExpectedRequest(
        "bento-everything-has-no-body",
        "bento",
        bento.Cancellation("or_1", "tx_1", refund_amount=FULL),
        request(BENTO_LINE, *BENTO, EMPTY),
    ),
    ExpectedRequest(
        "bento-amount",
        "bento",
        bento.Cancellation("or_1", "tx_1", refund_amount=1000),
        request(BENTO_LINE, *BENTO, JSON, body='{"refundAmount":1000}'),
    ),
    ExpectedRequest(
        "unzer-everything-names-no-amount",
        "unzer",
        unzer.Cancellation("s-pay-1", amount=FULL),
        request(PAYMENT_LINE, *UNZER, JSON, body=f'{{"paymentReference":"{REFERENCE}"}}'),
    ),
    ExpectedRequest(
        "unzer-authorization",
        "unzer",
        unzer.Cancellation("s-pay-1", "s-aut-1", amount=FULL),
        request(AUTHORIZATION_LINE, *UNZER, JSON, body=f'{{"paymentReference":"{REFERENCE}"}}'),
    ),
    ExpectedRequest(
        "unzer-authorization-amount",
        "unzer",
        unzer.Cancellation("s-pay-1", "s-aut-1", amount=Decimal("0.5000")),
        request(
            AUTHORIZATION_LINE,
            *UNZER,
            JSON,
            body=f'{{"amount":"0.5000","paymentReference":"{REFERENCE}"}}',
        ),
    ),
    unzer_amount(Decimal("10.00"), "10.00"),
    unzer_amount(Decimal("1E+1"), "10"),
    unzer_amount(Decimal("1E-4"), "0.0001"),
    unzer_amount(7, "7"),
    ExpectedRequest(
        "vtex-least",
        "vtex",
        vtex.Cancellation("P1"),
        request(VTEX_LINE, *VTEX, JSON, body=f'{{"paymentId":"P1","requestId":"{REQUEST}"}}'),
    ),
    ExpectedRequest(
        "vtex-most",
        "vtex",
        vtex.Cancellation(
            "P1", "A1", transaction_id="T1", tid="D1", nsu="N1", value=5, sandbox_mode=False
        ),
        request(
            VTEX_LINE,
            *VTEX,
            JSON,
            body=f'{{"paymentId":"P1","requestId":"{REQUEST}","authorizationId":"A1",'
            '"sandboxMode":false,"tid":"D1","transactionId":"T1","value":5,"nsu":"N1"}',
        ),
    ),
)

CALLS = (
    ExpectedRequest(
        "pace-pay", "pace_pay", pay_cancel.call(PAY), request(PACE_PAY_LINE, *PACE, EMPTY)
    ),
    ExpectedRequest(
        "pace-pay-read",
        "pace_pay",
        get_transaction.call(PAY),
        request(f"GET /pay/2024-1/transactions/{PAY}", *PACE),
    ),
    ExpectedRequest(
        "pace-fueling",
        "pace_fueling",
        fueling_cancel.call(STATION, PAY),
        request(FUELING_LINE, *PACE),
    ),
    ExpectedRequest(
        "bento-nothing",
        "bento",
        bento_cancel.call("or_1", "tx_1"),
        request(BENTO_LINE, *BENTO, EMPTY),
    ),
    ExpectedRequest(
        "bento-empty-object",
        "bento",
        bento_cancel.call("or_1", "tx_1", body=CancelRequest()),
        request(BENTO_LINE, *BENTO, JSON, body="{}"),
    ),
    ExpectedRequest(
        "unzer-form",
        "unzer",
        cancel_payment.call(
            "s-pay-1",
            body=CancellationForm(amount="10.00", payment_reference="\u00e4 b&c=+"),
            accept_language="de-DE",
        ),
        request(
            PAYMENT_LINE,
            *UNZER,
            FORM,
            "accept-language: de-DE",
            body="amount=10.00&paymentReference=%C3%A4+b%26c%3D%2B",
        ),
    ),
    ExpectedRequest(
        "unzer-authorization-form",
        "unzer",
        cancel_authorization.call("s-pay-1", "s-aut-1", body=CancellationForm(amount="1.00")),
        request(AUTHORIZATION_LINE, *UNZER, FORM, body="amount=1.00"),
    ),
    ExpectedRequest(
        "unzer-json",
        "unzer",
        cancel_authorization.call(
            "s-pay-1",
            "s-aut-1",
            body=CancellationRequest(amount="1.00", payment_reference="\u00e4\U0001f600"),
        ),
        request(
            AUTHORIZATION_LINE,
            *UNZER,
            JSON,
            body='{"amount":"1.00","paymentReference":"\u00e4\U0001f600"}',
        ),
    ),
    ExpectedRequest(
        "unzer-nothing",
        "unzer",
        cancel_payment.call("s-pay-1"),
        request(PAYMENT_LINE, *UNZER, EMPTY),
    ),
    ExpectedRequest(
        "unzer-get-payment",
        "unzer",
        get_payment.call("s-pay-1"),
        request("GET /v1/payments/s-pay-1", *UNZER),
    ),
    ExpectedRequest(
        "unzer-get-authorization",
        "unzer",
        get_authorization.call("s-pay-1", "s-aut-1"),
        request("GET /v1/payments/s-pay-1/authorize/s-aut-1", *UNZER),
    ),
    ExpectedRequest(
        "unzer-get-payment-cancellation",
        "unzer",
        get_payment_cancellation.call("s-pay-1", "s-cnl-1"),
        request("GET /v1/payments/s-pay-1/authorize/cancels/s-cnl-1", *UNZER),
    ),
    ExpectedRequest(
        "unzer-get-authorization-cancellation",
        "unzer",
        get_authorization_cancellation.call("s-pay-1", "s-aut-1", "s-cnl-1"),
        request("GET /v1/payments/s-pay-1/authorize/s-aut-1/cancels/s-cnl-1", *UNZER),
    ),
    ExpectedRequest(
        "vtex",
        "vtex",
        vtex_cancel.call("P1", body=CancelPaymentRequest(payment_id="P1", request_id="R1")),
        request(VTEX_LINE, *VTEX, JSON, body='{"paymentId":"P1","requestId":"R1"}'),
    ),
)

"""Requests that the sandbox's tests leave out: every door of every operation is tried once."""

from __future__ import annotations

import base64
import http.client
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.sandbox import Sandbox

JSON: Final = {"Content-Type": "application/json"}
JSON_API: Final = {"Accept": "application/vnd.api+json"}
_KEY: Final = base64.b64encode(f"{UNZER_PRIVATE_KEY}:".encode()).decode()
BASIC: Final = {"Authorization": f"Basic {_KEY}"}
KEYS: Final = {"X-VTEX-API-AppKey": VTEX_APP_KEY, "X-VTEX-API-AppToken": VTEX_APP_TOKEN}


def go(sandbox: Sandbox) -> None:
    """Make the rounds of all five APIs."""
    _unzer(sandbox)
    _bento(sandbox)
    _pace(sandbox)
    _vtex(sandbox)


def _ask(
    sandbox: Sandbox,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: object = None,
) -> None:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10.0)
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(method, path, content, dict(headers or {}))
    connection.getresponse().read()
    connection.close()


def _unzer(sandbox: Sandbox) -> None:
    payment = sandbox.create_payment("unzer", success_status=201)
    for root in (f"/unzer/v1/payments/{payment.payment_id}", "/unzer/v1/payments/unknown"):
        authorize = f"{root}/authorize"
        single = f"{authorize}/{payment.authorization_id}"
        cancels = (f"{authorize}/cancels", f"{single}/cancels")
        for path in cancels:
            for body in ({"amount": "1.00"}, {"amount": 1}):
                _ask(sandbox, "POST", path, BASIC | JSON, body)
            _ask(sandbox, "POST", path, BASIC | {"Content-Type": "text/plain"}, b"1.00")
            _ask(sandbox, "POST", path, JSON, {"amount": "1.00"})
        for path in (root, single, *(f"{path}/s-cnl-1" for path in cancels)):
            _ask(sandbox, "GET", path, BASIC)
            _ask(sandbox, "GET", path)
        for path in (root, single, *cancels, *(f"{path}/s-cnl-1" for path in cancels)):
            _ask(sandbox, "DELETE", path, BASIC)
    plain = sandbox.create_payment("unzer")
    path = f"/unzer/v1/payments/{plain.payment_id}/authorize/{plain.authorization_id}/cancels"
    _ask(sandbox, "POST", path, BASIC | JSON, {"amount": "1.00", "paymentReference": "round"})


def _bento(sandbox: Sandbox) -> None:
    bearer = {"Authorization": f"Bearer {sandbox.issue_token()}"}
    quirks: tuple[dict[str, Any], ...] = (
        {},
        {"captured": True},
        {"captured": True, "refund": "fails"},
        {"decline": "in-202"},
        {"decline": "in-4xx"},
        {"too_many_requests": 1, "retry_after": "30"},
    )
    for settings in quirks:
        payment = sandbox.create_payment("bento", **settings)
        path = f"/bento/payments/v1/orders/{payment.order_id}/transactions/{payment.transaction_id}"
        for _ in range(2):
            _ask(sandbox, "PUT", f"{path}/_cancel", bearer | JSON, {"refundAmount": 5})
            sandbox.finish_pending(payment)
        _ask(sandbox, "PUT", f"{path}/_cancel", JSON, {})


def _pace(sandbox: Sandbox) -> None:
    token = sandbox.issue_token()
    for api in ("pace_pay", "pace_fueling"):
        payment = sandbox.create_payment(api)
        read = f"/pay/2024-1/transactions/{payment.transaction_id}"
        station = f"/fueling/2024-4/gas-stations/{payment.gas_station_id}"
        paths = {
            "pace_pay": ("POST", f"{read}/cancel"),
            "pace_fueling": ("DELETE", f"{station}/transactions/{payment.transaction_id}"),
        }
        for accept in (JSON_API, {"Accept": "*/*"}, {"Accept": "text/html"}):
            _ask(sandbox, "GET", read, {"Authorization": f"Bearer {token}"} | accept)
            _ask(sandbox, *paths[api], {"Authorization": f"Bearer {token}"} | accept)
            for wrong in ("never-issued", sandbox.issue_token(scopes=())):
                _ask(sandbox, *paths[api], {"Authorization": f"Bearer {wrong}"} | accept)
                _ask(sandbox, "GET", read, {"Authorization": f"Bearer {wrong}"} | accept)
            _ask(sandbox, "GET", read, accept)


def _vtex(sandbox: Sandbox) -> None:
    for settings in ({}, {"manual_status": 501}):
        payment = sandbox.create_payment("vtex", **settings)
        body = {"paymentId": payment.payment_id, "requestId": "round"}
        path = f"/vtex/payments/{payment.payment_id}/cancellations"
        for headers in (KEYS, {}):
            _ask(sandbox, "POST", path, headers | JSON, body)
            _ask(sandbox, "POST", path, headers | JSON, {"requestId": "round"})

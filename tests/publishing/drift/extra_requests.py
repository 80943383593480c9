"""Requests that together provoke every documented response of the sandbox but the expected gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx

from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN

if TYPE_CHECKING:
    from countermand.sandbox import Sandbox

BASIC: Final = (UNZER_PRIVATE_KEY, "")
KEYS: Final = {"X-VTEX-API-AppKey": VTEX_APP_KEY, "X-VTEX-API-AppToken": VTEX_APP_TOKEN}
JSON_API: Final = {"Accept": "application/vnd.api+json"}


def send(sandbox: Sandbox) -> None:
    """Send the requests to all five APIs."""
    with httpx.Client(base_url=sandbox.url, timeout=10.0, trust_env=False) as client:
        for requests in (_unzer, _bento, _pace, _vtex):
            requests(sandbox, client)


def _unzer(sandbox: Sandbox, client: httpx.Client) -> None:
    for payment in (
        sandbox.create_payment("unzer", success_status=201),
        sandbox.create_payment("unzer"),
    ):
        for root in (f"/unzer/v1/payments/{payment.payment_id}", "/unzer/v1/payments/unknown"):
            single = f"{root}/authorize/{payment.authorization_id}"
            cancels = (f"{root}/authorize/cancels", f"{single}/cancels")
            for path in cancels:
                for body in (
                    {"amount": "1.00", "paymentReference": "order-1"},
                    {"amount": 1},
                    {"amount": "1000000"},
                ):
                    client.post(path, auth=BASIC, json=body)
                client.post(
                    path, auth=BASIC, headers={"Content-Type": "text/plain"}, content="1.00"
                )
                client.post(path, json={"amount": "1.00"})
            reads = (root, single, *(f"{path}/s-cnl-1" for path in cancels))
            for path in reads:
                client.get(path, auth=BASIC)
                client.get(path)
            for path in (*reads, *cancels):
                client.delete(path, auth=BASIC)


def _bento(sandbox: Sandbox, client: httpx.Client) -> None:
    bearer = {"Authorization": f"Bearer {sandbox.issue_token()}"}
    settings: tuple[dict[str, Any], ...] = (
        {},
        {"captured": True},
        {"captured": True, "refund": "fails"},
        {"decline": "in-202"},
        {"decline": "in-4xx"},
        {"too_many_requests": 1, "retry_after": "30"},
    )
    orders = "/bento/payments/v1/orders"
    for each in settings:
        payment = sandbox.create_payment("bento", **each)
        path = f"{orders}/{payment.order_id}/transactions/{payment.transaction_id}"
        for _ in range(2):
            client.put(f"{path}/_cancel", headers=bearer, json={"refundAmount": 5})
            client.get(path, headers=bearer)
            sandbox.finish_pending(payment)
        client.put(f"{path}/_cancel", json={})
        client.get(path)
    limited = sandbox.create_payment("bento", too_many_requests=1)
    path = f"{orders}/{limited.order_id}/transactions/{limited.transaction_id}"
    client.get(path, headers=bearer)
    client.put(f"{orders}/unknown/transactions/unknown/_cancel", headers=bearer, json={})
    client.get(f"{orders}/unknown/transactions/unknown", headers=bearer)


def _pace(sandbox: Sandbox, client: httpx.Client) -> None:
    bearer = {"Authorization": f"Bearer {sandbox.issue_token()}"}
    refused = [
        {"Authorization": f"Bearer {token}"}
        for token in ("never-issued", sandbox.issue_token(scopes=()))
    ]
    for api in ("pace_pay", "pace_fueling"):
        payment = sandbox.create_payment(api)
        read = f"/pay/2024-1/transactions/{payment.transaction_id}"
        station = f"/fueling/2024-4/gas-stations/{payment.gas_station_id}"
        cancel = {
            "pace_pay": ("POST", f"{read}/cancel"),
            "pace_fueling": ("DELETE", f"{station}/transactions/{payment.transaction_id}"),
        }[api]
        for accept in (JSON_API, {"Accept": "*/*"}, {"Accept": "text/html"}):
            for credentials in (bearer, *refused, {}):
                client.get(read, headers=credentials | accept)
                client.request(*cancel, headers=credentials | accept)
    headers = bearer | JSON_API
    payment = sandbox.create_payment("pace_pay")
    path = f"/pay/2024-1/transactions/{payment.transaction_id}"
    client.post("/pay/2024-1/transactions/abc/cancel", headers=headers)
    client.post(f"{path[:-4]}0000/cancel", headers=headers)
    client.post(f"{path}/cancel", headers=headers | {"Content-Type": "application/json"})
    client.post(f"{path}/cancel", headers=headers, content="{}")
    sandbox.capture(payment)
    client.get(path, headers=headers)


def _vtex(sandbox: Sandbox, client: httpx.Client) -> None:
    for settings in ({}, {"manual_status": 501}):
        payment = sandbox.create_payment("vtex", **settings)
        path = f"/vtex/payments/{payment.payment_id}/cancellations"
        for headers in (KEYS, {}):
            for body in ({"paymentId": payment.payment_id}, {}):
                client.post(path, headers=headers, json={"requestId": "request-1", **body})

"""The sandbox's VTEX provider is a server: what its caller adds is taken and not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from countermand.sandbox._state.tokens import VTEX_APP_KEY, VTEX_APP_TOKEN

if TYPE_CHECKING:
    from countermand.sandbox import Sandbox


def test_a_vtex_request_may_hold_more_than_is_documented(sandbox: Sandbox) -> None:
    """The gateway evolves; a provider that refused would be the one to blame."""
    payment = sandbox.create_payment("vtex")
    answer = httpx.post(
        f"{sandbox.base_url('vtex')}/payments/{payment.payment_id}/cancellations",
        headers={"X-VTEX-API-AppKey": VTEX_APP_KEY, "X-VTEX-API-AppToken": VTEX_APP_TOKEN},
        json={
            "paymentId": payment.payment_id,
            "requestId": "R-1",
            "brandNew": {"a": [1]},
            "merchantSettings": [{"name": "a", "value": "b", "further": None}],
        },
        trust_env=False,
    )
    assert answer.status_code == 200
    assert answer.json()["cancellationId"]
    assert len(sandbox.executions("vtex", payment)) == 1

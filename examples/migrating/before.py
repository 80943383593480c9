"""A cancel with bare httpx and three tries, as one finds it in many services."""

from __future__ import annotations

import httpx

TRIES = 3


def cancel(base_url: str, private_key: str, payment_id: str, amount: str) -> bool:
    """Cancel at Unzer; whether it was cancelled."""
    for _ in range(TRIES):
        try:
            answer = httpx.post(
                f"{base_url}/payments/{payment_id}/authorize/cancels",
                json={"amount": amount},
                auth=(private_key, ""),
                timeout=10.0,
            )
            answer.raise_for_status()
        except httpx.HTTPError:
            continue
        return bool(answer.json()["isSuccess"])
    return False

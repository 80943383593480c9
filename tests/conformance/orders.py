"""Payments, and the orders to cancel them.

In part where a provider can: a whole cancel that is sent twice would be refused the second time,
and the count would hide it.
"""

from decimal import Decimal
from typing import Any

from countermand import FULL, bento, pace_fueling, pace_pay, unzer, vtex
from countermand.sandbox import Sandbox


def payment(sandbox: Sandbox, api: str, whole: bool, details: dict[str, Any]) -> Any:  # noqa: FBT001
    """A payment with money left for many partial cancels, unless it is to be cancelled whole."""
    held = {"captured": True} if api == "bento" and not whole else {}
    return sandbox.create_payment(api, **{**held, **details})


def order(api: str, made: Any, whole: bool) -> Any:  # noqa: FBT001
    """The order to cancel it."""
    return {
        "pace_pay": lambda: pace_pay.Cancellation(made.transaction_id),
        "pace_fueling": lambda: pace_fueling.Cancellation(made.gas_station_id, made.transaction_id),
        "bento": lambda: bento.Cancellation(
            made.order_id, made.transaction_id, refund_amount=FULL if whole else 500
        ),
        "unzer": lambda: unzer.Cancellation(
            made.payment_id, amount=FULL if whole else Decimal("10.00")
        ),
        "vtex": lambda: vtex.Cancellation(made.payment_id),
    }[api]()

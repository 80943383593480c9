"""Cancel an order's payment at Unzer: `python cancel_order.py ORDER PAYMENT AMOUNT`."""

from __future__ import annotations

import sys
from typing import Any

import payments
from countermand import InvalidCancellation
from countermand_ops.celery import cancel


def cancel_order(order: str, payment: str, amount: str) -> Any:
    """Send the task. Its key is the order: sent twice, it cancels once.

    Raises:
        InvalidCancellation: an argument is wrong; nothing was sent.
    """
    return cancel.delay("unzer", {"payment_id": payment, "amount": amount}, order)


def main(arguments: list[str]) -> int:
    """Cancel, wait for the result and print what became of it."""
    try:
        result = cancel_order(*arguments[1:])
    except InvalidCancellation as wrong:
        print(wrong)
        return 2
    document: dict[str, Any] = result.get(timeout=60)
    print(document.get("outcome") or f"{document['error']}: {document['message']}")
    return 0 if "outcome" in document else 1


if __name__ == "__main__":
    # `cancel` sends through the default app of the process.
    payments.app.set_default()
    sys.exit(main(sys.argv))

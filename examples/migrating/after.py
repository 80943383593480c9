"""The same cancel with countermand: one key, one reversal, and three results instead of two."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from countermand import NotCancelled, OutcomeUnknown, unzer

if TYPE_CHECKING:
    from countermand import Client


def cancel(client: Client, order: str, payment_id: str, amount: str) -> bool | None:
    """Cancel at Unzer; whether it was cancelled or accepted, or None if that is not known yet."""
    cancellation = unzer.Cancellation(payment_id, amount=Decimal(amount))
    try:
        client.cancel(cancellation, key=order)
    except OutcomeUnknown:
        return None  # `reconcile` finds the outcome
    except NotCancelled:
        return False
    return True

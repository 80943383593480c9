"""Two views: one starts the cancel of an order, the other shows what became of it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from django.http import Http404, HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from countermand import InvalidCancellation
from countermand_ops.celery import cancel
from countermand_ops.config import load
from shop_queue import app

if TYPE_CHECKING:
    from countermand.ledger import Ledger

ORDERS: Final[dict[str, dict[str, object]]] = {
    "42": {"payment_id": "s-pay-1", "amount": "10.00"},
}
"""Your model, in its place. The amount is text or a Decimal, never a float."""


@cache
def ledger() -> Ledger:
    """The ledger of the workers, from the same configuration."""
    return load(app.conf.countermand_config).ledger


@csrf_exempt  # This API has no cookies. Leave it out where yours has.
@require_POST
def cancel_order(_request: HttpRequest, order: str) -> JsonResponse:
    """Send the task. The key is the order: sent twice, it cancels once."""
    if order not in ORDERS:
        raise Http404
    try:
        cancel.delay("unzer", ORDERS[order], f"cancel-{order}")
    except InvalidCancellation as wrong:
        return JsonResponse(wrong.to_dict(), status=422)
    return JsonResponse({"key": f"cancel-{order}"}, status=202)


@require_GET
def show_cancel(_request: HttpRequest, order: str) -> JsonResponse:
    """What the ledger knows; 404 until a worker has begun."""
    try:
        record = ledger().show(f"cancel-{order}")
    except InvalidCancellation as unknown:
        raise Http404 from unknown
    return JsonResponse(
        {
            "state": record.state,
            "waiting_for": record.waiting_for,
            "reference": record.reference,
        }
    )


urlpatterns = [
    path("orders/<order>/cancel", cancel_order),
    path("orders/<order>", show_cancel),
]

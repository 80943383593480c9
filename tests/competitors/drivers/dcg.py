"""Cancels with datamodel-code-generator's httpx2 client, as its own README shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

import telling


@contextmanager
def opened(order: telling.Order) -> Iterator[telling.Send]:
    """One client for all cancels."""
    package = import_module(f"dcg_{order['api']}")
    login: dict[str, Any] = {
        "unzer": {"basic": (order["private_key"], "")},
        "bento": {"bearer": order["token"]},
        "vtex": {"app_key": order["app_key"], "app_token": order["app_token"]},
    }.get(order["api"], {"oauth2": order["token"]})
    if order["api"].startswith("pace"):
        # What succeeds without a body is sent without `Accept`, and PACE Pay answers that with 406.
        login["default_headers"] = {"Accept": "application/vnd.api+json"}
    with package.Client(base_url=order["base_url"], timeout=order["timeout"], **login) as client:
        yield partial(cancel, client)


def cancel(client: Any, order: telling.Order) -> None:
    """Call the operation; it returns the decoded success, and raises for all else."""
    api, ids = order["api"], order["ids"]
    models = import_module(f"dcg_{api}_models")
    if api == "unzer":
        body = models.CancellationRequest(
            amount=order["amount"], paymentReference=order["reference"]
        )
        client.payments.cancel_payment(
            paymentId=ids["payment_id"], body=body, media_type="application/json"
        )
    elif api == "vtex":
        body = models.CancelPaymentRequest(
            paymentId=ids["payment_id"],
            requestId=order["reference"],
            authorizationId=ids["authorization_id"],
        )
        reply = client.payments.cancel_payment(paymentId=ids["payment_id"], body=body)
        telling.granted(reply.cancellationId)
    else:
        client.transactions.cancel_transaction(**named(models, order))


def named(models: Any, order: telling.Order) -> dict[str, Any]:
    """The arguments of the three operations on transactions."""
    api, ids = order["api"], order["ids"]
    found = {"transactionId": ids["transaction_id"]}
    if api == "bento":
        body = models.CancelRequest(refundAmount=order["amount"])
        return found | {"orderId": ids["order_id"], "body": body}
    return found | ({"gasStationId": ids["gas_station_id"]} if api == "pace_fueling" else {})


telling.run(opened)

"""Cancels with the client that openapi-python-client generates, as its README shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

import httpx
import telling

OPERATIONS = {
    "unzer": "payments.cancel_payment",
    "bento": "transactions.cancel_transaction",
    "pace_fueling": "transactions.cancel_transaction",
    "pace_pay": "transactions.cancel_transaction",
    "vtex": "payments.cancel_payment",
}


@contextmanager
def opened(order: telling.Order) -> Iterator[telling.Send]:
    """One client for all cancels."""
    with client(order) as connected:
        yield partial(cancel, connected)


def cancel(connected: Any, order: telling.Order) -> None:
    """Call `sync_detailed`, which keeps the status, and look at status and type of the answer."""
    api = order["api"]
    call = import_module(f"opc_{api}.api.{OPERATIONS[api]}")
    path, body = arguments(order)
    reply = call.sync_detailed(*path, client=connected, **body)
    if reply.status_code not in telling.SUCCESS[api]:
        raise telling.UnexpectedAnswerError("no success", status=int(reply.status_code))
    if "Error" in type(reply.parsed).__name__:
        raise telling.UnexpectedAnswerError(f"{reply.parsed}", status=int(reply.status_code))
    if api == "vtex":
        telling.granted(reply.parsed.cancellation_id)


def arguments(order: telling.Order) -> tuple[list[str], dict[str, Any]]:
    """What stands in the path, and the body where there is one."""
    api, ids, amount = order["api"], order["ids"], order["amount"]
    models = import_module(f"opc_{api}.models")
    if api == "unzer":
        body = models.CancellationRequest(amount=amount, payment_reference=order["reference"])
        return [ids["payment_id"]], {"body": body}
    if api == "bento":
        body = models.CancelRequest(refund_amount=amount)
        return [ids["order_id"], ids["transaction_id"]], {"body": body}
    if api == "vtex":
        body = models.CancelPaymentRequest(
            payment_id=ids["payment_id"],
            request_id=order["reference"],
            authorization_id=ids["authorization_id"],
        )
        return [ids["payment_id"]], {"body": body}
    station = [ids["gas_station_id"]] if api == "pace_fueling" else []
    return [*station, ids["transaction_id"]], {}


def client(order: telling.Order) -> Any:
    """A client with a timeout; what is neither basic nor bearer goes through other arguments."""
    module = import_module(f"opc_{order['api']}")
    facts = {"base_url": order["base_url"], "timeout": httpx.Timeout(order["timeout"])}
    if order["api"] == "unzer":
        return module.AuthenticatedClient(token=order["basic"], prefix="Basic", **facts)
    if order["api"] == "vtex":
        return module.Client(headers=order["app_headers"], **facts)
    return module.AuthenticatedClient(token=order["token"], **facts)


telling.run(opened)

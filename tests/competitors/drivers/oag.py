"""Cancels with openapi-generator's Python client, as the README that it generates shows."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

import telling


@contextmanager
def opened(order: telling.Order) -> Iterator[telling.Send]:
    """One client for all cancels."""
    api = order["api"]
    sys.path[:0] = [f"{folder}/oag_{api}_project" for folder in order["generated"]]
    package = import_module(f"oag_{api}")
    configuration = package.Configuration(host=order["base_url"])
    configuration.access_token = order["token"]
    configuration.username, configuration.password = order["private_key"], ""
    configuration.api_key |= {"appKey": order["app_key"], "appToken": order["app_token"]}
    with package.ApiClient(configuration) as client:
        yield partial(cancel, package, client)


def cancel(package: Any, client: Any, order: telling.Order) -> None:
    """Call the operation; no exception is success, where a body is documented there must be one."""
    api, ids = order["api"], order["ids"]
    limit = {"_request_timeout": order["timeout"]}
    if api in {"unzer", "vtex"}:
        named, body = request(package, order)
        operation = package.PaymentsApi(client).cancel_payment
        reply = operation(ids["payment_id"], **{named: body}, **limit)
    else:
        operation = package.TransactionsApi(client).cancel_transaction
        first = {"bento": ["order_id"], "pace_fueling": ["gas_station_id"]}.get(api, [])
        path = [ids[name] for name in (*first, "transaction_id")]
        body = package.CancelRequest(refund_amount=order["amount"]) if api == "bento" else None
        reply = operation(*path, **({"cancel_request": body} if body else {}), **limit)
    if reply is None and api not in telling.BARE:
        raise telling.UnexpectedAnswerError("None")
    if api == "vtex":
        telling.granted(reply.cancellation_id)


def request(package: Any, order: telling.Order) -> tuple[str, Any]:
    """The body, and what its argument is called."""
    reference = order["reference"]
    if order["api"] == "unzer":
        amount = package.CancellationRequestAmount(order["amount"])
        body = package.CancellationRequest(amount=amount, payment_reference=reference)
        return "cancellation_request", body
    return "cancel_payment_request", package.CancelPaymentRequest(
        payment_id=order["ids"]["payment_id"],
        request_id=reference,
        authorization_id=order["ids"]["authorization_id"],
    )


telling.run(opened)

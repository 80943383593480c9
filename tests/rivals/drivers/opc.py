"""One cancel with the client that openapi-python-client generates, as its README shows."""

from importlib import import_module
from typing import Any

import httpx
import telling


def cancel(order: telling.Order) -> None:
    """Call `sync_detailed`, which keeps the status, and look at status and type of the answer."""
    api, ids = order["api"], order["ids"]
    root = f"opc_{api}"
    if api == "unzer":
        call = import_module(f"{root}.api.payments.cancel_payment")
        models = import_module(f"{root}.models")
        body = models.CancellationRequest(amount=order["amount"], payment_reference="rival-1")
        reply = call.sync_detailed(ids["payment_id"], client=client(order), body=body)
    elif api == "bento":
        call = import_module(f"{root}.api.transactions.cancel_transaction")
        body = import_module(f"{root}.models").CancelRequest(refund_amount=order["amount"])
        reply = call.sync_detailed(
            ids["order_id"], ids["transaction_id"], client=client(order), body=body
        )
    else:
        call = import_module(f"{root}.api.transactions.cancel_transaction")
        reply = call.sync_detailed(
            ids["gas_station_id"], ids["transaction_id"], client=client(order)
        )
    if reply.status_code not in telling.SUCCESS[api]:
        raise telling.UnexpectedAnswerError("no success", status=int(reply.status_code))
    if "Error" in type(reply.parsed).__name__:
        raise telling.UnexpectedAnswerError(f"{reply.parsed}", status=int(reply.status_code))


def client(order: telling.Order) -> Any:
    """A client with a timeout; basic authentication goes through httpx's own argument."""
    module = import_module(f"opc_{order['api']}")
    timeout = httpx.Timeout(order["timeout"])
    if order["api"] == "unzer":
        return module.AuthenticatedClient(
            base_url=order["base_url"], token=order["basic"], prefix="Basic", timeout=timeout
        )
    return module.AuthenticatedClient(
        base_url=order["base_url"], token=order["token"], timeout=timeout
    )


telling.run(cancel)

"""One cancel with datamodel-code-generator's httpx2 client, as its own README shows."""

from importlib import import_module

import telling


def cancel(order: telling.Order) -> None:
    """Call the operation; it returns the decoded success, and raises for all else."""
    api, ids = order["api"], order["ids"]
    package, models = import_module(f"dcg_{api}"), import_module(f"dcg_{api}_models")
    login = {
        "unzer": {"basic": (order["private_key"], "")},
        "bento": {"bearer": order["token"]},
        "pace_fueling": {"oauth2": order["token"]},
    }
    limit = order["timeout"]
    with package.Client(base_url=order["base_url"], timeout=limit, **login[api]) as client:
        if api == "unzer":
            client.payments.cancel_payment(
                paymentId=ids["payment_id"],
                body=models.CancellationRequest(amount=order["amount"], paymentReference="rival-1"),
                media_type="application/json",
            )
        elif api == "bento":
            client.transactions.cancel_transaction(
                orderId=ids["order_id"],
                transactionId=ids["transaction_id"],
                body=models.CancelRequest(refundAmount=order["amount"]),
            )
        else:
            client.transactions.cancel_transaction(
                gasStationId=ids["gas_station_id"], transactionId=ids["transaction_id"]
            )


telling.run(cancel)

"""One cancel with openapi-generator's Python client, as the README that it generates shows."""

import sys
from importlib import import_module

import telling


def cancel(order: telling.Order) -> None:
    """Call the operation; no exception is success, where a body is documented there must be one."""
    api, ids = order["api"], order["ids"]
    sys.path[:0] = [f"{folder}/oag_{api}_project" for folder in order["generated"]]
    package = import_module(f"oag_{api}")
    configuration = package.Configuration(host=order["base_url"])
    configuration.access_token = order["token"]
    configuration.username, configuration.password = order["private_key"], ""
    limit = {"_request_timeout": order["timeout"]}
    with package.ApiClient(configuration) as client:
        if api == "unzer":
            body = package.CancellationRequest(amount=order["amount"], payment_reference="rival-1")
            reply = package.PaymentsApi(client).cancel_payment(
                ids["payment_id"], cancellation_request=body, **limit
            )
        elif api == "bento":
            body = package.CancelRequest(refund_amount=order["amount"])
            reply = package.TransactionsApi(client).cancel_transaction(
                ids["order_id"], ids["transaction_id"], cancel_request=body, **limit
            )
        else:
            package.TransactionsApi(client).cancel_transaction(
                ids["gas_station_id"], ids["transaction_id"], **limit
            )
            return
    if reply is None:
        raise telling.UnexpectedAnswerError("None")


telling.run(cancel)

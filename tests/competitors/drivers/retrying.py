"""Cancels with httpx and a retry library, each as its README shows.

Whoever writes this by hand is taken to be careful: ids are quoted, VTEX's `requestId` is the same
in every attempt, the status and the body of the answer are looked at.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx
import telling

Fetch = Callable[[httpx.Client, telling.Order], httpx.Response]


def request(client: httpx.Client, order: telling.Order) -> httpx.Response:
    """Send the cancel once, and raise for any status that is no success."""
    method, path, facts = operation(order)
    return client.request(method, f"{order['base_url']}{path}", **facts).raise_for_status()


def operation(order: telling.Order) -> tuple[str, str, dict[str, Any]]:
    """Method, path, and what else httpx takes."""
    api, amount = order["api"], order["amount"]
    ids = {name: quote(value, safe="") for name, value in order["ids"].items()}
    bearer = {"headers": {"Authorization": f"Bearer {order['token']}"}}
    if api == "unzer":
        body = {"amount": amount, "paymentReference": order["reference"]}
        facts = {"json": body, "auth": (order["private_key"], "")}
        return "POST", f"/payments/{ids['payment_id']}/authorize/cancels", facts
    if api == "vtex":
        body = {
            "paymentId": order["ids"]["payment_id"],
            "requestId": order["reference"],
            "authorizationId": order["ids"]["authorization_id"],
        }
        facts = {"json": body, "headers": order["app_headers"]}
        return "POST", f"/payments/{ids['payment_id']}/cancellations", facts
    if api == "bento":
        path = f"/orders/{ids['order_id']}/transactions/{ids['transaction_id']}/_cancel"
        return "PUT", path, {"json": {"refundAmount": amount}, **bearer}
    if api == "pace_pay":
        return "POST", f"/transactions/{ids['transaction_id']}/cancel", bearer
    path = f"/gas-stations/{ids['gas_station_id']}/transactions/{ids['transaction_id']}"
    return "DELETE", path, bearer


def transport() -> dict[str, Any]:
    """`RetryTransport()`, the first example of httpx-retries."""
    if sys.argv[1] != "httpx-retries":
        return {}
    from httpx_retries import RetryTransport  # noqa: PLC0415

    return {"transport": RetryTransport()}


def with_stamina(client: httpx.Client, order: telling.Order) -> httpx.Response:
    """`on=httpx.HTTPError, attempts=3`, the first example."""
    import stamina  # noqa: PLC0415

    @stamina.retry(on=httpx.HTTPError, attempts=3)
    def do_it() -> httpx.Response:
        return request(client, order)

    return do_it()


def with_tenacity(client: httpx.Client, order: telling.Order) -> httpx.Response:
    """Ten seconds or five attempts, an example that bounds both."""
    from tenacity import retry, stop_after_attempt, stop_after_delay  # noqa: PLC0415

    @retry(stop=(stop_after_delay(10) | stop_after_attempt(5)))
    def do_it() -> httpx.Response:
        return request(client, order)

    return do_it()


FETCHERS: dict[str, Fetch] = {
    "httpx-retries": request,
    "stamina": with_stamina,
    "tenacity": with_tenacity,
}


@contextmanager
def opened(order: telling.Order) -> Iterator[telling.Send]:
    """One client for all cancels."""
    with httpx.Client(timeout=order["timeout"], **transport()) as client:
        yield partial(cancel, client)


def cancel(client: httpx.Client, order: telling.Order) -> None:
    """Send with the library, and interpret the answer."""
    reply = FETCHERS[sys.argv[1]](client, order)
    if reply.status_code not in telling.SUCCESS[order["api"]]:
        raise telling.UnexpectedAnswerError(reply.text, status=reply.status_code)
    if order["api"] not in telling.BARE:
        read(order["api"], reply)


def read(api: str, reply: httpx.Response) -> None:
    """Raise where the body is not the success that the specification has."""
    try:
        document = reply.json()
    except ValueError:
        document = {}
    if api == "vtex" and "cancellationId" in document:
        telling.granted(document["cancellationId"])
    elif document.get("isSuccess") is not True and "data" not in document:
        raise telling.UnexpectedAnswerError(reply.text, status=reply.status_code)


telling.run(opened)

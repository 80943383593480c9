"""One cancel with httpx and a retry library, each as its README shows.

Whoever writes this by hand is taken to be careful: ids are quoted, the status and the body of the
answer are looked at.
"""

import sys
from collections.abc import Callable
from urllib.parse import quote

import httpx
import telling

Send = Callable[[telling.Order], httpx.Response]


def request(client: httpx.Client, order: telling.Order) -> httpx.Response:
    """Send the cancel once, and raise for any status that is no success."""
    api, base = order["api"], order["base_url"]
    ids = {name: quote(value, safe="") for name, value in order["ids"].items()}
    bearer = {"Authorization": f"Bearer {order['token']}"}
    if api == "unzer":
        reply = client.post(
            f"{base}/payments/{ids['payment_id']}/authorize/cancels",
            json={"amount": order["amount"], "paymentReference": "rival-1"},
            auth=(order["private_key"], ""),
        )
    elif api == "bento":
        path = f"/orders/{ids['order_id']}/transactions/{ids['transaction_id']}/_cancel"
        reply = client.put(base + path, json={"refundAmount": order["amount"]}, headers=bearer)
    else:
        path = f"/gas-stations/{ids['gas_station_id']}/transactions/{ids['transaction_id']}"
        reply = client.delete(base + path, headers=bearer)
    return reply.raise_for_status()


def with_httpx_retries(order: telling.Order) -> httpx.Response:
    """`RetryTransport()`, the first example."""
    from httpx_retries import RetryTransport  # noqa: PLC0415

    with httpx.Client(transport=RetryTransport(), timeout=order["timeout"]) as client:
        return request(client, order)


def with_stamina(order: telling.Order) -> httpx.Response:
    """`on=httpx.HTTPError, attempts=3`, the first example."""
    import stamina  # noqa: PLC0415

    @stamina.retry(on=httpx.HTTPError, attempts=3)
    def do_it() -> httpx.Response:
        with httpx.Client(timeout=order["timeout"]) as client:
            return request(client, order)

    return do_it()


def with_tenacity(order: telling.Order) -> httpx.Response:
    """Ten seconds or five attempts, an example that bounds both."""
    from tenacity import retry, stop_after_attempt, stop_after_delay  # noqa: PLC0415

    @retry(stop=(stop_after_delay(10) | stop_after_attempt(5)))
    def do_it() -> httpx.Response:
        with httpx.Client(timeout=order["timeout"]) as client:
            return request(client, order)

    return do_it()


SENDERS: dict[str, Send] = {
    "httpx-retries": with_httpx_retries,
    "stamina": with_stamina,
    "tenacity": with_tenacity,
}


def cancel(order: telling.Order) -> None:
    """Send as the library is told to, and look at what came back."""
    reply = SENDERS[sys.argv[1]](order)
    if not documented(order["api"], reply):
        raise telling.UnexpectedAnswerError(reply.text, status=reply.status_code)


def documented(api: str, reply: httpx.Response) -> bool:
    """Whether the answer is a success as the specification has it."""
    if reply.status_code not in telling.SUCCESS[api]:
        return False
    try:
        document = reply.json() if reply.content else {}
    except ValueError:
        return False
    return api == "pace_fueling" or document.get("isSuccess") is True or "data" in document


telling.run(cancel)

"""The standard library's http.client, on one connection or on a new one for each request."""

import json
import ssl
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

from measuring import AMOUNT, TOKEN, Cancel, Setup, check, main, path


def opened(setup: Setup, *, kept: bool) -> Iterator[Cancel]:
    """A connection, closed after each answer unless it is kept."""
    parts = urlsplit(setup["url"])
    host, port = parts.hostname or "", parts.port
    if setup["ca"]:
        context = ssl.create_default_context(cafile=setup["ca"])
        connection: HTTPConnection = HTTPSConnection(host, port, timeout=60, context=context)
    else:
        connection = HTTPConnection(host, port, timeout=60)
    fields = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    if not kept:
        fields["Connection"] = "close"

    def cancel(number: int) -> None:
        connection.request("PUT", path(number), json.dumps({"refundAmount": AMOUNT}), fields)
        answer = connection.getresponse()
        check(answer.status, json.loads(answer.read()))
        if not kept:
            connection.close()

    yield cancel
    connection.close()


if __name__ == "__main__":
    main({"kept": partial(opened, kept=True), "fresh": partial(opened, kept=False)})

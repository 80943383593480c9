"""Bare httpx, or httpx2, which has the same face: PUT, parse, look at the state."""

import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from importlib import import_module
from typing import Any

from measuring import AMOUNT, TOKEN, AsyncCancel, Cancel, Setup, check, main, path

library = import_module("httpx2" if sys.argv[1].endswith("httpx2") else "httpx")
TIMEOUT = 60.0


def _options(setup: Setup, *, kept: bool) -> dict[str, Any]:
    # The defaults of a client, which are not those of `Limits`.
    kept_ones = 20 if kept else 0
    limits = library.Limits(max_connections=100, max_keepalive_connections=kept_ones)
    verify = ssl.create_default_context(cafile=setup["ca"]) if setup["ca"] else True
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return {"headers": headers, "limits": limits, "verify": verify, "timeout": TIMEOUT}


def blocking(setup: Setup, *, kept: bool) -> Iterator[Cancel]:
    """One `Client`."""
    with library.Client(**_options(setup, kept=kept)) as client:

        def cancel(number: int) -> None:
            answer = client.put(setup["url"] + path(number), json={"refundAmount": AMOUNT})
            check(answer.status_code, answer.json())

        yield cancel


async def asynchronous(setup: Setup, *, kept: bool) -> AsyncIterator[AsyncCancel]:
    """One `AsyncClient`."""
    async with library.AsyncClient(**_options(setup, kept=kept)) as client:

        async def cancel(number: int) -> None:
            answer = await client.put(setup["url"] + path(number), json={"refundAmount": AMOUNT})
            check(answer.status_code, answer.json())

        yield cancel


if __name__ == "__main__":
    main(
        {
            "kept": partial(blocking, kept=True),
            "fresh": partial(blocking, kept=False),
            "httpx2": partial(blocking, kept=True),
        },
        {
            "async": partial(asynchronous, kept=True),
            "async-httpx2": partial(asynchronous, kept=True),
        },
    )

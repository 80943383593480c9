"""A recording transport for both clients, and calls through either client as values."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
from attrs import define, field

from countermand import AsyncClient, Client, CountermandError, Policy, unzer, vtex

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.ledger import Ledger
    from tests.support.flavours import Flavour

POLICY = Policy(attempts=2, attempt_timeout=2.0, deadline=5.0, budget=None)
UNZER = unzer.Account("s-priv-number-one-of-ours", "http://unzer.invalid/v1")
VTEX = vtex.Account("http://vtex.invalid", "app-key-of-ours", "app-token-of-ours")
DONE = {"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False}


@define
class Recorder(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that answers from a function and keeps the requests."""

    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200, json=DONE)
    sent: list[httpx.Request] = field(factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.sent.append(request)
        return self.answer(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, after a turn of the loop."""
        await asyncio.sleep(0)
        return self.handle_request(request)

    @property
    def cancels(self) -> int:
        """How many requests were more than reads."""
        return sum(request.method != "GET" for request in self.sent)


def call(
    flavour: Flavour, ledger: Ledger | None, name: str, *arguments: Any, **options: Any
) -> Any:
    """One method of a client of its own; an error of ours is returned, not raised.

    Options of the client are taken out by name; the others are the method's.
    """
    settings = {
        "policy": options.pop("policy", POLICY),
        "transport": options.pop("transport", None) or Recorder(),
        "random": lambda: 0.0,
        "ledger": ledger,
    }
    accounts = options.pop("accounts", (UNZER, VTEX))
    if flavour == "async":
        return asyncio.run(_call(accounts, settings, name, arguments, options))
    with Client(*accounts, **settings) as client:
        try:
            found = getattr(client, name)(*arguments, **options)
            return tuple(found) if name == "unresolved" else found
        except CountermandError as error:
            return error


async def _call(
    accounts: Any, settings: dict[str, Any], name: str, arguments: Any, options: dict[str, Any]
) -> Any:
    async with AsyncClient(*accounts, **settings) as client:
        try:
            if name == "unresolved":
                return tuple([found async for found in client.unresolved()])
            return await getattr(client, name)(*arguments, **options)
        except CountermandError as error:
            return error

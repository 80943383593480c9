"""The ways in which a client sends: its own exchange, a proxy, or a transport of the caller's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, get_args

import httpx

from tests.support.flavours import PLAIN_TLS, Flavour
from tests.support.socks import socks_proxy

Way = Literal["own", "proxy", "httpx"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)
VARIABLE: Final = "COUNTERMAND_TESTS_WAY"
"""How clients send in the processes of a run: `httpx`, or the URL of the proxy."""


def httpx_transport(flavour: Flavour) -> Any:
    """A transport as httpx makes it, with kept connections."""
    kind = httpx.AsyncHTTPTransport if flavour == "async" else httpx.HTTPTransport
    return kind(verify=PLAIN_TLS, trust_env=False)


@contextmanager
def requests_go(way: Way) -> Iterator[None]:
    """Let clients with `options_here` send this way, here and in processes that are started."""
    if way == "own":
        yield
        return
    with socks_proxy() as proxy:
        os.environ[VARIABLE] = proxy.url if way == "proxy" else way
        try:
            yield
        finally:
            del os.environ[VARIABLE]
        if way == "proxy" and not proxy.connections:
            raise RuntimeError("no request went through the proxy")


def options_here(flavour: Flavour) -> dict[str, Any]:
    """Options of a client that sends the way that was chosen for this process."""
    match os.environ.get(VARIABLE):
        case None:
            return {}
        case "httpx":
            return {"transport": httpx_transport(flavour)}
        case proxy:
            return {"proxy": proxy}

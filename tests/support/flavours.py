"""One call through the blocking or the asynchronous client, for tests of both."""

import asyncio
import ssl
from typing import Any, Literal

from attrs import frozen

from countermand import AsyncClient, Client, CountermandError, Policy, RawResponse, Receipt, Sent
from countermand._core.exchange import PreparedRequest, TransportFailure
from countermand._http.async_base import AsyncTransport
from countermand._http.transport import TransportOptions, wrap_async, wrap_blocking
from tests.support.rawserver import TEST_TIMEOUT

Flavour = Literal["sync", "async"]
FLAVOURS: tuple[Flavour, ...] = ("sync", "async")

# Reading the machine's authorities anew for each of hundreds of clients would take long.
PLAIN_TLS = ssl.create_default_context()

ONCE = Policy(attempts=1, attempt_timeout=5.0, deadline=5.0, budget=None)


@frozen
class Exchanged:
    """How far one exchange got."""

    sent: Sent
    status: int | None
    problem: str | None
    body: bytes = b""


def exchange(
    flavour: Flavour,
    url: str,
    *,
    limit: float = 5.0,
    content: bytes | None = None,
    method: str = "POST",
    transport: Any = None,
    **options: Any,
) -> Exchanged:
    """Send one request over a new transport, or over a caller's, and close it."""
    connections = TransportOptions(**{"verify": PLAIN_TLS, "trust_env": False, **options})
    request = PreparedRequest(method=method, url=url, headers=(), content=content)
    if flavour == "async":
        opened = wrap_async(transport) if transport else connections.open_async(url)
        return _outcome(asyncio.run(_awaited(opened, request, limit)))
    transport = wrap_blocking(transport) if transport else connections.open_blocking(url)
    try:
        return _outcome(transport.send(request, limit, transport.progress()))
    finally:
        transport.close()


async def _awaited(
    transport: AsyncTransport, request: PreparedRequest, limit: float
) -> RawResponse | TransportFailure:
    try:
        return await transport.send(request, limit, transport.progress())
    finally:
        await transport.aclose()


def _outcome(result: RawResponse | TransportFailure) -> Exchanged:
    if isinstance(result, TransportFailure):
        return Exchanged(result.sent, None, result.problem)
    return Exchanged(Sent.RESPONDED, result.status, result.problem, result.body)


def cancel(
    flavour: Flavour, account: Any, cancellation: Any, *, key: str = "order-42", **options: Any
) -> Receipt | CountermandError:
    """Cancel through a client of its own; an error of ours is returned, not raised."""
    return run(flavour, account, "cancel", cancellation, key=key, **options)


def run(
    flavour: Flavour,
    account: Any,
    name: str,
    argument: Any,
    *,
    key: str | None = None,
    **options: Any,
) -> Any:
    """Call one method of a client of its own; an error of ours is returned, not raised."""
    settings = {"policy": ONCE, "verify": PLAIN_TLS, "trust_env": False, **options}
    keyed = {} if key is None else {"key": key}
    if flavour == "async":
        return asyncio.run(_run(account, name, argument, keyed, settings))
    with Client(account, **settings) as client:
        try:
            return getattr(client, name)(argument, **keyed)
        except CountermandError as error:
            return error


async def _run(
    account: Any, name: str, argument: Any, keyed: dict[str, str], settings: dict[str, Any]
) -> Any:
    async with AsyncClient(account, **settings) as client:
        try:
            # A call that hangs must fail, not stop the tests.
            async with asyncio.timeout(TEST_TIMEOUT / 2):
                return await getattr(client, name)(argument, **keyed)
        except CountermandError as error:
            return error

"""Exchanges through a proxy: httpx parses its URL, httpcore implements the protocol.

Each request has a pool of its own, with one connection; none is shared or kept.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import AsyncExitStack, aclosing, closing, suppress
from importlib.util import find_spec
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, cast

import httpcore
import httpx

from countermand._http.addresses import Resolver
from countermand._http.answer import AnswerReader
from countermand._http.async_base import AsyncTransport
from countermand._http.base import CLIENT_CLOSED, TIME_IS_UP, Transport, Waiting, wait_for_lookup
from countermand._http.exchange import PIECE
from countermand._http.failures import WIRE_ERRORS, WireError, describe, pass_wrapped_time_limit_on
from countermand._http.racing import race
from countermand._http.request_bytes import header_fields, split_url
from countermand._http.trace import TraceProgress
from countermand._secrets import SecretBytes
from countermand.attempts import Sent

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future

    from countermand._core.exchange import PreparedRequest, SendProgress, TransportFailure
    from countermand._http.addresses import Address
    from countermand._http.clocks import Deadline
    from countermand.attempts import RawResponse

MAX_PORT: Final = 65535
INVALID_PROXY: Final = "proxy is no valid URL; write one such as http://proxy.example:8080"
SOCKS: Final = {"socks5", "socks5h"}


PROXY_ERRORS: Final = (
    *WIRE_ERRORS,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
)


def parse_proxy(proxy: str | httpx.Proxy) -> httpx.Proxy:
    """The proxy, parsed. Its URL may hold a password, so no message and no cause shows it.

    Raises:
        ValueError: the URL is invalid.
        ModuleNotFoundError: httpx's extra for SOCKS is not installed.
    """
    parsed = _parse(proxy) if isinstance(proxy, str) else proxy
    if parsed.url.scheme in SOCKS and find_spec("socksio") is None:
        raise ModuleNotFoundError(
            "a SOCKS proxy needs socksio, which an extra of httpx brings: "
            "pip install 'httpx[socks]'",
            name="socksio",
        )
    return parsed


def _parse(proxy: str) -> httpx.Proxy:
    with suppress(ValueError, httpx.InvalidURL):
        parsed = httpx.Proxy(proxy)
        host, port = parsed.url.host, parsed.url.port or 0
        # What else is wrong, httpx would find out at the first request.
        if host and "%" not in host and port <= MAX_PORT:
            return parsed
    raise ValueError(INVALID_PROXY)


def is_proxy_error(error: Exception) -> bool:
    """Whether an error is one of the wire. httpcore lets through what socksio raises."""
    return isinstance(error, PROXY_ERRORS) or type(error).__module__.startswith("socksio.")


class ProxyTransport(Transport):
    """Blocking exchanges through a proxy."""

    def __init__(self, proxy: str | httpx.Proxy, context: ssl.SSLContext) -> None:
        super().__init__()
        self._proxy = parse_proxy(proxy)
        self._context = context
        self._resolver = Resolver()

    def progress(self) -> SendProgress:
        """The progress of a request that has not been started; httpcore's events update it."""
        return TraceProgress(sent=Sent.NOT_SENT, is_only_way=True)

    def _exchange(
        self, request: PreparedRequest, deadline: Deadline, progress: SendProgress
    ) -> RawResponse | TransportFailure:
        assert isinstance(progress, TraceProgress)
        progress.deadline = deadline
        backend = DeadlineBackend(self._resolver, deadline)
        handled = sys.exc_info()[1]
        try:
            asked = _asked(request, deadline, progress.on_trace)
            options = _pool_options(self._proxy, self._context, backend)
            kind = httpcore.SOCKSProxy if _is_socks(self._proxy) else httpcore.HTTPProxy
            with (
                closing(backend),
                Waiting(self, backend.wake),
                kind(**options) as pool,
                pool.stream(**asked) as got,
            ):
                reader = AnswerReader(progress)
                reader.start(got.status, got.headers)
                for chunk in got.iter_stream():
                    reader.feed(chunk)
            return _finish(reader, request, got.headers)
        except Exception as error:
            if not is_proxy_error(error):
                raise
            pass_wrapped_time_limit_on(error, handled)
            progress.on_error(error)
            return progress.result(CLIENT_CLOSED if self._closed else describe(error))


class AsyncProxyTransport(AsyncTransport):
    """Asynchronous exchanges through a proxy."""

    def __init__(self, proxy: str | httpx.Proxy, context: ssl.SSLContext) -> None:
        super().__init__()
        self._proxy = parse_proxy(proxy)
        self._context = context
        self._resolver = Resolver()

    def progress(self) -> SendProgress:
        """The progress of a request that has not been started; httpcore's events update it."""
        return TraceProgress(sent=Sent.NOT_SENT, is_only_way=True)

    async def _exchange(
        self, request: PreparedRequest, deadline: Deadline, progress: SendProgress
    ) -> RawResponse | TransportFailure:
        assert isinstance(progress, TraceProgress)
        traced = progress
        traced.deadline = deadline

        async def observe(name: str, info: dict[str, Any]) -> None:
            traced.on_trace(name, info)

        scope = asyncio.timeout(deadline.remaining)
        handled = sys.exc_info()[1]
        try:
            asked = _asked(request, deadline, observe)
            async with self._bounded_by(scope):
                return await self._ask(request, deadline, asked, progress)
        except Exception as error:
            if not is_proxy_error(error):
                raise
            pass_wrapped_time_limit_on(error, handled)
            traced.on_error(error)
            problem = TIME_IS_UP if scope.expired() else describe(error)
            return progress.result(CLIENT_CLOSED if self._closed else problem)

    async def _ask(
        self,
        request: PreparedRequest,
        deadline: Deadline,
        asked: dict[str, Any],
        progress: SendProgress,
    ) -> RawResponse:
        backend = AsyncResolvingBackend(self._resolver, deadline)
        options = _pool_options(self._proxy, self._context, backend)
        kind = httpcore.AsyncSOCKSProxy if _is_socks(self._proxy) else httpcore.AsyncHTTPProxy
        async with aclosing(backend), kind(**options) as pool, pool.stream(**asked) as got:
            reader = AnswerReader(progress)
            reader.start(got.status, got.headers)
            async for chunk in got.aiter_stream():
                reader.feed(chunk)
                # One byte may be a chunk, and a flood of them must not stop the loop.
                await asyncio.sleep(0)
        return _finish(reader, request, got.headers)


def _is_socks(proxy: httpx.Proxy) -> bool:
    return proxy.url.scheme in SOCKS


def _pool_options(proxy: httpx.Proxy, context: ssl.SSLContext, backend: object) -> dict[str, Any]:
    """The arguments of httpcore's pool, as httpx makes them, for one connection."""
    url = proxy.url
    options: dict[str, Any] = {
        "proxy_url": httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        ),
        "proxy_auth": proxy.raw_auth and tuple(map(SecretBytes, proxy.raw_auth)),
        "ssl_context": context,
        "max_connections": 1,
        "max_keepalive_connections": 0,
        "network_backend": backend,
    }
    if not _is_socks(proxy):
        options |= {"proxy_headers": proxy.headers.raw, "proxy_ssl_context": proxy.ssl_context}
    return options


def _asked(
    request: PreparedRequest, deadline: Deadline, observe: Callable[..., object]
) -> dict[str, Any]:
    """The arguments of httpcore for a request."""
    origin, target = split_url(request.url)
    try:
        headers = [
            (n.encode("ascii"), v.encode("ascii")) for n, v in header_fields(request, origin)
        ]
    except UnicodeEncodeError:
        raise WireError("a header has a character that HTTP forbids") from None
    timeouts = ("connect", "read", "write", "pool")
    return {
        "method": request.method,
        "url": httpcore.URL(
            scheme=origin.scheme, host=origin.host, port=origin.written_port, target=target
        ),
        "headers": headers,
        "content": request.content,
        "extensions": {
            "timeout": dict.fromkeys(timeouts, max(deadline.remaining, 0.001)),
            "trace": observe,
        },
    }


def _finish(
    reader: AnswerReader, request: PreparedRequest, headers: Iterable[tuple[bytes, bytes]]
) -> RawResponse:
    """Take the end of the message; inside TLS, httpcore does not say how the stream ended."""
    framed = {name.lower() for name, _ in headers} & {b"content-length", b"transfer-encoding"}
    return reader.finish(must_be_json=not framed and request.url.lower().startswith("https:"))


class DeadlineBackend(httpcore.SyncBackend):
    """Opens streams whose every operation ends at the deadline of the exchange.

    httpcore bounds each single read, so a head or body that drips outlasts every timeout.
    """

    def __init__(self, resolver: Resolver, deadline: Deadline) -> None:
        super().__init__()
        self._resolver = resolver
        self._deadline = deadline
        self._socket: socket.socket | None = None
        self._stream: httpcore.NetworkStream | None = None
        self._found: SimpleQueue[Future[tuple[Address, ...]] | None] = SimpleQueue()
        self._is_closed = False

    def wake(self) -> None:
        """End the wait of another thread; after a `connect` under way, nothing is sent."""
        self._is_closed = True
        self._found.put(None)
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket and its copy: httpcore leaves it open if a SOCKS proxy refuses."""
        if self._socket is not None:
            self._socket.close()
        if self._stream is not None:
            self._stream.close()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers; each gets a share of the time."""
        handled = sys.exc_info()[1]
        lookup = self._resolver.look_up(host, port)
        found = wait_for_lookup(lookup, self._found, host, self._deadline)
        problem: Exception = WireError(f"{host} has no address")
        for left, address in zip(range(len(found), 0, -1), found, strict=True):
            self._refuse_if_closed()
            share = bounded(timeout, self._deadline) / left
            try:
                stream = super().connect_tcp(
                    address.sockaddr[0], port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                pass_wrapped_time_limit_on(failed, handled)
                problem = failed
            else:
                return self._taken(stream)
        raise problem

    def _taken(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        self._stream = stream
        # A copy, since TLS takes the original over.
        self._socket = stream.get_extra_info("socket").dup()
        # From here on `wake` has a socket to end; earlier it had none.
        self._refuse_if_closed()
        return DeadlineStream(stream, self._deadline)

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise WireError(CLIENT_CLOSED)


class DeadlineStream(httpcore.NetworkStream):
    """A stream whose operations end at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read before the deadline; few bytes, as httpcore reads all 1xx heads of them at once."""
        return self._stream.read(min(max_bytes, PIECE), bounded(timeout, self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write before the deadline."""
        self._stream.write(buffer, bounded(timeout, self._deadline))

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Perform the TLS handshake before the deadline."""
        stream = self._stream.start_tls(
            ssl_context, server_hostname, bounded(timeout, self._deadline)
        )
        return DeadlineStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Facts about the socket."""
        return self._stream.get_extra_info(info)


class AsyncResolvingBackend(httpcore.AsyncNetworkBackend):
    """Looks names up in our own threads: `asyncio.run` waits for the executor's before it ends."""

    def __init__(self, resolver: Resolver, deadline: Deadline) -> None:
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self._resolver = resolver
        self._deadline = deadline
        self._streams: list[httpcore.AsyncNetworkStream] = []

    async def aclose(self) -> None:
        """Close every connection: httpcore leaves one open if a SOCKS proxy refuses."""
        async with AsyncExitStack() as stack:
            for stream in self._streams:
                stack.push_async_callback(stream.aclose)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to whichever address answers first."""
        handled = sys.exc_info()[1]

        async def dial(address: Address) -> httpcore.AsyncNetworkStream:
            seconds = bounded(timeout, self._deadline)
            try:
                return self._kept(
                    await self._network.connect_tcp(
                        address.sockaddr[0], port, seconds, local_address, socket_options
                    )
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                pass_wrapped_time_limit_on(failed, handled)
                raise

        found = await asyncio.wrap_future(self._resolver.look_up(host, port))
        # `aclose` closes those that came too late, too.
        return await race(found, dial, lambda _: None, PROXY_ERRORS)

    def _kept(self, stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
        self._streams.append(stream)
        return stream


def bounded(timeout: float | None, deadline: Deadline) -> float:
    """Seconds for one operation: httpcore's timeout, but no more than until the deadline.

    Raises:
        WireError: the deadline has passed.
    """
    seconds = deadline.remaining
    if seconds <= 0:
        raise WireError(TIME_IS_UP)
    return seconds if timeout is None else min(timeout, seconds)

"""One exchange over httpx: send a request and read the whole reply, blocking or asynchronous.

It uses an httpx transport, not httpx.Client: a request about money must follow no redirect, keep no
cookie and be resent only by the policy. It reads the body itself, because a transport returns when
the head has arrived and does not report a body that is cut off.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.request import getproxies, proxy_bypass

import httpx
from attrs import define, field

from countermand._core.exchange import MAX_BODY, PreparedRequest, SendProgress, TransportFailure
from countermand._http.sockets import ClosingBackend, DeadlineBackend, deadline_scope
from countermand._values import kind_of
from countermand.attempts import RawResponse, Sent

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable

    from attrs import Attribute

    Verify = ssl.SSLContext | str | bool
    Cert = str | tuple[str, str] | tuple[str, str, str]

MAX_PORT: Final = 65535
INVALID_PROXY: Final = "proxy is no valid URL; write one such as http://proxy.example:8080"
CLOSED: Final = TransportFailure(sent=Sent.NOT_SENT, problem="the client is closed")
GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_TRACING = (httpx.HTTPTransport, httpx.AsyncHTTPTransport)


def _one_of(form: str, *kinds: type) -> Callable[[object, Attribute[Any], object], None]:
    """A validator that accepts these types alone, and names the right form."""

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, kinds):
            raise TypeError(f"{attribute.name} must be {form}, not {kind_of(value)}")

    return validate


@define(kw_only=True)
class TransportOptions:
    """Connection options, named as in `httpx.Client`."""

    proxy: str | httpx.Proxy | None = field(
        default=None,
        repr=False,
        validator=_one_of("a URL such as http://proxy.example:8080", str, httpx.Proxy, type(None)),
    )
    verify: Verify = field(
        default=True,
        validator=_one_of(
            "True, False, a path as str, or an ssl.SSLContext", bool, str, ssl.SSLContext
        ),
    )
    cert: Cert | None = field(
        default=None,
        repr=False,
        validator=_one_of("a path as str, or a tuple of them", str, tuple, type(None)),
    )
    trust_env: bool = field(default=True, validator=_one_of("True or False", bool))
    limits: httpx.Limits | None = field(
        default=None,
        validator=_one_of(
            "httpx.Limits such as Limits(max_connections=10)", httpx.Limits, type(None)
        ),
    )
    _context: ssl.SSLContext = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        try:
            self._context = httpx.create_ssl_context(
                verify=self.verify, cert=self.cert, trust_env=self.trust_env
            )
        except OSError as unreadable:
            # OpenSSL's error names no file.
            file = f" {self.verify!r}" if isinstance(self.verify, str) else ""
            text = f"the certificates of verify{file} or cert cannot be loaded: {unreadable}"
            raise type(unreadable)(unreadable.errno, text) from None

    def transport_arguments(self, base_url: str, *, trust_env: bool = True) -> dict[str, Any]:
        """Return the arguments of the httpx transport for one provider.

        Args:
            base_url: The URL of the provider.
            trust_env: Whether the account permits the environment's proxies.

        Raises:
            ValueError: the proxy's URL is invalid; the message does not contain it.
        """
        proxy = self._proxy(base_url, trust_env=trust_env and self.trust_env)
        options: dict[str, Any] = {"verify": self._context, "proxy": _valid_proxy(proxy)}
        if self.limits is not None:
            options["limits"] = self.limits
        return options

    def _proxy(self, base_url: str, *, trust_env: bool) -> str | httpx.Proxy | None:
        if self.proxy is not None or not trust_env:
            return self.proxy
        url = httpx.URL(base_url)
        proxies = getproxies()
        proxy = proxies.get(url.scheme) or proxies.get("all")
        # The environment writes an IPv6 address without its brackets and without a port.
        if not proxy or proxy_bypass(url.netloc.decode("ascii")) or proxy_bypass(url.host):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"


def _valid_proxy(proxy: str | httpx.Proxy | None) -> httpx.Proxy | None:
    """The proxy, parsed. Its URL may hold a password, so no message and no cause shows it."""
    if proxy is None or isinstance(proxy, httpx.Proxy):
        return proxy
    with suppress(ValueError, httpx.InvalidURL):
        parsed = httpx.Proxy(proxy)
        host, port = parsed.url.host, parsed.url.port or 0
        # What else is wrong, httpx would find out at the first request.
        if host and "%" not in host and port <= MAX_PORT:
            return parsed
    raise ValueError(INVALID_PROXY)


def _validate_transport(transport: object, method: str, form: str) -> None:
    if isinstance(transport, type) or not hasattr(transport, method):
        raise TypeError(f"transport must be {form}, not {kind_of(transport)}")


class Transport:
    """Blocking exchanges with one provider.

    Raises:
        TypeError: `transport` is no blocking transport.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        _validate_transport(transport, "handle_request", "an httpx.BaseTransport")
        self._transport = transport
        self._closed = False

    @classmethod
    def open(cls, options: TransportOptions, base_url: str, *, trust_env: bool = True) -> Transport:
        """Open an httpx transport whose socket operations end at the deadline."""
        arguments = options.transport_arguments(base_url, trust_env=trust_env)
        transport = httpx.HTTPTransport(**arguments)
        _install_backend(transport, DeadlineBackend)
        return cls(transport)

    def progress(self) -> SendProgress:
        """Return the progress of a request that has not been started."""
        return _progress(self._transport)

    def send(
        self, request: PreparedRequest, timeout: float, progress: SendProgress
    ) -> RawResponse | TransportFailure:
        """Send, and read the whole reply, within `timeout` seconds."""
        if self._closed:
            return CLOSED
        deadline = monotonic() + timeout
        received = _ResponseReader()
        try:
            with deadline_scope(timeout):
                response = self._transport.handle_request(
                    _request(request, timeout, progress.on_trace)
                )
                received.start(response, progress)
                try:
                    for chunk in cast("Iterable[bytes]", response.stream):
                        received.feed(chunk)
                        if monotonic() > deadline:
                            raise TimeoutError("deadline reached")
                finally:
                    response.close()
        except Exception as error:  # noqa: BLE001 - a transport of the caller's may raise anything
            return received.broken(_describe(error), progress)
        return received.complete()

    def close(self) -> None:
        """Close every connection, and refuse to send: a closed httpx pool would open new ones."""
        self._closed = True
        self._transport.close()


class AsyncTransport:
    """Asynchronous exchanges with one provider.

    Raises:
        TypeError: `transport` is no asynchronous transport.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        _validate_transport(transport, "handle_async_request", "an httpx.AsyncBaseTransport")
        self._transport = transport
        self._closed = False

    @classmethod
    def open(
        cls, options: TransportOptions, base_url: str, *, trust_env: bool = True
    ) -> AsyncTransport:
        """Open an httpx transport that leaves no socket open after a cancelled handshake."""
        arguments = options.transport_arguments(base_url, trust_env=trust_env)
        transport = httpx.AsyncHTTPTransport(**arguments)
        _install_backend(transport, ClosingBackend)
        return cls(transport)

    def progress(self) -> SendProgress:
        """Return the progress of a request that has not been started."""
        return _progress(self._transport)

    async def send(
        self,
        request: PreparedRequest,
        timeout: float,  # noqa: ASYNC109 - one deadline for the request and its reply
        progress: SendProgress,
    ) -> RawResponse | TransportFailure:
        """Send, and read the whole reply, within `timeout` seconds."""
        if self._closed:
            return CLOSED

        async def observe(name: str, info: dict[str, Any]) -> None:
            progress.on_trace(name, info)

        received = _ResponseReader()
        try:
            async with asyncio.timeout(timeout):
                response = await self._transport.handle_async_request(
                    _request(request, timeout, observe)
                )
                received.start(response, progress)
                stream = cast("AsyncIterable[bytes]", response.stream)
                try:
                    async with _closing(aiter(stream)) as chunks:
                        async for chunk in chunks:
                            received.feed(chunk)
                finally:
                    await response.aclose()
        except Exception as error:  # noqa: BLE001 - a transport of the caller's may raise anything
            return received.broken(_describe(error), progress)
        return received.complete()

    async def aclose(self) -> None:
        """Close every connection, and refuse to send."""
        self._closed = True
        await self._transport.aclose()


class _TooLongError(Exception):
    """The body exceeds `MAX_BODY`."""


class _CodingError(Exception):
    """The body has a content coding that was not requested and is not supported."""


@define
class _ResponseReader:
    """The part of a reply that has been received."""

    _status: int | None = None
    _headers: tuple[tuple[str, str], ...] = ()
    _body: bytearray = field(factory=bytearray)
    _decoder: Any = None

    def start(self, response: httpx.Response, progress: SendProgress) -> None:
        status = cast("object", response.status_code)
        if not isinstance(status, int):
            raise TypeError("the transport gave no status")
        self._status = status
        self._headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in response.headers.raw
        )
        progress.on_response_head((status,))
        self._decoder = _decoder(response.headers.get("content-encoding", ""))

    def feed(self, chunk: bytes) -> None:
        """Add a chunk, decompressed up to the maximum body length."""
        remaining = MAX_BODY + 1 - len(self._body)
        self._body += (
            chunk[:remaining] if self._decoder is None else self._decoder(chunk, remaining)
        )
        if len(self._body) > MAX_BODY:
            raise _TooLongError(f"the body is longer than {MAX_BODY} bytes")

    def complete(self) -> RawResponse:
        return self._reply(None)

    def broken(self, problem: str, progress: SendProgress) -> RawResponse | TransportFailure:
        return progress.result(problem) if self._status is None else self._reply(problem)

    def _reply(self, problem: str | None) -> RawResponse:
        assert self._status is not None
        return RawResponse(
            status=self._status, headers=self._headers, body=bytes(self._body), problem=problem
        )


def _decoder(coding: str) -> Callable[[bytes, int], bytes] | None:
    """A decompressor with an output limit, for servers that compress without being asked."""
    match coding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(GZIP_OR_ZLIB).decompress
        case _:
            raise _CodingError(f"content coding {coding[:40]!r} was not asked for")


@asynccontextmanager
async def _closing(chunks: AsyncIterator[bytes]) -> AsyncGenerator[AsyncIterator[bytes]]:
    """Close a generator of chunks at the end of the block, not when it is collected."""
    try:
        yield chunks
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


def _install_backend(transport: object, wrapper: Callable[[Any], object]) -> None:
    """Wrap the network backend of an httpx transport. httpx has no public way to do this."""
    pool = vars(cast("object", vars(transport)["_pool"]))
    pool["_network_backend"] = wrapper(pool["_network_backend"])


def _progress(transport: object) -> SendProgress:
    return SendProgress(Sent.NOT_SENT if type(transport) in _TRACING else Sent.MAYBE_SENT)


class _Observer(Protocol):
    def __call__(self, name: str, info: dict[str, Any]) -> Any: ...


def _request(request: PreparedRequest, timeout: float, observe: _Observer) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url,
        headers=list(request.headers),
        content=request.content,
        extensions={
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout),
            "trace": observe,
        },
    )


def _describe(error: Exception) -> str:
    name, message = type(error).__name__.lstrip("_"), str(error)
    return f"{name}: {message}" if message else name

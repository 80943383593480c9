"""Sockets that obey one time limit for a whole exchange, and are closed when it is given up.

httpx bounds each single read, so a head or body that drips a byte at a time outlasts every
timeout. Here every socket operation gets only what is left of the exchange's limit. The limit
travels in a context variable because a pooled connection serves many exchanges in turn.
"""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from math import inf
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Iterable

_deadline: ContextVar[float] = ContextVar("countermand_until", default=inf)


@contextmanager
def deadline_scope(seconds: float) -> Generator[None]:
    """Bound every socket operation of this thread inside the block to what is left of `seconds`."""
    token = _deadline.set(monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _remaining(timeout: float | None, error: type[Exception]) -> float:
    left = _deadline.get() - monotonic()
    if left <= 0:
        raise error("time limit reached")
    return left if timeout is None else min(left, timeout)


class DeadlineStream(httpcore.NetworkStream):
    """A network stream whose operations end at the time limit."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read, within what is left."""
        return self._stream.read(max_bytes, _remaining(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, within what is left."""
        self._stream.write(buffer, _remaining(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the socket, and wake up a thread that is reading from it."""
        with suppress(OSError):
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Shake hands, within what is left."""
        left = _remaining(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        """Facts about the socket."""
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens bounded streams; looks names up and tries their addresses within the time limit too."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers."""
        problem: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in _resolve(host, port, _remaining(timeout, httpcore.ConnectTimeout)):
            left = _remaining(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._backend.connect_tcp(
                    address, port, left, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                problem = failed
            else:
                return DeadlineStream(stream)
        raise problem


class ClosingStream(httpcore.AsyncNetworkStream):
    """An asynchronous stream that does not outlive a TLS handshake which its caller gives up.

    httpcore closes the socket when the handshake fails, but not when its task is cancelled.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read."""
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the socket."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Shake hands, or close."""
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise
        return ClosingStream(stream)

    def get_extra_info(self, info: str) -> Any:
        """Facts about the socket."""
        return self._stream.get_extra_info(info)


class ClosingBackend(httpcore.AsyncNetworkBackend):
    """Opens closing streams."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect."""
        return ClosingStream(
            await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        )


def _resolve(host: str, port: int, timeout: float | None) -> list[str]:
    """The host's addresses.

    The resolver cannot be interrupted, so it works on a thread that is left behind when the time
    is up; it ends when the resolver does.
    """
    found: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def resolve() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else OSError(str(error)))
        else:
            found.put(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))

    Thread(target=resolve, name="countermand-resolver", daemon=True).start()
    try:
        result = found.get(timeout=timeout)
    except Empty:
        raise httpcore.ConnectTimeout(f"looking up {host} took too long") from None
    if isinstance(result, OSError):
        raise httpcore.ConnectError(str(result)) from None
    return result

"""Sockets with one deadline for a whole exchange, closed when the exchange is cancelled.

httpx bounds each single read, so a head or body that drips a byte at a time outlasts every
timeout. Here every socket operation gets the time that remains until the deadline. The deadline is
a context variable, because a pooled connection serves many exchanges in turn.
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

_deadline: ContextVar[float] = ContextVar("countermand_deadline", default=inf)


@contextmanager
def deadline_scope(seconds: float) -> Generator[None]:
    """Apply a deadline, `seconds` from now, to this thread's socket operations in the block."""
    token = _deadline.set(monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _remaining(timeout: float | None, error: type[Exception]) -> float:
    remaining = _deadline.get() - monotonic()
    if remaining <= 0:
        raise error("deadline reached")
    return remaining if timeout is None else min(remaining, timeout)


class DeadlineStream(httpcore.NetworkStream):
    """A network stream whose operations end at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read before the deadline."""
        return self._stream.read(max_bytes, _remaining(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write before the deadline."""
        self._stream.write(buffer, _remaining(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the socket, and wake a thread that is reading from it."""
        with suppress(OSError):
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Perform the TLS handshake before the deadline."""
        remaining = _remaining(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, remaining))

    def get_extra_info(self, info: str) -> Any:
        """Facts about the socket."""
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens streams with a deadline, which also covers name lookup and connecting."""

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
            remaining = _remaining(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._backend.connect_tcp(
                    address, port, remaining, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                problem = failed
            else:
                return DeadlineStream(stream)
        raise problem


class ClosingStream(httpcore.AsyncNetworkStream):
    """An asynchronous stream that is closed when its TLS handshake is cancelled.

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
        """Perform the TLS handshake; close the socket if it fails or is cancelled."""
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
    """Opens streams that are closed when their TLS handshake is cancelled."""

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
    """Return the host's addresses.

    The resolver cannot be interrupted, so it runs in a thread. At the deadline the thread is
    abandoned; it ends when the resolver returns.
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

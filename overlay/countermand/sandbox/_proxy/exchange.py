"""A client's connection to the fault proxy, and one proxied request."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Final

import attrs

from countermand.sandbox._proxy.http import HttpMessage, read_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.sandbox._state.records import Headers
    from countermand.sandbox.faults import Fault

_RESET: Final = struct.pack("ii", 1, 0)
_CORK: Final[int] = getattr(socket, "TCP_CORK", socket.TCP_NODELAY)
"""Linux: delays partial segments. Elsewhere an option without effect here."""


@attrs.frozen(kw_only=True)
class ProxiedRequest:
    """One request that the proxy has received.

    `target` is the undecoded request target. `method` is empty if the connection was closed before
    the request was read. `forwarded` is whether the upstream has executed it, and `answer` is what
    the upstream said, as received.
    """

    sequence: int
    method: str
    target: str
    headers: Headers
    body: bytes
    fault: Fault
    forwarded: bool = False
    answer: bytes = b""


@attrs.define(eq=False)
class Connection:
    """A client's connection.

    `idle` means that no request is being served on it; `last`, that it closes after this one.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    task: asyncio.Task[None] | None
    idle: bool = True
    last: bool = False

    async def send(self, data: bytes) -> None:
        """Send bytes to the client."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, data: bytes) -> None:
        """Send a whole answer; close the connection in the same segment if it is the last one."""
        if self.last:
            # If the end came later, the client could send another request in between.
            self._socket.setsockopt(socket.IPPROTO_TCP, _CORK, 1)
        await self.send(data)
        if self.last:
            self.writer.write_eof()

    def reset(self) -> None:
        """End the connection by a TCP reset instead of an orderly close."""
        # With a linger time of zero, a close sends a reset.
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.writer.transport.abort()

    async def wait_closed(self) -> None:
        """Wait until the client has closed its side."""
        await self.reader.read()

    @property
    def _socket(self) -> socket.socket:
        sock: socket.socket = self.writer.get_extra_info("socket")
        return sock

    @property
    def closed_by_client(self) -> bool:
        """Whether the client has closed its side."""
        return self.reader.at_eof() or self.writer.is_closing()


@attrs.define(eq=False)
class ProxiedExchange:
    """One request with its upstream, and its place in the log."""

    request: HttpMessage
    upstream: tuple[str, int]
    log: list[ProxiedRequest]
    position: int
    hold_back: Callable[[ProxiedExchange, float | None], None]

    async def forward(self) -> HttpMessage:
        """Forward the request to the upstream; returns its answer.

        Raises `OSError` or `EOFError` if the upstream is not reachable.
        """
        reader, writer = await asyncio.open_connection(*self.upstream)
        try:
            writer.write(self.request.data)
            answer = await read_message(reader, answer=True)
        finally:
            writer.close()
        record = self.log[self.position]
        self.log[self.position] = attrs.evolve(record, forwarded=True, answer=answer.data)
        return answer

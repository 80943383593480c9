"""What the fault proxy holds in its hands: a client's connection, and one request on its way."""

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
"""Holds small writes back, on Linux; elsewhere an option that changes nothing here."""


@attrs.frozen(kw_only=True)
class ProxiedRequest:
    """One request as it reached the proxy.

    `target` is the request target as it stood on the wire. A connection that was closed unread has
    an empty `method`. `forwarded` tells whether the upstream has executed it by now.
    """

    sequence: int
    method: str
    target: str
    headers: Headers
    body: bytes
    fault: Fault
    forwarded: bool = False


@attrs.define(eq=False)
class Connection:
    """A client's connection.

    `idle` means that no request on it is being served, and `last` that none will be any more.
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
        """Send a whole answer, together with the end of the connection where it is the last."""
        if self.last:
            # Between the answer and a later end of the connection a client could ask again.
            self._socket.setsockopt(socket.IPPROTO_TCP, _CORK, 1)
        await self.send(data)
        if self.last:
            self.writer.write_eof()

    def reset(self) -> None:
        """End the connection with a TCP reset in the place of an orderly close."""
        # Lingering for zero seconds is what turns a close into a reset.
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the client has closed its side."""
        await self.reader.read()

    @property
    def _socket(self) -> socket.socket:
        sock: socket.socket = self.writer.get_extra_info("socket")
        return sock

    @property
    def left(self) -> bool:
        """Whether the client has closed its side."""
        return self.reader.at_eof() or self.writer.is_closing()


@attrs.define(eq=False)
class ProxiedExchange:
    """One request on its way: where it goes, and where it is written down."""

    request: HttpMessage
    upstream: tuple[str, int]
    log: list[ProxiedRequest]
    position: int
    hold: Callable[[ProxiedExchange, float | None], None]

    async def forward(self) -> HttpMessage:
        """Have the upstream execute the request; returns its answer.

        Raises `OSError` or `EOFError` where the upstream is not there.
        """
        reader, writer = await asyncio.open_connection(*self.upstream)
        try:
            writer.write(self.request.data)
            answer = await read_message(reader, answer=True)
        finally:
            writer.close()
        self.log[self.position] = attrs.evolve(self.log[self.position], forwarded=True)
        return answer

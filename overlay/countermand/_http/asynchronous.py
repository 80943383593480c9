"""The asyncio shell: one protocol for one exchange. No connection outlives its call."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, cast

from countermand._http.addresses import Resolver, literal_address, open_socket
from countermand._http.async_base import AsyncTransport
from countermand._http.base import CLIENT_CLOSED, TIME_IS_UP
from countermand._http.exchange import Exchange
from countermand._http.failures import WIRE_ERRORS, WireError, describe, pass_time_limit_on
from countermand._http.racing import race
from countermand._http.request_bytes import serialize, split_url
from countermand._http.tls import TlsSessions

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from countermand._core.exchange import PreparedRequest, SendProgress, TransportFailure
    from countermand._http.addresses import Address
    from countermand._http.clocks import Deadline
    from countermand._http.request_bytes import Origin
    from countermand.attempts import RawResponse


class AsyncioTransport(AsyncTransport):
    """Exchanges over asyncio transports, one connection for one request."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__()
        self._sessions = TlsSessions(context)
        self._resolver = Resolver()

    async def _exchange(
        self, request: PreparedRequest, deadline: Deadline, progress: SendProgress
    ) -> RawResponse | TransportFailure:
        scope = asyncio.timeout(deadline.remaining)
        try:
            origin, target = split_url(request.url)
            content = serialize(request, origin, target)
            async with self._bounded_by(scope):
                tls = self._sessions.layer_for(origin)
                exchange = Exchange(request.method, content, progress, deadline, tls)
                sock = await race(await self._addresses(origin), _dial, socket.socket.close)
                await _converse(sock, exchange)
                self._sessions.keep(origin, tls)
        except WIRE_ERRORS as error:
            if not scope.expired():
                pass_time_limit_on(error)
            problem = TIME_IS_UP if scope.expired() else describe(error)
            return progress.result(CLIENT_CLOSED if self._closed else problem)
        assert progress.answer is not None
        return progress.answer

    async def _addresses(self, origin: Origin) -> tuple[Address, ...]:
        literal = literal_address(origin.host, origin.port)
        if literal is not None:
            return (literal,)
        return await asyncio.wrap_future(self._resolver.look_up(origin.host, origin.port))


async def _dial(address: Address) -> socket.socket:
    sock = open_socket(address)
    try:
        await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
    except BaseException:
        sock.close()
        raise
    return sock


async def _converse(sock: socket.socket, exchange: Exchange) -> None:
    """Run the protocol until the connection is closed, and leave nothing open."""
    loop = asyncio.get_running_loop()
    connection = _Connection(loop, exchange)
    try:
        await loop.create_connection(lambda: connection, sock=sock)
        await connection.closed
    finally:
        if loop.is_closed() or not connection.abort():
            # The call was dropped with its event loop, or no transport has the socket yet.
            sock.close()
    if connection.failed is not None:
        raise connection.failed


class _Connection(asyncio.Protocol):
    """Moves bytes between a transport and an exchange.

    It reads one piece in one turn of the loop, so that a flood delays neither the deadline nor
    other tasks.

    The call waits until the connection is closed, not just until the answer is complete: so there
    is nothing to close later. `Exchange.linger` says how long the server may take.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, exchange: Exchange) -> None:
        self._loop = loop
        self._exchange = exchange
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reading: asyncio.Handle | None = None
        self.closed: asyncio.Future[None] = loop.create_future()
        self.failed: BaseException | None = None
        self._is_lost = False
        self._problem: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to send."""
        # uvloop's transports have the interface without the base class.
        self._transport = cast("asyncio.Transport", transport)
        self._advance(lambda: None)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on, and send what follows."""
        self._advance(lambda: self._exchange.receive(data))

    def eof_received(self) -> None:
        """Pass the end on; the transport then closes itself."""
        self._advance(self._exchange.receive_end)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the call return, once everything is read."""
        self._is_lost = True
        self._problem = exc
        if self._reading is None:
            self._end()

    def abort(self) -> bool:
        """Close at once; False if there is no transport yet."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        # asyncio's own transport fails if it is aborted once it has been closed.
        if self._transport is not None and not self._is_lost:
            self._transport.abort()
        return self._transport is not None

    def _advance(self, step: Callable[[], None]) -> None:
        """Take what has happened, read a piece, and send what follows."""
        if self._transport is None or self.failed is not None or self._timer is not None:
            return
        is_more = False
        try:
            step()
            is_more = self._exchange.read_on()
            while self._exchange.answer is None and (data := self._exchange.next_bytes()):
                self._transport.write(data)
            if self._exchange.answer is not None:
                self._transport.write(self._exchange.farewell())
                self._timer = self._loop.call_later(self._exchange.linger, self._transport.abort)
        except Exception as error:  # noqa: BLE001 - it is raised in the call
            self.failed, is_more = error, False
            self._transport.abort()
        self._read_on_later(self._transport, is_more=is_more)

    def _read_on_later(self, transport: asyncio.Transport, *, is_more: bool) -> None:
        """Read the next piece in the next turn; pause the socket until all of them are read."""
        earlier, self._reading = self._reading, None
        if earlier is not None:
            earlier.cancel()
        if is_more:
            if earlier is None:
                transport.pause_reading()
            self._reading = self._loop.call_soon(self._advance, lambda: None)
        elif self._is_lost:
            self._end()
        elif earlier is not None and not transport.is_closing():
            transport.resume_reading()

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._exchange.answer is None and self.failed is None:
            self.failed = self._problem or WireError("the connection was closed")
        if not self.closed.done():
            self.closed.set_result(None)

"""The server of the fault proxy: reads requests and applies one fault of the script to each."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from typing import TYPE_CHECKING, Final

from countermand.sandbox._proxy.exchange import Connection, ProxiedExchange, ProxiedRequest
from countermand.sandbox._proxy.faults import apply_fault
from countermand.sandbox._proxy.http import HttpMessage, read_message
from countermand.sandbox._state.records import masked
from countermand.sandbox.faults import PASS, CloseUnread, Fault, Refuse

if TYPE_CHECKING:
    from collections.abc import Coroutine

_ENDED: Final = (OSError, EOFError, ValueError, asyncio.LimitOverrunError)


class ProxyServer:
    """State and tasks of the proxy. All methods run on one event loop."""

    def __init__(self, host: str, upstream_port: int) -> None:
        self.port = 0
        self.records: list[ProxiedRequest] = []
        self.stopped = asyncio.Event()
        self._upstream = (host, upstream_port)
        self._script: deque[Fault] = deque()
        self._held_back: list[ProxiedExchange] = []
        self._connections: set[Connection] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._reservation = socket.socket()

    async def listen(self) -> None:
        """Accept connections, always on the same port. Does nothing while the proxy listens."""
        if self._server is not None:
            return
        if not self.port:
            # A bound socket that does not listen reserves the port while connections are refused.
            self.port = _bind(self._reservation, 0)
        listener = socket.socket()
        _bind(listener, self.port)
        self._server = await asyncio.start_server(self._serve, sock=listener, backlog=512)
        self._refuse_if_scripted()

    async def stop(self) -> None:
        """Close the listener and every connection, and drop the requests that are held back."""
        self._close_listener()
        self._reservation.close()
        serving = [connection.task for connection in self._connections if connection.task]
        tasks = [*serving, *self._background]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.stopped.set()

    async def set_script(self, script: tuple[Fault, ...]) -> None:
        """Replace the rest of the script."""
        self._script = deque(script)
        self._refuse_if_scripted()

    async def deliver_late(self) -> int:
        """Forward the requests that are held back; returns their number."""
        held, self._held_back = self._held_back, []
        for exchange in held:
            await exchange.forward()
        return len(held)

    def _hold_back(self, exchange: ProxiedExchange, seconds: float | None) -> None:
        if seconds is None:
            self._held_back.append(exchange)
        else:
            self._later(_deliver_after(exchange, seconds))

    async def _listen_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.listen()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _close_listener(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _refuse_if_scripted(self) -> None:
        if not self._script or not isinstance(self._script[0], Refuse):
            return
        refusal = self._script.popleft()
        self._close_listener()
        for connection in self._connections:
            if connection.idle:
                connection.writer.close()
        if isinstance(refusal, Refuse) and refusal.seconds is not None:
            self._later(self._listen_after(refusal.seconds))

    def _next_fault(self) -> Fault:
        fault = self._script.popleft() if self._script else PASS
        self._refuse_if_scripted()
        return fault

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Connection(reader, writer, asyncio.current_task())
        self._connections.add(client)
        try:
            if not self._dropped_on_accept():
                while await self._serve_one(client) and not client.last:
                    client.idle = True
        except (*_ENDED, asyncio.CancelledError):
            client.writer.transport.abort()
        finally:
            self._connections.discard(client)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    def _dropped_on_accept(self) -> bool:
        if not self._script or not isinstance(self._script[0], CloseUnread):
            return False
        self._record(HttpMessage(b"  \r\n\r\n"), self._next_fault())
        return True

    async def _serve_one(self, client: Connection) -> bool:
        first = await client.reader.readexactly(1)
        client.idle = False
        if not first.isalpha():
            # A TLS handshake: waiting for the end of an HTTP head would block both sides.
            return False
        if self._script and isinstance(self._script[0], CloseUnread):
            return not self._dropped_on_accept()
        request = await read_message(client.reader, start=first)
        fault = self._next_fault()
        client.last = self._server is None or request.closes_connection
        position = self._record(request, fault)
        exchange = ProxiedExchange(request, self._upstream, self.records, position, self._hold_back)
        return await apply_fault(fault, client, exchange)

    def _record(self, request: HttpMessage, fault: Fault) -> int:
        method, target, _ = request.first_line
        record = ProxiedRequest(
            sequence=len(self.records) + 1,
            method=method.decode("latin-1"),
            target=target.decode("latin-1"),
            headers=masked(request.fields),
            body=request.body,
            fault=fault,
        )
        self.records.append(record)
        return len(self.records) - 1


async def _deliver_after(exchange: ProxiedExchange, seconds: float) -> None:
    await asyncio.sleep(seconds)
    with contextlib.suppress(OSError, EOFError):
        await exchange.forward()


def _bind(sock: socket.socket, port: int) -> int:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # As in Sandbox: asyncio does not, and pieces of an answer would wait for each other.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.bind(("127.0.0.1", port))
    bound: int = sock.getsockname()[1]
    return bound

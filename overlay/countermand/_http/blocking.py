"""The blocking shell: one socket for one exchange; `poll` waits on it until the deadline."""

from __future__ import annotations

import errno
import os
import select
import socket
from functools import partial
from math import ceil
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from countermand._http.addresses import Resolver, literal_address, open_socket
from countermand._http.base import CLIENT_CLOSED, TIME_IS_UP, Transport, Waiting, wait_for_lookup
from countermand._http.clocks import Deadline
from countermand._http.exchange import Exchange
from countermand._http.failures import WIRE_ERRORS, WireError, describe, pass_time_limit_on
from countermand._http.request_bytes import serialize, split_url
from countermand._http.tls import TlsSessions

if TYPE_CHECKING:
    import ssl
    from concurrent.futures import Future

    from countermand._core.exchange import PreparedRequest, SendProgress, TransportFailure
    from countermand._http.addresses import Address
    from countermand._http.request_bytes import Origin
    from countermand._http.tls import TlsLayer
    from countermand.attempts import RawResponse

READABLE: Final = 1
WRITABLE: Final = 2
RECEIVE_SIZE: Final = 65536
UNDER_WAY: Final = {errno.EINPROGRESS, errno.EWOULDBLOCK}


class SocketTransport(Transport):
    """Exchanges over sockets, one connection for one request."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__()
        self._sessions = TlsSessions(context)
        self._resolver = Resolver()

    def _exchange(
        self, request: PreparedRequest, deadline: Deadline, progress: SendProgress
    ) -> RawResponse | TransportFailure:
        try:
            origin, target = split_url(request.url)
            content = serialize(request, origin, target)
            tls = self._sessions.layer_for(origin)
            exchange = Exchange(request.method, content, progress, deadline, tls)
            return self._answer(origin, exchange, deadline, tls)
        except WIRE_ERRORS as error:
            pass_time_limit_on(error)
            return progress.result(CLIENT_CLOSED if self._closed else describe(error))

    def _answer(
        self, origin: Origin, exchange: Exchange, deadline: Deadline, tls: TlsLayer | None
    ) -> RawResponse:
        """Ask the first address that answers; each gets a share of the time to connect.

        Raises:
            WireError, OSError, h11.ProtocolError: there is none, or its answer is not complete.
        """
        addresses = self._addresses(origin, deadline)
        problem = f"{origin.host} has no address"
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                sock = self._connected(address, Deadline(deadline.remaining / left))
            except (WireError, OSError) as error:
                pass_time_limit_on(error)
                problem = describe(error)
                continue
            with sock, Waiting(self, partial(_wake, sock)):
                answer = _converse(sock, exchange, deadline)
                self._sessions.keep(origin, tls)
                _take_leave(sock, exchange)
                return answer
        raise WireError(problem)

    def _addresses(self, origin: Origin, deadline: Deadline) -> tuple[Address, ...]:
        literal = literal_address(origin.host, origin.port)
        if literal is not None:
            return (literal,)
        done: SimpleQueue[Future[tuple[Address, ...]] | None] = SimpleQueue()
        with Waiting(self, partial(done.put, None)):
            lookup = self._resolver.look_up(origin.host, origin.port)
            return wait_for_lookup(lookup, done, origin.host, deadline)

    def _connected(self, address: Address, deadline: Deadline) -> socket.socket:
        sock = open_socket(address)
        try:
            with Waiting(self, partial(_wake, sock)):
                _connect(sock, address, deadline)
        except BaseException:
            sock.close()
            raise
        return sock


def _connect(sock: socket.socket, address: Address, deadline: Deadline) -> None:
    failed = sock.connect_ex(address.sockaddr)
    if failed in UNDER_WAY:
        _wait_for(sock, WRITABLE, deadline)
        failed = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if failed:
        raise OSError(failed, os.strerror(failed))


def _converse(sock: socket.socket, exchange: Exchange, deadline: Deadline) -> RawResponse:
    """Move bytes until the answer is complete."""
    outgoing = memoryview(exchange.next_bytes())
    while exchange.answer is None:
        outgoing = _push(sock, exchange, outgoing)
        wanted = READABLE | WRITABLE if outgoing else READABLE
        if _wait_for(sock, wanted, deadline) & READABLE:
            _pull(sock, exchange, deadline)
        outgoing = outgoing or memoryview(exchange.next_bytes())
    return exchange.answer


def _push(sock: socket.socket, exchange: Exchange, outgoing: memoryview) -> memoryview:
    """Hand bytes to the kernel until it takes no more; return the rest."""
    while outgoing:
        try:
            taken = sock.send(outgoing)
        except BlockingIOError:
            break
        except OSError as error:
            pass_time_limit_on(error)
            # An error without a number is not the kernel's: bytes may have left before it.
            if error.errno is None or not exchange.on_refused():
                raise
            # The server takes no more; it may have answered before it closed.
            return memoryview(b"")
        exchange.on_taken()
        outgoing = outgoing[taken:] or memoryview(exchange.next_bytes())
    return outgoing


def _pull(sock: socket.socket, exchange: Exchange, deadline: Deadline) -> None:
    """Take and read what is there, until the deadline: one byte may be a chunk.

    Raises:
        WireError: the deadline passed before.
    """
    try:
        data = sock.recv(RECEIVE_SIZE)
    except BlockingIOError:
        return
    if data:
        exchange.receive(data)
    else:
        exchange.receive_end()
    while exchange.read_on():
        if deadline.remaining <= 0:
            raise WireError(TIME_IS_UP)


def _take_leave(sock: socket.socket, exchange: Exchange) -> None:
    """Let the server close first, for a moment; what goes wrong now concerns no answer."""
    deadline = Deadline(exchange.linger)
    try:
        farewell = exchange.farewell()
        if farewell:
            sock.send(farewell)
        while _ready(sock, READABLE, deadline.remaining) and sock.recv(RECEIVE_SIZE):
            pass
    except OSError as error:
        pass_time_limit_on(error)


def _wait_for(sock: socket.socket, events: int, deadline: Deadline) -> int:
    """Wait for events, and return those that are there.

    Raises:
        WireError: the deadline passed before.
    """
    remaining = deadline.remaining
    ready = _ready(sock, events, remaining) if remaining > 0 else 0
    if not ready:
        raise WireError(TIME_IS_UP)
    return ready


def _ready(sock: socket.socket, events: int, seconds: float) -> int:
    """The events that are there, after at most so many seconds; errors count as readable."""
    if seconds <= 0:
        return 0
    if not hasattr(select, "poll"):  # Windows
        writers = [sock] if events & WRITABLE else []
        readers, writers, failed = select.select([sock], writers, [sock], seconds)
        return (READABLE if readers or failed else 0) | (WRITABLE if writers else 0)
    poll = select.poll()
    wanted = select.POLLIN if events & READABLE else 0
    poll.register(sock, wanted | (select.POLLOUT if events & WRITABLE else 0))
    found = poll.poll(ceil(seconds * 1000))
    if not found:
        return 0
    happened = found[0][1]
    writable = WRITABLE if happened & select.POLLOUT else 0
    return (READABLE if happened & ~select.POLLOUT else 0) | writable


def _wake(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_RDWR)

"""A SOCKS5 proxy on loopback that passes on bytes, ends and resets as they are."""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address

WITHOUT_PASSWORD = b"\x05\x00"
CONNECTED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
UNREACHABLE = b"\x05\x04" + CONNECTED[2:]
NAME = 3
ADDRESSES = {1: (4, IPv4Address), 4: (16, IPv6Address)}
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with which `close` sends a reset."""
PIECE = 65536


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        near: socket.socket = self.request
        try:
            destination = _destination(near)
        except OSError:
            return  # The client has left.
        try:
            far = socket.create_connection(destination)
        except OSError:
            near.sendall(UNREACHABLE)
            return
        with far:
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            near.sendall(CONNECTED)
            back = threading.Thread(target=_pass_on, args=(far, near))
            back.start()
            _pass_on(near, far)
            back.join()


class SocksProxy(socketserver.ThreadingTCPServer):
    """The proxy, its URL, and how many connections it has got."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    connections = 0

    @property
    def url(self) -> str:
        """The URL for `proxy=`."""
        return f"socks5://127.0.0.1:{self.server_address[1]}"

    def verify_request(self, *_request: object) -> bool:
        """Count; each is taken."""
        self.connections += 1
        return True

    def shutdown_request(self, request: object) -> None:
        """Only close: an end that was sent before would hide a reset."""
        assert isinstance(request, socket.socket)
        request.close()


def _destination(near: socket.socket) -> tuple[str, int]:
    methods = _exactly(near, 2)[1]
    _exactly(near, methods)
    near.sendall(WITHOUT_PASSWORD)
    kind = _exactly(near, 4)[3]
    if kind == NAME:
        host = _exactly(near, _exactly(near, 1)[0]).decode("ascii")
    else:
        length, address = ADDRESSES[kind]
        host = str(address(_exactly(near, length)))
    return host, int.from_bytes(_exactly(near, 2), "big")


def _exactly(near: socket.socket, length: int) -> bytes:
    data = near.recv(length, socket.MSG_WAITALL)
    if len(data) < length:
        raise ConnectionAbortedError("the client left before it said where to")
    return data


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on; an end of the source ends the target's input, and a reset resets both."""
    try:
        while data := source.recv(PIECE):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                # The other direction wakes and ends; then both sockets are closed.
                end.shutdown(socket.SHUT_RD)


@contextmanager
def socks_proxy() -> Iterator[SocksProxy]:
    """Run the proxy in threads."""
    with SocksProxy(("127.0.0.1", 0), _Connection) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()

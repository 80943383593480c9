"""A socket and the least that reads an answer: the floor. It handles no reply but the good one."""

import json
import socket
import ssl
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

from measuring import AMOUNT, TOKEN, Cancel, Setup, check, main, path


def opened(setup: Setup, *, kept: bool) -> Iterator[Cancel]:
    """A socket, closed after each answer unless it is kept."""
    parts = urlsplit(setup["url"])
    host, port = parts.hostname or "", parts.port or 0
    context = ssl.create_default_context(cafile=setup["ca"]) if setup["ca"] else None
    close = "" if kept else "Connection: close\r\n"
    sock: socket.socket | None = None

    def connect() -> socket.socket:
        sock = socket.create_connection((host, port), timeout=60)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(sock, server_hostname=host) if context else sock

    def cancel(number: int) -> None:
        nonlocal sock
        sock = sock or connect()
        body = json.dumps({"refundAmount": AMOUNT})
        head = (
            f"PUT {path(number)} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Authorization: Bearer {TOKEN}\r\nAccept: application/json\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{close}\r\n"
        )
        sock.sendall((head + body).encode())
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += _more(sock)
        fields = received[:end].lower()
        length = int(fields.partition(b"content-length:")[2].split(b"\r", 1)[0])
        while len(received) < end + 4 + length:
            received += _more(sock)
        check(int(received[9:12]), json.loads(received[end + 4 :]))
        if not kept:
            sock.close()
            sock = None

    yield cancel
    if sock is not None:
        sock.close()


def _more(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    if not data:
        raise ConnectionError("the server has closed")
    return data


if __name__ == "__main__":
    main({"kept": partial(opened, kept=True), "fresh": partial(opened, kept=False)})

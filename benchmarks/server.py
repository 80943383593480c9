"""A server that costs little: raw asyncio, plain and TLS, in a process of its own.

`python -m benchmarks.server CERTIFICATE` prints its two ports as JSON and serves until its
standard input ends. It keeps a connection, or closes it where the request asks for that.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from typing import Final, cast

from benchmarks.answers import answer

HOST: Final = "127.0.0.1"
BACKLOG: Final = 4096
"""Connections that wait for `accept`: a thousand arrive at once."""


class Answering(asyncio.Protocol):
    """One connection: reads requests with a Content-Length, and answers each at once."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        assert self._transport is not None
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            complete = end + 4 + _content_length(head)
            if len(self._received) < complete:
                return
            target = self._received[:end].split(b" ", 2)[1]
            body = self._received[end + 4 : complete]
            self._received = self._received[complete:]
            lines, content = answer(target, body)
            if b"connection: close" in head:
                self._transport.write(lines + b"connection: close\r\n\r\n" + content)
                self._transport.close()
                return
            self._transport.write(lines + b"\r\n" + content)


def _content_length(head: bytes) -> int:
    _, name, rest = head.partition(b"content-length:")
    return int(rest.split(b"\r", 1)[0]) if name else 0


async def serve(certificate: str) -> None:
    """Serve on two free ports until the standard input ends."""
    loop = asyncio.get_running_loop()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    plain = await loop.create_server(Answering, HOST, 0, backlog=BACKLOG)
    secure = await loop.create_server(Answering, HOST, 0, backlog=BACKLOG, ssl=context)
    ports = {
        "plain": plain.sockets[0].getsockname()[1],
        "tls": secure.sockets[0].getsockname()[1],
    }
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))

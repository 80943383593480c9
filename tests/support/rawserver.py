"""A server of raw sockets that runs one script per connection."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

import attrs

TEST_TIMEOUT = 10.0
"""Seconds after which a wait in a test fails."""

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


def answer(status: int, body: bytes = b"", *fields: str) -> bytes:
    """Return a whole answer with its length."""
    head = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *fields]
    return "\r\n".join([*head, "", ""]).encode() + body


@attrs.frozen
class Received:
    """One request, byte for byte."""

    head: bytes
    body: bytes

    @property
    def line(self) -> str:
        """The request line."""
        return self.head.split(b"\r\n", 1)[0].decode("ascii")

    @property
    def target(self) -> str:
        """The request target."""
        return self.line.split(" ")[1]

    @property
    def fields(self) -> dict[str, str]:
        """The header fields, names in lower case; a field that stands twice is an error."""
        pairs = [line.split(": ", 1) for line in self.head.decode("latin-1").split("\r\n")[1:-2]]
        fields = {name.lower(): value for name, value in pairs}
        assert len(fields) == len(pairs), "a header field stands twice"
        return fields

    @property
    def text(self) -> str:
        """The request as its bytes, header fields sorted, without the one that names the host."""
        fields = sorted(f"{name}: {value}" for name, value in self.fields.items() if name != "host")
        return "\n".join([self.line, *fields, "", self.body.decode()])


@attrs.define(eq=False)
class Conversation:
    """One connection, as the actions of a script see it."""

    server: "RawServer"
    socket: socket.socket
    _buffer: bytes = b""

    def read(self) -> Received:
        """Read one request whole, and write it down."""
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        request = Received(head + b"\r\n\r\n", b"")
        length = int(request.fields.get("content-length", "0"))
        self._buffer = rest
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        request = attrs.evolve(request, body=body)
        self.server.requests.append(request)
        return request

    def gone(self) -> None:
        """Wait until the client has closed its side."""
        with contextlib.suppress(OSError):
            while self.socket.recv(65536):
                pass
        self.server.left.release()

    def _more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the client has left")
        self._buffer += data


Action = Callable[[Conversation], object]
Script = Sequence[Action]


def read(conversation: Conversation) -> None:
    """Read one request whole."""
    conversation.read()


def say(data: bytes) -> Action:
    """Send bytes."""
    return lambda conversation: conversation.socket.sendall(data)


def drip(data: bytes, interval: float = 0.02) -> Action:
    """Send bytes one at a time."""

    def act(conversation: Conversation) -> None:
        for byte in data:
            conversation.socket.sendall(bytes([byte]))
            time.sleep(interval)

    return act


def hang(conversation: Conversation) -> None:
    """Do nothing until the client leaves."""
    conversation.gone()


def stall(conversation: Conversation) -> None:
    """Do nothing, and do not even read, until the server stops."""
    conversation.server.stopping.wait(TEST_TIMEOUT)


def reset(conversation: Conversation) -> None:
    """End the connection by a TCP reset."""
    conversation.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conversation.socket.close()


def close(conversation: Conversation) -> None:
    """Shut the connection down normally."""
    conversation.socket.shutdown(socket.SHUT_RDWR)


class RawServer:
    """Listens on loopback inside its `with` block; the last script serves all later connections.

    `left` counts the connections whose end by the client was seen by `hang` or after the script.
    """

    def __init__(
        self,
        *scripts: Script,
        tls: ssl.SSLContext | None = None,
        receive_buffer: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        self._scripts = iter_with_last(scripts)
        self._tls = tls
        self.requests: list[Received] = []
        self.accepted = 0
        self.left = threading.Semaphore(0)
        self.stopping = threading.Event()
        self._host = f"[{host}]" if ":" in host else host
        self._listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind((host, 0))
        self._listener.listen(256)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        """The origin."""
        return f"{'https' if self._tls else 'http'}://{self._host}:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(TEST_TIMEOUT)
        for connection in (self._listener, *self._open):
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self.stopping.is_set():
                connection, _ = self._listener.accept()
                connection.settimeout(TEST_TIMEOUT)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.accepted += 1
                self._open.append(connection)
                thread = threading.Thread(
                    target=self._serve, args=(connection, next(self._scripts)), daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket, script: Script) -> None:
        with contextlib.suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            conversation = Conversation(self, connection)
            for action in script:
                action(conversation)
            if hang not in script:
                conversation.gone()


def iter_with_last(scripts: Sequence[Script]) -> Iterator[Script]:
    """Yield every script once, then the last one endlessly."""
    yield from scripts
    while True:
        yield scripts[-1]


@contextlib.contextmanager
def silent_listener(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A port that answers no attempt to connect: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0.0)
            filler.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener.getsockname()[1]


def port_without_listener() -> int:
    """Return a loopback port without a listener."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port: int = reserved.getsockname()[1]
        return port

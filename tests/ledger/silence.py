"""A relay to PostgreSQL that can stop forwarding."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LONG = 5.0
"""Seconds: ten times what a call here may take, and half of what it took when nothing ended it."""


class Relay:
    """Forwards to a PostgreSQL behind a Unix socket, but for what comes while it is frozen.

    To its callers it stays connected: the kernel answers for it.
    """

    def __init__(self, url: str) -> None:
        parameters = conninfo_to_dict(url)
        self._behind = f"{parameters['host']}/.s.PGSQL.{parameters.get('port', 5432)}"
        self._flowing = threading.Event()
        self._sockets: list[socket.socket] = []
        self._counting = threading.Lock()
        self._left: int | None = None
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        port = self._listener.getsockname()[1]
        self.url = f"postgresql://{parameters['user']}@127.0.0.1:{port}/{parameters['dbname']}"
        self.open = 0
        self._closed = False
        self.thaw()
        self._start(self._accept)

    def freeze(self, at: int = 1) -> None:
        """Stop forwarding from the callers' message number `at` on."""
        with self._counting:
            self._left = at

    def thaw(self) -> None:
        """Forward the messages that were held back, and all later ones."""
        with self._counting:
            self._left = None
        self._flowing.set()

    def close(self) -> None:
        """End every connection."""
        self._closed = True
        self._listener.close()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.thaw()

    @staticmethod
    def _start(work: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                self._sockets += [caller, server]
                if self._closed:
                    caller.close()
                    server.close()
                    return
                server.connect(self._behind)
                self.open += 1
                self._start(self._asked, caller, server)
                self._start(self._answered, server, caller)

    def _asked(self, caller: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := caller.recv(65536):
                self._count()
                self._flowing.wait()
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        self.open -= 1

    def _answered(self, server: socket.socket, caller: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                self._flowing.wait()
                caller.sendall(data)
        with suppress(OSError):
            caller.shutdown(socket.SHUT_RDWR)

    def _count(self) -> None:
        with self._counting:
            if self._left is not None:
                self._left -= 1
                if self._left <= 0:
                    self._flowing.clear()


def ends(work: Callable[[], T]) -> T:
    """Run a call in a thread, so that a call without end does not block the tests."""
    found: list[T | BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001 - raised in the test
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LONG)
    assert not thread.is_alive(), "it does not end"
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def becomes(condition: Callable[[], bool]) -> bool:
    """Whether a condition becomes true in time."""
    until = time.monotonic() + 10 * LONG
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()

"""The last resort against a database that falls silent: its connection is cut from this side.

Its own timeouts are the server's to keep, and the kernel of a server that is frozen still answers
for it: nothing but a clock on this side ends the wait. One thread per process keeps it.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Condition, Thread
from time import monotonic
from typing import Any, Final

from countermand._forks import renew_in_child


class Watch:
    """A connection that has until `due`.

    Its socket is a duplicate: whatever becomes of the driver's, no other can be hit.
    """

    def __init__(self, connection: Any, due: float) -> None:
        self.due = due
        self.cut = False
        self._socket = _double(connection)

    def fire(self) -> None:
        """End the connection; whoever waits for it finds it broken."""
        self.cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Leave the connection as it is."""
        if self._socket is not None:
            self._socket.close()


class Watchdog:
    """Cuts what is overdue; nothing is cut once it has been released."""

    def __init__(self) -> None:
        self._begin()
        renew_in_child(self.forked)

    def _begin(self) -> None:
        self._watches: set[Watch] = set()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._next: float | None = None

    def forked(self) -> None:
        """Watch nothing of the parent's: its sockets are shared with this process."""
        inherited = tuple(self._watches)
        self._begin()
        for watch in inherited:
            watch.close()

    def watch(self, connection: Any, due: float) -> Watch:
        """Cut a driver's connection at `due`, unless it is released before."""
        watch = Watch(connection, due)
        with self._changed:
            self._watches.add(watch)
            if self._thread is None or not self._thread.is_alive():
                self._start()
            elif self._next is None or due < self._next:
                self._changed.notify()
        return watch

    def release(self, watch: Watch) -> bool:
        """Watch it no longer; whether it has been cut."""
        with self._changed:
            self._watches.discard(watch)
        watch.close()
        return watch.cut

    def _start(self) -> None:
        thread = Thread(target=self._run, name="countermand-watchdog", daemon=True)
        # No new threads while the interpreter goes down: the server's own timeouts must do then.
        with suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _run(self) -> None:
        with self._changed:
            while True:
                now = monotonic()
                for watch in [each for each in self._watches if each.due <= now]:
                    self._watches.discard(watch)
                    watch.fire()
                self._next = min((each.due for each in self._watches), default=None)
                self._changed.wait(None if self._next is None else self._next - now)


def _double(connection: Any) -> socket.socket | None:
    """The connection's socket once more; None for a driver without one, or a closed one."""
    # Each driver has errors of its own here.
    with suppress(Exception):
        return socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)
    return None


WATCHDOG: Final = Watchdog()

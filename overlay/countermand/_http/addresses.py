"""Name lookup in threads, since a resolver cannot be interrupted."""

from __future__ import annotations

import os
import socket
import time
from concurrent.futures import Future
from threading import Thread
from typing import Any, Final

from attrs import frozen

from countermand._http.failures import WireError

JOINED_FOR: Final = 1.0
"""Seconds for which further calls wait for a lookup that is under way.

A thousand calls at once so start one thread; and a lookup that never ends holds up no later call.
"""


@frozen
class Address:
    """An address of a host, as the socket functions take it."""

    family: int
    sockaddr: Any


@frozen
class _Lookup:
    started_at: float
    found: Future[tuple[Address, ...]]


class Resolver:
    """Looks hosts up. Shared by threads and event loops, and without a lock, so that it forks."""

    def __init__(self) -> None:
        self._lookups: dict[tuple[int, str, int], _Lookup] = {}

    def look_up(self, host: str, port: int) -> Future[tuple[Address, ...]]:
        """Begin to look up a host.

        At the deadline the caller abandons the thread, which ends when the resolver returns.

        Raises:
            WireError: there is no thread for it.
        """
        key = (os.getpid(), host, port)
        lookup, now = self._lookups.get(key), time.monotonic()
        if lookup is None or now - lookup.started_at > JOINED_FOR:
            lookup = self._lookups[key] = _Lookup(now, Future())
            # Not to be cancelled by one of several that wait for it.
            lookup.found.set_running_or_notify_cancel()
            self._start(key, lookup)
        return lookup.found

    def _start(self, key: tuple[int, str, int], lookup: _Lookup) -> None:
        def run() -> None:
            try:
                found = _resolve(key[1], key[2])
            except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
                lookup.found.set_exception(error)
            else:
                lookup.found.set_result(found)
            finally:
                self._forget(key, lookup)

        try:
            Thread(target=run, name="countermand-resolver", daemon=True).start()
        except RuntimeError as error:
            self._forget(key, lookup)
            failed = WireError(f"no thread to look up {key[1]}: {error}")
            lookup.found.set_exception(failed)

    def _forget(self, key: tuple[int, str, int], lookup: _Lookup) -> None:
        if self._lookups.get(key) is lookup:
            self._lookups.pop(key, None)


def literal_address(host: str, port: int) -> Address | None:
    """The address that a host is written as, if it is one."""
    for family, sockaddr in (
        (socket.AF_INET, (host, port)),
        (socket.AF_INET6, (host, port, 0, 0)),
    ):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return Address(family, sockaddr)
    return None


def _resolve(host: str, port: int) -> tuple[Address, ...]:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise WireError(f"{host} is no host name: {error}") from None
    return tuple(dict.fromkeys(Address(entry[0], entry[4]) for entry in entries))


def open_socket(address: Address) -> socket.socket:
    """A socket that does not block, for an address."""
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    sock.settimeout(0.0)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock

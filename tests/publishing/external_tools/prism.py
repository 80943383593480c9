"""Prism as a proxy between a client and the sandbox: it proxies every request and every answer."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import attrs

from countermand import specs
from specs.publishing import node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from countermand.sandbox import FaultProxy

TIMEOUT: Final = 60.0
SELF: Final = "stoplight.io/prism"
"""Stands in every answer that is Prism's own."""


@attrs.frozen
class PrismProxy:
    """A running Prism: the base URL for clients of one API, which leads to an upstream."""

    base_url: str
    _running: subprocess.Popen[bytes]
    _port: int

    @classmethod
    def start(cls, api: str, upstream: FaultProxy, folder: Path) -> PrismProxy:
        """Start to check by the specification of an API; it listens some seconds later.

        A violation on either side is answered by Prism itself, with an error.
        """
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        document, path = _document(api)
        file = folder / f"{api}.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        target = upstream.base_url(api).removesuffix(path)
        options = ("--errors", "--host", "127.0.0.1", "--port", str(port))
        running = subprocess.Popen(
            node.command("prism", "proxy", str(file), target, *options),
            env=node.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # What is started here starts node in its turn, and both are to end.
            start_new_session=True,
        )
        return cls(f"http://127.0.0.1:{port}{path}", running, port)

    def wait(self) -> None:
        """Wait until it listens; raises `TimeoutError`."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end and self._running.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self._port), 1.0).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError("Prism does not listen")

    def stop(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            os.killpg(self._running.pid, signal.SIGTERM)
        self._running.wait(TIMEOUT)


@contextmanager
def proxies(
    apis: Iterable[str], upstream: FaultProxy, folder: Path
) -> Iterator[Mapping[str, PrismProxy]]:
    """Run one Prism for each API, all of them started at once."""
    with ExitStack() as stack:
        running: dict[str, PrismProxy] = {}
        for api in apis:
            running[api] = PrismProxy.start(api, upstream, folder)
            stack.callback(running[api].stop)
        for proxy in running.values():
            proxy.wait()
        yield running


def _document(api: str) -> tuple[dict[str, Any], str]:
    # Prism does not look at the path of a server's address, and clients send it.
    document = specs.load(api)
    path = urlsplit(document["servers"][0]["url"]).path.rstrip("/")
    moved = {path + below: item for below, item in document["paths"].items()}
    return {**document, "paths": moved}, path

"""A TCP proxy on loopback that injects network faults: one fault of a script for each request.

    with Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        proxy.script(RESET_AFTER)             # the first request is executed, its answer is lost
        account = sandbox.account("unzer", base_url=proxy.base_url("unzer"))

When the script is used up, requests pass unchanged. Nothing is random. The proxy opens a connection
to the upstream for each forwarded request, and forwards its bytes as they are.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from countermand.sandbox._proxy.server import ProxyServer
from countermand.sandbox.simulators import base_url

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType
    from typing import Self

    from countermand.sandbox._proxy.exchange import ProxiedRequest
    from countermand.sandbox.faults import Fault

T = TypeVar("T")

_START_TIMEOUT: Final = 30.0


class FaultProxy:
    """The proxy as a context manager: it listens inside the block, in its own thread.

    `upstream_url` is the origin to forward to, `http://host:port`. Raises `ValueError` for another
    form. The methods raise `RuntimeError` outside the block.
    """

    def __init__(self, upstream_url: str) -> None:
        parts = urlsplit(upstream_url)
        if parts.scheme != "http" or not parts.hostname or parts.port is None:
            raise ValueError(f"upstream_url must be http://host:port, not {upstream_url!r}")
        self._server = ProxyServer(parts.hostname, parts.port)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(_START_TIMEOUT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._call(self._server.stop())
        self._thread.join(_START_TIMEOUT)
        self._loop = None

    @property
    def url(self) -> str:
        """The proxy's origin. Use it in place of the upstream's."""
        return f"http://127.0.0.1:{self._server.port}"

    def base_url(self, api: str) -> str:
        """Return the base URL of one provider behind this proxy, as `Sandbox.base_url` does."""
        return base_url(self.url, api)

    @property
    def requests(self) -> tuple[ProxiedRequest, ...]:
        """The received requests in order, with the fault of each; credentials are masked."""
        return tuple(self._server.records)

    def script(self, *faults: Fault) -> None:
        """Replace the rest of the script: one fault for each of the next requests."""
        self._call(self._server.set_script(faults))

    def accept_again(self) -> None:
        """End a `Refuse`: listen again. Does nothing while the proxy listens."""
        self._call(self._server.listen())

    def deliver_late(self) -> int:
        """Forward the requests that `Late` holds back, in order; returns their number.

        When it returns, the upstream has answered them. The answers are discarded.
        """
        return self._call(self._server.deliver_late())

    def _call(self, work: Coroutine[None, None, T]) -> T:
        if self._loop is None:
            work.close()
            raise RuntimeError("the proxy is not running; use it inside its with block")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_TIMEOUT)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.listen()
        self._ready.set()
        await self._server.stopped.wait()

"""A TCP proxy on loopback that lets chosen things go wrong, one script word for each request.

    with Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        proxy.script(RESET_AFTER)             # the first request is executed, its answer is lost
        account = sandbox.account("unzer", base_url=proxy.base_url("unzer"))

When the script is used up, everything passes. Nothing here is random. One connection to the
upstream is made for each request that is forwarded, and what is forwarded is not changed by a byte.
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
    """The proxy as a context manager: it listens inside the block, in a thread of its own.

    `upstream_url` is the origin to forward to, `http://host:port`. Raises `ValueError` for anything
    else, and `RuntimeError` where it is used outside its block.
    """

    def __init__(self, upstream_url: str) -> None:
        parts = urlsplit(upstream_url)
        if parts.scheme != "http" or not parts.hostname or parts.port is None:
            raise ValueError(f"an upstream is http://host:port, not {upstream_url!r}")
        self._relay = ProxyServer(parts.hostname, parts.port)
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
        self._call(self._relay.stop())
        self._thread.join(_START_TIMEOUT)
        self._loop = None

    @property
    def url(self) -> str:
        """The proxy's origin, to be used in the place of the upstream's."""
        return f"http://127.0.0.1:{self._relay.port}"

    def base_url(self, api: str) -> str:
        """Return the base URL of one provider behind this proxy, as `Sandbox.base_url` does."""
        return base_url(self.url, api)

    @property
    def requests(self) -> tuple[ProxiedRequest, ...]:
        """What arrived, in order, with the fault each request met; credentials are masked."""
        return tuple(self._relay.records)

    def script(self, *faults: Fault) -> None:
        """Replace what is left of the script: one fault for each of the coming requests."""
        self._call(self._relay.plan(faults))

    def accept_again(self) -> None:
        """End a `Refuse`; does nothing while the proxy listens."""
        self._call(self._relay.listen())

    def deliver_late(self) -> int:
        """Forward every request that a `Late` holds back, in order; returns how many there were.

        Their answers have arrived, and have been thrown away, when this returns.
        """
        return self._call(self._relay.deliver())

    def _call(self, work: Coroutine[None, None, T]) -> T:
        if self._loop is None:
            work.close()
            raise RuntimeError("the proxy runs only inside its with block")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_TIMEOUT)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._relay.listen()
        self._ready.set()
        await self._relay.stopped.wait()

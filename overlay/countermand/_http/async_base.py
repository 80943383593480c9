"""What the asynchronous driver knows of a transport.

Apart from `base`, so that a blocking client does not load asyncio, which is large.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from countermand._core.exchange import PreparedRequest, SendProgress, TransportFailure
from countermand._http.base import CLOSED
from countermand._http.clocks import Deadline

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from countermand.attempts import RawResponse


class AsyncTransport(ABC):
    """Asynchronous exchanges with one provider; may be shared by tasks, in any event loop."""

    def __init__(self) -> None:
        self._closed = False
        # Weak: a call that was dropped with its event loop must not be kept alive.
        self._scopes: WeakKeyDictionary[asyncio.Timeout, asyncio.AbstractEventLoop] = (
            WeakKeyDictionary()
        )

    def progress(self) -> SendProgress:
        """The progress of a request that has not been started."""
        return SendProgress()

    async def send(
        self,
        request: PreparedRequest,
        timeout: float,  # noqa: ASYNC109 - one deadline for the request and its answer
        progress: SendProgress,
    ) -> RawResponse | TransportFailure:
        """Send, and read the whole answer, within `timeout` seconds."""
        if self._closed:
            return CLOSED
        return await self._exchange(request, Deadline(timeout), progress)

    @abstractmethod
    async def _exchange(
        self, request: PreparedRequest, deadline: Deadline, progress: SendProgress
    ) -> RawResponse | TransportFailure: ...

    async def aclose(self) -> None:
        """End every exchange that is under way in this event loop, and refuse to send."""
        self._closed = True
        running = asyncio.get_running_loop()
        for scope, loop in list(self._scopes.items()):
            if loop is running and not scope.expired():
                scope.reschedule(0.0)

    @asynccontextmanager
    async def _bounded_by(self, scope: asyncio.Timeout) -> AsyncGenerator[None]:
        """Let the deadline and `aclose` end what is awaited.

        Raises:
            TimeoutError: one of them did.
        """
        async with scope:
            self._scopes[scope] = asyncio.get_running_loop()
            try:
                yield
            finally:
                self._scopes.pop(scope, None)

"""What a driver knows of a transport: it sends one request and reads the whole answer."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from countermand._core.exchange import PreparedRequest, SendProgress, TransportFailure
from countermand._http.clocks import Deadline
from countermand._http.failures import WireError
from countermand.attempts import RawResponse, Sent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

CLIENT_CLOSED: Final = "the client is closed"
TIME_IS_UP: Final = "the deadline was reached"
CLOSED: Final = TransportFailure(sent=Sent.NOT_SENT, problem=CLIENT_CLOSED)


class Transport(ABC):
    """Blocking exchanges with one provider; may be shared by threads."""

    def __init__(self) -> None:
        self._closed = False
        self._wakers: set[Callable[[], object]] = set()

    def progress(self) -> SendProgress:
        """The progress of a request that has not been started."""
        return SendProgress()

    def send(
        self, request: PreparedRequest, timeout: float, progress: SendProgress
    ) -> RawResponse | TransportFailure:
        """Send, and read the whole answer, within `timeout` seconds."""
        if self._closed:
            return CLOSED
        return self._exchange(request, Deadline(timeout), progress)

    @abstractmethod
    def _exchange(
        self, request: PreparedRequest, deadline: Deadline, progress: SendProgress
    ) -> RawResponse | TransportFailure: ...

    def close(self) -> None:
        """End every exchange that is under way, and refuse to send."""
        self._closed = True
        for wake in list(self._wakers):
            with suppress(OSError):
                wake()

    @contextmanager
    def _woken_by(self, wake: Callable[[], object]) -> Generator[None]:
        """Let `close` end a wait of another thread.

        Raises:
            WireError: the client is closed.
        """
        self._wakers.add(wake)
        try:
            if self._closed:
                raise WireError(CLIENT_CLOSED)
            yield
        finally:
            self._wakers.discard(wake)


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

"""Exchanges over a transport of the caller's, with the interface of httpx.

A transport that emits httpcore's trace events is believed where they say that nothing was sent;
anything else counts as sent. httpx's own two transports have no way that is not traced.

How long a blocking transport takes is up to it: it gets the time as httpx's timeouts, which bound
each step, and between two chunks of a body the deadline is looked at. An asynchronous one is given
up on at the deadline, even if it ignores that it is cancelled.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from inspect import CORO_CREATED, getcoroutinestate
from typing import TYPE_CHECKING, Any, Final, cast

import httpx

from countermand._http.answer import AnswerReader
from countermand._http.async_base import AsyncTransport
from countermand._http.base import CLIENT_CLOSED, TIME_IS_UP, Transport
from countermand._http.failures import WIRE_ERRORS, WireError, describe, pass_wrapped_time_limit_on
from countermand._http.trace import TraceProgress

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable

    from countermand._core.exchange import PreparedRequest, SendProgress, TransportFailure
    from countermand._http.clocks import Deadline
    from countermand.attempts import RawResponse

GRACE: Final = 0.05
"""Seconds for a cancelled transport to close its connection."""


class CallersTransport(Transport):
    """Blocking exchanges over a caller's transport."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        super().__init__()
        self._transport = transport

    def progress(self) -> SendProgress:
        """The progress of a request that has not been started."""
        return TraceProgress(is_only_way=type(self._transport) is httpx.HTTPTransport)

    def _exchange(
        self, request: PreparedRequest, deadline: Deadline, progress: SendProgress
    ) -> RawResponse | TransportFailure:
        handled = sys.exc_info()[1]
        assert isinstance(progress, TraceProgress)
        try:
            observe = _observer(progress, deadline)
            response = self._transport.handle_request(_httpx_request(request, deadline, observe))
            reader = _start(response, progress)
            try:
                for chunk in cast("Iterable[bytes]", response.stream):
                    reader.feed(chunk)
                    if deadline.remaining <= 0:
                        raise WireError(TIME_IS_UP)
            finally:
                response.close()
            return reader.finish()
        except Exception as error:
            pass_wrapped_time_limit_on(error, handled)
            if not is_transport_error(error):
                raise
            progress.on_failure(error)
            return progress.result(describe(error))

    def close(self) -> None:
        """Close the transport, too."""
        super().close()
        self._transport.close()


class CallersAsyncTransport(AsyncTransport):
    """Asynchronous exchanges over a caller's transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__()
        self._transport = transport

    def progress(self) -> SendProgress:
        """The progress of a request that has not been started."""
        return TraceProgress(is_only_way=type(self._transport) is httpx.AsyncHTTPTransport)

    async def _exchange(
        self, request: PreparedRequest, deadline: Deadline, progress: SendProgress
    ) -> RawResponse | TransportFailure:
        assert isinstance(progress, TraceProgress)
        asking = self._ask(request, deadline, progress)
        task = asyncio.create_task(asking)
        # Retrieved, so that nothing is logged of a task that was given up on.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            return await self._within(deadline, task, progress)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE)
            _note_error(task, progress)
            raise
        finally:
            # RuntimeError: the call was dropped with its event loop.
            with suppress(RuntimeError):
                task.cancel()
            if getcoroutinestate(asking) == CORO_CREATED:
                asking.close()

    async def _within(
        self,
        deadline: Deadline,
        task: asyncio.Task[RawResponse],
        progress: TraceProgress,
    ) -> RawResponse | TransportFailure:
        """Wait for an exchange until the deadline, and no longer."""
        scope = asyncio.timeout(deadline.remaining)
        handled = sys.exc_info()[1]
        try:
            async with self._bounded_by(scope):
                await asyncio.wait({task})
        except TimeoutError:
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE)
            _note_error(task, progress)
            return progress.result(CLIENT_CLOSED if self._closed else TIME_IS_UP)
        try:
            return task.result()
        except asyncio.CancelledError as error:
            progress.on_error(error)
            return progress.result("the transport cancelled itself")
        except Exception as error:
            pass_wrapped_time_limit_on(error, handled)
            if not is_transport_error(error):
                raise
            progress.on_failure(error)
            return progress.result(describe(error))

    async def _ask(
        self, request: PreparedRequest, deadline: Deadline, progress: TraceProgress
    ) -> RawResponse:
        observe = _observer(progress, deadline)

        async def observe_async(name: str, info: dict[str, Any]) -> None:
            observe(name, info)

        asked = _httpx_request(request, deadline, observe_async)
        response = await self._transport.handle_async_request(asked)
        reader = _start(response, progress)
        try:
            stream = cast("AsyncIterable[bytes]", response.stream)
            async with _closing(aiter(stream)) as chunks:
                async for chunk in chunks:
                    reader.feed(chunk)
                    # One byte may be a chunk, and a flood of them must not stop the loop.
                    await asyncio.sleep(0)
        finally:
            await response.aclose()
        return reader.finish()

    async def aclose(self) -> None:
        """Close the transport, too."""
        await super().aclose()
        await self._transport.aclose()


def is_transport_error(error: Exception) -> bool:
    """Whether an error is one that a transport may raise.

    Errors of the wire and errors of Python itself, such as the KeyError of a mistake, are the
    transport's. A class of somebody else's is passed on as it is.
    """
    is_builtin = type(error).__module__ == "builtins"
    known = (*WIRE_ERRORS, httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
    return is_builtin or isinstance(error, known)


def _note_error(task: asyncio.Task[RawResponse], progress: TraceProgress) -> None:
    """Note the error of an exchange that was given up on, if it has ended meanwhile."""
    if task.done():
        try:
            task.result()
        except BaseException as error:  # noqa: BLE001 - only what it was counts now
            progress.on_error(error)


def _observer(progress: TraceProgress, deadline: Deadline) -> Callable[[str, dict[str, Any]], None]:
    progress.deadline = deadline
    return progress.on_trace


def _httpx_request(
    request: PreparedRequest, deadline: Deadline, observe: Callable[..., object]
) -> httpx.Request:
    timeout = max(deadline.remaining, 0.001)
    return httpx.Request(
        request.method,
        request.url,
        headers=list(request.headers),
        content=request.content,
        extensions={
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout),
            "trace": observe,
        },
    )


def _start(response: httpx.Response, progress: SendProgress) -> AnswerReader:
    status = cast("object", response.status_code)
    if not isinstance(status, int):
        raise TypeError("the transport gave no status")
    reader = AnswerReader(progress)
    reader.start(status, response.headers.raw)
    return reader


@asynccontextmanager
async def _closing(chunks: AsyncIterator[bytes]) -> AsyncGenerator[AsyncIterator[bytes]]:
    """Close a generator of chunks at the end of the block, not when it is collected."""
    try:
        yield chunks
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()

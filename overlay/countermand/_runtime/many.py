"""Many cancels with so many places: the calls of one `cancel_many`.

A request takes a place before it is read from the caller's iterable, and leaves it when the caller
has come back for the next result. So memory does not grow with the number of requests, however slow
the caller is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from contextlib import aclosing
from typing import TYPE_CHECKING

from attrs import define, field

from countermand._runtime.shielded import wait_for_end
from countermand._values import kind_of
from countermand.batch import CancelRequest, CancelResult
from countermand.errors import CountermandError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

    from countermand.receipt import Receipt


@define
class Pace:
    """Spreads starts evenly: so many per second, and no more after a pause."""

    interval: float
    """Seconds between two starts."""
    _next_start: float | None = None

    def delay(self, now: float) -> float:
        """Seconds to wait before the next start, which is then taken to happen."""
        start = now if self._next_start is None else max(now, self._next_start)
        self._next_start = start + self.interval
        return start - now


@define(eq=False)
class Batch:
    """The calls of one `cancel_many`."""

    cancel: Callable[[CancelRequest], Awaitable[Receipt]]
    requests: Iterable[CancelRequest] | AsyncIterable[CancelRequest]
    concurrency: int
    pace: Pace | None
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[object]]
    _places: asyncio.Semaphore = field(init=False)
    _running: set[asyncio.Task[CancelResult]] = field(factory=set["asyncio.Task[CancelResult]"])
    _ended: asyncio.Queue[asyncio.Task[CancelResult] | None] = field(
        factory=asyncio.Queue["asyncio.Task[CancelResult] | None"]
    )
    """The calls that have ended; None says that there are no more requests."""

    def __attrs_post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.concurrency)

    async def results(self) -> AsyncGenerator[CancelResult]:
        """The results, in the order in which the calls end.

        After a fault nothing new is started. The calls that run come to their ends, their results
        are yielded, and then the fault is raised.
        """
        faults: list[BaseException] = []
        starter = asyncio.create_task(self._start_calls())
        starter.add_done_callback(lambda _: self._ended.put_nowait(None))
        try:
            while self._running or not starter.done():
                call = await self._ended.get()
                if call is None:
                    continue
                self._running.discard(call)
                if (fault := _fault_of(call)) is None:
                    yield call.result()
                    self._places.release()
                else:
                    faults.append(fault)
                    starter.cancel()
        finally:
            await _stop(starter, *self._running)
        if not faults and (fault := _fault_of(starter)) is not None:
            faults.append(fault)
        if faults:
            raise faults[0]

    async def _start_calls(self) -> None:
        async with aclosing(_iterate(self.requests)) as requests:
            while True:
                await self._places.acquire()
                request = await anext(requests, None)
                if request is None:
                    return
                if self.pace is not None:
                    await self.sleep(self.pace.delay(self.clock()))
                call = asyncio.create_task(self._call(request))
                self._running.add(call)
                call.add_done_callback(self._ended.put_nowait)

    async def _call(self, request: CancelRequest) -> CancelResult:
        try:
            return CancelResult(request, receipt=await self.cancel(request))
        except CountermandError as error:
            return CancelResult(request, error=error)


async def _iterate(
    requests: Iterable[CancelRequest] | AsyncIterable[CancelRequest],
) -> AsyncGenerator[CancelRequest]:
    """The requests of either kind of iterable.

    Raises:
        TypeError: one of them is none.
    """
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            yield _checked(request)
    else:
        for request in requests:
            yield _checked(request)


def _checked(request: object) -> CancelRequest:
    if not isinstance(request, CancelRequest):
        raise TypeError(
            "cancel_many takes requests such as CancelRequest(cancellation, 'order-42'), not "
            f"{kind_of(request)}"
        )
    return request


def _fault_of(task: asyncio.Task[object]) -> BaseException | None:
    """What ended a task that has no result; None if it has one."""
    return asyncio.CancelledError() if task.cancelled() else task.exception()


async def _stop(*tasks: asyncio.Task[object]) -> None:
    """Cancel tasks and wait for all of them, whatever happens meanwhile: they record outcomes."""
    for task in tasks:
        task.cancel()
    await wait_for_end(*tasks)
    for task in tasks:
        _fault_of(task)

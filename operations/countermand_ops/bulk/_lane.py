"""The rows of one provider on their way into `cancel_many`: how fast, and which of them again."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from contextlib import suppress
from itertools import count, islice
from typing import TYPE_CHECKING, Final

from attrs import define, field

from countermand.batch import CancelRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from countermand.provider import Account
    from countermand_ops.bulk._plan import PlanRow
    from countermand_ops.bulk._throttle import Throttle

BATCH: Final = 200
"""Rows whose orders are recorded in the journal at once."""


@define(eq=False)
class Stop:
    """Whether a run is to start nothing more, and why."""

    reason: str | None = None
    event: asyncio.Event = field(factory=asyncio.Event)

    def set(self, reason: str) -> None:
        """Start nothing more. The first reason counts."""
        self.reason = self.reason or reason
        self.event.set()

    @property
    def is_set(self) -> bool:
        """Whether nothing more is to start."""
        return self.event.is_set()

    async def sleep(self, seconds: float) -> None:
        """Wait so long, or until nothing more is to start."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.event.wait(), seconds)


@define(eq=False, kw_only=True)
class Lane:
    """The rows of one provider.

    Args:
        rows: Those that have no end yet.
        account: Gives the account of a name.
        record: Records the orders of some rows before they are sent.
        throttle: How fast calls may start.
        stop: Ends it.
        clock: The monotonic clock, in seconds.
    """

    rows: Iterator[PlanRow]
    account: Callable[[str], Account]
    record: Callable[[list[PlanRow]], Awaitable[None]]
    throttle: Throttle
    stop: Stop
    clock: Callable[[], float]
    _batch: deque[PlanRow] = field(factory=deque["PlanRow"])
    _again: list[tuple[float, int, PlanRow]] = field(factory=list["tuple[float, int, PlanRow]"])
    _numbers: Iterator[int] = field(factory=count)
    _running: dict[str, PlanRow] = field(factory=dict[str, "PlanRow"])
    _tries: dict[str, tuple[int, float]] = field(factory=dict[str, tuple[int, float]])
    """By key, of rows that are tried again: how often, and since when."""
    _changed: asyncio.Event = field(factory=asyncio.Event)

    async def requests(self) -> AsyncIterator[CancelRequest]:
        """The requests. The next one comes when a call may start."""
        while not self.stop.is_set:
            row = await self._next()
            if row is None:
                if not self._again and not self._running:
                    return
                await self._wait()
                continue
            await self.stop.sleep(self.throttle.delay(self.clock()))
            if self.stop.is_set:
                return
            self._running[row.key] = row
            yield CancelRequest(row.cancellation, row.key, row.user, self.account(row.account))

    def ended(self, key: str) -> PlanRow:
        """The row of a call that has ended."""
        self._changed.set()
        return self._running.pop(key)

    def tries(self, row: PlanRow) -> tuple[int, float]:
        """How often a row was tried again, and for how many seconds it has been."""
        number, since = self._tries.get(row.key, (0, self.clock()))
        return number, self.clock() - since

    def again(self, row: PlanRow, seconds: float) -> None:
        """Try a row again after a while."""
        number, since = self._tries.get(row.key, (0, self.clock()))
        self._tries[row.key] = (number + 1, since)
        heapq.heappush(self._again, (self.clock() + seconds, next(self._numbers), row))

    def forget(self, row: PlanRow) -> None:
        """The row is not tried again."""
        self._tries.pop(row.key, None)

    async def _next(self) -> PlanRow | None:
        """A row that is due; None if there is none now."""
        if self._again and self._again[0][0] <= self.clock():
            return heapq.heappop(self._again)[2]
        if not self._batch:
            batch = list(islice(self.rows, BATCH))
            if batch:
                await self.record(batch)
            self._batch.extend(batch)
        return self._batch.popleft() if self._batch else None

    async def _wait(self) -> None:
        """Wait until a call has ended, or the next row is due, or nothing more is to start."""
        self._changed.clear()
        due = self._again[0][0] - self.clock() if self._again else None
        waits = [asyncio.ensure_future(each.wait()) for each in (self._changed, self.stop.event)]
        try:
            await asyncio.wait(waits, timeout=due, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

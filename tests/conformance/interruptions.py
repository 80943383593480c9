"""Scenario 15: a task is cancelled at each await, a thread interrupted at each clock reading."""

import asyncio
import time
from collections.abc import Coroutine, Generator, Iterator
from functools import partial
from itertools import count
from typing import Any

from attrs import define

from countermand import CountermandError
from countermand.sandbox import faults
from tests.conformance.cases import RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.stage import Stage

INTERRUPTED = frozenset({"CancelledError", "KeyboardInterrupt"})
MOST = 100


@define
class CutAt:
    """Awaits a coroutine, and cancels the task when that suspends for the `at`-th time."""

    work: Coroutine[Any, Any, Any]
    at: int
    seen: int = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self.work.__await__()
        value: Any = None
        error: BaseException | None = None
        while True:
            try:
                waiting = inner.throw(error) if error else inner.send(value)
            except StopIteration as finished:
                return finished.value
            self.seen += 1
            task = asyncio.current_task()
            if self.seen == self.at and task:
                task.cancel()
            value, error = None, None
            try:
                value = yield waiting
            except BaseException as raised:  # noqa: BLE001 - handed on to the coroutine
                error = raised


def interrupted(cast: Cast, fault: faults.Fault) -> None:
    """Whatever was cut off, the key knows, and the next call finishes it."""
    for at in count(1):
        with cast.stage(f"at {at}") as stage:
            stage.script(fault)
            go_on = (_task if cast.case.flavour == "async" else _thread)(stage, at)
            stage.finish()
            if go_on and at == MOST:
                stage.problems.append(f"more than {MOST} places to interrupt: not all were")
        if not go_on or at == MOST:
            return


def _task(stage: Stage, at: int) -> bool:
    cuts: list[CutAt] = []

    async def cut(client: Any) -> Any:
        cuts.append(CutAt(client.cancel(stage.cancellation, key=stage.key), at))
        return await cuts[0]

    def work() -> Any:
        try:
            return stage.actor.run(cut)
        except (CountermandError, asyncio.CancelledError) as error:
            return error

    stage.call("cancel", RECEIPT | UNKNOWN | INTERRUPTED, work)
    return cuts[0].seen >= at


def _thread(stage: Stage, at: int) -> bool:
    clock = InterruptingClock()
    stage.use(stage.new_actor(clock=clock.clock))
    # Only what the call reads counts, not what the client read when it was made.
    clock.begin(at)
    stage.cancel(RECEIPT | UNKNOWN | INTERRUPTED)
    return clock.begin(0) >= at


@define
class InterruptingClock:
    """A clock that raises an interruption when it is read for the `at`-th time."""

    at: int = 0
    seen: int = 0

    def begin(self, at: int) -> int:
        """Count anew; returns the count so far."""
        before, self.seen, self.at = self.seen, 0, at
        return before

    def clock(self) -> float:
        """The time, or an interruption."""
        self.seen += 1
        if self.seen == self.at:
            raise KeyboardInterrupt
        return time.monotonic()


def entries() -> Iterator[Entry]:
    """Scenario 15."""
    well = partial(interrupted, fault=faults.PASS)
    yield Entry(scenario=15, variant="well", play=well, quick=True)
    lost = partial(interrupted, fault=faults.RESET_AFTER)
    yield Entry(scenario=15, variant="answer-lost", play=lost)

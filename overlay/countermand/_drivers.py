"""The two drivers obey the procedure's steps, one blocking, one awaiting; they decide nothing."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, assert_never

from attrs import define, evolve, field

from countermand import _sessions
from countermand._conclusions import unless_lost
from countermand._steps import (
    AskUser,
    Authenticate,
    Claim,
    Close,
    Dispatch,
    Pause,
    Send,
    Step,
)
from countermand._threads import THREADS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from countermand._accounts import Account
    from countermand._errand import Errand
    from countermand._exchange import Failure
    from countermand._http import AsyncWire, Wire
    from countermand.attempts import RawResponse

T = TypeVar("T")


@define
class Driver:
    """Blocks."""

    errand: Errand
    wires: Callable[[Account], Wire]
    sleep: Callable[[float], object]
    _cut: RawResponse | Failure | None = field(default=None, init=False)

    def run(self) -> Any:
        """Obey until the end; an interruption carries along what is known."""
        try:
            procedure = self.errand.begin()
            step = next(procedure)
            while True:
                step = procedure.send(self.errand.answer(self._obey(step)))
        except StopIteration as finished:
            return finished.value
        except BaseException as interrupt:
            try:
                conclusion, known = self.errand.interrupted(self._cut)
                ours = self.errand.let_go(conclusion)
            except BaseException:
                self.errand.abandon()
                raise
            raise interrupt from unless_lost(known, self.errand.matter, ours=ours)

    def _obey(self, step: Step) -> object:
        errand = self.errand
        match step:
            case Send():
                return self._send(step)
            case Authenticate(api, stale, limit):
                source = errand.account(api).token_source
                user = errand.matter.user
                return _sessions.token(errand.session(api), source, user, stale, limit)
            case AskUser():
                return self._ask(step)
            case Pause():
                seconds = errand.wait(step)
                if seconds is not None:
                    self.sleep(seconds)
                return seconds is not None
            case Claim(limit):
                return self._claim(limit)
            case Dispatch(number, limit):
                return errand.dispatch(number, limit)
            case Close(conclusion):
                return errand.record(conclusion)
            case _:
                assert_never(step)

    def _send(self, step: Send) -> RawResponse | Failure:
        wire = self.wires(self.errand.account(step.call.operation.api))
        progress, self._cut = wire.progress(), None
        try:
            exchange = wire.send(self.errand.outgoing(step), step.limit, progress)
        except BaseException:
            self._cut = progress.ended("interrupted by the caller")
            raise
        # An interruption from here on must not lose the answer.
        self._cut = self.errand.received(step, exchange)
        return self._cut

    def _ask(self, step: AskUser) -> object:
        errand = self.errand
        began = errand.ambience.clock()
        session = errand.session(errand.matter.operation.api)
        result = _sessions.link(
            session, errand.seen_links, errand.asks(), errand.challenge(step), step.token
        )
        return evolve(result, took=errand.ambience.clock() - began)

    def _claim(self, limit: float) -> object:
        errand = self.errand
        claimed = errand.take(limit)
        for pause, left in errand.pauses(limit):
            if not errand.waits_for_key(claimed):
                break
            self.sleep(pause)
            claimed = errand.take(left)
        return claimed


@define
class AsyncDriver:
    """Awaits."""

    errand: Errand
    wires: Callable[[Account], AsyncWire]
    sleep: Callable[[float], Awaitable[object]]
    _cut: RawResponse | Failure | None = field(default=None, init=False)

    async def run(self) -> Any:
        """Obey until the end; an interruption carries along what is known."""
        try:
            procedure = self.errand.begin()
            step = next(procedure)
            while True:
                step = procedure.send(self.errand.answer(await self._obey(step)))
        except StopIteration as finished:
            return finished.value
        except GeneratorExit:
            # Dropped with its loop: nothing can be awaited any more.
            self.errand.let_go(self.errand.interrupted(self._cut)[0])
            raise
        except BaseException as interrupt:
            conclusion, known = self.errand.interrupted(self._cut)
            ours = await self._book(lambda: self.errand.let_go(conclusion))
            raise interrupt from unless_lost(known, self.errand.matter, ours=ours)

    async def _obey(self, step: Step) -> object:
        errand = self.errand
        match step:
            case Send():
                return await self._send(step)
            case Authenticate(api, stale, limit):
                source = errand.account(api).token_source
                user = errand.matter.user
                return await _sessions.async_token(errand.session(api), source, user, stale, limit)
            case AskUser():
                return await self._ask(step)
            case Pause():
                seconds = errand.wait(step)
                if seconds is not None:
                    await self.sleep(seconds)
                return seconds is not None
            case Claim(limit):
                return await self._claim(limit)
            case Dispatch(number, limit):
                return await self._book(lambda: errand.dispatch(number, limit))
            case Close(conclusion):
                return await self._book(lambda: errand.record(conclusion))
            case _:
                assert_never(step)

    async def _send(self, step: Send) -> RawResponse | Failure:
        wire = self.wires(self.errand.account(step.call.operation.api))
        progress, self._cut = wire.progress(), None
        try:
            exchange = await wire.send(self.errand.outgoing(step), step.limit, progress)
        except BaseException:
            self._cut = progress.ended("interrupted by the caller")
            raise
        self._cut = self.errand.received(step, exchange)
        return self._cut

    async def _ask(self, step: AskUser) -> object:
        errand = self.errand
        began = errand.ambience.clock()
        session = errand.session(errand.matter.operation.api)
        result = await _sessions.async_link(
            session, errand.seen_links, errand.asks(), errand.challenge(step), step.token
        )
        return evolve(result, took=errand.ambience.clock() - began)

    async def _claim(self, limit: float) -> object:
        errand = self.errand
        claimed = await self._book(lambda: errand.take(limit))
        for pause, left in errand.pauses(limit):
            if not errand.waits_for_key(claimed):
                break
            await self.sleep(pause)
            claimed = await self._book(partial(errand.take, left))
        return claimed

    async def _book(self, work: Callable[[], T]) -> T:
        """Do what a database may take time for on a thread, and to its end even if cancelled."""
        if not self.errand.durable:
            return work()
        task = asyncio.get_running_loop().run_in_executor(THREADS.pool(), work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            while not task.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([task])
            raise

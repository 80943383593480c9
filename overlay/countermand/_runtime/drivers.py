"""The two drivers obey the procedure's steps, one blocking, one awaiting; they decide nothing."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, assert_never

from attrs import define, evolve, field, frozen

from countermand._core.commands import (
    AskUser,
    Authenticate,
    Claim,
    Close,
    Dispatch,
    Pause,
    Send,
    Step,
)
from countermand._core.exchange import Failure
from countermand._core.outcomes import unless_lost
from countermand._runtime import credentials
from countermand._threads import THREADS
from countermand.attempts import Sent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from countermand._core.commands import Answer, Steps
    from countermand._http.transport import AsyncWire, Wire
    from countermand._runtime.invocation import Errand
    from countermand.attempts import RawResponse
    from countermand.provider._accounts import Account

T = TypeVar("T")

NOTHING_YET: Final = Failure(sent=Sent.NOT_SENT, problem="interrupted by the caller")
OUT_OF_TIME: Final = Failure(sent=Sent.NOT_SENT, problem="the time was over before it was sent")


@frozen
class Finished:
    """The procedure has come to its end."""

    value: Any


def advanced(procedure: Steps[Any], answer: Answer | None) -> Step | Finished:
    """The next step, or the end.

    Only here is StopIteration the procedure's: a callable of the caller's may raise it, too.
    """
    try:
        return next(procedure) if answer is None else procedure.send(answer)
    except StopIteration as finished:
        return Finished(finished.value)


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
            step = advanced(procedure, None)
            while not isinstance(step, Finished):
                step = advanced(procedure, self.errand.answer(self._obey(step)))
        except BaseException as interrupt:
            try:
                conclusion, known = self.errand.interrupted(self._cut)
                ours = self.errand.let_go(conclusion)
            except BaseException:
                self.errand.abandon()
                raise
            raise interrupt from unless_lost(known, self.errand.matter, ours=ours)
        return step.value

    def _obey(self, step: Step) -> object:
        # What came back for an earlier request says nothing of the next one.
        self._cut = None
        errand = self.errand
        match step:
            case Send():
                return self._send(step)
            case Authenticate(api, stale, limit):
                source = errand.account(api).token_source
                user = errand.matter.user
                return credentials.token(errand.session(api), source, user, stale, limit)
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
                return errand.dispatch(number, errand.moment(limit))
            case Close(conclusion, limit):
                return errand.record(conclusion, errand.moment(limit))
            case _:
                assert_never(step)

    def _send(self, step: Send) -> RawResponse | Failure:
        self._cut = NOTHING_YET
        wire = self.wires(self.errand.account(step.call.operation.api))
        progress = wire.progress()
        outgoing = self.errand.outgoing(step)
        limit = self.errand.left(step.until)
        if limit <= 0:
            return OUT_OF_TIME
        try:
            self._cut = None
            exchange = wire.send(outgoing, limit, progress)
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
        result = credentials.link(
            session, errand.seen_links, errand.asks(), errand.challenge(step), step.token
        )
        return evolve(result, took=errand.ambience.clock() - began)

    def _claim(self, limit: float) -> object:
        errand = self.errand
        until = errand.moment(limit)
        claimed = errand.take(until)
        for pause in errand.pauses(until):
            if not errand.waits_for_key(claimed):
                break
            self.sleep(pause)
            claimed = errand.take(until)
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
            step = advanced(procedure, None)
            while not isinstance(step, Finished):
                step = advanced(procedure, self.errand.answer(await self._obey(step)))
        except GeneratorExit:
            # Dropped with its loop: nothing can be awaited any more.
            self.errand.let_go(self.errand.interrupted(self._cut)[0])
            raise
        except BaseException as interrupt:
            conclusion, known = self.errand.interrupted(self._cut)
            ours = await self._book(lambda: self.errand.let_go(conclusion))
            raise interrupt from unless_lost(known, self.errand.matter, ours=ours)
        return step.value

    async def _obey(self, step: Step) -> object:
        self._cut = None
        errand = self.errand
        match step:
            case Send():
                return await self._send(step)
            case Authenticate(api, stale, limit):
                source = errand.account(api).token_source
                user = errand.matter.user
                return await credentials.async_token(
                    errand.session(api), source, user, stale, limit
                )
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
                return await self._book(partial(errand.dispatch, number, errand.moment(limit)))
            case Close(conclusion, limit):
                return await self._book(partial(errand.record, conclusion, errand.moment(limit)))
            case _:
                assert_never(step)

    async def _send(self, step: Send) -> RawResponse | Failure:
        self._cut = NOTHING_YET
        wire = self.wires(self.errand.account(step.call.operation.api))
        progress = wire.progress()
        outgoing = self.errand.outgoing(step)
        limit = self.errand.left(step.until)
        if limit <= 0:
            return OUT_OF_TIME
        try:
            self._cut = None
            exchange = await wire.send(outgoing, limit, progress)
        except BaseException:
            self._cut = progress.ended("interrupted by the caller")
            raise
        self._cut = self.errand.received(step, exchange)
        return self._cut

    async def _ask(self, step: AskUser) -> object:
        errand = self.errand
        began = errand.ambience.clock()
        session = errand.session(errand.matter.operation.api)
        result = await credentials.async_link(
            session, errand.seen_links, errand.asks(), errand.challenge(step), step.token
        )
        return evolve(result, took=errand.ambience.clock() - began)

    async def _claim(self, limit: float) -> object:
        errand = self.errand
        until = errand.moment(limit)
        claimed = await self._book(partial(errand.take, until))
        for pause in errand.pauses(until):
            if not errand.waits_for_key(claimed):
                break
            await self.sleep(pause)
            claimed = await self._book(partial(errand.take, until))
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

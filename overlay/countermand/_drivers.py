"""The two drivers obey the procedure's steps, one blocking, one awaiting; they decide nothing."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, assert_never

from attrs import define, evolve, field, frozen

from countermand import _sessions
from countermand._exchange import Failure, Outgoing
from countermand._procedure import (
    Answer,
    AskUser,
    Authenticate,
    Ending,
    Order,
    Pause,
    Procedure,
    Send,
    Step,
    interrupt,
    perform,
)
from countermand._secrets import without_secrets
from countermand.identity import LinkChallenge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from countermand._accounts import Account
    from countermand._budget import TokenBucket
    from countermand._conclusions import Matter
    from countermand._http import AsyncWire, Wire
    from countermand._sessions import Session
    from countermand.attempts import RawResponse
    from countermand.identity import LinkHandler

logger = logging.getLogger("countermand")


@frozen(kw_only=True)
class Ambience:
    """Chance and time, as the client was given them."""

    clock: Callable[[], float]
    random: Callable[[], float]
    wall: Callable[[], float] = time.time


@define(kw_only=True)
class Errand:
    """One call on its way: what both drivers need, and the steps that need no waiting."""

    order: Order
    matter: Matter
    account: Account
    session: Session
    ambience: Ambience
    bucket: TokenBucket | None
    handler: LinkHandler | None
    ending: Ending = field(factory=Ending)
    seen_links: int = 0
    _number: int = 0

    def procedure(self) -> Procedure:
        """Begin."""
        if self.bucket:
            self.bucket.earn(self.ambience.clock())
        return perform(self.order, self.ambience.clock(), self.ending)

    def answer(self, value: object) -> Answer:
        """A step's result with the time."""
        return Answer(value, self.ambience.clock(), self.ambience.wall())

    def outgoing(self, step: Send) -> Outgoing:
        """The request with its credentials."""
        call = self.order.call
        self.seen_links = self.session.links
        self._number += 1
        query = f"?{call.query}" if call.query else ""
        return Outgoing(
            method=call.operation.method,
            url=f"{self.account.endpoint}{call.path}{query}",
            headers=(
                *call.headers,
                ("Accept-Encoding", "identity"),
                ("User-Agent", "countermand"),
                *self.account.credentials(step.token),
            ),
            content=call.content,
        )

    def received(self, exchange: RawResponse | Failure, token: str | None) -> RawResponse | Failure:
        """What came back, credentials struck out, and a line in the log about it."""
        clean = without_secrets(exchange, self.account.secrets(token))
        logger.debug(
            "%s %s, key %.12s, attempt %d: %r",
            self.matter.name,
            self.matter.operation.operation_id,
            self.matter.key,
            self._number,
            clean,
        )
        return clean

    def wait(self, step: Pause) -> float | None:
        """Seconds to sleep, or None where the retry budget is spent."""
        if self.bucket and not self.bucket.take(self.ambience.clock()):
            logger.debug("%s, key %.12s: retry budget spent", self.matter.name, self.matter.key)
            return None
        return step.at_least + step.jitter * self.ambience.random()

    def asks(self) -> LinkHandler:
        """The handler; an order is linkable only where there is one."""
        assert self.handler is not None
        return self.handler

    def challenge(self, step: AskUser) -> LinkChallenge:
        """What the linked-identity handler is told."""
        return LinkChallenge(
            api=self.matter.operation.api,
            user=self.matter.user,
            key=self.matter.key,
            cancellation=self.matter.cancellation,
            problem=step.problem,
        )


@define
class Driver:
    """Blocks."""

    errand: Errand
    wire: Wire
    sleep: Callable[[float], object]
    _cut: RawResponse | Failure | None = None

    def run(self) -> Ending:
        """Obey until the end, which stays on the errand even when the caller interrupts."""
        procedure = self.errand.procedure()
        try:
            step = next(procedure)
            while True:
                step = procedure.send(self.errand.answer(self._obey(step)))
        except StopIteration:
            return self.errand.ending
        except BaseException:
            interrupt(self.errand.order, self.errand.ending, self._cut)
            raise

    def _obey(self, step: Step) -> object:
        errand = self.errand
        match step:
            case Send():
                return self._send(step)
            case Authenticate(stale, limit):
                return _sessions.token(
                    errand.session, errand.account.token_source, errand.matter.user, stale, limit
                )
            case AskUser():
                began = errand.ambience.clock()
                result = _sessions.link(
                    errand.session,
                    errand.seen_links,
                    errand.asks(),
                    errand.challenge(step),
                    step.token,
                )
                return evolve(result, took=errand.ambience.clock() - began)
            case Pause():
                seconds = errand.wait(step)
                if seconds is not None:
                    self.sleep(seconds)
                return seconds is not None
            case _:
                assert_never(step)

    def _send(self, step: Send) -> RawResponse | Failure:
        progress = self.wire.progress()
        try:
            exchange = self.wire.send(self.errand.outgoing(step), step.limit, progress)
        except BaseException:
            self._cut = progress.ended("interrupted by the caller")
            raise
        return self.errand.received(exchange, step.token)


@define
class AsyncDriver:
    """Awaits."""

    errand: Errand
    wire: AsyncWire
    sleep: Callable[[float], Awaitable[object]]
    _cut: RawResponse | Failure | None = None

    async def run(self) -> Ending:
        """Obey until the end, which stays on the errand even when the task is cancelled."""
        procedure = self.errand.procedure()
        try:
            step = next(procedure)
            while True:
                step = procedure.send(self.errand.answer(await self._obey(step)))
        except StopIteration:
            return self.errand.ending
        except BaseException:
            interrupt(self.errand.order, self.errand.ending, self._cut)
            raise

    async def _obey(self, step: Step) -> object:
        errand = self.errand
        match step:
            case Send():
                return await self._send(step)
            case Authenticate(stale, limit):
                return await _sessions.async_token(
                    errand.session, errand.account.token_source, errand.matter.user, stale, limit
                )
            case AskUser():
                began = errand.ambience.clock()
                result = await _sessions.async_link(
                    errand.session,
                    errand.seen_links,
                    errand.asks(),
                    errand.challenge(step),
                    step.token,
                )
                return evolve(result, took=errand.ambience.clock() - began)
            case Pause():
                seconds = errand.wait(step)
                if seconds is not None:
                    await self.sleep(seconds)
                return seconds is not None
            case _:
                assert_never(step)

    async def _send(self, step: Send) -> RawResponse | Failure:
        progress = self.wire.progress()
        try:
            exchange = await self.wire.send(self.errand.outgoing(step), step.limit, progress)
        except BaseException:
            self._cut = progress.ended("interrupted by the caller")
            raise
        return self.errand.received(exchange, step.token)

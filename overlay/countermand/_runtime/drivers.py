"""The two drivers obey the procedure's steps, one blocking, one awaiting; they decide nothing."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, assert_never

from attrs import define, evolve, field, frozen

from countermand._core.commands import (
    ClaimKey,
    Command,
    GetToken,
    LinkIdentity,
    RecordAttempt,
    RecordOutcome,
    SendRequest,
    WaitToRetry,
)
from countermand._core.exchange import TransportFailure
from countermand._core.outcomes import unless_lease_lost
from countermand._runtime import credentials
from countermand._threads import LEDGER_POOL
from countermand.attempts import Sent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from countermand._core.commands import CommandResult, Commands
    from countermand._http.transport import AsyncTransport, Transport
    from countermand._runtime.invocation import Invocation
    from countermand.attempts import RawResponse
    from countermand.provider._accounts import Account

T = TypeVar("T")

NOT_STARTED: Final = TransportFailure(sent=Sent.NOT_SENT, problem="interrupted by the caller")
DEADLINE_PASSED: Final = TransportFailure(
    sent=Sent.NOT_SENT, problem="the time was over before it was sent"
)


@frozen
class Finished:
    """The procedure has come to its end."""

    value: Any


def advance(procedure: Commands[Any], result: CommandResult | None) -> Command | Finished:
    """The next step, or the end.

    Only here is StopIteration the procedure's: a callable of the caller's may raise it, too.
    """
    try:
        return next(procedure) if result is None else procedure.send(result)
    except StopIteration as finished:
        return Finished(finished.value)


@define
class Driver:
    """Blocks."""

    invocation: Invocation
    transport_for: Callable[[Account], Transport]
    sleep: Callable[[float], object]
    _partial_exchange: RawResponse | TransportFailure | None = field(default=None, init=False)

    def run(self) -> Any:
        """Obey until the end; an interruption carries along what is known."""
        try:
            procedure = self.invocation.start()
            command = advance(procedure, None)
            while not isinstance(command, Finished):
                command = advance(procedure, self.invocation.result_of(self._perform(command)))
        except BaseException as interrupt:
            try:
                result, known = self.invocation.on_interrupt(self._partial_exchange)
                still_owned = self.invocation.finish_interrupted(result)
            except BaseException:
                self.invocation.abandon()
                raise
            raise interrupt from unless_lease_lost(
                known, self.invocation.context, still_owned=still_owned
            )
        return command.value

    def _perform(self, command: Command) -> object:
        # What came back for an earlier request says nothing of the next one.
        self._partial_exchange = None
        invocation = self.invocation
        match command:
            case SendRequest():
                return self._send(command)
            case GetToken(api, rejected_token, timeout):
                source = invocation.account_for(api).token_source
                user = invocation.context.user
                return credentials.get_token(
                    invocation.credentials_for(api), source, user, rejected_token, timeout
                )
            case LinkIdentity():
                return self._link_identity(command)
            case WaitToRetry():
                seconds = invocation.retry_delay(command)
                if seconds is not None:
                    self.sleep(seconds)
                return seconds is not None
            case ClaimKey(timeout):
                return self._claim(timeout)
            case RecordAttempt(number, timeout):
                return invocation.record_attempt(number, invocation.deadline_in(timeout))
            case RecordOutcome(result, timeout):
                return invocation.record_outcome(result, invocation.deadline_in(timeout))
            case _:
                assert_never(command)

    def _send(self, command: SendRequest) -> RawResponse | TransportFailure:
        self._partial_exchange = NOT_STARTED
        transport = self.transport_for(self.invocation.account_for(command.call.operation.api))
        progress = transport.progress()
        request = self.invocation.build_request(command)
        timeout = self.invocation.remaining(command.deadline)
        if timeout <= 0:
            return DEADLINE_PASSED
        try:
            self._partial_exchange = None
            exchange = transport.send(request, timeout, progress)
        except BaseException:
            self._partial_exchange = progress.result("interrupted by the caller")
            raise
        # An interruption from here on must not lose the answer.
        self._partial_exchange = self.invocation.redact_and_log(command, exchange)
        return self._partial_exchange

    def _link_identity(self, command: LinkIdentity) -> object:
        invocation = self.invocation
        began = invocation.environment.clock()
        session = invocation.credentials_for(invocation.context.operation.api)
        result = credentials.link_identity(
            session,
            invocation.link_count_seen,
            invocation.required_link_handler(),
            invocation.link_challenge(command),
            command.token,
        )
        return evolve(result, excluded_time=invocation.environment.clock() - began)

    def _claim(self, timeout: float) -> object:
        invocation = self.invocation
        deadline = invocation.deadline_in(timeout)
        claimed = invocation.claim(deadline)
        for pause in invocation.poll_intervals(deadline):
            if not invocation.should_wait_for_key(claimed):
                break
            self.sleep(pause)
            claimed = invocation.claim(deadline)
        return claimed


@define
class AsyncDriver:
    """Awaits."""

    invocation: Invocation
    transport_for: Callable[[Account], AsyncTransport]
    sleep: Callable[[float], Awaitable[object]]
    _partial_exchange: RawResponse | TransportFailure | None = field(default=None, init=False)

    async def run(self) -> Any:
        """Obey until the end; an interruption carries along what is known."""
        try:
            procedure = self.invocation.start()
            command = advance(procedure, None)
            while not isinstance(command, Finished):
                command = advance(
                    procedure, self.invocation.result_of(await self._perform(command))
                )
        except GeneratorExit:
            # Dropped with its loop: nothing can be awaited any more.
            self.invocation.finish_interrupted(
                self.invocation.on_interrupt(self._partial_exchange)[0]
            )
            raise
        except BaseException as interrupt:
            result, known = self.invocation.on_interrupt(self._partial_exchange)
            still_owned = await self._in_ledger_pool(
                lambda: self.invocation.finish_interrupted(result)
            )
            raise interrupt from unless_lease_lost(
                known, self.invocation.context, still_owned=still_owned
            )
        return command.value

    async def _perform(self, command: Command) -> object:
        self._partial_exchange = None
        invocation = self.invocation
        match command:
            case SendRequest():
                return await self._send(command)
            case GetToken(api, rejected_token, timeout):
                source = invocation.account_for(api).token_source
                user = invocation.context.user
                return await credentials.get_token_async(
                    invocation.credentials_for(api), source, user, rejected_token, timeout
                )
            case LinkIdentity():
                return await self._link_identity(command)
            case WaitToRetry():
                seconds = invocation.retry_delay(command)
                if seconds is not None:
                    await self.sleep(seconds)
                return seconds is not None
            case ClaimKey(timeout):
                return await self._claim(timeout)
            case RecordAttempt(number, timeout):
                return await self._in_ledger_pool(
                    partial(invocation.record_attempt, number, invocation.deadline_in(timeout))
                )
            case RecordOutcome(result, timeout):
                return await self._in_ledger_pool(
                    partial(invocation.record_outcome, result, invocation.deadline_in(timeout))
                )
            case _:
                assert_never(command)

    async def _send(self, command: SendRequest) -> RawResponse | TransportFailure:
        self._partial_exchange = NOT_STARTED
        transport = self.transport_for(self.invocation.account_for(command.call.operation.api))
        progress = transport.progress()
        request = self.invocation.build_request(command)
        timeout = self.invocation.remaining(command.deadline)
        if timeout <= 0:
            return DEADLINE_PASSED
        try:
            self._partial_exchange = None
            exchange = await transport.send(request, timeout, progress)
        except BaseException:
            self._partial_exchange = progress.result("interrupted by the caller")
            raise
        self._partial_exchange = self.invocation.redact_and_log(command, exchange)
        return self._partial_exchange

    async def _link_identity(self, command: LinkIdentity) -> object:
        invocation = self.invocation
        began = invocation.environment.clock()
        session = invocation.credentials_for(invocation.context.operation.api)
        result = await credentials.link_identity_async(
            session,
            invocation.link_count_seen,
            invocation.required_link_handler(),
            invocation.link_challenge(command),
            command.token,
        )
        return evolve(result, excluded_time=invocation.environment.clock() - began)

    async def _claim(self, timeout: float) -> object:
        invocation = self.invocation
        deadline = invocation.deadline_in(timeout)
        claimed = await self._in_ledger_pool(partial(invocation.claim, deadline))
        for pause in invocation.poll_intervals(deadline):
            if not invocation.should_wait_for_key(claimed):
                break
            await self.sleep(pause)
            claimed = await self._in_ledger_pool(partial(invocation.claim, deadline))
        return claimed

    async def _in_ledger_pool(self, work: Callable[[], T]) -> T:
        """Do what a database may take time for on a thread, and to its end even if cancelled."""
        if not self.invocation.durable:
            return work()
        task = asyncio.get_running_loop().run_in_executor(LEDGER_POOL.pool(), work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            while not task.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([task])
            raise

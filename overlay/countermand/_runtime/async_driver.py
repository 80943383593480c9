"""Performs the core's commands by awaiting, as `driver` does by blocking, and decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, assert_never

from attrs import evolve, frozen

from countermand._core.commands import (
    ClaimKey,
    GetToken,
    LinkIdentity,
    RecordAttempt,
    RecordOutcome,
    SendRequest,
    TakePlace,
    TakeRetryToken,
    WaitToRetry,
)
from countermand._runtime.async_credentials import fetch_token, link_identity
from countermand._runtime.driver import DEADLINE_PASSED, NOT_STARTED, Finished, advance
from countermand._runtime.gate import Place
from countermand._runtime.shielded import wait_for_end
from countermand._runtime.stores import ask_store, refuse_steps
from countermand._steps import drive_async
from countermand._threads import in_ledger_pool
from countermand.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from countermand._core.commands import (
        AlreadyFinished,
        AnyCommand,
        KeyHistory,
        Rejected,
        TokenDenied,
        TokenGranted,
    )
    from countermand._core.exchange import TransportFailure
    from countermand._core.idempotency import KeyStore
    from countermand._http.async_base import AsyncTransport
    from countermand._runtime.gate import Gate
    from countermand._runtime.invocation import Invocation
    from countermand._runtime.stores import StoreSteps
    from countermand.attempts import RawResponse
    from countermand.provider import Account

T = TypeVar("T")


@frozen
class AsyncDriver:
    """Performs commands by awaiting."""

    transport_for: Callable[[Account], AsyncTransport]
    gate: Gate
    sleep: Callable[[float], Awaitable[object]]

    async def run(self, invocation: Invocation) -> Any:
        """Perform a call's commands to the end; an interruption records what is known."""
        try:
            commands = invocation.start()
            command = advance(commands, None)
            while not isinstance(command, Finished):
                value = await self._perform(invocation, command)
                command = advance(commands, invocation.result_of(value))
        except GeneratorExit:
            # The coroutine was dropped with its event loop: nothing can be awaited.
            try:
                result, known = invocation.on_interrupt()
                finish = invocation.finish_interrupted(result)
                still_owned = ask_store(invocation.store, finish)
            except BaseException:
                invocation.abandon()
                raise
            invocation.cause_of(result, known, still_owned=still_owned)
            raise
        except BaseException as interrupt:
            try:
                result, known = invocation.on_interrupt()
                finish = invocation.finish_interrupted(result)
                still_owned = await ask_store_async(invocation.store, finish)
            except BaseException:
                invocation.abandon()
                raise
            raise interrupt from invocation.cause_of(result, known, still_owned=still_owned)
        finally:
            invocation.release_place()
        # Outside: an interruption here is none of the call, whose outcome is recorded.
        invocation.finish(command.value)
        return command.value

    async def _perform(self, invocation: Invocation, command: AnyCommand) -> object:
        invocation.partial_exchange = None
        match command:
            case TakePlace(api, timeout):
                return await self._take_place(invocation, api, timeout)
            case SendRequest():
                try:
                    return await self._send(invocation, command)
                finally:
                    invocation.release_place()
            case TakeRetryToken():
                return invocation.take_retry_token()
            case GetToken() | LinkIdentity():
                return await self._ask_caller(invocation, command)
            case WaitToRetry():
                seconds = invocation.retry_delay(command)
                if seconds is not None:
                    with invocation.waiting("retry", seconds):
                        await self.sleep(seconds)
                return seconds is not None
            case ClaimKey():
                return await self._claim(invocation, command)
            case RecordAttempt() | RecordOutcome():
                deadline = invocation.deadline_in(command.timeout)
                return await ask_store_async(invocation.store, invocation.record(command, deadline))
            case _:
                assert_never(command)

    async def _take_place(
        self,
        invocation: Invocation,
        api: str,
        timeout: float,  # noqa: ASYNC109 - the command's own
    ) -> str | None:
        place = invocation.place = Place(self.gate, id(invocation.account_for(api)))
        if not self.gate.try_take(place):
            loop, free = asyncio.get_running_loop(), asyncio.Event()
            with invocation.waiting("place", timeout), contextlib.suppress(TimeoutError):
                self.gate.wait(place, partial(_set_in, loop, free))
                async with asyncio.timeout(timeout):
                    await free.wait()
        return invocation.no_place()

    async def _send(
        self, invocation: Invocation, command: SendRequest
    ) -> RawResponse | TransportFailure:
        invocation.partial_exchange = NOT_STARTED
        transport = self.transport_for(invocation.account_for(command.call.operation.api))
        progress = invocation.progress(transport, command.call)
        request = invocation.build_request(command)
        timeout = invocation.time_to_send(command.deadline)
        if timeout <= 0:
            return invocation.on_exchange(command, DEADLINE_PASSED)
        try:
            invocation.partial_exchange = None
            exchange = await transport.send(request, timeout, progress)
        except BaseException as interrupt:
            invocation.on_interrupted_exchange(command, progress, interrupt)
            # The frames below hold the request with its credentials.
            interrupt.__traceback__ = None
            raise
        return invocation.on_exchange(command, exchange)

    async def _ask_caller(
        self, invocation: Invocation, command: GetToken | LinkIdentity
    ) -> TokenGranted | TokenDenied:
        try:
            if isinstance(command, LinkIdentity):
                return await self._link_identity(invocation, command)
            known = invocation.known_token(command)
            return known or await self._fetch_token(invocation, command)
        except Exception as error:
            denied = invocation.denied(command, error)
            if denied is None:
                raise
            return denied

    async def _fetch_token(
        self, invocation: Invocation, command: GetToken
    ) -> TokenGranted | TokenDenied:
        source = invocation.token_callable(command.api)
        result = await fetch_token(source, invocation.plan.user, command.timeout)
        return invocation.keep_token(command.api, result)

    async def _link_identity(
        self, invocation: Invocation, command: LinkIdentity
    ) -> TokenGranted | TokenDenied:
        api, started_at = invocation.plan.operation.api, invocation.clock()
        with invocation.waiting("login", None):
            result = await link_identity(
                invocation.link_questions,
                invocation.account_for(api),
                invocation.required_link_handler(),
                invocation.link_challenge(command),
                command.token,
            )
        excluded_time = invocation.clock() - started_at
        return evolve(invocation.keep_token(api, result), excluded_time=excluded_time)

    async def _claim(
        self, invocation: Invocation, command: ClaimKey
    ) -> KeyHistory | AlreadyFinished | Rejected:
        deadline = invocation.deadline_in(command.timeout)
        claim = partial(invocation.try_claim, deadline, first_attempt=command.first_attempt)
        claimed = await ask_store_async(invocation.store, claim())
        if not invocation.required_claim.should_wait(claimed):
            return claimed
        with invocation.waiting("key", command.timeout):
            for pause in invocation.poll_intervals(deadline):
                await self.sleep(pause)
                claimed = await ask_store_async(invocation.store, claim(last=claimed))
                if not invocation.required_claim.should_wait(claimed):
                    break
        return claimed


def _set_in(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set an event of a loop, perhaps from another thread; a closed loop needs it no more."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(event.set)


async def ask_store_async(store: KeyStore | None, steps: StoreSteps[T]) -> T:
    """Make the calls of a generator without blocking the loop, and finish them if cancelled."""
    if store is None or not store.durable:
        return ask_store(store, steps)
    task: asyncio.Future[T]
    if (awaitable := store.awaitable) is not None:
        task = asyncio.ensure_future(drive_async(steps, lambda call: call(awaitable)))
    else:
        loop = asyncio.get_running_loop()
        try:
            task = in_ledger_pool(loop, ask_store, store, steps)
        except RuntimeError as error:
            problem = f"the ledger cannot be used: no thread for it: {error}"
            return refuse_steps(steps, LedgerUnavailable(problem))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await wait_for_end(task)
        raise

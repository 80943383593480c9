"""Performs the core's commands by blocking, and decides nothing. `async_driver` is its twin.

A driver belongs to a client and serves all its calls; the state of a call is its `Invocation`.
"""

from __future__ import annotations

from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, Final, assert_never

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
from countermand._core.exchange import TransportFailure
from countermand._runtime import credentials
from countermand._runtime.gate import Place
from countermand._runtime.stores import ask_store
from countermand.attempts import Sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._core.commands import (
        AlreadyFinished,
        AnyCommand,
        CommandResult,
        Commands,
        KeyHistory,
        Rejected,
        TokenDenied,
        TokenGranted,
    )
    from countermand._http.base import Transport
    from countermand._runtime.gate import Gate
    from countermand._runtime.invocation import Invocation
    from countermand.attempts import RawResponse
    from countermand.provider import Account

NOT_STARTED: Final = TransportFailure(sent=Sent.NOT_SENT, problem="interrupted by the caller")
DEADLINE_PASSED: Final = TransportFailure(
    sent=Sent.NOT_SENT, problem="the deadline passed before it was sent"
)


@frozen
class Finished:
    """The core's generator has returned."""

    value: Any


def advance(commands: Commands[Any], result: CommandResult[Any] | None) -> AnyCommand | Finished:
    """The next command, or the end.

    StopIteration is caught only here: a callable of the caller's may raise it, too.
    """
    try:
        return next(commands) if result is None else commands.send(result)
    except StopIteration as finished:
        return Finished(finished.value)


@frozen
class Driver:
    """Performs commands by blocking."""

    transport_for: Callable[[Account], Transport]
    gate: Gate
    sleep: Callable[[float], object]

    def run(self, invocation: Invocation) -> Any:
        """Perform a call's commands to the end; an interruption records what is known."""
        try:
            commands = invocation.start()
            command = advance(commands, None)
            while not isinstance(command, Finished):
                value = self._perform(invocation, command)
                command = advance(commands, invocation.result_of(value))
        except BaseException as interrupt:
            try:
                result, known = invocation.on_interrupt()
                still_owned = ask_store(invocation.store, invocation.finish_interrupted(result))
            except BaseException:
                invocation.abandon()
                raise
            raise interrupt from invocation.cause_of(result, known, still_owned=still_owned)
        finally:
            invocation.release_place()
        # Outside: an interruption here is none of the call, whose outcome is recorded.
        invocation.finish(command.value)
        return command.value

    def _perform(self, invocation: Invocation, command: AnyCommand) -> object:
        # The partial exchange of an earlier request says nothing about the next one.
        invocation.partial_exchange = None
        match command:
            case TakePlace(api, timeout):
                return self._take_place(invocation, api, timeout)
            case SendRequest():
                try:
                    return self._send(invocation, command)
                finally:
                    invocation.release_place()
            case TakeRetryToken():
                return invocation.take_retry_token()
            case GetToken() | LinkIdentity():
                return self._ask_caller(invocation, command)
            case WaitToRetry():
                seconds = invocation.retry_delay(command)
                if seconds is not None:
                    with invocation.waiting("retry", seconds):
                        self.sleep(seconds)
                return seconds is not None
            case ClaimKey():
                return self._claim(invocation, command)
            case RecordAttempt() | RecordOutcome():
                deadline = invocation.deadline_in(command.timeout)
                return ask_store(invocation.store, invocation.record(command, deadline))
            case _:
                assert_never(command)

    def _take_place(self, invocation: Invocation, api: str, timeout: float) -> str | None:
        place = invocation.place = Place(self.gate, id(invocation.account_for(api)))
        if not self.gate.try_take(place):
            free = Event()
            with invocation.waiting("place", timeout):
                self.gate.wait(place, free.set)
                free.wait(timeout)
        return invocation.no_place()

    def _send(self, invocation: Invocation, command: SendRequest) -> RawResponse | TransportFailure:
        invocation.partial_exchange = NOT_STARTED
        transport = self.transport_for(invocation.account_for(command.call.operation.api))
        progress = invocation.progress(transport, command.call)
        request = invocation.build_request(command)
        timeout = invocation.time_to_send(command.deadline)
        if timeout <= 0:
            return invocation.on_exchange(command, DEADLINE_PASSED)
        try:
            invocation.partial_exchange = None
            exchange = transport.send(request, timeout, progress)
        except BaseException as interrupt:
            invocation.on_interrupted_exchange(command, progress, interrupt)
            # The frames below hold the request with its credentials.
            interrupt.__traceback__ = None
            raise
        return invocation.on_exchange(command, exchange)

    def _ask_caller(
        self, invocation: Invocation, command: GetToken | LinkIdentity
    ) -> TokenGranted | TokenDenied:
        try:
            if isinstance(command, LinkIdentity):
                return self._link_identity(invocation, command)
            return invocation.known_token(command) or self._fetch_token(invocation, command)
        except Exception as error:
            denied = invocation.denied(command, error)
            if denied is None:
                raise
            return denied

    def _fetch_token(self, invocation: Invocation, command: GetToken) -> TokenGranted | TokenDenied:
        source = invocation.token_callable(command.api)
        result = credentials.fetch_token(source, invocation.plan.user)
        return invocation.keep_token(command.api, result)

    def _link_identity(
        self, invocation: Invocation, command: LinkIdentity
    ) -> TokenGranted | TokenDenied:
        api, started_at = invocation.plan.operation.api, invocation.clock()
        with invocation.waiting("login", None):
            result = credentials.link_identity(
                invocation.link_questions,
                invocation.account_for(api),
                invocation.required_link_handler(),
                invocation.link_challenge(command),
                command.token,
            )
        excluded_time = invocation.clock() - started_at
        return evolve(invocation.keep_token(api, result), excluded_time=excluded_time)

    def _claim(
        self, invocation: Invocation, command: ClaimKey
    ) -> KeyHistory | AlreadyFinished | Rejected:
        deadline = invocation.deadline_in(command.timeout)
        claim = partial(invocation.try_claim, deadline, first_attempt=command.first_attempt)
        claimed = ask_store(invocation.store, claim())
        if not invocation.required_claim.should_wait(claimed):
            return claimed
        with invocation.waiting("key", command.timeout):
            for pause in invocation.poll_intervals(deadline):
                self.sleep(pause)
                claimed = ask_store(invocation.store, claim(last=claimed))
                if not invocation.required_claim.should_wait(claimed):
                    break
        return claimed

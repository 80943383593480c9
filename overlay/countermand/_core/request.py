"""One request until nothing safe is left to do: send, judge, wait, authenticate, link.

A generator that yields steps and is told what came of them; it never does anything itself. The
blocking and the asynchronous driver obey it, so both behave alike, and it can be explored without a
network. Time comes in with each answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from attrs import define, evolve, field, frozen

from countermand._core.commands import (
    Commands,
    GetToken,
    LinkIdentity,
    RecordAttempt,
    Rejected,
    SendRequest,
    TokenDenied,
    TokenGranted,
    WaitToRetry,
)
from countermand._core.exchange import TransportFailure
from countermand._core.retries import (
    LinkThenRetry,
    RefreshThenRetry,
    RetryAfter,
    RetryContext,
    Stop,
    decide_retry,
    parse_retry_after,
)
from countermand.attempts import Attempt, RawResponse, Sent
from countermand.provider._verdicts import (
    LinkRequired,
    MaybeExecuted,
    NotRecorded,
    NotSent,
    Throttled,
    TokenRejected,
    Verdict,
)
from countermand.receipt import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand_clients.operation import Call

    from countermand.policy import Policy


@frozen(kw_only=True)
class RequestPlan:
    """What is to be done, and within what limits."""

    call: Call[Any]
    interpret: Callable[[RawResponse], Verdict]
    policy: Policy
    can_refresh_token: bool = False
    """Whether a fresh token can be had."""
    can_link_identity: bool = False
    """Whether somebody can take the user through linking an identity."""
    read_back_reserve: float = 0.0
    """The part of the time that an attempt leaves for finding out what became of it."""
    record_attempts: bool = False
    """Whether each attempt is recorded before it goes out."""


NOTHING_SENT = NotSent(message="nothing was sent before the deadline or an interruption")


@define
class CallState:
    """How a call ended: the last verdict and everything that led there."""

    verdict: Verdict = NOTHING_SENT
    reply: RawResponse | None = None
    attempt_log: list[Attempt] = field(factory=list[Attempt])
    maybe_executed: bool = False
    """Whether any request before the last verdict may have been executed."""
    sent_at: float | None = None
    """When the request was handed out, in seconds since the call began, whose exchange is not
    entered yet; None where there is none."""
    retry_after: float | None = None
    references: list[str] = field(factory=list[str])
    """Ids of the cancel that were made out before the last verdict."""
    evidence: Evidence = Evidence.REPLY
    key_expired: bool = False
    """Whether the time is over in which the provider knows the idempotency key again."""
    cause: BaseException | None = None
    """What a callable of the caller's raised, if that is why the call ended."""

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The log as callers see it."""
        return tuple(self.attempt_log)

    def add_exchange(
        self, request_plan: RequestPlan, exchange: RawResponse | TransportFailure
    ) -> None:
        """Judge an exchange and enter it into the log."""
        verdict, at = _interpret(exchange, request_plan), self.sent_at or 0.0
        self.maybe_executed = self.maybe_executed or isinstance(self.verdict, MaybeExecuted)
        self.attempt_log.append(_to_attempt(exchange, at))
        self.verdict = verdict
        if (
            isinstance(verdict, MaybeExecuted)
            and verdict.reference
            and verdict.reference not in self.references
        ):
            self.references.append(verdict.reference)
        self.reply = exchange if isinstance(exchange, RawResponse) else self.reply
        self.retry_after = None
        self.sent_at = None


@define
class RequestState:
    """The changing facts of one request."""

    plan: RequestPlan
    started_at: float
    deadline: float
    now: float
    state: CallState = field(factory=CallState)
    failures: int = 0
    refreshed: bool = False
    linked: bool = False
    token: str | None = field(default=None, repr=False)

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - self.now

    def retry_context(self) -> RetryContext:
        """What the next move depends on."""
        return RetryContext(
            remaining=self.remaining,
            failures=self.failures,
            retry_after=self.state.retry_after,
            can_refresh=self.plan.can_refresh_token and not self.refreshed,
            can_link=self.plan.can_link_identity and not self.linked,
        )


def send_request(request_plan: RequestPlan, began: float, state: CallState) -> Commands[None]:
    """Carry out an order that stands for itself.

    Args:
        request_plan: What to do.
        began: The monotonic clock at the start, from which the deadline counts.
        state: Is kept up to date, so that an interruption at any moment leaves the truth behind.
    """
    yield from retry_loop(
        RequestState(request_plan, began, began + request_plan.policy.deadline, began, state)
    )


def record_interruption(
    request_plan: RequestPlan, state: CallState, exchange: RawResponse | TransportFailure | None
) -> None:
    """Enter into the ending that the caller stopped the call.

    Args:
        request_plan: What was being done.
        state: How far it had come.
        exchange: What the wire says of the request that was cut off, if it can say anything; of a
            request in flight of which nothing is said, nothing is certain.
    """
    if state.sent_at is not None:
        state.add_exchange(
            request_plan,
            exchange or TransportFailure(sent=Sent.MAYBE_SENT, problem="interrupted by the caller"),
        )


def retry_loop(request: RequestState) -> Commands[None]:
    """Send, judge, wait, authenticate, link, until nothing safe is left to do."""
    go_on = yield from _get_token(request)
    while go_on and request.remaining > 0:
        if request.plan.record_attempts and not (yield from _record_attempt(request)):
            return
        yield from _send(request)
        state = request.state
        policy = request.plan.policy
        move = decide_retry(
            state.verdict, request.plan.call.operation.repeat, request.retry_context(), policy
        )
        match move:
            case Stop():
                return
            case RetryAfter(at_least, jitter):
                go_on = yield from _wait(request, at_least, jitter)
            case RefreshThenRetry():
                request.refreshed = True
                go_on = yield from _get_token(request)
            case LinkThenRetry():
                go_on = yield from _link_identity(request)
            case _:
                assert_never(move)


def _record_attempt(request: RequestState) -> Commands[bool]:
    state = request.state
    result = yield RecordAttempt(len(state.attempt_log) + 1, request.remaining)
    request.now = result.monotonic
    if isinstance(result.value, Rejected):
        state.maybe_executed = state.maybe_executed or isinstance(state.verdict, MaybeExecuted)
        state.verdict = NotRecorded(error=result.value.error)
        return False
    return request.remaining > 0


def _send(request: RequestState) -> Commands[None]:
    policy = request.plan.policy
    timeout = min(policy.attempt_timeout, request.remaining * (1 - request.plan.read_back_reserve))
    state = request.state
    state.sent_at = request.now - request.started_at
    result = yield SendRequest(request.plan.call, request.token, request.now + timeout)
    exchange = result.value
    assert isinstance(exchange, (RawResponse, TransportFailure))
    state.add_exchange(request.plan, exchange)
    request.now = result.monotonic
    if isinstance(exchange, RawResponse):
        state.retry_after = parse_retry_after(exchange.header("retry-after"), result.wall)
    if isinstance(state.verdict, (NotSent, Throttled, MaybeExecuted)):
        request.failures += 1


def _wait(request: RequestState, at_least: float, jitter: float) -> Commands[bool]:
    result = yield WaitToRetry(at_least, jitter)
    request.now = result.monotonic
    return result.value is True


def _get_token(request: RequestState) -> Commands[bool]:
    if request.remaining <= 0:
        return False
    api = request.plan.call.operation.api
    result = yield GetToken(api, request.token, request.remaining)
    request.now = result.monotonic
    if isinstance(result.value, TokenGranted):
        request.token = result.value.token
        return True
    assert isinstance(result.value, TokenDenied)
    request.state.verdict = TokenRejected(message=result.value.problem)
    request.state.cause = result.value.cause
    return False


def _link_identity(request: RequestState) -> Commands[bool]:
    request.linked = True
    assert isinstance(request.state.verdict, LinkRequired)
    result = yield LinkIdentity(request.state.verdict.problem, request.token)
    assert isinstance(result.value, (TokenGranted, TokenDenied))
    request.deadline += result.value.excluded_time
    request.now = result.monotonic
    if isinstance(result.value, TokenDenied):
        request.state.cause = result.value.cause
        request.state.verdict = evolve(request.state.verdict, message=result.value.problem)
        return False
    request.token = result.value.token
    return True


def _interpret(exchange: RawResponse | TransportFailure, request_plan: RequestPlan) -> Verdict:
    if isinstance(exchange, RawResponse):
        return request_plan.interpret(exchange)
    if exchange.sent is Sent.NOT_SENT:
        return NotSent(message=exchange.problem)
    return MaybeExecuted(message=exchange.problem)


def _to_attempt(exchange: RawResponse | TransportFailure, at: float) -> Attempt:
    if isinstance(exchange, TransportFailure):
        return Attempt(sent=exchange.sent, problem=exchange.problem, at=at)
    return Attempt(sent=Sent.RESPONDED, status=exchange.status, problem=exchange.problem, at=at)

"""One request with its retries: send, interpret, wait, get a token, link, until nothing is safe.

A generator of commands; see `countermand._core` for how it fits in. The time arrives with each
command's result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, assert_never

from attrs import define, evolve, field, frozen

from countermand._core.commands import (
    Commands,
    GetToken,
    LinkIdentity,
    RecordAttempt,
    SendRequest,
    TakePlace,
    TokenDenied,
    WaitToRetry,
    perform,
)
from countermand._core.exchange import TransportFailure
from countermand._core.redaction import redact, redact_value
from countermand._core.retries import (
    LinkThenRetry,
    LookThenRetry,
    RefreshThenRetry,
    Retry,
    RetryAfter,
    Stop,
    decide_retry,
    parse_retry_after,
)
from countermand.attempts import Attempt, RawResponse, Sent
from countermand.provider._bodies import forget_document
from countermand.provider._verdicts import (
    Done,
    LinkRequired,
    MaybeExecuted,
    NotSent,
    Snapshot,
    Throttled,
    TokenRejected,
    Verdict,
    Withheld,
)
from countermand.receipt import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand_clients.operation import Call, Operation

    from countermand.policy import Policy
    from countermand.receipt import Receipt


RECORDING_GRACE: Final = 0.05
"""The share of its deadline that a call may take longer, so that its outcome is recorded."""
MAX_URL: Final = 300
"""Characters of a URL in a message: an id may have any length."""


@frozen(kw_only=True)
class RequestPlan:
    """What to send, for whom, and within which limits."""

    call: Call[Any]
    interpret: Callable[[RawResponse], Verdict]
    policy: Policy
    provider: str = ""
    """The provider's name, for messages."""
    endpoint: str = ""
    """The server URL, for messages and the log; empty for none."""
    key: str | None = None
    cancellation: object | None = None
    user: str | None = None
    can_refresh_token: bool = False
    """Whether the account's token is a callable."""
    can_link_identity: bool = False
    """Whether the client has a linked-identity handler."""
    read_back_reserve: float = 0.0
    """The share of the remaining time that an attempt leaves for reading back."""
    record_attempts: bool = False
    """Whether the key store records each attempt before it is sent."""
    unattended: bool = False
    """Whether no caller waits for the result: `reconcile` looks."""

    @property
    def operation(self) -> Operation:
        """The operation of the call."""
        return self.call.operation

    @property
    def url(self) -> str:
        """What the request asks, for messages and the log."""
        return printed_url(self.endpoint, self.call.path) if self.endpoint else ""


def printed_url(endpoint: str, path: str) -> str:
    """The URL of a request without query and user info, and not long."""
    scheme, _, rest = f"{endpoint}{path}".partition("://")
    host, _, path = rest.partition("?")[0].partition("/")
    url = f"{scheme}://{host.rpartition('@')[2]}/{path}"
    return url if len(url) <= MAX_URL else f"{url[:MAX_URL]}..."


MAX_RECORD_AGE: Final = 1.0
"""Seconds between the claim that recorded an attempt and its sending. After them it is recorded
anew, because the late-arrival window counts from the record."""

NOTHING_SENT = NotSent(message="nothing was sent before the deadline or an interruption")


@define
class CallState:
    """How far a call has come: the last verdict, and everything before it."""

    verdict: Verdict = NOTHING_SENT
    reply: RawResponse | None = None
    attempt_log: list[Attempt] = field(factory=list[Attempt])
    maybe_executed: bool = False
    """Whether any request before the last verdict may have been executed."""
    sent_at: float | None = None
    """Seconds into the call at which the pending request was sent; None if none is pending."""
    retry_after: float | None = None
    accepted: Receipt | None = None
    """The receipt of a cancel that an earlier call saw accepted; it stays unless the end is proven.
    """
    references: list[str] = field(factory=list[str])
    """Ids of the cancel that were read in answers before the last verdict."""
    evidence: Evidence = Evidence.REPLY
    key_expired: bool = False
    """Whether the provider may have forgotten the idempotency key."""
    cause: BaseException | None = None
    """The exception of a caller's callable that ended the call."""
    credentials: dict[str, None] = field(factory=dict[str, None], repr=False)
    """Every credential that the call has used, in order. What is kept must hold none of them."""

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts so far, as receipts and errors show them."""
        return tuple(self.attempt_log)

    def add_exchange(self, plan: RequestPlan, exchange: RawResponse | TransportFailure) -> None:
        """Interpret an exchange, redact what is kept of it, and log the attempt."""
        verdict, at = _interpret(exchange, plan), self.sent_at or 0.0
        clean = redact(exchange, self.credentials)
        if isinstance(exchange, RawResponse):
            forget_document(exchange)
        if clean is not exchange:
            exchange, verdict = clean, redact_value(verdict, self.credentials)
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
    """The changing facts of one request; a `RetryContext` for the retry table."""

    plan: RequestPlan
    started_at: float
    deadline: float
    now: float
    state: CallState = field(factory=CallState)
    failures: int = 0
    in_progress: int = 0
    refreshed: set[str] = field(factory=set[str])
    """The APIs for whose account this call has got a second token."""
    linked: bool = False
    recorded_at: float | None = None
    """When the claim recorded the next attempt; None if it is not recorded."""
    first_sent: float | None = None
    """When a request with this key may first have been sent."""
    look: Callable[[RequestState], Commands[bool]] | None = None
    """Reads what became of the payment; True if it could be read and that shows nothing."""
    prepare: Callable[[RequestState], Commands[bool]] | None = None
    """Reads the payment before the cancel; False if nothing may be sent."""
    snapshot: Snapshot | None = None
    """The payment before the last attempt, or before the next one."""
    unchanged: bool | None = None
    """Whether the last read after the last attempt has shown the payment as in the snapshot."""
    look_answered: bool | None = None
    """Whether the API itself has answered the last read; None if nothing was read."""
    look_reason: str | None = None
    """Why the last read has proved nothing."""
    token: str | None = field(default=None, repr=False)

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - self.now

    @property
    def retry_after(self) -> float | None:
        """Seconds that the last reply asked to wait."""
        return self.state.retry_after

    @property
    def can_refresh(self) -> bool:
        """Whether a new token may still be fetched."""
        return self.plan.can_refresh_token and self.plan.operation.api not in self.refreshed

    @property
    def can_link(self) -> bool:
        """Whether the user may still be asked to link an identity."""
        return self.plan.can_link_identity and not self.linked

    @property
    def key_is_too_old(self) -> bool:
        """Whether the provider may have forgotten the key of a request that may be executed."""
        key = self.plan.operation.key
        if key is None or key.lifetime is None or self.first_sent is None:
            return False
        state = self.state
        unproven = state.maybe_executed or isinstance(state.verdict, MaybeExecuted)
        return unproven and self.now - self.first_sent >= key.lifetime

    @property
    def can_look(self) -> bool:
        """Whether a read shows what became of the payment."""
        return self.look is not None


def send_request(plan: RequestPlan, started_at: float, state: CallState) -> Commands[None]:
    """Carry out a request that claims no key.

    Args:
        plan: The request.
        started_at: The monotonic clock at the start, from which the deadline counts.
        state: Kept up to date, so that an interruption at any moment finds it true.
    """
    deadline = started_at + plan.policy.deadline
    yield from retry_loop(RequestState(plan, started_at, deadline, started_at, state))


def record_interruption(
    plan: RequestPlan, state: CallState, exchange: RawResponse | TransportFailure | None
) -> None:
    """Log the request that an interruption cut off, if one was pending.

    Args:
        plan: The request.
        state: How far the call has come.
        exchange: What the transport knows of the pending request. Without it the request counts as
            maybe sent.
    """
    if state.sent_at is not None:
        cut_off = TransportFailure(sent=Sent.MAYBE_SENT, problem="interrupted by the caller")
        state.add_exchange(plan, exchange or cut_off)


def retry_loop(request: RequestState) -> Commands[None]:
    """Send, interpret, wait, get a token, link, until nothing safe is left to do."""
    go_on = yield from _get_token(request)
    go_on = go_on and (yield from _prepare(request))
    while go_on and request.remaining > 0:
        if not (yield from _take_place(request)):
            return
        if request.key_is_too_old:
            request.state.key_expired = True
            return
        if not (yield from _record_attempt(request)):
            return
        yield from _send(request)
        plan = request.plan
        decision = decide_retry(request.state.verdict, plan.operation, request, plan.policy)
        if isinstance(decision, LookThenRetry):
            # The look comes last, and only if the retry budget allows the retry.
            go_on = yield from _prepare_retry(request, decision.then)
            go_on = go_on and (yield from _look(request))
        else:
            go_on = yield from _prepare_retry(request, decision)
            go_on = go_on and (yield from _prepare(request))


def _prepare(request: RequestState) -> Commands[bool]:
    """Read the payment before the cancel. A look that shows nothing serves as well."""
    if request.prepare is None or request.remaining <= 0:
        return True
    return (yield from request.prepare(request))


def _look(request: RequestState) -> Commands[bool]:
    """Read what became of the payment; True if that shows nothing."""
    assert request.look is not None
    return (yield from request.look(request))


def _prepare_retry(request: RequestState, decision: Stop | Retry) -> Commands[bool]:
    """Do what has to be done before the next request; False if there is to be none."""
    match decision:
        case Stop():
            return False
        case RetryAfter():
            return (yield from _wait(request, decision))
        case RefreshThenRetry():
            request.refreshed.add(request.plan.operation.api)
            return (yield from _get_token(request))
        case LinkThenRetry():
            return (yield from _link_identity(request))
        case _:
            assert_never(decision)


def _take_place(request: RequestState) -> Commands[bool]:
    result = yield from perform(TakePlace(request.plan.operation.api, request.remaining))
    request.now = result.monotonic
    if result.value is not None:
        _end(request.state, NotSent(message=result.value))
        return False
    return request.remaining > 0


def _end(state: CallState, verdict: Verdict) -> None:
    """End the requests of a call by something else than a reply."""
    state.maybe_executed = state.maybe_executed or isinstance(state.verdict, MaybeExecuted)
    state.verdict = verdict


def _record_attempt(request: RequestState) -> Commands[bool]:
    state, recorded_at = request.state, request.recorded_at
    request.recorded_at = None
    if not request.plan.record_attempts and request.snapshot is None:
        return True
    if recorded_at is not None and request.now - recorded_at <= MAX_RECORD_AGE:
        return True
    number = len(state.attempt_log) + 1
    result = yield from perform(RecordAttempt(number, request.remaining, request.snapshot))
    request.now = result.monotonic
    if result.value is not None:
        _end(state, Withheld(error=result.value.error))
        return False
    return request.remaining > 0


def _send(request: RequestState) -> Commands[None]:
    plan, state = request.plan, request.state
    if request.first_sent is None:
        request.first_sent = request.now
    timeout = min(plan.policy.attempt_timeout, request.remaining * (1 - plan.read_back_reserve))
    state.sent_at = request.now - request.started_at
    result = yield from perform(SendRequest(plan.call, request.token, request.now + timeout))
    state.add_exchange(plan, result.value)
    request.now = result.monotonic
    if isinstance(result.value, RawResponse):
        state.retry_after = parse_retry_after(result.value.header("retry-after"), result.wall)
    match state.verdict:
        case MaybeExecuted(in_progress=True):
            request.in_progress += 1
        case NotSent() | Throttled() | MaybeExecuted():
            request.failures += 1
        case _:
            pass


def _wait(request: RequestState, retry: RetryAfter) -> Commands[bool]:
    result = yield from perform(WaitToRetry(retry.at_least, retry.jitter, retry.counted))
    request.now = result.monotonic
    return result.value


def _get_token(request: RequestState) -> Commands[bool]:
    if request.remaining <= 0:
        return False
    api = request.plan.operation.api
    result = yield from perform(GetToken(api, request.token, request.remaining))
    request.now = result.monotonic
    if isinstance(result.value, TokenDenied):
        problem = result.value.problem
        request.state.verdict = (
            TokenRejected(message=problem) if result.value.was_asked else NotSent(message=problem)
        )
        request.state.cause = result.value.cause
        return False
    request.token = result.value.token
    return True


def _link_identity(request: RequestState) -> Commands[bool]:
    request.linked = True
    verdict = request.state.verdict
    assert isinstance(verdict, LinkRequired)
    result = yield from perform(LinkIdentity(verdict.problem, request.token))
    request.deadline += result.value.excluded_time
    request.now = result.monotonic
    if isinstance(result.value, TokenDenied):
        request.state.cause = result.value.cause
        request.state.verdict = evolve(verdict, message=result.value.problem)
        return False
    request.token = result.value.token
    return True


def _interpret(exchange: RawResponse | TransportFailure, plan: RequestPlan) -> Verdict:
    if isinstance(exchange, RawResponse):
        verdict = plan.interpret(exchange)
        if exchange.sent_again and not isinstance(verdict, (Done, MaybeExecuted)):
            # It answers the last copy of the request; an earlier one may have been executed.
            said = f"{verdict.message}; but the transport sent the request more than once"
            return MaybeExecuted(message=said, transient=False)
        return verdict
    if exchange.sent is Sent.NOT_SENT:
        return NotSent(message=exchange.problem)
    return MaybeExecuted(message=exchange.problem)


def _to_attempt(exchange: RawResponse | TransportFailure, at: float) -> Attempt:
    if isinstance(exchange, TransportFailure):
        return Attempt(sent=exchange.sent, problem=exchange.problem, at=at)
    return Attempt(sent=Sent.RESPONDED, status=exchange.status, problem=exchange.problem, at=at)

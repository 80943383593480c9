"""One call of `cancel` or `execute`: its context, and the effects that neither block nor await."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from attrs import define, field

from countermand._core import outcomes
from countermand._core.commands import (
    CommandResult,
    GetToken,
    KeyHistory,
    RecordAttempt,
    Rejected,
    TokenDenied,
    TokenGranted,
)
from countermand._core.exchange import PreparedRequest
from countermand._core.redaction import redact_problem
from countermand._core.request import (
    RECORDING_GRACE,
    CallState,
    printed_url,
    record_interruption,
)
from countermand._http.clocks import Stopwatch
from countermand._runtime.claim import ClaimState
from countermand._runtime.reporting import CallFacts, Reporter
from countermand._secrets import masked
from countermand._signals import is_from_handler
from countermand.errors import CountermandError, LedgerUnavailable, Misdirected
from countermand.identity import LinkChallenge
from countermand.provider._verdicts import Done, LinkRequired, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from countermand_clients.operation import Call

    from countermand._core.commands import (
        AlreadyFinished,
        Commands,
        LinkIdentity,
        RecordOutcome,
        SendRequest,
        WaitToRetry,
    )
    from countermand._core.exchange import SendProgress, TransportFailure
    from countermand._core.idempotency import KeyStore
    from countermand._core.outcomes import CallResult
    from countermand._core.request import RequestPlan
    from countermand._http.async_base import AsyncTransport
    from countermand._http.base import Transport
    from countermand._runtime.accounts import Reach
    from countermand._runtime.budget import TokenBucket
    from countermand._runtime.claim import ClaimHandle
    from countermand._runtime.credentials import LinkQuestions
    from countermand._runtime.gate import Place
    from countermand._runtime.stores import StoreSteps
    from countermand.attempts import RawResponse
    from countermand.identity import LinkHandler
    from countermand.provider import Account, Verdict

R = TypeVar("R")

POLL_INITIAL: Final = 0.05
POLL_MAX: Final = 1.0
"""Seconds between two tries to claim a key that another call holds."""

logger = logging.getLogger("countermand")


@define(kw_only=True, repr=False)
class Invocation:
    """The context of one call, and how far it has come."""

    plan: RequestPlan
    flow: Callable[[Any, float, CallState], Commands[Any]]
    """The core's commands for the plan: `cancel_flow` or `send_request`."""
    reach: Reach
    """The account that the call goes to, and those that can be read."""
    link_questions: LinkQuestions
    clock: Callable[[], float]
    wall_clock: Callable[[], float]
    random: Callable[[], float]
    retry_budget: TokenBucket | None
    link_handler: LinkHandler | None
    claim: ClaimHandle | None = None
    """The claim to the key; None for `execute`."""
    destination: str = ""
    """The account's server, and the merchant where several share it."""
    reporter: Reporter = field(factory=Reporter)
    facts: CallFacts = field(factory=CallFacts)
    started_at: float = 0.0
    """When the call began, on the monotonic clock."""
    deadline: float = 0.0
    """The end of the call's time on the monotonic clock, a user's time at a login apart."""
    state: CallState = field(factory=CallState)
    place: Place | None = None
    """The place of the request among those under way, or the wait for it."""
    partial_exchange: RawResponse | TransportFailure | None = None
    """What is known of the pending request, in case an interruption cuts it off."""
    _stopwatch: Stopwatch = field(factory=Stopwatch)
    _tokens: dict[str, str | None] = field(factory=dict[str, str | None], repr=False)
    """The token that this call got last for the account of each API."""

    def start(self) -> Commands[Any]:
        """The core's commands for this call, from the beginning."""
        now = self.started_at = self.clock()
        self.deadline = now + self.plan.policy.deadline
        self.reporter.call_started(self)
        return self.flow(self.plan, now, self.state)

    def result_of(self, value: R) -> CommandResult[R]:
        """A command's result with the time."""
        return CommandResult(value, self.clock(), self.wall_clock())

    def account_for(self, api: str) -> Account:
        """The account of an API."""
        return self.reach.accounts[api]

    def known_token(self, command: GetToken) -> TokenGranted | None:
        """The token that this call has already, unless the provider rejected it."""
        source, token = self.account_for(command.api).token_source, self._tokens.get(command.api)
        if not callable(source):
            return TokenGranted(token or (source and masked(source)))
        return None if token in {None, command.rejected_token} else TokenGranted(token)

    def token_callable(self, api: str) -> Callable[[str | None], Any]:
        """The token callable of an account; only a token that is not known is fetched."""
        source = self.account_for(api).token_source
        assert callable(source)
        return source

    def denied(self, command: GetToken | LinkIdentity, error: Exception) -> TokenDenied | None:
        """The answer of a callable of the caller's that has raised; None if the error passes.

        It passes to the caller that waits for the call. `reconcile` goes on with other keys.
        """
        if not self.plan.unattended or is_from_handler(error):
            return None
        name = "token callable" if isinstance(command, GetToken) else "linked-identity handler"
        return TokenDenied(f"the {name} raised {type(error).__name__}", cause=error)

    def keep_token(
        self, api: str, result: TokenGranted | TokenDenied
    ) -> TokenGranted | TokenDenied:
        """Keep a new token for the further requests of this call, and return the result."""
        if isinstance(result, TokenGranted):
            self._tokens[api] = result.token
        return result

    def build_request(self, command: SendRequest) -> PreparedRequest:
        """The request with its credentials."""
        call = command.call
        account = self.account_for(call.operation.api)
        self.facts.on_request(call, self.clock(), is_read=call is not self.plan.call)
        self.state.credentials.update(dict.fromkeys(account.secrets(command.token)))
        query = f"?{call.query}" if call.query else ""
        return PreparedRequest(
            method=call.operation.method,
            url=f"{self.reach.endpoints[call.operation.api]}{call.path}{query}",
            headers=(
                *call.headers,
                ("Accept-Encoding", "identity"),
                ("User-Agent", "countermand"),
                *((name, masked(value)) for name, value in account.auth_headers(command.token)),
            ),
            content=call.content,
        )

    def progress(self, transport: Transport | AsyncTransport, call: Call[Any]) -> SendProgress:
        """The progress of a request; its answer knows what was asked."""
        progress = transport.progress()
        progress.url = f"{self.reach.endpoints[call.operation.api]}{call.path}"
        return progress

    def on_exchange(
        self, command: SendRequest, exchange: RawResponse | TransportFailure
    ) -> RawResponse | TransportFailure:
        """Report an exchange and return it, for the core to judge and to redact."""
        # Kept first: an interruption of the report must not lose the answer.
        known = self.partial_exchange = redact_problem(exchange, self.state.credentials)
        self.reporter.request_ended(self, command.call, known)
        return known

    def on_interrupted_exchange(
        self, command: SendRequest, progress: SendProgress, interrupt: BaseException
    ) -> None:
        """Keep what is known of an exchange that was interrupted."""
        progress.on_error(interrupt)
        self.partial_exchange = progress.result("interrupted by the caller")
        # A second interruption must not replace the first.
        with suppress(BaseException):
            self.on_exchange(command, self.partial_exchange)

    def retry_delay(self, command: WaitToRetry) -> float | None:
        """Seconds to sleep; None if the retry budget is spent."""
        if command.counted and not self.take_retry_token():
            return None
        return command.at_least + command.jitter * self.random()

    def take_retry_token(self) -> bool:
        """Take a token from the account's retry budget; False if it is spent."""
        if self.retry_budget is None or self.retry_budget.try_take():
            return True
        key, provider = self.plan.key, self.plan.provider
        facts = {"countermand_key": key, "countermand_provider": self.plan.operation.api}
        logger.debug("%s, key %s: retry budget spent", provider, key, extra=facts)
        return False

    def no_place(self) -> str | None:
        """None if the call holds a place; otherwise why it has none, and it waits no longer."""
        place = self.place
        assert place is not None
        if place.held:
            return None
        count = place.gate.under_way(place.account)
        self.release_place()
        calls = "1 call is" if count == 1 else f"{count} calls are"
        return f"no free place within the deadline: {calls} under way"

    def release_place(self) -> None:
        """Give back the place among the requests under way, if the call has one."""
        if self.place is not None:
            self.place.leave()
            self.place = None

    def deadline_in(self, seconds: float) -> float:
        """The moment so many seconds from now, on the monotonic clock."""
        return self.clock() + seconds

    def remaining(self, deadline: float) -> float:
        """Seconds until a moment on the monotonic clock."""
        return deadline - self.clock()

    def time_to_send(self, deadline: float) -> float:
        """Seconds until a moment, less those for which the process was suspended.

        The monotonic clock does not count them. Meanwhile another worker may have taken the key
        over.
        """
        return self.remaining(deadline) - self._stopwatch.suspended

    def try_claim(
        self, deadline: float, last: Rejected | None = None, *, first_attempt: bool = False
    ) -> StoreSteps[KeyHistory | AlreadyFinished | Rejected]:
        """Claim the key and store its history at once, so that an interruption cannot lose it.

        A try that the deadline cuts off says less than the last one, whose answer then stays.
        """
        claim = self.required_claim
        claimed = yield from claim.ask(self.remaining(deadline), first_attempt=first_attempt)
        if last is not None and _is_unavailable(claimed) and self.remaining(deadline) <= 0:
            return last
        if isinstance(claimed, KeyHistory):
            self.state.maybe_executed = claimed.maybe_executed
            self.state.references[:] = claimed.references
            self.state.accepted = claimed.accepted
            # Set last: an interruption before this line leaves nothing to record.
            claim.enter(ClaimState.CLAIMED)
        if claim.state is ClaimState.ABANDONED:
            yield from claim.release(self.recording_timeout)
        return claimed

    def poll_intervals(self, deadline: float) -> Iterator[float]:
        """Ever longer pauses between two tries to claim the key, until the deadline."""
        pause = POLL_INITIAL
        while (remaining := self.remaining(deadline)) > 0:
            yield min(remaining, pause * (1 - self.random() / 2))
            pause = min(pause * 1.5, POLL_MAX)

    def record(
        self, command: RecordAttempt | RecordOutcome, deadline: float
    ) -> StoreSteps[Rejected | bool | None]:
        """Record that an attempt is about to be sent, or how the call ended."""
        claim = self.required_claim
        if isinstance(command, RecordAttempt):
            remaining = self.remaining(deadline)
            return (yield from claim.record_attempt(command.number, remaining, command.snapshot))
        # An attempt that could not be recorded still holds its place.
        self.release_place()
        notes = command.notes
        self.facts.needs_person = notes is not None and notes.waits_for_person
        remaining = self.remaining(deadline)
        return (yield from claim.record_outcome(command.result, remaining, notes))

    @property
    def recording_timeout(self) -> float:
        """Seconds for recording when the call ends: the remaining time, or the grace after it."""
        grace = self.plan.policy.deadline * RECORDING_GRACE
        return max(self.remaining(self.deadline), grace)

    @property
    def required_claim(self) -> ClaimHandle:
        """The claim; only a cancel's commands need it."""
        assert self.claim is not None
        return self.claim

    @property
    def store(self) -> KeyStore | None:
        """The key store that is asked; None without a claim."""
        return None if self.claim is None else self.claim.store

    def required_link_handler(self) -> LinkHandler:
        """The handler; a plan that can link has one."""
        assert self.link_handler is not None
        return self.link_handler

    def link_challenge(self, command: LinkIdentity) -> LinkChallenge:
        """The argument of the linked-identity handler."""
        return LinkChallenge(
            api=self.plan.operation.api,
            user=self.plan.user,
            key=self.plan.key,
            cancellation=self.plan.cancellation,
            problem=command.problem,
        )

    def url_of(self, call: Call[Any]) -> str:
        """What a request of this call asks, for messages and the log."""
        return printed_url(self.reach.endpoints[call.operation.api], call.path)

    def failure(self) -> CountermandError | None:
        """The error of an `execute`; None if it has succeeded."""
        succeeded = isinstance(self.state.verdict, Done)
        return None if succeeded else outcomes.to_error(self.state, self.plan)

    def waiting(self, reason: str, at_most: float | None) -> AbstractContextManager[None]:
        """Report a wait, such as `retry`, of so many seconds at most."""
        return self.reporter.waiting(self, reason, at_most)

    def finish(self, result: CallResult | None) -> None:
        """Earn retry tokens if the provider itself answered, and report the outcome.

        Args:
            result: The receipt or error of a cancel; None for `execute`, whose state has it.
        """
        if self.retry_budget and _is_answered(self.state.verdict):
            self.retry_budget.earn()
        self.reporter.call_ended(self, result)

    def on_interrupt(self) -> tuple[CallResult, CountermandError]:
        """Conclude an interrupted call: the result to record, and the error for the caller."""
        try:
            record_interruption(self.plan, self.state, self.partial_exchange)
        except BaseException:  # noqa: BLE001 - the first interruption goes on
            # An error that struck while the reply was interpreted strikes again: nothing is known.
            record_interruption(self.plan, self.state, None)
        result = outcomes.to_result(self.state, self.plan)
        if isinstance(result, CountermandError):
            return result, result
        return result, outcomes.interrupted_success(self.state, self.plan)

    def finish_interrupted(self, result: CallResult) -> StoreSteps[bool]:
        """Record an interrupted call; False if the lease was lost, or may have been."""
        if self.claim is None:
            return True
        return (yield from self.claim.finish_interrupted(result, self.recording_timeout))

    def cause_of(
        self, result: CallResult, known: CountermandError, *, still_owned: bool
    ) -> CountermandError:
        """Report an interrupted call that was recorded, and return the error for the caller.

        Args:
            result: What was recorded.
            known: The error for the caller, if the lease was not lost.
            still_owned: Whether it was not.
        """
        result = outcomes.unless_lease_lost(result, self.plan, still_owned=still_owned)
        # A second interruption must not replace the first.
        with suppress(BaseException):
            self.reporter.call_ended(self, result, interrupted=True)
        return result if isinstance(result, CountermandError) else known

    def abandon(self) -> None:
        """Abandon the claim without recording: a second interruption came during the first."""
        if self.claim is not None:
            self.claim.abandon()
        self.reporter.call_abandoned(self)


def _is_unavailable(claimed: KeyHistory | AlreadyFinished | Rejected) -> bool:
    return isinstance(claimed, Rejected) and isinstance(claimed.error, LedgerUnavailable)


def _is_answered(verdict: Verdict) -> bool:
    """Whether the provider itself has answered, and no gateway in its place."""
    if isinstance(verdict, Refused):
        return verdict.error is not Misdirected
    return isinstance(verdict, (Done, LinkRequired))

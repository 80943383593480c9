"""One call on its way: what both drivers need to know, and the steps that need no waiting."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field, frozen

from countermand._core import cancel, outcomes
from countermand._core.commands import CommandResult, KeyHistory, Rejected
from countermand._core.exchange import PreparedRequest
from countermand._core.request import CallState, record_interruption, send_request
from countermand._http.redaction import redact
from countermand.errors import CancellationInProgress, CountermandError, LedgerUnavailable
from countermand.identity import LinkChallenge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from countermand._core.commands import Commands, LinkIdentity, SendRequest, WaitToRetry
    from countermand._core.exchange import TransportFailure
    from countermand._core.idempotency import KeyClaim, KeyStore
    from countermand._core.outcomes import CallContext, CallResult
    from countermand._core.request import RequestPlan
    from countermand._runtime.budget import TokenBucket
    from countermand._runtime.credentials import CredentialCache, UserCredentials
    from countermand.attempts import RawResponse
    from countermand.identity import LinkHandler
    from countermand.provider._accounts import Account

POLL_INITIAL: Final = 0.05
POLL_MAX: Final = 1.0
"""Seconds between two looks at a key that somebody else holds."""

logger = logging.getLogger("countermand")


@frozen(kw_only=True)
class Environment:
    """Chance and time, as the client was given them."""

    clock: Callable[[], float]
    random: Callable[[], float]
    wall: Callable[[], float] = time.time


@frozen(kw_only=True)
class KeyClaimHandle:
    """A cancel's key: who wants it, where it is claimed, and whether to wait for it."""

    store: KeyStore
    claim: KeyClaim
    cancel_plan: cancel.CancelPlan
    wait: bool = False


@define(kw_only=True)
class Invocation:
    """What a call is about, who it goes to as whom, and how far it has come."""

    plan: RequestPlan
    context: CallContext
    accounts: Mapping[str, Account]
    """By API: the one that the call goes to, and those that can be asked about it."""
    credentials: CredentialCache
    environment: Environment
    retry_budget: TokenBucket | None
    link_handler: LinkHandler | None
    claim_handle: KeyClaimHandle | None = None
    deadline: float = 0.0
    """When the call's time is over, on the monotonic clock, but for a user's time at a login."""
    state: CallState = field(factory=CallState)
    claim_requested: bool = False
    """Whether the key was asked for, so that it may be ours although nobody has told us."""
    claimed: bool = False
    still_owned: bool = True
    """Whether nobody else can have had the key when the end was recorded."""
    abandoned_by_caller: bool = False
    """Whether nobody waits for the claim any more that a thread may still be making."""
    link_count_seen: int = 0
    _request_number: int = 0
    _credentials_used: dict[str, None] = field(factory=dict[str, None])
    """Every credential that this call has used, in order."""

    def start(self) -> Commands[Any]:
        """The procedure, from its beginning."""
        now = self.environment.clock()
        self.deadline = now + self.plan.policy.deadline
        if self.retry_budget:
            self.retry_budget.add_call(now)
        if self.claim_handle:
            return cancel.cancel_flow(self.claim_handle.cancel_plan, now, self.state)
        return send_request(self.plan, now, self.state)

    def result_of(self, value: object) -> CommandResult:
        """A step's result with the time."""
        return CommandResult(value, self.environment.clock(), self.environment.wall())

    def account_for(self, api: str) -> Account:
        """The account of an API."""
        return self.accounts[api]

    def credentials_for(self, api: str) -> UserCredentials:
        """The user's session at that account."""
        return self.credentials.get(self.accounts[api], self.context.user)

    def build_request(self, command: SendRequest) -> PreparedRequest:
        """The request with its credentials."""
        call = command.call
        account = self.account_for(call.operation.api)
        self.link_count_seen = self.credentials_for(call.operation.api).link_count
        self._request_number += 1
        query = f"?{call.query}" if call.query else ""
        return PreparedRequest(
            method=call.operation.method,
            url=f"{account.endpoint}{call.path}{query}",
            headers=(
                *call.headers,
                ("Accept-Encoding", "identity"),
                ("User-Agent", "countermand"),
                *account.auth_headers(command.token),
            ),
            content=call.content,
        )

    def redact_and_log(
        self, command: SendRequest, exchange: RawResponse | TransportFailure
    ) -> RawResponse | TransportFailure:
        """What came back, credentials struck out, and a line in the log about it."""
        operation = command.call.operation
        self._credentials_used.update(
            dict.fromkeys(self.account_for(operation.api).secrets(command.token))
        )
        clean = redact(exchange, tuple(self._credentials_used))
        logger.debug(
            "%s %s, key %.12s, request %d: %r",
            self.context.name,
            operation.operation_id,
            self.context.key,
            self._request_number,
            clean,
        )
        return clean

    def retry_delay(self, command: WaitToRetry) -> float | None:
        """Seconds to sleep, or None where the retry budget is spent."""
        if self.retry_budget and not self.retry_budget.try_take(self.environment.clock()):
            logger.debug("%s, key %.12s: retry budget spent", self.context.name, self.context.key)
            return None
        return command.at_least + command.jitter * self.environment.random()

    def deadline_in(self, seconds: float) -> float:
        """When so many seconds will have passed."""
        return self.environment.clock() + seconds

    def remaining(self, deadline: float) -> float:
        """Seconds until then."""
        return deadline - self.environment.clock()

    def claim(self, deadline: float) -> object:
        """Claim the key, and note at once what its past leaves open: that must not be lost."""
        self.claim_requested = True
        claimed = self.required_claim_handle.store.claim(
            self.required_claim_handle.claim, timeout=self.remaining(deadline)
        )
        if self.abandoned_by_caller:
            self.release()
            return claimed
        if isinstance(claimed, KeyHistory):
            self.state.maybe_executed = claimed.maybe_executed
            self.state.references[:] = claimed.references
            # Last: who is interrupted before has nothing to record.
            self.claimed = True
        return claimed

    def poll_intervals(self, deadline: float) -> Iterator[float]:
        """Ever longer pauses between two looks at a key, until then."""
        pause = POLL_INITIAL
        while (remaining := self.remaining(deadline)) > 0:
            yield min(remaining, pause * (1 - self.environment.random() / 2))
            pause = min(pause * 1.5, POLL_MAX)

    def should_wait_for_key(self, claimed: object) -> bool:
        """Whether somebody else has the key, and it is to be waited for."""
        return (
            self.required_claim_handle.wait
            and isinstance(claimed, Rejected)
            and isinstance(claimed.error, CancellationInProgress)
        )

    def record_attempt(self, number: int, deadline: float) -> Rejected | None:
        """Record that an attempt is about to go out."""
        return self.required_claim_handle.store.record_attempt(
            self.required_claim_handle.claim, number, timeout=self.remaining(deadline)
        )

    def record_outcome(self, result: CallResult, deadline: float) -> bool:
        """Record how it ended; False where somebody else has the key by now, or may have it."""
        store, claim = self.required_claim_handle.store, self.required_claim_handle.claim
        try:
            self.still_owned = store.record_outcome(claim, result, timeout=self.remaining(deadline))
        except LedgerUnavailable as unavailable:
            self._not_recorded(unavailable)
            self.still_owned = store.is_held(claim)
            store.abandon(claim)
        # Last: an interruption amid the recording has it recorded again.
        self.claimed = False
        return self.still_owned

    def finish_interrupted(self, result: CallResult) -> bool:
        """Record how an interrupted call ended, or that it has nothing to do with the key."""
        if self.claimed:
            return self.record_outcome(
                result, max(self.deadline, self.deadline_in(self.recording_grace))
            )
        self.abandoned_by_caller = True
        if self.claim_requested:
            self.release()
        return self.still_owned

    @property
    def recording_grace(self) -> float:
        """Seconds for what is to be recorded when the time is over."""
        return self.plan.policy.deadline * cancel.RECORDING_GRACE

    def release(self) -> None:
        """Let go of a key of which nobody has said yet that it is ours."""
        timeout = max(self.remaining(self.deadline), self.recording_grace)
        with suppress(LedgerUnavailable):
            self.required_claim_handle.store.release(
                self.required_claim_handle.claim, timeout=timeout
            )

    def abandon(self) -> None:
        """Hold the key no longer, without another word: interrupted amid an interruption."""
        if self.claim_handle is not None and self.claim_requested:
            self.claim_handle.store.abandon(self.claim_handle.claim)

    @property
    def required_claim_handle(self) -> KeyClaimHandle:
        """The key; only a cancel's procedure asks for one."""
        assert self.claim_handle is not None
        return self.claim_handle

    @property
    def durable(self) -> bool:
        """Whether what is recorded goes to a database, which may take its time."""
        return self.claim_handle is not None and self.claim_handle.store.durable

    def required_link_handler(self) -> LinkHandler:
        """The handler; an order is linkable only where there is one."""
        assert self.link_handler is not None
        return self.link_handler

    def link_challenge(self, command: LinkIdentity) -> LinkChallenge:
        """What the linked-identity handler is told."""
        return LinkChallenge(
            api=self.context.operation.api,
            user=self.context.user,
            key=self.context.key,
            cancellation=self.context.cancellation,
            problem=command.problem,
        )

    def _not_recorded(self, error: CountermandError) -> None:
        """The answer is known and given to the caller, but the ledger did not take it."""
        logger.error(
            "%s, key %.12s: the ledger did not record how it ended: %s",
            self.context.name,
            self.context.key,
            error,
        )

    def on_interrupt(
        self, partial_exchange: RawResponse | TransportFailure | None
    ) -> tuple[CallResult, CountermandError]:
        """What to record of a call that the caller stopped, and what to tell the caller."""
        try:
            record_interruption(self.plan, self.state, partial_exchange)
        except BaseException:  # noqa: BLE001 - the first interruption goes on its way
            # What struck while the answer was judged strikes again: then nothing is certain.
            record_interruption(self.plan, self.state, None)
        result = outcomes.to_result(self.state, self.context)
        # A second interruption, here amid the first one, must not take its place.
        with suppress(BaseException):
            logger.warning(
                "%s, key %.12s: interrupted by the caller; %s",
                self.context.name,
                self.context.key,
                result,
            )
        if isinstance(result, CountermandError):
            return result, result
        return result, outcomes.interrupted_success(self.state, self.context)

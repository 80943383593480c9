"""Base of both clients: validates arguments and builds the call. No I/O."""

from __future__ import annotations

import json
import secrets
import time
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeVar

from attrs import evolve, frozen

from countermand._core import outcomes
from countermand._core.cancel import CLIENT_CLOSED, CancelPlan, cancel_flow
from countermand._core.idempotency import KeyClaim, Purpose
from countermand._core.request import CallState, RequestPlan, send_request
from countermand._runtime import arguments
from countermand._runtime.accounts import AccountIndex
from countermand._runtime.budget import TokenBucket
from countermand._runtime.claim import ClaimHandle
from countermand._runtime.credentials import LinkQuestions
from countermand._runtime.gate import Gate
from countermand._runtime.invocation import Invocation
from countermand._runtime.memory import MemoryKeyStore
from countermand._runtime.reporting import Reporter
from countermand._threads import reset_after_fork
from countermand.errors import Advice, InvalidCancellation, LedgerUnavailable, OutcomeUnknown
from countermand.policy import Policy
from countermand.provider import BaseCancellation, ProviderError
from countermand.provider._fields import is_short_key, validate_key
from countermand.provider._provider import recorded_provider
from countermand.provider._verdicts import Done, Verdict
from countermand.receipt import Receipt, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from countermand_clients.operation import Call

    from countermand._core.idempotency import KeyStore
    from countermand._core.outcomes import CallResult
    from countermand.attempts import RawResponse
    from countermand.events import Event
    from countermand.identity import LinkHandler
    from countermand.ledger import Ledger, Unresolved
    from countermand.ledger._due import Due
    from countermand.ledger._reconciler import Reconciler
    from countermand.ledger._reconciliation import Change
    from countermand.provider import Account, Provider, ReadBack, Snapshot, SnapshotRead

T = TypeVar("T")

POSTPONED: Final = 60.0
"""Seconds beside the deadline after which a key that `reconcile` has taken comes again."""

READ_BACK_RESERVE: Final = 1 / 3
"""The share of its time that an attempt leaves for reading back, where the provider has a read."""


class BaseClient:
    """Everything of a client that neither blocks nor awaits."""

    def __init__(
        self,
        accounts: Iterable[Account],
        *,
        policy: Policy | None,
        ledger: Ledger | None,
        link_identity: LinkHandler | None,
        on_event: Callable[[Event], object] | None,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        arguments.validate_settings(policy=policy, ledger=ledger, link_identity=link_identity)
        arguments.validate_on_event(on_event)
        arguments.validate_clock(clock)
        arguments.validate_callable("random", random, "a function such as random.random")
        self._accounts = AccountIndex(accounts)
        self._policy = Policy() if policy is None else policy
        self._ledger = ledger
        if ledger is not None:
            _validate_registration(self._accounts.all)
        self._link_handler = link_identity
        self._reporter = Reporter(on_event)
        self._clock = clock
        self._wall_clock = time.time
        self._random = random
        self._closed = False
        self._link_questions = LinkQuestions()
        self._memory_store = MemoryKeyStore(clock, time.time)
        budget = self._policy.budget
        self._retry_budgets = (
            {}
            if budget is None
            else {id(account): TokenBucket(budget) for account in self._accounts.all}
        )
        self._gate = Gate(self._policy.concurrency)
        reset_after_fork(self._reset)

    def _reset(self) -> None:
        """In a forked child: forget what belongs to calls of the parent."""
        self._gate.reset()
        self._memory_store.reset()
        self._link_questions.reset()
        for budget in self._retry_budgets.values():
            budget.reset()

    def _prepare_cancel(
        self,
        cancellation: BaseCancellation,
        *,
        key: str | None,
        user: str | None,
        account: Account | None,
        deadline: float | None,
        wait: bool,
        purpose: Purpose = Purpose.CANCEL,
    ) -> Invocation:
        """Validate the arguments of a cancel and build its call.

        Raises:
            InvalidCancellation: an argument is wrong; nothing was sent.
        """
        key = secrets.token_hex(16) if key is None else key
        try:
            validate_key(key)
            arguments.validate_cancellation(cancellation)
            account = self._accounts.select(cancellation.api, account)
            policy = self._effective_policy(deadline)
            arguments.validate_user(user)
            arguments.validate_wait(wait)
        except InvalidCancellation as refused:
            # A value of another type may not pickle, and the message names its type. A key that is
            # too long would fill every log.
            refused.key = key if is_short_key(key) else None
            refused.cancellation = _known(BaseCancellation, cancellation)
            raise
        plan = self._cancel_plan(
            cancellation, key, user, account, policy, unattended=purpose is Purpose.LOOK
        )
        claim = self._claim(plan, account, purpose)
        handle = ClaimHandle(store=self._key_store, claim=claim, name=plan.provider, wait=wait)
        return self._invocation(plan, account, handle)

    def _cancel_plan(
        self,
        cancellation: BaseCancellation,
        key: str,
        user: str | None,
        account: Account,
        policy: Policy,
        *,
        unattended: bool,
    ) -> CancelPlan:
        provider = account.provider
        call = provider.build_request(cancellation, key)
        read_back, take_snapshot = _reads(provider, cancellation, key)

        def interpret(reply: RawResponse) -> Verdict:
            return provider.interpret(reply, call, cancellation)

        reach = self._accounts.reach(account)
        return CancelPlan(
            call=call,
            interpret=interpret,
            policy=policy,
            provider=provider.name,
            endpoint=reach.endpoints[provider.api],
            key=key,
            cancellation=cancellation,
            user=user,
            can_refresh_token=provider.api in reach.refreshable_apis,
            can_link_identity=self._link_handler is not None,
            read_back_reserve=READ_BACK_RESERVE if read_back else 0.0,
            record_attempts=self._key_store.durable,
            read_back=read_back,
            read_accepted=_bound(provider.read_accepted, cancellation, key),
            take_snapshot=take_snapshot,
            instead_of_snapshot=provider.comparison.instead if provider.comparison else "",
            readable_apis=reach.apis,
            refreshable_apis=reach.refreshable_apis,
            unattended=unattended,
            client_closed=self._closed,
        )

    def _claim(self, plan: CancelPlan, account: Account, purpose: Purpose) -> KeyClaim:
        cancellation = plan.cancellation
        assert isinstance(cancellation, BaseCancellation)
        destination = self._accounts.destination(account)
        follow_up = plan.policy.follow_up
        return KeyClaim(
            key=plan.key or "",
            cancellation=cancellation,
            destination=destination,
            user=plan.user,
            purpose=purpose,
            first_look=follow_up.unknown[0],
            longest_gap=2 * max(*follow_up.accepted, *follow_up.unknown),
            payment_lock=(
                _payment_lock(plan, destination, cancellation) if self._key_store.durable else None
            ),
            owner=secrets.token_hex(16),
        )

    def _prepare_call(
        self,
        call: Call[Any],
        *,
        user: str | None,
        account: Account | None,
        deadline: float | None,
    ) -> Invocation:
        """Validate the arguments of `execute` and build its call.

        Raises:
            InvalidCancellation: an argument is wrong; nothing was sent.
            Unreachable: the client is closed; nothing was sent.
        """
        arguments.validate_call(call)
        account = self._accounts.select(call.operation.api, account)
        arguments.validate_user(user)
        provider = account.provider

        def interpret(reply: RawResponse) -> Verdict:
            verdict = provider.interpret_reply(reply, call)
            if isinstance(verdict, Done):
                # Parsed now, so that an interruption of it is one of the call.
                _ = verdict.response
            return verdict

        plan = RequestPlan(
            call=call,
            interpret=interpret,
            policy=self._effective_policy(deadline),
            provider=provider.name,
            endpoint=self._accounts.reach(account).endpoints[provider.api],
            user=user,
            can_refresh_token=callable(account.token_source),
            can_link_identity=self._link_handler is not None,
        )
        # A cancel still claims its key: an earlier attempt may have been executed.
        if self._closed:
            raise outcomes.to_error(CallState(verdict=CLIENT_CLOSED), plan)
        return self._invocation(plan, account, None)

    def _prepare_lookup(self, key: str, deadline: float | None) -> LedgerLookup:
        """Prepare the read of a key from the ledger, for `resume`.

        Raises:
            LedgerUnavailable: the client has no ledger.
            OutcomeUnknown: the deadline is invalid.
        """
        ledger = self._required_ledger
        try:
            policy = self._effective_policy(deadline)
        except InvalidCancellation as refused:
            raise cannot_resume(refused, key) from refused
        return LedgerLookup(
            ledger=ledger, key=key, deadline=self._clock() + policy.deadline, clock=self._clock
        )

    def _prepare_resume(
        self, lookup: LedgerLookup, found: Unresolved, *, account: Account | None, wait: bool
    ) -> Invocation:
        """Build the call that finishes an earlier cancel.

        Raises:
            OutcomeUnknown: this client cannot resume it.
        """
        try:
            return self._prepare_cancel(
                found.cancellation,
                key=lookup.key,
                user=found.user,
                account=self._accounts.at(found.destination) if account is None else account,
                deadline=lookup.remaining,
                wait=wait,
                purpose=Purpose.RESUME,
            )
        except InvalidCancellation as refused:
            raise cannot_resume(refused, lookup.key, found.cancellation) from refused

    def _reconciler(
        self,
        limit: int | None,
        until: datetime | None,
        on_outcome: Callable[[Change], object] | None,
    ) -> Reconciler:
        """The steps of `reconcile`.

        Raises:
            TypeError, ValueError: an argument is wrong.
            LedgerUnavailable: the client has no ledger.
        """
        if on_outcome is not None:
            arguments.validate_callable("on_outcome", on_outcome, "a function of a Change")
        return self._required_ledger.reconciler(
            limit,
            until,
            reporting=on_outcome is not None,
            destinations=self._accounts.destinations,
            postponed=self._policy.deadline + POSTPONED,
            now=self._wall_clock,
            is_closed=lambda: self._closed,
        )

    def _prepare_look(self, due: Due) -> Invocation:
        """Build the call that looks at a key.

        Raises:
            CountermandError: it cannot be looked at.
        """
        return self._prepare_cancel(
            due.cancellation,
            key=due.key,
            user=due.user,
            account=self._accounts.at(due.destination),
            deadline=None,
            wait=False,
            purpose=Purpose.LOOK,
        )

    def _to_response(self, invocation: Invocation) -> Response[Any]:
        """The response of an operation that succeeded.

        Raises:
            CountermandError: it did not succeed.
        """
        state = invocation.state
        if not isinstance(state.verdict, Done) or state.reply is None:
            raise outcomes.to_error(state, invocation.plan) from state.cause
        return Response(
            status=state.reply.status,
            parsed=state.verdict.response,
            attempts=state.attempts,
            raw=state.reply,
        )

    @property
    def _key_store(self) -> KeyStore:
        return self._memory_store if self._ledger is None else self._ledger

    @property
    def _required_ledger(self) -> Ledger:
        if self._ledger is None:
            raise LedgerUnavailable("this client has no ledger")
        return self._ledger

    def _invocation(
        self, plan: RequestPlan, account: Account, claim: ClaimHandle | None
    ) -> Invocation:
        return Invocation(
            plan=plan,
            flow=send_request if claim is None else cancel_flow,
            reach=self._accounts.reach(account),
            link_questions=self._link_questions,
            clock=self._clock,
            wall_clock=self._wall_clock,
            random=self._random,
            retry_budget=self._retry_budgets.get(id(account)),
            link_handler=self._link_handler,
            claim=claim,
            destination=self._accounts.destination(account),
            reporter=self._reporter,
        )

    def _effective_policy(self, deadline: float | None) -> Policy:
        if deadline is None:
            return self._policy
        try:
            return evolve(self._policy, deadline=deadline)
        except (TypeError, ValueError) as invalid:
            raise InvalidCancellation(str(invalid)) from None


def _validate_registration(accounts: Iterable[Account]) -> None:
    """A ledger finds a recorded provider by name, so it must read results as the account's does.

    Raises:
        ProviderError: the provider is not registered, or another one is.
    """
    for account in accounts:
        api = account.provider.api
        if recorded_provider(api).interpret is not account.provider.interpret:
            raise ProviderError(f"another provider than this account's is registered as {api!r}")


def _reads(
    provider: Provider[Any], cancellation: BaseCancellation, key: str
) -> tuple[Callable[[Snapshot | None], ReadBack] | None, Callable[[], SnapshotRead] | None]:
    """What reads the payment after the cancel, and what reads it before, if the provider can."""
    comparison, read_back = provider.comparison, provider.read_back
    if comparison is not None:
        after, before = comparison.after, comparison.before
        return (lambda snapshot: after(cancellation, snapshot)), (lambda: before(cancellation))
    return (None if read_back is None else lambda _: read_back(cancellation, key)), None


def _bound(
    read: Callable[[Any, str, str | None], ReadBack] | None,
    cancellation: BaseCancellation,
    key: str,
) -> Callable[[str | None], ReadBack] | None:
    return None if read is None else partial(read, cancellation, key)


def receipt_or_raise(result: CallResult) -> Receipt:
    """The receipt; an error is raised with the cause that it already has."""
    if isinstance(result, Receipt):
        return result
    try:
        raise result
    finally:
        # The error has this frame in its traceback, with the caller's: they must not keep it.
        del result


def _payment_lock(
    plan: RequestPlan, destination: str, cancellation: BaseCancellation
) -> str | None:
    """Name of the payment lock; None if two cancels of one payment may run at once."""
    if plan.operation.repeat.effect == "none":
        return None
    parts = json.dumps([destination, *cancellation.payment_key])
    return sha256(parts.encode()).hexdigest()


def _known(kind: type[T], value: object) -> T | None:
    """The value if it has the type that its annotation promises, or None."""
    return value if isinstance(value, kind) else None


@frozen(kw_only=True)
class LedgerLookup:
    """The read of a key from the ledger, within the deadline of `resume`."""

    ledger: Ledger
    key: str
    deadline: float
    """A moment on the monotonic clock."""
    clock: Callable[[], float]

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, more than 0: the next step reports an expired deadline."""
        return max(self.deadline - self.clock(), 0.001)

    def find(self) -> Unresolved:
        """The cancel recorded under the key.

        Raises:
            InvalidCancellation, LedgerUnavailable: as `Ledger.find`.
        """
        return self.ledger.find(self.key, timeout=self.remaining)

    async def find_async(self) -> Unresolved:
        """As `find`."""
        return await self.ledger.asynchronous.find(self.key, timeout=self.remaining)


def cannot_resume(
    refused: InvalidCancellation, key: str, cancellation: BaseCancellation | None = None
) -> OutcomeUnknown:
    """The error for a key that this client cannot resume: its cancel may have been executed."""
    return OutcomeUnknown(
        f"cannot be resumed here: {refused.message}",
        key=key,
        cancellation=cancellation,
        advice=Advice.READ,
        next_step="Resume it with the account that it went to, or read the payment",
    )

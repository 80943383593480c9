"""The clients' common desk: refuses what cannot be right, and makes the rest ready."""

from __future__ import annotations

import json
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from attrs import define, evolve, field, frozen
from countermand_clients.operation import Call

from countermand._core import outcomes
from countermand._core.cancel import CLIENT_CLOSED, CancelPlan
from countermand._core.idempotency import KeyClaim, KeyStore
from countermand._core.outcomes import CallContext
from countermand._core.request import CallState, RequestPlan
from countermand._runtime.budget import TokenBucket
from countermand._runtime.credentials import CredentialCache
from countermand._runtime.invocation import Environment, Invocation, KeyClaimHandle
from countermand._runtime.memory import MemoryKeyStore
from countermand.errors import Advice, InvalidCancellation, LedgerUnavailable, OutcomeUnknown
from countermand.provider import _fields
from countermand.provider._cancellations import BaseCancellation
from countermand.provider._responses import verdict_from_success
from countermand.provider._verdicts import Done, Verdict
from countermand.receipt import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.attempts import RawResponse
    from countermand.identity import LinkHandler
    from countermand.ledger import Ledger, Unresolved
    from countermand.policy import Policy
    from countermand.provider._accounts import Account


READ_BACK_RESERVE: Final = 1 / 3
"""The part of its time that an attempt leaves for reading back, where reading back is possible."""


def _validate_accounts(_instance: object, _attribute: object, accounts: tuple[object, ...]) -> None:
    for account in accounts:
        if not hasattr(account, "provider"):
            raise TypeError(f"not an account: {type(account).__name__}")


@define(kw_only=True)
class BaseClient:
    """Everything of a client that is neither blocking nor awaiting."""

    accounts: tuple[Account, ...] = field(validator=_validate_accounts)
    policy: Policy
    environment: Environment
    link_handler: LinkHandler | None
    configured_ledger: Ledger | None = None
    closed: bool = False
    _credentials: CredentialCache = field(factory=CredentialCache, init=False)
    _retry_budget: TokenBucket | None = field(default=None, init=False)
    _memory_store: MemoryKeyStore = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._memory_store = MemoryKeyStore(self.environment.clock)
        if self.policy.budget is not None:
            self._retry_budget = TokenBucket(self.policy.budget, self.environment.clock())

    def _prepare_cancel(
        self,
        cancellation: BaseCancellation,
        *,
        key: str | None,
        user: str | None,
        account: Account | None,
        deadline: float | None,
        wait: bool,
    ) -> Invocation:
        """Make a cancel ready.

        Raises:
            InvalidCancellation, Unreachable: nothing was sent.
        """
        key = secrets.token_hex(16) if key is None else key
        try:
            _fields.validate_key(key)
            _check_cancellation(cancellation)
            account = self._select_account(cancellation.api, account)
            policy = self._effective_policy(deadline)
            _check_user(user)
        except InvalidCancellation as refused:
            # What is of another type may not pickle, and the message names its type.
            refused.key = key if _is(str, key) else None
            refused.cancellation = cancellation if _is(BaseCancellation, cancellation) else None
            raise
        provider = account.provider
        call = provider.build_request(cancellation, key)

        def judge(reply: RawResponse) -> Verdict:
            return provider.interpret(reply, cancellation, key)

        request_plan = RequestPlan(
            call=call,
            interpret=judge,
            policy=policy,
            can_refresh_token=callable(account.token_source),
            can_link_identity=self.link_handler is not None,
            read_back_reserve=READ_BACK_RESERVE if provider.read_back else 0.0,
            record_attempts=self._key_store.durable,
        )
        context = CallContext(
            name=provider.name,
            operation=call.operation,
            key=key,
            cancellation=cancellation,
            user=user,
        )
        return self._invocation(
            request_plan,
            context,
            account,
            self._key_claim(request_plan, context, account, wait=wait),
        )

    def _prepare_lookup(self, key: str, deadline: float | None) -> LedgerLookup:
        """Make a look into the ledger ready.

        Raises:
            LedgerUnavailable: there is no ledger.
            OutcomeUnknown: the deadline is none, so nothing is found out.
        """
        ledger, clock = self.ledger, self.environment.clock
        try:
            policy = self._effective_policy(deadline)
        except InvalidCancellation as refused:
            raise cannot_resume(refused, key) from refused
        return LedgerLookup(ledger=ledger, key=key, deadline=clock() + policy.deadline, clock=clock)

    def _prepare_resume(
        self, lookup: LedgerLookup, found: Unresolved, *, account: Account | None, wait: bool
    ) -> Invocation:
        """Make ready what finishes an earlier cancel.

        Raises:
            OutcomeUnknown: it cannot be taken up here, so what is not known stays so.
        """
        try:
            return self._prepare_cancel(
                found.cancellation,
                key=lookup.key,
                user=found.user,
                account=self._account_for_destination(found.destination)
                if account is None
                else account,
                deadline=lookup.remaining,
                wait=wait,
            )
        except InvalidCancellation as refused:
            raise cannot_resume(refused, lookup.key, found.cancellation) from refused

    def _prepare_call(
        self,
        call: Call[Any],
        *,
        user: str | None,
        account: Account | None,
        deadline: float | None,
    ) -> Invocation:
        """Make any generated operation ready.

        Raises:
            InvalidCancellation, Unreachable: nothing was sent.
        """
        _check_call(call)
        account = self._select_account(call.operation.api, account)
        _check_user(user)
        provider = account.provider

        def judge(reply: RawResponse) -> Verdict:
            if not reply.is_success:
                return provider.interpret_error(reply)
            rejection = provider.find_rejection(reply) if provider.find_rejection else None
            return rejection or verdict_from_success(reply, call)

        request_plan = RequestPlan(
            call=call,
            interpret=judge,
            policy=self._effective_policy(deadline),
            can_refresh_token=callable(account.token_source),
            can_link_identity=self.link_handler is not None,
        )
        context = CallContext(name=account.provider.name, operation=call.operation, user=user)
        return self._invocation(request_plan, context, account, None)

    def _to_response(self, invocation: Invocation) -> Response[Any]:
        """What an operation came to.

        Raises:
            CountermandError: it did not succeed.
        """
        state = invocation.state
        if not isinstance(state.verdict, Done) or state.reply is None:
            raise outcomes.to_error(state, invocation.context) from state.cause
        return Response(
            status=state.reply.status,
            parsed=state.verdict.response,
            attempts=state.attempts,
            raw=state.reply,
        )

    @property
    def _key_store(self) -> KeyStore:
        return self._memory_store if self.configured_ledger is None else self.configured_ledger

    @property
    def ledger(self) -> Ledger:
        """The ledger.

        Raises:
            LedgerUnavailable: there is none.
        """
        if self.configured_ledger is None:
            raise LedgerUnavailable("this client has no ledger")
        return self.configured_ledger

    def _key_claim(
        self, request_plan: RequestPlan, context: CallContext, account: Account, *, wait: bool
    ) -> KeyClaimHandle:
        cancellation, key = context.cancellation, context.key
        assert isinstance(cancellation, BaseCancellation)
        assert key is not None
        provider = account.provider
        read_back = provider.read_back
        accounts = self._accounts_by_api(account)
        cancel_plan = CancelPlan(
            request_plan=request_plan,
            context=context,
            read_back=(lambda: read_back(cancellation, key)) if read_back else None,
            readable_apis=frozenset(accounts),
            refreshable_apis=frozenset(
                api for api, other in accounts.items() if callable(other.token_source)
            ),
            client_closed=self.closed,
        )
        claim = KeyClaim(
            key=key,
            cancellation=cancellation,
            destination=_destination(account),
            user=context.user,
            payment_lock=_payment_lock(request_plan, account, cancellation),
            owner=secrets.token_hex(16),
        )
        return KeyClaimHandle(
            store=self._key_store, claim=claim, cancel_plan=cancel_plan, wait=wait
        )

    def _invocation(
        self,
        request_plan: RequestPlan,
        context: CallContext,
        account: Account,
        claim_handle: KeyClaimHandle | None,
    ) -> Invocation:
        # A cancel's key may have a past, and only its record can say what is known.
        if self.closed and claim_handle is None:
            raise outcomes.to_error(CallState(verdict=CLIENT_CLOSED), context)
        return Invocation(
            plan=request_plan,
            context=context,
            accounts=self._accounts_by_api(account),
            credentials=self._credentials,
            environment=self.environment,
            retry_budget=self._retry_budget,
            link_handler=self.link_handler,
            claim_handle=claim_handle,
        )

    def _accounts_by_api(self, account: Account) -> dict[str, Account]:
        """By API: this account, and of each other API the account, if there is just one."""
        accounts_by_api: dict[str, Account] = {}
        for other in self.accounts:
            api = other.provider.api
            if sum(each.provider.api == api for each in self.accounts) == 1:
                accounts_by_api[api] = other
        return accounts_by_api | {account.provider.api: account}

    def _account_for_destination(self, destination: str) -> Account:
        for account in self.accounts:
            if _destination(account) == destination:
                return account
        raise InvalidCancellation(f"this client has no account for {destination}")

    def _select_account(self, api: str, chosen: Account | None) -> Account:
        fitting = [account for account in self.accounts if account.provider.api == api]
        if chosen is not None:
            # Not the caller's copy: connections and tokens are kept for the client's own object.
            for account in sorted(fitting, key=lambda account: account is not chosen):
                if account == chosen:
                    return account
            raise InvalidCancellation(f"that is not one of this client's accounts for {api}")
        if not fitting:
            raise InvalidCancellation(f"this client has no account for {api}")
        if len(fitting) > 1:
            how_many = f"{len(fitting)} accounts for {api}"
            raise InvalidCancellation(f"this client has {how_many}: say which")
        return fitting[0]

    def _effective_policy(self, deadline: float | None) -> Policy:
        if deadline is None:
            return self.policy
        try:
            return evolve(self.policy, deadline=deadline)
        except ValueError as invalid:
            raise InvalidCancellation(str(invalid)) from None


def _destination(account: Account) -> str:
    """The server, and the merchant where several share it."""
    return f"{account.endpoint} {account.principal}".rstrip()


def _payment_lock(
    request_plan: RequestPlan, account: Account, cancellation: BaseCancellation
) -> str | None:
    """Name of the payment lock; None if two cancels of one payment may run at once."""
    if request_plan.call.operation.repeat.effect == "none":
        return None
    parts = json.dumps([_destination(account), *cancellation.payment_key])
    return sha256(parts.encode()).hexdigest()


def _is(kind: type, value: object) -> bool:
    return isinstance(value, kind)


def _check_cancellation(cancellation: object) -> None:
    if not _is(BaseCancellation, cancellation):
        raise InvalidCancellation(f"not a cancellation: {type(cancellation).__name__}")


def _check_call(call: object) -> None:
    if not isinstance(call, Call):
        raise InvalidCancellation(f"not a call of a generated operation: {type(call).__name__}")


def _check_user(user: object) -> None:
    if user is not None and not isinstance(user, str):
        raise InvalidCancellation(f"user must be a str, not {type(user).__name__}")
    if isinstance(user, str) and not _fields.is_storable(user):
        raise InvalidCancellation("user contains a NUL or a lone surrogate")


@frozen(kw_only=True)
class LedgerLookup:
    """A look into the ledger for a key that is to be resumed, within a call's time."""

    ledger: Ledger
    key: str
    deadline: float
    """When that time is over, on the monotonic clock."""
    clock: Callable[[], float]

    @property
    def remaining(self) -> float:
        """Seconds that are left; never none, for what comes next says itself that time is over."""
        return max(self.deadline - self.clock(), 0.001)

    def find(self) -> Unresolved:
        """What the key stands for.

        Raises:
            InvalidCancellation, LedgerUnavailable: as `Ledger.find`.
        """
        return self.ledger.find(self.key, timeout=self.remaining)


def cannot_resume(
    refused: InvalidCancellation, key: str, cancellation: BaseCancellation | None = None
) -> OutcomeUnknown:
    """What is said of a key that this client cannot take up: it may have been executed long ago."""
    return OutcomeUnknown(
        f"cannot be resumed here: {refused.message}",
        key=key,
        cancellation=cancellation,
        advice=Advice.READ,
        next_step="Resume it with the account that it went to, or look at the payment",
    )

"""The clients' common desk: refuses an order or makes it ready, and books the result."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from attrs import define, evolve, field, frozen

from countermand import _conclusions, _ids
from countermand._body import json_object
from countermand._budget import TokenBucket
from countermand._cancellations import CancellationBase
from countermand._conclusions import Matter
from countermand._drivers import Ambience, Errand
from countermand._intents import Intent, Intents
from countermand._judging import parsed, unbelievable
from countermand._procedure import Ending, Order
from countermand._sessions import Sessions
from countermand._verdicts import Done, NotSent, Verdict
from countermand.errors import CountermandError, InvalidCancellation, NotCancelled
from countermand.receipt import Outcome, Receipt, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand_clients.operation import Call

    from countermand._accounts import Account
    from countermand.attempts import RawResponse
    from countermand.identity import LinkHandler
    from countermand.policy import Policy


CLIENT_CLOSED: Final = NotSent(message="the client is closed")


@frozen(kw_only=True)
class Job:
    """An errand and the key it holds, if it is a cancel."""

    errand: Errand
    intent: Intent | None = None

    @property
    def account(self) -> Account:
        """Where it goes."""
        return self.errand.account


def _only_accounts(_desk: object, _attribute: object, accounts: tuple[object, ...]) -> None:
    for account in accounts:
        if not hasattr(account, "provider"):
            raise TypeError(f"not an account: {type(account).__name__}")


@define(kw_only=True)
class Desk:
    """Everything of a client that is neither blocking nor awaiting."""

    accounts: tuple[Account, ...] = field(validator=_only_accounts)
    policy: Policy
    ambience: Ambience
    handler: LinkHandler | None
    closed: bool = False
    _sessions: Sessions = field(factory=Sessions, init=False)
    _intents: Intents = field(factory=Intents, init=False)
    _bucket: TokenBucket | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        if self.policy.budget is not None:
            self._bucket = TokenBucket(self.policy.budget, self.ambience.clock())

    def cancel(
        self,
        cancellation: CancellationBase,
        *,
        key: str | None,
        user: str | None,
        account: Account | None,
        deadline: float | None,
    ) -> Job | Receipt:
        """Make a cancel ready, or hand out the receipt that its key has already earned.

        Raises:
            InvalidCancellation, KeyConflict, CancellationInProgress, Unreachable: nothing was sent.
        """
        key = secrets.token_hex(16) if key is None else key
        try:
            _ids.key(key)
            _check_cancellation(cancellation)
            account = self._account(cancellation.api, account)
            policy = self._policy(deadline)
            _check_user(user)
        except InvalidCancellation as refused:
            refused.key, refused.cancellation = key, cancellation
            raise
        provider = account.provider
        call = provider.build(cancellation, key)
        matter = Matter(
            name=provider.name,
            operation=call.operation,
            key=key,
            cancellation=cancellation,
            user=user,
        )
        self._check_open(matter)
        intent = self._intents.begin(key, cancellation, account)
        if intent.receipt is not None:
            return intent.receipt

        def judge(reply: RawResponse) -> Verdict:
            return provider.judge(reply, cancellation, key)

        errand = self._errand(account, call, judge, matter, policy, unclear=intent.unclear)
        return Job(errand=errand, intent=intent)

    def execute(
        self,
        call: Call[Any],
        *,
        user: str | None,
        account: Account | None,
        deadline: float | None,
    ) -> Job:
        """Make any generated operation ready.

        Raises:
            InvalidCancellation, Unreachable: nothing was sent.
        """
        account = self._account(call.operation.api, account)
        _check_user(user)
        matter = Matter(name=account.provider.name, operation=call.operation, user=user)
        self._check_open(matter)
        refusal = account.provider.refusal

        def judge(reply: RawResponse) -> Verdict:
            return _succeeded(reply, call) if reply.is_success else refusal(reply)

        return Job(errand=self._errand(account, call, judge, matter, self._policy(deadline)))

    def receipt(self, job: Job) -> Receipt:
        """Book what a cancel came to.

        Raises:
            CountermandError: it did not succeed.
        """
        errand = job.errand
        try:
            receipt = _conclusions.receipt(errand.ending, errand.matter)
        except CountermandError as known:
            self._end(job, unclear=not isinstance(known, NotCancelled))
            raise
        self._end(job, receipt=receipt)
        return receipt

    def response(self, job: Job) -> Response[Any]:
        """What another operation came to.

        Raises:
            CountermandError: it did not succeed.
        """
        ending = job.errand.ending
        if not isinstance(ending.verdict, Done) or ending.reply is None:
            raise _conclusions.error(ending, job.errand.matter) from ending.cause
        return Response(
            status=ending.reply.status,
            parsed=ending.verdict.response,
            attempts=ending.attempts,
            raw=ending.reply,
        )

    def interrupted(self, job: Job) -> CountermandError:
        """What is known of a call that the caller broke off."""
        ending, matter = job.errand.ending, job.errand.matter
        if isinstance(ending.verdict, Done) and job.intent is not None:
            self._end(job, receipt=_conclusions.receipt(ending, matter))
            return _conclusions.interrupted_success(ending, matter)
        known = _conclusions.error(ending, matter)
        self._end(job, unclear=not isinstance(known, NotCancelled))
        return known

    def _end(self, job: Job, *, receipt: Receipt | None = None, unclear: bool = False) -> None:
        if job.intent is not None:
            self._intents.end(job.intent, receipt=receipt, unclear=unclear)

    def _errand(
        self,
        account: Account,
        call: Call[Any],
        judge: Callable[[RawResponse], Verdict],
        matter: Matter,
        policy: Policy,
        *,
        unclear: bool = False,
    ) -> Errand:
        order = Order(
            call=call,
            judge=judge,
            policy=policy,
            refreshable=callable(account.token_source),
            linkable=self.handler is not None,
            unclear=unclear,
        )
        return Errand(
            order=order,
            matter=matter,
            account=account,
            session=self._sessions.of(account, matter.user),
            ambience=self.ambience,
            bucket=self._bucket,
            handler=self.handler,
        )

    def _account(self, api: str, chosen: Account | None) -> Account:
        fitting = [account for account in self.accounts if account.provider.api == api]
        if chosen is not None:
            # Not the caller's copy: connections and tokens are kept for the client's own object.
            for account in sorted(fitting, key=lambda account: account is not chosen):
                if account == chosen:
                    return account
            raise InvalidCancellation(f"that is not one of this client's accounts for {api}")
        if len(fitting) != 1:
            how_many = (
                f"{len(fitting)} accounts for {api}: say which"
                if fitting
                else f"no account for {api}"
            )
            raise InvalidCancellation(f"this client has {how_many}")
        return fitting[0]

    def _policy(self, deadline: float | None) -> Policy:
        if deadline is None:
            return self.policy
        try:
            return evolve(self.policy, deadline=deadline)
        except ValueError as invalid:
            raise InvalidCancellation(str(invalid)) from None

    def _check_open(self, matter: Matter) -> None:
        if self.closed:
            raise _conclusions.error(Ending(verdict=CLIENT_CLOSED), matter)


def _check_cancellation(cancellation: object) -> None:
    if not isinstance(cancellation, CancellationBase):
        raise InvalidCancellation(f"not a cancellation: {type(cancellation).__name__}")


def _check_user(user: object) -> None:
    if user is not None and not isinstance(user, str):
        raise InvalidCancellation(f"user must be a str, not {type(user).__name__}")


def _succeeded(reply: RawResponse, call: Call[Any]) -> Verdict:
    """A documented 2xx with a readable body, or one that is documented to have none."""
    media_types = call.operation.media_types(reply.status)
    if media_types is None:
        return unbelievable(reply)
    document = json_object(reply) if media_types else None
    if media_types and document is None:
        return unbelievable(reply)
    return Done(outcome=Outcome.CANCELLED, response=parsed(call, reply.status, document))

"""The clients' common desk: refuses what cannot be right, and makes the rest ready."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from attrs import define, evolve, field, frozen
from countermand_clients.operation import Call

from countermand._core import outcomes
from countermand._core.cancel import CLIENT_CLOSED, Intent
from countermand._core.idempotency import Claimant, KeyBook
from countermand._core.outcomes import Matter
from countermand._core.request import Ending, Order
from countermand._runtime.budget import TokenBucket
from countermand._runtime.credentials import Sessions
from countermand._runtime.invocation import Ambience, Errand, Hold
from countermand._runtime.memory import Memory
from countermand.errors import Advice, InvalidCancellation, LedgerUnavailable, OutcomeUnknown
from countermand.provider import _fields
from countermand.provider._cancellations import CancellationBase
from countermand.provider._responses import succeeded
from countermand.provider._verdicts import Done, Verdict
from countermand.receipt import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.attempts import RawResponse
    from countermand.identity import LinkHandler
    from countermand.ledger import Ledger, Unresolved
    from countermand.policy import Policy
    from countermand.provider._accounts import Account


RESERVE: Final = 1 / 3
"""The part of its time that an attempt leaves for reading back, where reading back is possible."""


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
    archive: Ledger | None = None
    closed: bool = False
    _sessions: Sessions = field(factory=Sessions, init=False)
    _bucket: TokenBucket | None = field(default=None, init=False)
    _memory: Memory = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._memory = Memory(self.ambience.clock)
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
        wait: bool,
    ) -> Errand:
        """Make a cancel ready.

        Raises:
            InvalidCancellation, Unreachable: nothing was sent.
        """
        key = secrets.token_hex(16) if key is None else key
        try:
            _fields.key(key)
            _check_cancellation(cancellation)
            account = self._account(cancellation.api, account)
            policy = self._policy(deadline)
            _check_user(user)
        except InvalidCancellation as refused:
            # What is of another type may not pickle, and the message names its type.
            refused.key = key if _is(str, key) else None
            refused.cancellation = cancellation if _is(CancellationBase, cancellation) else None
            raise
        provider = account.provider
        call = provider.build(cancellation, key)

        def judge(reply: RawResponse) -> Verdict:
            return provider.judge(reply, cancellation, key)

        order = Order(
            call=call,
            judge=judge,
            policy=policy,
            refreshable=callable(account.token_source),
            linkable=self.handler is not None,
            reserve=RESERVE if provider.read_back else 0.0,
            recorded=self._keys.durable,
        )
        matter = Matter(
            name=provider.name,
            operation=call.operation,
            key=key,
            cancellation=cancellation,
            user=user,
        )
        return self._errand(order, matter, account, self._hold(order, matter, account, wait=wait))

    def search(self, key: str, deadline: float | None) -> Search:
        """Make a look into the ledger ready.

        Raises:
            LedgerUnavailable: there is no ledger.
            OutcomeUnknown: the deadline is none, so nothing is found out.
        """
        ledger, clock = self.ledger, self.ambience.clock
        try:
            policy = self._policy(deadline)
        except InvalidCancellation as refused:
            raise cannot_resume(refused, key) from refused
        return Search(ledger=ledger, key=key, until=clock() + policy.deadline, clock=clock)

    def resume(
        self, search: Search, found: Unresolved, *, account: Account | None, wait: bool
    ) -> Errand:
        """Make ready what finishes an earlier cancel.

        Raises:
            OutcomeUnknown: it cannot be taken up here, so what is not known stays so.
        """
        try:
            return self.cancel(
                found.cancellation,
                key=search.key,
                user=found.user,
                account=self._account_at(found.destination) if account is None else account,
                deadline=search.left,
                wait=wait,
            )
        except InvalidCancellation as refused:
            raise cannot_resume(refused, search.key, found.cancellation) from refused

    def execute(
        self,
        call: Call[Any],
        *,
        user: str | None,
        account: Account | None,
        deadline: float | None,
    ) -> Errand:
        """Make any generated operation ready.

        Raises:
            InvalidCancellation, Unreachable: nothing was sent.
        """
        _check_call(call)
        account = self._account(call.operation.api, account)
        _check_user(user)
        provider = account.provider

        def judge(reply: RawResponse) -> Verdict:
            if not reply.is_success:
                return provider.refusal(reply)
            objection = provider.objection(reply) if provider.objection else None
            return objection or succeeded(reply, call)

        order = Order(
            call=call,
            judge=judge,
            policy=self._policy(deadline),
            refreshable=callable(account.token_source),
            linkable=self.handler is not None,
        )
        matter = Matter(name=account.provider.name, operation=call.operation, user=user)
        return self._errand(order, matter, account, None)

    def response(self, errand: Errand) -> Response[Any]:
        """What an operation came to.

        Raises:
            CountermandError: it did not succeed.
        """
        ending = errand.ending
        if not isinstance(ending.verdict, Done) or ending.reply is None:
            raise outcomes.error(ending, errand.matter) from ending.cause
        return Response(
            status=ending.reply.status,
            parsed=ending.verdict.response,
            attempts=ending.attempts,
            raw=ending.reply,
        )

    @property
    def _keys(self) -> KeyBook:
        return self._memory if self.archive is None else self.archive

    @property
    def ledger(self) -> Ledger:
        """The ledger.

        Raises:
            LedgerUnavailable: there is none.
        """
        if self.archive is None:
            raise LedgerUnavailable("this client has no ledger")
        return self.archive

    def _hold(self, order: Order, matter: Matter, account: Account, *, wait: bool) -> Hold:
        cancellation, key = matter.cancellation, matter.key
        assert isinstance(cancellation, CancellationBase)
        assert key is not None
        provider = account.provider
        reading = provider.read_back
        accounts = self._reachable(account)
        intent = Intent(
            order=order,
            matter=matter,
            read_back=(lambda: reading(cancellation, key)) if reading else None,
            readable=frozenset(accounts),
            refreshable=frozenset(
                api for api, other in accounts.items() if callable(other.token_source)
            ),
            closed=self.closed,
        )
        claimant = Claimant(
            key=key,
            cancellation=cancellation,
            destination=_place(account),
            user=matter.user,
            subject=_subject(order, account, cancellation),
            holder=secrets.token_hex(16),
        )
        return Hold(book=self._keys, claimant=claimant, intent=intent, wait=wait)

    def _errand(self, order: Order, matter: Matter, account: Account, hold: Hold | None) -> Errand:
        # A cancel's key may have a past, and only its record can say what is known.
        if self.closed and hold is None:
            raise outcomes.error(Ending(verdict=CLIENT_CLOSED), matter)
        return Errand(
            order=order,
            matter=matter,
            accounts=self._reachable(account),
            sessions=self._sessions,
            ambience=self.ambience,
            bucket=self._bucket,
            handler=self.handler,
            hold=hold,
        )

    def _reachable(self, account: Account) -> dict[str, Account]:
        """By API: this account, and of each other API the account, if there is just one."""
        reachable: dict[str, Account] = {}
        for other in self.accounts:
            api = other.provider.api
            if sum(each.provider.api == api for each in self.accounts) == 1:
                reachable[api] = other
        return reachable | {account.provider.api: account}

    def _account_at(self, destination: str) -> Account:
        for account in self.accounts:
            if _place(account) == destination:
                return account
        raise InvalidCancellation(f"this client has no account for {destination}")

    def _account(self, api: str, chosen: Account | None) -> Account:
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

    def _policy(self, deadline: float | None) -> Policy:
        if deadline is None:
            return self.policy
        try:
            return evolve(self.policy, deadline=deadline)
        except ValueError as invalid:
            raise InvalidCancellation(str(invalid)) from None


def _place(account: Account) -> str:
    """The server, and the merchant where several share it."""
    return f"{account.endpoint} {account.principal}".rstrip()


def _subject(order: Order, account: Account, cancellation: CancellationBase) -> str | None:
    """The payment, where two cancels of it at once would leave a look at it without meaning."""
    if order.call.operation.repeat.effect == "none":
        return None
    names = [name for name in cancellation.to_dict() if name.endswith("_id")]
    # Unzer's payment is the same whichever of its authorizations is meant.
    parts = [str(getattr(cancellation, name)) for name in names if name != "authorization_id"]
    return sha256("\n".join((_place(account), *parts)).encode()).hexdigest()


def _is(kind: type, value: object) -> bool:
    return isinstance(value, kind)


def _check_cancellation(cancellation: object) -> None:
    if not _is(CancellationBase, cancellation):
        raise InvalidCancellation(f"not a cancellation: {type(cancellation).__name__}")


def _check_call(call: object) -> None:
    if not isinstance(call, Call):
        raise InvalidCancellation(f"not a call of a generated operation: {type(call).__name__}")


def _check_user(user: object) -> None:
    if user is not None and not isinstance(user, str):
        raise InvalidCancellation(f"user must be a str, not {type(user).__name__}")
    if isinstance(user, str) and not _fields.storable(user):
        raise InvalidCancellation("user contains a NUL or a lone surrogate")


@frozen(kw_only=True)
class Search:
    """A look into the ledger for a key that is to be resumed, within a call's time."""

    ledger: Ledger
    key: str
    until: float
    """When that time is over, on the monotonic clock."""
    clock: Callable[[], float]

    @property
    def left(self) -> float:
        """Seconds that are left; never none, for what comes next says itself that time is over."""
        return max(self.until - self.clock(), 0.001)

    def find(self) -> Unresolved:
        """What the key stands for.

        Raises:
            InvalidCancellation, LedgerUnavailable: as `Ledger.find`.
        """
        return self.ledger.find(self.key, limit=self.left)


def cannot_resume(
    refused: InvalidCancellation, key: str, cancellation: CancellationBase | None = None
) -> OutcomeUnknown:
    """What is said of a key that this client cannot take up: it may have been executed long ago."""
    return OutcomeUnknown(
        f"cannot be resumed here: {refused.message}",
        key=key,
        cancellation=cancellation,
        advice=Advice.READ,
        next_step="Resume it with the account that it went to, or look at the payment",
    )

"""One call on its way: what both drivers need to know, and the steps that need no waiting."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field, frozen

from countermand._core import cancel, outcomes
from countermand._core.commands import Answer, Prior, Rejected
from countermand._core.exchange import Outgoing
from countermand._core.request import Ending, interrupt, perform
from countermand._http.redaction import without_secrets
from countermand.errors import CancellationInProgress, CountermandError, LedgerUnavailable
from countermand.identity import LinkChallenge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from countermand._core.commands import AskUser, Pause, Send, Steps
    from countermand._core.exchange import Failure
    from countermand._core.idempotency import Claimant, KeyBook
    from countermand._core.outcomes import Conclusion, Matter
    from countermand._core.request import Order
    from countermand._runtime.budget import TokenBucket
    from countermand._runtime.credentials import Session, Sessions
    from countermand.attempts import RawResponse
    from countermand.identity import LinkHandler
    from countermand.provider._accounts import Account

FIRST_POLL: Final = 0.05
SLOWEST_POLL: Final = 1.0
"""Seconds between two looks at a key that somebody else holds."""

logger = logging.getLogger("countermand")


@frozen(kw_only=True)
class Ambience:
    """Chance and time, as the client was given them."""

    clock: Callable[[], float]
    random: Callable[[], float]
    wall: Callable[[], float] = time.time


@frozen(kw_only=True)
class Hold:
    """A cancel's key: who wants it, where it is claimed, and whether to wait for it."""

    book: KeyBook
    claimant: Claimant
    intent: cancel.Intent
    wait: bool = False


@define(kw_only=True)
class Errand:
    """What a call is about, who it goes to as whom, and how far it has come."""

    order: Order
    matter: Matter
    accounts: Mapping[str, Account]
    """By API: the one that the call goes to, and those that can be asked about it."""
    sessions: Sessions
    ambience: Ambience
    bucket: TokenBucket | None
    handler: LinkHandler | None
    hold: Hold | None = None
    until: float = 0.0
    """When the call's time is over, on the monotonic clock, but for a user's time at a login."""
    ending: Ending = field(factory=Ending)
    asked: bool = False
    """Whether the key was asked for, so that it may be ours although nobody has told us."""
    claimed: bool = False
    ours: bool = True
    """Whether nobody else can have had the key when the end was recorded."""
    dropped: bool = False
    """Whether nobody waits for the claim any more that a thread may still be making."""
    seen_links: int = 0
    _number: int = 0
    _secrets: dict[str, None] = field(factory=dict[str, None])
    """Every credential that this call has used, in order."""

    def begin(self) -> Steps[Any]:
        """The procedure, from its beginning."""
        now = self.ambience.clock()
        self.until = now + self.order.policy.deadline
        if self.bucket:
            self.bucket.earn(now)
        if self.hold:
            return cancel.cancel(self.hold.intent, now, self.ending)
        return perform(self.order, now, self.ending)

    def answer(self, value: object) -> Answer:
        """A step's result with the time."""
        return Answer(value, self.ambience.clock(), self.ambience.wall())

    def account(self, api: str) -> Account:
        """The account of an API."""
        return self.accounts[api]

    def session(self, api: str) -> Session:
        """The user's session at that account."""
        return self.sessions.of(self.accounts[api], self.matter.user)

    def outgoing(self, step: Send) -> Outgoing:
        """The request with its credentials."""
        call = step.call
        account = self.account(call.operation.api)
        self.seen_links = self.session(call.operation.api).links
        self._number += 1
        query = f"?{call.query}" if call.query else ""
        return Outgoing(
            method=call.operation.method,
            url=f"{account.endpoint}{call.path}{query}",
            headers=(
                *call.headers,
                ("Accept-Encoding", "identity"),
                ("User-Agent", "countermand"),
                *account.credentials(step.token),
            ),
            content=call.content,
        )

    def received(self, step: Send, exchange: RawResponse | Failure) -> RawResponse | Failure:
        """What came back, credentials struck out, and a line in the log about it."""
        operation = step.call.operation
        self._secrets.update(dict.fromkeys(self.account(operation.api).secrets(step.token)))
        clean = without_secrets(exchange, tuple(self._secrets))
        logger.debug(
            "%s %s, key %.12s, request %d: %r",
            self.matter.name,
            operation.operation_id,
            self.matter.key,
            self._number,
            clean,
        )
        return clean

    def wait(self, step: Pause) -> float | None:
        """Seconds to sleep, or None where the retry budget is spent."""
        if self.bucket and not self.bucket.take(self.ambience.clock()):
            logger.debug("%s, key %.12s: retry budget spent", self.matter.name, self.matter.key)
            return None
        return step.at_least + step.jitter * self.ambience.random()

    def moment(self, limit: float) -> float:
        """When so many seconds will have passed."""
        return self.ambience.clock() + limit

    def left(self, until: float) -> float:
        """Seconds until then."""
        return until - self.ambience.clock()

    def take(self, until: float) -> object:
        """Claim the key, and note at once what its past leaves open: that must not be lost."""
        self.asked = True
        claimed = self.held.book.claim(self.held.claimant, limit=self.left(until))
        if self.dropped:
            self.abandon_claim()
            return claimed
        if isinstance(claimed, Prior):
            self.ending.unclear = claimed.unclear
            self.ending.references[:] = claimed.references
            # Last: who is interrupted before has nothing to record.
            self.claimed = True
        return claimed

    def pauses(self, until: float) -> Iterator[float]:
        """Ever longer pauses between two looks at a key, until then."""
        pause = FIRST_POLL
        while (left := self.left(until)) > 0:
            yield min(left, pause * (1 - self.ambience.random() / 2))
            pause = min(pause * 1.5, SLOWEST_POLL)

    def waits_for_key(self, claimed: object) -> bool:
        """Whether somebody else has the key, and it is to be waited for."""
        return (
            self.held.wait
            and isinstance(claimed, Rejected)
            and isinstance(claimed.error, CancellationInProgress)
        )

    def dispatch(self, number: int, until: float) -> Rejected | None:
        """Record that an attempt is about to go out."""
        return self.held.book.dispatch(self.held.claimant, number, limit=self.left(until))

    def record(self, conclusion: Conclusion, until: float) -> bool:
        """Record how it ended; False where somebody else has the key by now, or may have it."""
        book, claimant = self.held.book, self.held.claimant
        try:
            self.ours = book.conclude(claimant, conclusion, limit=self.left(until))
        except LedgerUnavailable as unavailable:
            self._not_recorded(unavailable)
            self.ours = book.holds(claimant)
            book.abandon(claimant)
        # Last: an interruption amid the recording has it recorded again.
        self.claimed = False
        return self.ours

    def let_go(self, conclusion: Conclusion) -> bool:
        """Record how an interrupted call ended, or that it has nothing to do with the key."""
        if self.claimed:
            return self.record(conclusion, max(self.until, self.moment(self.spare)))
        self.dropped = True
        if self.asked:
            self.abandon_claim()
        return self.ours

    @property
    def spare(self) -> float:
        """Seconds for what is to be recorded when the time is over."""
        return self.order.policy.deadline * cancel.CLOSING

    def abandon_claim(self) -> None:
        """Let go of a key of which nobody has said yet that it is ours."""
        limit = max(self.left(self.until), self.spare)
        with suppress(LedgerUnavailable):
            self.held.book.release(self.held.claimant, limit=limit)

    def abandon(self) -> None:
        """Hold the key no longer, without another word: interrupted amid an interruption."""
        if self.hold is not None and self.asked:
            self.hold.book.abandon(self.hold.claimant)

    @property
    def held(self) -> Hold:
        """The key; only a cancel's procedure asks for one."""
        assert self.hold is not None
        return self.hold

    @property
    def durable(self) -> bool:
        """Whether what is recorded goes to a database, which may take its time."""
        return self.hold is not None and self.hold.book.durable

    def asks(self) -> LinkHandler:
        """The handler; an order is linkable only where there is one."""
        assert self.handler is not None
        return self.handler

    def challenge(self, step: AskUser) -> LinkChallenge:
        """What the linked-identity handler is told."""
        return LinkChallenge(
            api=self.matter.operation.api,
            user=self.matter.user,
            key=self.matter.key,
            cancellation=self.matter.cancellation,
            problem=step.problem,
        )

    def _not_recorded(self, error: CountermandError) -> None:
        """The answer is known and given to the caller, but the ledger did not take it."""
        logger.error(
            "%s, key %.12s: the ledger did not record how it ended: %s",
            self.matter.name,
            self.matter.key,
            error,
        )

    def interrupted(self, cut: RawResponse | Failure | None) -> tuple[Conclusion, CountermandError]:
        """What to record of a call that the caller stopped, and what to tell the caller."""
        try:
            interrupt(self.order, self.ending, cut)
        except BaseException:  # noqa: BLE001 - the first interruption goes on its way
            # What struck while the answer was judged strikes again: then nothing is certain.
            interrupt(self.order, self.ending, None)
        conclusion = outcomes.concluded(self.ending, self.matter)
        # A second interruption, here amid the first one, must not take its place.
        with suppress(BaseException):
            logger.warning(
                "%s, key %.12s: interrupted by the caller; %s",
                self.matter.name,
                self.matter.key,
                conclusion,
            )
        if isinstance(conclusion, CountermandError):
            return conclusion, conclusion
        return conclusion, outcomes.interrupted_success(self.ending, self.matter)

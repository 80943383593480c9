"""The stage: one payment behind a fault proxy, what is done to it, and what is seen there."""

import random
import time
from collections.abc import Callable
from typing import Any

from attrs import define, evolve, field

from countermand import (
    InvalidCancellation,
    LedgerUnavailable,
    NotCancelled,
    OutcomeUnknown,
    Policy,
    Receipt,
)
from countermand.ledger import State
from countermand.sandbox import FaultProxy, ProxiedRequest, Sandbox, faults
from tests.conformance.actors import INTERRUPTED, LOCAL, WINDOW, Actor
from tests.conformance.cases import RECEIPT, Call, Observation
from tests.conformance.documented import afterwards, asked_again


@define(kw_only=True)
class Stage:
    """One intent at one payment, the faults it meets, and every call made for it."""

    sandbox: Sandbox
    proxy: FaultProxy
    api: str
    flavour: str
    ledger: Any
    key: str
    label: str
    policy: Policy
    chance: random.Random
    payment: Any
    cancellation: Any
    accounts: tuple[Any, ...]
    options: dict[str, Any] = field(factory=dict[str, Any])
    intended: int = 1
    others: int = 0
    trusted: str | None = None
    unfinished: bool = False
    calls: list[Call] = field(factory=list[Call])
    problems: list[str] = field(factory=list[str])
    figures: list[tuple[str, float]] = field(factory=list[tuple[str, float]])
    last: Any = None
    _actor: Actor | None = None
    _before: int = field(init=False)
    """How many requests had reached the proxy before."""

    def __attrs_post_init__(self) -> None:
        self._before = len(self.proxy.requests)

    @property
    def executions(self) -> int:
        """How often this intent was executed, by now."""
        return len(self.sandbox.executions(payment=self.payment)) - self.others

    @property
    def sent(self) -> int:
        """Requests other than reads that have reached the proxy or beyond."""
        return sum(request.method != "GET" for request in self._requests)

    @property
    def reads(self) -> int:
        """Reads that have reached the proxy."""
        return sum(request.method == "GET" for request in self._requests)

    @property
    def _requests(self) -> tuple[ProxiedRequest, ...]:
        return self.proxy.requests[self._before :]

    @property
    def actor(self) -> Actor:
        """The client; made when it is first needed."""
        if self._actor is None:
            self._actor = self.new_actor()
        return self._actor

    def new_actor(self, **options: Any) -> Actor:
        """A further client of the same accounts and ledger."""
        return Actor(self.flavour, *self.accounts, **self.settings(), **options)

    def settings(self) -> dict[str, Any]:
        """Options of a client on this stage."""
        return {
            **LOCAL,
            "policy": self.policy,
            "ledger": self.ledger,
            "random": self.chance.random,
            **self.options,
        }

    def use(self, actor: Actor) -> None:
        """Make the coming calls through this client."""
        self.leave()
        self._actor = actor

    def leave(self) -> None:
        """Close the client, as when its process ends; the next call makes a new one."""
        if self._actor is not None:
            self._actor.close()
            self._actor = None

    def script(self, *script: faults.Fault) -> None:
        """What the coming requests meet."""
        self.proxy.script(*script)

    def call(
        self,
        what: str,
        allowed: frozenset[str],
        work: Callable[[], Any],
        *,
        key: str | None = None,
        **facts: Any,
    ) -> Call:
        """Do something, and note what was seen."""
        self._round_off()
        before, sent, reads = self.executions, self.sent, self.reads
        began = time.monotonic()
        self.last = result = work()
        elapsed, returned = time.monotonic() - began, self.executions
        receipt = isinstance(result, Receipt)
        # What an interrupted call knows hangs on the interruption.
        known = result.__cause__ if isinstance(result, INTERRUPTED) else result
        key = key or getattr(known, "key", None) or self.key
        seen = Call(
            what=what,
            key=key,
            verdict=type(result).__name__,
            allowed=allowed,
            requests=self.sent - sent,
            reads=self.reads - reads,
            elapsed=elapsed,
            deadline=facts.pop("deadline", self.policy.deadline),
            before=before,
            returned=returned,
            until=returned,
            interrupted=known is not result,
            refused=isinstance(known, NotCancelled),
            unknown=isinstance(known, OutcomeUnknown),
            outcome=str(result.outcome) if receipt else None,
            evidence=str(result.evidence) if receipt else None,
            in_ledger=self.is_open(key),
            recorded=self.is_recorded(key),
            trusted=self.trusted is not None and key == self.key,
            **facts,
        )
        self.calls.append(seen)
        return seen

    def cancel(
        self,
        allowed: frozenset[str],
        what: str = "cancel",
        *,
        failed: bool = False,
        **options: Any,
    ) -> Call:
        """Cancel, with the stage's key unless another is given.

        `failed` says that the ledger is kept from recording how it ends.
        """
        asked = {"key": self.key, **options}
        # Made before, so that only the call itself is timed.
        actor = self.actor

        def work() -> Any:
            return actor.do("cancel", self.cancellation, **asked)

        return self.call(what, allowed, work, key=asked["key"], ledger_failed=failed)

    def again(self, allowed: frozenset[str], **options: Any) -> Call:
        """Resume it: by `resume` from another client, or in memory with the same key."""
        if self.ledger is None:
            return self.cancel(allowed, "the same key again", **options)
        self.leave()
        actor = self.actor
        return self.call("resume", allowed, lambda: actor.do("resume", self.key, **options))

    def afterwards(self) -> frozenset[str]:
        """What the key comes to when everything late has arrived and the window has passed."""
        return afterwards(self.api, executed=self.executions > 0)

    def wait_window(self) -> None:
        """Let the late-arrival window pass, by every clock; a wall clock may be set back."""
        time.sleep(WINDOW * 2)

    def finish(self) -> None:
        """Deliver late requests, resume the key, and leave no unresolved key."""
        self.proxy.script()
        self.proxy.deliver_late()
        if isinstance(self.last, Receipt):
            self.replay()
            return
        unknown = self.calls[-1].unknown
        if self.api == "unzer" and unknown:
            self.wait_window()
        allowed = self.afterwards()
        if self.policy.late_arrival_window > WINDOW:
            # It has not passed.
            allowed = asked_again(self.api, executed=self.executions > 0)
        if isinstance(self.last, INTERRUPTED):
            # It may have been interrupted when the receipt was recorded already.
            self.cancel(RECEIPT | allowed if unknown else RECEIPT, "the same key again")
        elif unknown:
            self.again(allowed)
        if isinstance(self.last, OutcomeUnknown):
            self.resolve()

    def replay(self) -> None:
        """A resolved key answers from the record, and sends nothing."""
        seen = self.again(RECEIPT)
        # What was accepted may be looked at.
        if seen.requests or (seen.reads and seen.outcome != "accepted"):
            asked = f"{seen.requests} requests and {seen.reads} reads"
            self.problems.append(f"a resolved key sent {asked}")

    def resolve(self) -> None:
        """A person has found out; the key says so from then on."""
        if self.ledger is None:
            return
        done = self.executions > 0
        self.actor.do(
            "resolve", self.key, cancelled=done, by="the back office", reason="they looked"
        )
        if self.is_open():
            self.problems.append("resolved manually, but still unresolved")
        if done:
            self.replay()

    def is_open(self, key: str | None = None) -> bool | None:
        """Whether the ledger counts a key as unresolved; None where there is no ledger."""
        if self.ledger is None:
            return None
        wanted = key or self.key
        # What was accepted, or waits for a login, is open as well, but known.
        return any(
            found.key == wanted and found.state in {State.CLAIMED, State.MAYBE_EXECUTED}
            for found in self.ledger.unresolved()
        )

    def is_recorded(self, key: str | None = None) -> bool | None:
        """Whether the ledger knows a key, open or not; None where there is no ledger."""
        if self.ledger is None:
            return None
        try:
            self.ledger.find(key or self.key)
        except InvalidCancellation:
            return False
        except LedgerUnavailable:
            return None
        return True

    def observation(self) -> Observation:
        """Everything that was seen, once the last late request has arrived."""
        self.leave()
        self.proxy.script()
        self.proxy.accept_again()
        self.proxy.deliver_late()
        self._round_off()
        return Observation(
            label=self.label,
            api=self.api,
            calls=tuple(self.calls),
            executions=self.executions,
            others=self.others,
            intended=self.intended,
            trusted=self.trusted,
            unfinished=self.unfinished,
            problems=tuple(self.problems),
            figures=tuple(self.figures),
        )

    def _round_off(self) -> None:
        if self.calls:
            self.calls[-1] = evolve(self.calls[-1], until=self.executions)

"""A world without network or clock in which the procedure is driven through every turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import define, field
from hypothesis import strategies as st

from countermand import Policy, RawResponse, Sent
from countermand._core.commands import (
    Answer,
    AskUser,
    Authenticate,
    Denied,
    Dispatch,
    Granted,
    Pause,
    Rejected,
    Send,
)
from countermand._core.exchange import Failure
from countermand._core.outcomes import Matter
from countermand._core.request import Ending, Order, interrupt, perform
from countermand.errors import LedgerUnavailable
from countermand.provider._verdicts import (
    Done,
    LinkRequired,
    Refused,
    TokenRefused,
    TryLater,
    Verdict,
)
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, SUCCESS, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._core.commands import Step, Steps

LINK: Final = {"errors": [{"code": "missing-linked-identity"}]}
REFUSAL: Final = {"errors": [{"code": "1"}], "message": "no", "cancellationId": None}
DONE: Final = {"pace_pay": (204, None), "pace_fueling": (204, None), **SUCCESS}
FAILURES: Final = [
    Failure(sent=Sent.NOT_SENT, problem="refused"),
    Failure(sent=Sent.MAYBE_SENT, problem="reset"),
]


def replies(api: str) -> list[RawResponse | Failure]:
    """What may come of a request, the unpleasant more often than the pleasant."""
    status, document = DONE[api]
    return [
        *FAILURES,
        reply(status, document),
        reply(status, document, problem="cut"),
        reply(200, b"<html>", "text/html"),
        reply(302, location="https://elsewhere.example/"),
        *(reply(code, REFUSAL) for code in (400, 403, 404, 422, 501)),
        reply(401, LINK),
        reply(401, b"Unauthorized", "text/plain"),
        reply(401, problem="cut"),
        *(reply(code, b"", None) for code in (500, 503, 520)),
        *(reply(code, b"", None, retry_after="2") for code in (429, 503)),
        reply(429, b"", None, retry_after="1e9"),
        reply(429, b"", None, retry_after="100000"),
    ]


def worlds(api: str) -> st.SearchStrategy[World]:
    """Policies, facts and everything that may happen on the way."""
    seconds = st.floats(0.0, 20.0)
    return st.builds(
        World,
        api=st.just(api),
        policy=st.builds(
            Policy,
            attempts=st.integers(1, 6),
            deadline=st.floats(0.1, 60.0),
            attempt_timeout=st.floats(0.1, 60.0),
        ),
        exchanges=st.lists(st.sampled_from(replies(api)), min_size=10, max_size=10),
        delays=st.lists(seconds | st.just(0.0), min_size=50, max_size=50),
        grants=st.lists(st.booleans() | st.just(value=True), min_size=4, max_size=4),
        budget=st.integers(0, 8),
        chance=st.floats(0.0, 1.0),
        refreshable=st.booleans(),
        linkable=st.booleans(),
        recorded=st.booleans(),
        unrecordable=st.none() | st.integers(0, 3),
        stop_at=st.none() | st.integers(0, 12),
        began=st.floats(0.0, 1e6),
    )


@define
class World:
    """One run: what will happen, and the log of what was done."""

    api: str
    policy: Policy
    exchanges: list[RawResponse | Failure]
    delays: list[float]
    grants: list[bool]
    budget: int
    chance: float
    refreshable: bool
    linkable: bool
    stop_at: int | None
    began: float
    recorded: bool = False
    unrecordable: int | None = None
    """How many dispatches are recorded before one is refused."""
    now: float = field(init=False)
    steps: list[tuple[float, Step]] = field(factory=list, init=False)
    verdicts: list[Verdict] = field(factory=list, init=False)
    seen: list[RawResponse | Failure] = field(factory=list, init=False)
    paused: float = field(default=0.0, init=False)
    stopped: bool = field(default=False, init=False)
    tokens: int = field(default=0, init=False)

    def order(self) -> Order:
        """The sample cancel of the provider."""
        provider, cancellation = PROVIDERS[self.api], CANCELLATIONS[self.api]
        return Order(
            call=provider.build(cancellation, KEY),
            judge=lambda answer: provider.judge(answer, cancellation, KEY),
            policy=self.policy,
            refreshable=self.refreshable,
            linkable=self.linkable,
            recorded=self.recorded,
        )

    def matter(self) -> Matter:
        """What errors are told about it."""
        cancellation = CANCELLATIONS[self.api]
        return Matter(
            name=self.api,
            operation=self.order().call.operation,
            key=KEY,
            cancellation=cancellation,
        )

    def run(self) -> Ending:
        """Drive the procedure to its end, or to the interruption."""
        self.now = self.began
        order, ending = self.order(), Ending()
        procedure = self.procedure(order, ending)
        try:
            step = next(procedure)
            while True:
                self.steps.append((self.now, step))
                if self.stop_at == len(self.steps) - 1:
                    self.stopped = True
                    cut = self._exchange(step) if isinstance(step, Send) else None
                    interrupt(order, ending, cut)
                    return ending
                step = procedure.send(self._answer(step))
        except StopIteration:
            return ending

    def procedure(self, order: Order, ending: Ending) -> Steps[Any]:
        """What is driven."""
        return perform(order, self.began, ending)

    def sends(self) -> list[tuple[float, Send]]:
        """When and how the request went out."""
        call = self.order().call
        return [
            (at, step) for at, step in self.steps if isinstance(step, Send) and step.call == call
        ]

    def _exchange(self, _step: Send) -> RawResponse | Failure:
        exchange = self.exchanges[len(self.seen)]
        self.seen.append(exchange)
        return exchange

    def _answer(self, step: Step) -> Answer:
        return Answer(self.handlers()[type(step)](step), self.now, 1e9)

    def handlers(self) -> dict[type, Callable[[Any], object]]:
        """How each kind of step is obeyed."""
        return {
            Send: self._sent,
            Pause: self._waited,
            Authenticate: self._granted,
            AskUser: self._asked,
            Dispatch: self._dispatched,
        }

    def _dispatched(self, _step: Dispatch) -> Rejected | None:
        self.now += self.delays.pop()
        if self.unrecordable == 0:
            return Rejected(LedgerUnavailable("no room", key=KEY))
        self.unrecordable = None if self.unrecordable is None else self.unrecordable - 1
        return None

    def _sent(self, step: Send) -> RawResponse | Failure:
        self.now += min(self.delays.pop(), step.until - self.now)
        return self._exchange(step)

    def _waited(self, step: Pause) -> bool:
        if self.budget == 0:
            return False
        self.budget -= 1
        seconds = step.at_least + step.jitter * self.chance
        self.paused += seconds
        self.now += seconds
        return True

    def _granted(self, step: Authenticate) -> Granted | Denied:
        self.now += min(self.delays.pop(), step.limit)
        if not self.grants.pop():
            return Denied("no token")
        self.tokens += 1
        return Granted(f"token-{self.tokens}")

    def _asked(self, _step: AskUser) -> Granted | Denied:
        took = self.delays.pop() * 100
        self.now += took
        if not self.grants.pop():
            return Denied("would not", took=took)
        return Granted("linked", took=took)


def may_have_acted(exchange: RawResponse | Failure, verdict: Verdict) -> bool:
    """Whether a request that came to this may have been executed, by the table of the design."""
    if isinstance(exchange, Failure):
        return exchange.sent is Sent.MAYBE_SENT
    clear = isinstance(verdict, (Refused, TryLater, TokenRefused, LinkRequired))
    return isinstance(verdict, Done) or not clear

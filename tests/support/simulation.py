"""A simulated provider, without network or clock, that drives the core through every branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import define, field
from hypothesis import strategies as st

from countermand import Policy, RawResponse, Sent
from countermand._core.commands import (
    CommandResult,
    GetToken,
    LinkIdentity,
    RecordAttempt,
    Rejected,
    SendRequest,
    TakePlace,
    TakeRetryToken,
    TokenDenied,
    TokenGranted,
    WaitToRetry,
)
from countermand._core.exchange import TransportFailure
from countermand._core.request import CallState, RequestPlan, record_interruption, send_request
from countermand.errors import LedgerUnavailable
from countermand.provider._verdicts import (
    Done,
    LinkRequired,
    Refused,
    Throttled,
    TokenRejected,
    Verdict,
)
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, SUCCESS, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._core.commands import Command, Commands

LINK: Final = {"errors": [{"code": "missing-linked-identity"}]}
REFUSAL: Final = {"errors": [{"code": "1"}], "message": "no", "cancellationId": None}
DONE: Final = {"pace_pay": (204, None), "pace_fueling": (204, None), **SUCCESS}
FAILURES: Final = [
    TransportFailure(sent=Sent.NOT_SENT, problem="refused"),
    TransportFailure(sent=Sent.MAYBE_SENT, problem="reset"),
]


def replies(api: str) -> list[RawResponse | TransportFailure]:
    """The possible results of a request, failures more often than successes."""
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


def simulations(api: str) -> st.SearchStrategy[SimulatedProvider]:
    """Policies, facts and events of a run."""
    seconds = st.floats(0.0, 20.0)
    return st.builds(
        SimulatedProvider,
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
class SimulatedProvider:
    """One run: the scripted events, and the log of the commands."""

    api: str
    policy: Policy
    exchanges: list[RawResponse | TransportFailure]
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
    """The number of attempts that are recorded before one is rejected."""
    now: float = field(init=False)
    steps: list[tuple[float, Command]] = field(factory=list, init=False)
    verdicts: list[Verdict] = field(factory=list, init=False)
    seen: list[RawResponse | TransportFailure] = field(factory=list, init=False)
    paused: float = field(default=0.0, init=False)
    stopped: bool = field(default=False, init=False)
    tokens: int = field(default=0, init=False)

    def request_plan(self) -> RequestPlan:
        """The sample cancel of the provider."""
        provider, cancellation = PROVIDERS[self.api], CANCELLATIONS[self.api]
        call = provider.build_request(cancellation, KEY)
        return RequestPlan(
            call=call,
            interpret=lambda answer: provider.interpret(answer, call, cancellation),
            policy=self.policy,
            provider=self.api,
            key=KEY,
            cancellation=cancellation,
            can_refresh_token=self.refreshable,
            can_link_identity=self.linkable,
            record_attempts=self.recorded,
        )

    def run(self) -> CallState:
        """Drive the procedure to its end, or to the interruption."""
        self.now = self.began
        request_plan, state = self.request_plan(), CallState()
        procedure = self.procedure(request_plan, state)
        try:
            step = next(procedure)
            while True:
                self.steps.append((self.now, step))
                if self.stop_at == len(self.steps) - 1:
                    self.stopped = True
                    cut = self._exchange(step) if isinstance(step, SendRequest) else None
                    record_interruption(request_plan, state, cut)
                    return state
                step = procedure.send(self._answer(step))
        except StopIteration:
            return state

    def procedure(self, request_plan: RequestPlan, state: CallState) -> Commands[Any]:
        """The generator that the run drives."""
        return send_request(request_plan, self.began, state)

    def sends(self) -> list[tuple[float, SendRequest]]:
        """The times and commands with which the request was sent."""
        call = self.request_plan().call
        return [
            (at, step)
            for at, step in self.steps
            if isinstance(step, SendRequest) and step.call == call
        ]

    def _exchange(self, _step: SendRequest) -> RawResponse | TransportFailure:
        exchange = self.exchanges[len(self.seen)]
        self.seen.append(exchange)
        return exchange

    def _answer(self, step: Command) -> CommandResult:
        return CommandResult(self.handlers()[type(step)](step), self.now, 1e9)

    def handlers(self) -> dict[type, Callable[[Any], object]]:
        """The handler of each kind of command."""
        return {
            SendRequest: self._sent,
            TakePlace: lambda _: None,
            TakeRetryToken: lambda _: True,
            WaitToRetry: self._waited,
            GetToken: self._granted,
            LinkIdentity: self._asked,
            RecordAttempt: self._dispatched,
        }

    def _dispatched(self, _step: RecordAttempt) -> Rejected | None:
        self.now += self.delays.pop()
        if self.unrecordable == 0:
            return Rejected(LedgerUnavailable("no room", key=KEY))
        self.unrecordable = None if self.unrecordable is None else self.unrecordable - 1
        return None

    def _sent(self, step: SendRequest) -> RawResponse | TransportFailure:
        self.now += min(self.delays.pop(), step.deadline - self.now)
        return self._exchange(step)

    def _waited(self, step: WaitToRetry) -> bool:
        if self.budget == 0:
            return False
        self.budget -= 1
        seconds = step.at_least + step.jitter * self.chance
        self.paused += seconds
        self.now += seconds
        return True

    def _granted(self, step: GetToken) -> TokenGranted | TokenDenied:
        self.now += min(self.delays.pop(), step.timeout)
        if not self.grants.pop():
            return TokenDenied("no token")
        self.tokens += 1
        return TokenGranted(f"token-{self.tokens}")

    def _asked(self, _step: LinkIdentity) -> TokenGranted | TokenDenied:
        took = self.delays.pop() * 100
        self.now += took
        if not self.grants.pop():
            return TokenDenied("would not", excluded_time=took)
        return TokenGranted("linked", excluded_time=took)


def may_have_acted(exchange: RawResponse | TransportFailure, verdict: Verdict) -> bool:
    """Whether a request with this result may have been executed, by the table of the design."""
    if isinstance(exchange, TransportFailure):
        return exchange.sent is Sent.MAYBE_SENT
    clear = isinstance(verdict, (Refused, Throttled, TokenRejected, LinkRequired))
    return isinstance(verdict, Done) or not clear

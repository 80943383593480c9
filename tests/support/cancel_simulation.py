"""Simulated cancels: the key is claimed, the provider is read, the outcome is recorded."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Final

from attrs import asdict, define, field

from countermand import Policy, Receipt
from countermand._core.cancel import CancelPlan, cancel_flow
from countermand._core.commands import (
    AlreadyFinished,
    ClaimKey,
    KeyHistory,
    RecordOutcome,
    Rejected,
    SendRequest,
)
from countermand._core.request import CallState
from countermand.errors import CancellationInProgress, Declined
from tests.support.replies import CANCELS, FAILED, OTHERS, OURS, line, payment
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, TRANSACTION, reply
from tests.support.simulation import FAILURES, SimulatedProvider, replies

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand import RawResponse
    from countermand._core.commands import Commands
    from countermand._core.exchange import TransportFailure
    from countermand._core.request import RequestPlan

WINDOW: Final = 900.0


LISTS: Final = [
    payment(*lines)
    for lines in (
        [],
        [line(f"{CANCELS}/1")],
        [line(f"{CANCELS}/1"), line(f"{CANCELS}/2")],
        [line(f"{CANCELS}/1", status="error")],
        [{"type": "cancel"}],
    )
]
SINGLES: Final = [
    reply(200, OURS),
    reply(200, OTHERS),
    reply(200, FAILED),
    reply(200, {**OURS, "errors": [{"code": "API.1"}]}),
    reply(200, {**OURS, "isSuccess": "perhaps"}),
]
GONE: Final = reply(410, {"errors": [{"title": "Resource is gone"}]}, "application/vnd.api+json")
SHOWN: Final = reply(200, {"data": {"id": TRANSACTION}})
UNREAD: Final = [
    *FAILURES,
    reply(200, b"<html>", "text/html"),
    reply(404, {}),
    reply(503),
    reply(401),
]
FINISHED: Final = [Receipt(outcome="cancelled", key=KEY), Declined("no", key=KEY)]  # type: ignore[arg-type]


def cancel_simulation(api: str, seed: int) -> CancelSimulation:
    """A cancel whose key history, ledger and provider are drawn from one seed.

    Odd seeds resume a lost answer at a provider that can mostly be read: chance alone would
    produce few of those.
    """
    chance, resumed = Random(seed), seed % 2 == 1
    rare = UNREAD[:1] if resumed else UNREAD
    history = KeyHistory(
        attempts=chance.randrange(4),
        maybe_executed=resumed or chance.random() < 0.5,
        confirmed_absent_after=chance.choice([None] * 6 + [WINDOW - 0.1, WINDOW]),
        since_last_attempt=chance.choice([0.0, 10.0, WINDOW - 0.1, WINDOW, 1e6]),
        references=tuple(chance.choices(["C0", "C1"], k=chance.randrange(3))),
    )
    busy = Rejected(CancellationInProgress("busy", key=KEY))
    slow = chance.random() < (0.05 if resumed else 0.3)
    return CancelSimulation(
        api=api,
        policy=Policy(
            attempts=chance.randint(1, 4),
            deadline=chance.uniform(0.1, 60.0),
            attempt_timeout=chance.uniform(0.1, 60.0),
            late_arrival_window=WINDOW,
        ),
        exchanges=chance.choices(replies(api), k=20),
        delays=[chance.uniform(0.0, 20.0) if slow else 0.0 for _ in range(200)],
        grants=[chance.random() < 0.9 for _ in range(20)],
        budget=chance.randrange(9),
        chance=chance.random(),
        refreshable=chance.random() < 0.5,
        linkable=chance.random() < 0.5,
        recorded=chance.random() < 0.5,
        unrecordable=chance.choice([None, None, None, 0, 1, 2]),
        stop_at=None if resumed else chance.choice([None, None, None, *range(12)]),
        began=chance.uniform(0.0, 1e6),
        claimed=history
        if resumed
        else chance.choice([history] * 9 + [*map(AlreadyFinished, FINISHED), busy]),
        lists=chance.choices([*LISTS, *LISTS, *rare], k=40),
        singles=chance.choices([*SINGLES, *SINGLES, SINGLES[1], *rare], k=80),
        transactions=chance.choices([GONE, SHOWN, *rare], k=40),
        readable=chance.random() < 0.8,
    )


@define(kw_only=True)
class CancelSimulation(SimulatedProvider):
    """One run of a whole cancel."""

    claimed: KeyHistory | AlreadyFinished | Rejected
    lists: list[RawResponse | TransportFailure]
    singles: list[RawResponse | TransportFailure]
    transactions: list[RawResponse | TransportFailure]
    readable: bool
    reads: list[tuple[str, RawResponse | TransportFailure]] = field(factory=list, init=False)
    """The path of each read, and its answer."""
    read_before_send: int = field(default=0, init=False)
    """The number of reads before the first cancel."""
    state: CallState = field(factory=CallState, init=False)
    result: Any = field(default=None, init=False)

    def cancel_plan(self, request_plan: RequestPlan) -> CancelPlan:
        """The plan of the provider's sample cancel."""
        read_back = PROVIDERS[self.api].read_back
        cancellation = CANCELLATIONS[self.api]
        return CancelPlan(
            **asdict(request_plan, recurse=False),
            read_back=(lambda _: read_back(cancellation, KEY)) if read_back else None,
            readable_apis=frozenset({self.api, "pace_pay"} if self.readable else {self.api}),
            refreshable_apis=frozenset({"pace_pay"} if self.refreshable else ()),
        )

    def procedure(self, request_plan: RequestPlan, state: CallState) -> Commands[Any]:
        """The whole cancel; its result is kept."""
        self.state = state
        self.result = yield from cancel_flow(self.cancel_plan(request_plan), self.began, state)

    def handlers(self) -> dict[type, Callable[[Any], object]]:
        """Handlers for two more kinds of command."""
        return {**super().handlers(), ClaimKey: self._claimed, RecordOutcome: lambda _command: True}

    @property
    def history(self) -> KeyHistory | None:
        """The key's history, if the claim succeeded."""
        return self.claimed if isinstance(self.claimed, KeyHistory) else None

    @property
    def confirmed_absent(self) -> bool:
        """Whether a manual resolution was recorded after the late-arrival window."""
        return self.history is not None and (self.history.confirmed_absent_after or 0.0) >= WINDOW

    def _claimed(self, step: ClaimKey) -> KeyHistory | AlreadyFinished | Rejected:
        self.now += min(self.delays.pop(), step.timeout)
        return self.claimed

    def _exchange(self, step: SendRequest) -> RawResponse | TransportFailure:
        operation = step.call.operation
        if operation.effect != "read":
            self.read_before_send = self.read_before_send if self.seen else len(self.reads)
            return super()._exchange(step)
        source = {"getPayment": self.lists, "getTransaction": self.transactions}
        answer = source.get(operation.operation_id, self.singles).pop()
        self.reads.append((step.call.path, answer))
        return answer


def last_reads(simulation: CancelSimulation, count: int | None = None) -> dict[str, Any]:
    """The last answer to each path, among all reads or the first `count`."""
    return dict(simulation.reads[:count])

"""The real cancel flow as an automaton: each transition is executed once.

A generator cannot be copied, but it is pure: the same inputs give the same outputs. So a state
is defined by the positions of its frames and the values of their variables. One history that leads
to a state is enough to continue from it. Two histories with the same frames are one state.
"""

from __future__ import annotations

import dis
from collections import defaultdict
from enum import Enum
from functools import cache
from types import CodeType, GeneratorType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs
from countermand_clients.operation import Call

from countermand import Policy, Receipt
from countermand._core.cancel import CancelPlan, cancel_flow
from countermand._core.commands import CommandResult
from countermand._core.request import CallState
from countermand._runtime.accounts import reach_of
from countermand._runtime.base_client import _reads
from countermand._runtime.credentials import LinkQuestions
from countermand._runtime.invocation import Invocation
from countermand.policy import Backoff

if TYPE_CHECKING:
    from countermand._core.commands import Command, Commands
    from countermand._core.exchange import TransportFailure
    from countermand._core.outcomes import CallResult
    from countermand.attempts import RawResponse
    from countermand.errors import CountermandError
    from countermand.provider._cancellations import BaseCancellation
    from countermand.provider._provider import Provider

KEY: Final = "order-42"
LATER: Final = 31.0
"""A time after the deadline."""
POLICY: Final = Policy(attempts=2, deadline=30.0, backoff=Backoff(first=0.0), budget=None)
UNUSED: Final = frozenset(
    {
        "answered",
        "attempts",
        "error_fields",
        "sent_at",
        "attempt_log",
        "look_answered",
        "look_reason",
        "message",
        "number",
        "plan",
        "reason",
        "reply",
    }
)
"""Parts of values that are constant or only reported; no decision depends on them."""

Run: TypeAlias = "tuple[Commands[CallResult], CallState]"
"""A call that has been started, and what it has noted."""

READS: Final = ("LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE")
"""The instructions that read a variable; later Pythons add endings to them."""


@attrs.frozen
class State:
    """Where a call stands: it waits for what came of `step`, or it has ended.

    `unattended` says that `reconcile` makes it.
    """

    number: int
    unattended: bool
    step: Command | None
    result: CallResult | None = None


class Procedure:
    """A provider's cancel under one key."""

    def __init__(
        self,
        provider: Provider[Any],
        cancellation: BaseCancellation,
        *,
        readable: frozenset[str],
        credentials: bool,
    ) -> None:
        self.provider, self.cancellation = provider, cancellation
        read_back, take_snapshot = _reads(provider, cancellation, KEY)
        call = provider.build_request(cancellation, KEY)
        self.plan = CancelPlan(
            call=call,
            # Its verdict depends on the reply alone, and the same replies come again and again.
            interpret=cache(lambda reply: self.provider.interpret(reply, call, cancellation)),
            policy=POLICY,
            provider=provider.name,
            key=KEY,
            cancellation=cancellation,
            can_refresh_token=credentials,
            can_link_identity=provider.api == "pace_pay",
            record_attempts=True,
            read_back=read_back,
            take_snapshot=take_snapshot,
            readable_apis=readable,
            refreshable_apis=readable if credentials else frozenset(),
        )
        self._histories: list[tuple[CommandResult, ...]] = []
        self._states: list[State] = []
        self._known: dict[object, int] = {}
        self._turns: dict[tuple[int, object, bool], int] = {}
        self._stops: dict[object, tuple[CallResult, CountermandError]] = {}
        self.claims: dict[object, tuple[CallResult, CountermandError]] = {}
        self._frozen: dict[int, tuple[object, object]] = {}
        self._waiting: defaultdict[int, list[Run]] = defaultdict(list)
        self.first = self._first(unattended=False)
        self.first_look = self._first(unattended=True)

    def state(self, number: int) -> State:
        """The state of that number."""
        return self._states[number]

    def __len__(self) -> int:
        return len(self._states)

    def advance(self, state: State, value: object, *, late: bool = False) -> State:
        """The state after an answer; `late` says that the deadline is over by then."""
        turn = (state.number, self._frozen_once(value), late)
        if turn not in self._turns:
            history = self._histories[state.number]
            late = late or (bool(history) and history[-1].monotonic == LATER)
            answer = CommandResult(value, LATER if late else 0.0, 0.0)
            run = self._run_to(state)
            after = self._state(run, answer, (*history, answer), unattended=state.unattended)
            self._turns[turn] = after.number
        return self._states[self._turns[turn]]

    def stopped(
        self, state: State, cut: RawResponse | TransportFailure | None
    ) -> tuple[CallResult, CountermandError]:
        """The recorded result of a call that is stopped here, and the one that the caller gets."""
        stop = (state.number, self._frozen_once(cut))
        if stop not in self._stops:
            invocation = self.invocation(unattended=state.unattended)
            _, invocation.state = self._run_to(state)
            invocation.partial_exchange = cut
            self._stops[stop] = invocation.on_interrupt()
        return self._stops[stop]

    def _frozen_once(self, value: object) -> object:
        """What `frozen` returns. The object is kept, so that its identity stays its own."""
        if id(value) not in self._frozen:
            self._frozen[id(value)] = value, frozen(value)
        return self._frozen[id(value)][1]

    def _plan(self, *, unattended: bool) -> CancelPlan:
        return attrs.evolve(self.plan, unattended=unattended)

    def invocation(self, *, unattended: bool = False) -> Invocation:
        """What the drivers are given."""
        return Invocation(
            flow=cancel_flow,
            plan=self._plan(unattended=unattended),
            reach=reach_of({}),
            link_questions=LinkQuestions(),
            clock=float,
            wall_clock=float,
            random=float,
            retry_budget=None,
            link_handler=None,
        )

    def _first(self, *, unattended: bool) -> State:
        return self._state(self._begun(unattended=unattended), None, (), unattended=unattended)

    def _state(
        self,
        run: Run,
        answer: CommandResult | None,
        history: tuple[CommandResult, ...],
        *,
        unattended: bool,
    ) -> State:
        """The state of a run after an answer; None starts it."""
        procedure, step, result = run[0], None, None
        try:
            step = next(procedure) if answer is None else procedure.send(answer)
        except StopIteration as finished:
            result = finished.value
        late = bool(history) and history[-1].monotonic == LATER
        found = (frozen(procedure), frozen(step), frozen(result), late, unattended)
        number = self._known.setdefault(found, len(self._states))
        if number == len(self._states):
            self._histories.append(history)
            self._states.append(State(number, unattended, step, result))
        self._waiting[number].append(run)
        return self._states[number]

    def _run_to(self, state: State) -> Run:
        """A run that waits there: one that came there before, or else a new one."""
        if waiting := self._waiting[state.number]:
            return waiting.pop()
        run = self._begun(unattended=state.unattended)
        next(run[0])
        for answer in self._histories[state.number]:
            run[0].send(answer)
        return run

    def _begun(self, *, unattended: bool) -> Run:
        state = CallState()
        return cancel_flow(self._plan(unattended=unattended), 0.0, state), state


def frozen(value: object) -> object:
    """A value that can be compared and hashed, and is the same where nothing can differ later."""
    match value:
        case None | bool() | int() | float() | str() | bytes() | Enum():
            return value
        case GeneratorType():
            return tuple(_frames(value))
        case list() | tuple():
            return tuple(map(frozen, value))
        case set() | frozenset():
            return frozenset(map(frozen, value))
        case dict():
            return tuple((name, frozen(content)) for name, content in value.items())
        case type():
            return value.__name__
        case Receipt():
            return "Receipt", value.outcome, value.evidence
        case Call():
            return value.operation.operation_id, value.path
    if attrs.has(type(value)):
        return type(value).__name__, _parts(attrs.asdict(value, recurse=False))
    return type(value).__name__


def _frames(generator: Any) -> Any:
    """Each frame down to the innermost: its code, its place, the variables that it still reads.

    A `for` keeps its iterator out of sight, which the variables around it tell.
    """
    while isinstance(generator, GeneratorType):
        frame = generator.gi_frame
        if frame is not None:
            read = _read_later(generator.gi_code, frame.f_lasti)
            variables = {name: value for name, value in frame.f_locals.items() if name in read}
            yield generator.gi_code.co_qualname, frame.f_lasti, _parts(variables)
        generator = generator.gi_yieldfrom


@cache
def _read_later(code: CodeType, place: int) -> frozenset[str]:
    """The variables that may be read from there on; in a loop, all there are."""
    instructions = list(dis.get_instructions(code))
    in_loop = any(
        "JUMP_BACKWARD" in each.opname
        # The loop of a `yield from` itself reads no variable again.
        and "NO_INTERRUPT" not in each.opname
        and each.argval <= place < each.offset
        for each in instructions
    )
    if in_loop:
        return frozenset((*code.co_varnames, *code.co_cellvars, *code.co_freevars))
    return frozenset(
        each.argval
        for each in instructions
        if each.offset >= place and each.opname.startswith(READS) and isinstance(each.argval, str)
    )


def _parts(content: dict[str, Any]) -> object:
    return tuple((name, frozen(value)) for name, value in content.items() if name not in UNUSED)

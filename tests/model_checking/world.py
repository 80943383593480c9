"""Everything that may happen next, and what must be so whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from countermand._core.commands import (
    ClaimKey,
    GetToken,
    KeyHistory,
    LinkIdentity,
    RecordAttempt,
    RecordOutcome,
    SendRequest,
    TokenDenied,
    TokenGranted,
    WaitToRetry,
)
from countermand._core.outcomes import unless_lease_lost
from countermand.errors import NotCancelled
from countermand.ledger._states import State as KeyState
from countermand.receipt import Receipt
from tests.model_checking.drivers import stopped_in_claim
from tests.model_checking.ledger import DEAD, UNAVAILABLE, Row
from tests.model_checking.state import BrokenError, ModelState, Scope, killed, later, moved
from tests.model_checking.wire import NOT_SENT, cut, happenings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand._core.commands import Command
    from countermand._core.outcomes import CallResult
    from countermand.errors import CountermandError
    from tests.model_checking.payments import Model, Payment
    from tests.model_checking.procedure import Procedure, State


GRANTED: Final = (TokenGranted("token"), TokenDenied("no token"))


class Rules:
    """What may follow on a world, for one provider."""

    def __init__(self, model: Model, procedure: Procedure, scope: Scope) -> None:
        self.model, self.procedure, self.scope = model, procedure, scope
        self.seen: set[str] = set()

    def beginnings(self) -> Iterator[ModelState]:
        """The worlds in which nothing has been done yet."""
        for payment in self.model.initial():
            yield ModelState(payment, calls=self.scope.calls, others=self.scope.others)

    def successors(self, world: ModelState) -> Iterator[tuple[str, ModelState]]:
        """Everything that may happen next; raises where a caller would be told an untruth."""
        for worker, number in enumerate(world.workers):
            if number is not None:
                state = self.procedure.state(number)
                for label, after in self._worker(world, worker, state):
                    yield f"worker {worker}: {label}", after
            elif world.calls:
                after = moved(world, worker, self.procedure.first.number)
                yield f"worker {worker}: begins", attrs.evolve(after, calls=world.calls - 1)
        yield from self._elsewhere(world)
        yield from self._time(world)

    def check(self, world: ModelState) -> None:
        """The invariants of every moment."""
        payment, row = world.payment, world.row
        if payment.executed > 1:
            raise BrokenError("executed twice")
        if not payment.executed:
            if row and row.state == KeyState.SUCCEEDED and not self._proved(payment):
                raise BrokenError("the ledger holds a receipt, and nothing was executed")
            return
        if row is None or not (row.state == KeyState.SUCCEEDED or self._is_doubted(row)):
            raise BrokenError("executed, and the ledger lets go of it")

    def _is_doubted(self, row: Row) -> bool:
        """Whether it is not taken for certain; a person may speak before a late request arrives."""
        return row.maybe_executed

    def _proved(self, payment: Payment) -> bool:
        return bool(payment.executed) or (payment.gone and self.model.others_prove)

    # What a worker does.

    def _worker(
        self, world: ModelState, worker: int, state: State
    ) -> Iterator[tuple[str, ModelState]]:
        yield "is killed", killed(world, worker)
        step = state.step
        match step:
            case ClaimKey():
                yield from self._claim(world, worker, state)
            case RecordAttempt():
                yield from self._dispatch(world, worker, state)
            case SendRequest():
                yield from self._send(world, worker, state, step)
            case RecordOutcome(result):
                yield from self._close(world, worker, state, result)
            case _:
                for label, value, late in _answers(step):
                    yield self._goes_on(label, world, worker, state, value, late=late)
                yield "is stopped", self._stop(world, worker, state)

    def _claim(
        self, world: ModelState, worker: int, state: State
    ) -> Iterator[tuple[str, ModelState]]:
        if self.scope.unreadable:
            yield self._goes_on("finds no ledger", world, worker, state, UNAVAILABLE)
        row, claimed = (world.row or Row()).claim(worker)
        taken = attrs.evolve(world, row=row)
        yield self._goes_on("claims", taken, worker, state, claimed)
        if self.scope.stopped_claims and isinstance(claimed, KeyHistory):
            recorded, told = stopped_in_claim(self.procedure, claimed)
            closed = attrs.evolve(taken, row=row.record_outcome(worker, recorded))
            yield "is stopped as it claims", self._ended(closed, worker, told)

    def _dispatch(
        self, world: ModelState, worker: int, state: State
    ) -> Iterator[tuple[str, ModelState]]:
        assert world.row
        yield self._goes_on("cannot record", world, worker, state, UNAVAILABLE)
        row, rejected = world.row.record_attempt(worker)
        recorded = attrs.evolve(world, row=row)
        yield self._goes_on("records an attempt", recorded, worker, state, rejected)
        yield "is stopped as it records", self._stop(recorded, worker, state)

    def _send(
        self, world: ModelState, worker: int, state: State, step: SendRequest
    ) -> Iterator[tuple[str, ModelState]]:
        for it in happenings(self.model, world.payment, step):
            sent = attrs.evolve(
                world, payment=it.payment, late=later(world.late, more=it.arrives_later)
            )
            yield self._goes_on(it.label, sent, worker, state, it.value, late=it.out_of_time)
        if step.call.operation.effect == "read":
            yield "is stopped as it reads", self._stop(world, worker, state)
            return
        on_its_way = attrs.evolve(world, late=later(world.late, more=True))
        yield "is killed, the request on its way", killed(on_its_way, worker)
        yield "is stopped, the request on its way", self._stop(on_its_way, worker, state)
        yield "is stopped, nothing sent", self._stop(world, worker, state, NOT_SENT)
        payment, reply = self.model.cancel(world.payment)
        done = attrs.evolve(world, payment=payment)
        yield "is stopped at the body", self._stop(done, worker, state, cut(reply))

    def _close(
        self, world: ModelState, worker: int, state: State, result: CallResult
    ) -> Iterator[tuple[str, ModelState]]:
        assert world.row
        ours = world.row.owner == worker
        worlds = {"closes": attrs.evolve(world, row=world.row.record_outcome(worker, result))}
        if ours:
            # A hold that is lost and a ledger that fails at that very moment are one too many.
            worlds["cannot close"] = killed(world, worker)
        for label, after in worlds.items():
            yield label, self._ended(after, worker, self._told(result, ours=ours))
            _, told = self.procedure.stopped(state, None)
            yield f"{label} and is stopped", self._ended(after, worker, self._told(told, ours=ours))

    def _told(
        self, result: CallResult | CountermandError, *, ours: bool
    ) -> CallResult | CountermandError:
        """What the caller is told, which depends on whether the key was still ours."""
        return unless_lease_lost(result, self.procedure.matter, still_owned=ours)

    def _goes_on(
        self,
        label: str,
        world: ModelState,
        worker: int,
        state: State,
        value: object,
        *,
        late: bool = False,
    ) -> tuple[str, ModelState]:
        after = self.procedure.told(state, value, late=late)
        if after.step is None:
            assert after.result is not None
            return label, self._ended(world, worker, after.result)
        return label, moved(world, worker, after.number)

    def _stop(
        self, world: ModelState, worker: int, state: State, wire: object = None
    ) -> ModelState:
        recorded, told = self.procedure.stopped(state, wire)
        assert world.row
        ours = world.row.owner == worker
        closed = attrs.evolve(world, row=world.row.record_outcome(worker, recorded))
        return self._ended(closed, worker, self._told(told, ours=ours))

    def _ended(
        self, world: ModelState, worker: int, told: CallResult | CountermandError
    ) -> ModelState:
        """The call is over; what its caller is told must be so, and stay so."""
        after = moved(world, worker, None)
        if isinstance(told, Receipt):
            self.seen.add(f"{told.outcome.value}, by {told.evidence.value}")
            if not self._proved(world.payment):
                raise BrokenError("a receipt, and nothing was executed")
            return after
        self.seen.add(type(told).__name__)
        if not isinstance(told, NotCancelled):
            return after
        if world.payment.executed:
            raise BrokenError(f"{type(told).__name__}, and it was executed")
        return attrs.evolve(after, late=(True,) * len(world.late))

    # What happens without them.

    def _elsewhere(self, world: ModelState) -> Iterator[tuple[str, ModelState]]:
        if world.others:
            for payment in self.model.elsewhere(world.payment):
                after = attrs.evolve(world, payment=payment, others=world.others - 1)
                yield f"somebody else: {payment.phase}, {payment.left} left", after
        for disowned in sorted(set(world.late)):
            payment, _ = self.model.cancel(world.payment)
            if disowned and payment.executed > world.payment.executed:
                raise BrokenError("a request arrived late after it was said not to count")
            late = list(world.late)
            late.remove(disowned)
            yield "a request arrives late", attrs.evolve(world, payment=payment, late=tuple(late))

    def _time(self, world: ModelState) -> Iterator[tuple[str, ModelState]]:
        row = world.row
        if row is None:
            return
        idle = world.workers == (None, None)
        if row.owner == DEAD or (self.scope.lost_leases and row.owner is not None):
            yield "the lease expires", attrs.evolve(world, row=attrs.evolve(row, owner=None))
            return
        if idle and not row.quiet:
            quiet = attrs.evolve(row, quiet=True)
            yield "the late-arrival window passes", attrs.evolve(world, row=quiet, late=())
        if (
            idle
            and row.state == KeyState.OPEN
            and row.maybe_executed
            and (row.quiet or self.scope.hasty_people)
        ):
            found = row.resolved(cancelled=self._proved(world.payment))
            yield "a person finds out", attrs.evolve(world, row=found)


def _answers(step: Command | None) -> Iterator[tuple[str, object, bool]]:
    match step:
        case GetToken() | LinkIdentity():
            yield "gets a token", GRANTED[0], False
            yield "gets a token, too late", GRANTED[0], True
            yield "gets no token", GRANTED[1], False
        case WaitToRetry():
            yield "waits", True, False
            yield "may not repeat", False, False
        case _:
            raise AssertionError(step)

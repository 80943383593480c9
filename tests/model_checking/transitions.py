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
    TakePlace,
    TakeRetryToken,
    TokenDenied,
    TokenGranted,
    WaitToRetry,
)
from countermand._core.outcomes import unless_lease_lost
from countermand.errors import NotCancelled
from countermand.ledger._states import RECEIPTS
from countermand.ledger._states import State as KeyState
from countermand.receipt import Evidence, Receipt
from tests.model_checking.drivers import stopped_in_claim
from tests.model_checking.ledger import DEAD, ENDED, UNAVAILABLE, Row
from tests.model_checking.network import NOT_SENT, happenings
from tests.model_checking.state import BrokenError, ModelState, Scope, killed, later, moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand._core.commands import Command
    from countermand._core.outcomes import CallResult
    from countermand.errors import CountermandError
    from countermand.provider import Snapshot
    from tests.model_checking.network import Happening
    from tests.model_checking.payments import Model, Payment
    from tests.model_checking.procedure import Procedure, State


GRANTED: Final = (TokenGranted("token"), TokenDenied("no token"))


class Rules:
    """What may follow on a state, for one provider."""

    def __init__(self, model: Model, procedure: Procedure, scope: Scope) -> None:
        self.model, self.procedure, self.scope = model, procedure, scope
        self.seen: set[str] = set()
        self._happenings: dict[tuple[Payment, int], dict[str, Happening]] = {}

    def beginnings(self) -> Iterator[ModelState]:
        """The states in which nothing has been done yet."""
        for payment in self.model.initial():
            scope = self.scope
            yield ModelState(payment, calls=scope.calls, others=scope.others, looks=scope.looks)

    def successors(self, model_state: ModelState) -> Iterator[tuple[str, ModelState]]:
        """Everything that may happen next; raises if a caller gets an untrue result."""
        for worker, number in enumerate(model_state.workers):
            if number is not None:
                state = self.procedure.state(number)
                for label, after in self._worker(model_state, worker, state):
                    yield f"worker {worker}: {label}", after
                continue
            if model_state.calls:
                after = moved(model_state, worker, self.procedure.first.number)
                yield f"worker {worker}: begins", attrs.evolve(after, calls=model_state.calls - 1)
            if model_state.looks and model_state.row and model_state.row.is_due:
                after = moved(model_state, worker, self.procedure.first_look.number)
                looks = attrs.evolve(after, looks=model_state.looks - 1)
                yield f"worker {worker}: begins to look", looks
        yield from self._elsewhere(model_state)
        yield from self._time(model_state)

    def check(self, model_state: ModelState) -> None:
        """The invariants of every moment."""
        payment, row = model_state.payment, model_state.row
        if payment.executed > 1:
            raise BrokenError("executed twice")
        if not payment.executed:
            if row and row.state in RECEIPTS and not self._proved(payment):
                raise BrokenError("the ledger has a receipt, and nothing was executed")
            return
        if payment.failed:
            return
        if row is None or not (row.state in RECEIPTS or self._is_doubted(row)):
            raise BrokenError("executed, and the ledger has lost it")

    def _is_doubted(self, row: Row) -> bool:
        """Whether it is not taken for certain; a person may speak before a late request arrives."""
        return row.maybe_executed

    def _proved(self, payment: Payment) -> bool:
        return bool(payment.executed) or (payment.gone and self.model.others_prove)

    # What a worker does.

    def _worker(
        self, model_state: ModelState, worker: int, state: State
    ) -> Iterator[tuple[str, ModelState]]:
        yield "is killed", killed(model_state, worker)
        step = state.step
        match step:
            case ClaimKey():
                yield from self._claim(model_state, worker, state, step)
            case RecordAttempt(snapshot=snapshot):
                yield from self._dispatch(model_state, worker, state, snapshot)
            case SendRequest():
                yield from self._send(model_state, worker, state, step)
            case RecordOutcome():
                yield from self._close(model_state, worker, state, step)
            case _:
                for label, value, late in _answers(step):
                    yield self._goes_on(label, model_state, worker, state, value, late=late)
                yield "is stopped", self._stop(model_state, worker, state)

    def _claim(
        self, model_state: ModelState, worker: int, state: State, step: ClaimKey
    ) -> Iterator[tuple[str, ModelState]]:
        if self.scope.unreadable:
            yield self._goes_on("finds no ledger", model_state, worker, state, UNAVAILABLE)
        known = model_state.row or Row()
        row, claimed = known.claim(
            worker, first_attempt=step.first_attempt, unattended=state.unattended
        )
        if claimed is ENDED:
            # `reconcile` goes on to another key, and tells nobody.
            yield "finds that the key has ended", moved(model_state, worker, None)
            return
        taken = attrs.evolve(model_state, row=row)
        yield self._goes_on("claims", taken, worker, state, claimed)
        if self.scope.stopped_claims and isinstance(claimed, KeyHistory):
            recorded, outcome = stopped_in_claim(self.procedure, claimed)
            closed = attrs.evolve(taken, row=row.record_outcome(worker, recorded))
            yield "is stopped as it claims", self._ended(closed, worker, outcome)

    def _dispatch(
        self, model_state: ModelState, worker: int, state: State, snapshot: Snapshot | None
    ) -> Iterator[tuple[str, ModelState]]:
        assert model_state.row
        yield self._goes_on("cannot record", model_state, worker, state, UNAVAILABLE)
        row, rejected = model_state.row.record_attempt(worker, snapshot)
        recorded = attrs.evolve(model_state, row=row)
        yield self._goes_on("records an attempt", recorded, worker, state, rejected)
        yield "is stopped as it records", self._stop(recorded, worker, state)

    def _send(
        self, model_state: ModelState, worker: int, state: State, step: SendRequest
    ) -> Iterator[tuple[str, ModelState]]:
        found = self._what_may_come(model_state.payment, state.number, step)
        for it in found.values():
            sent = attrs.evolve(
                model_state, payment=it.payment, late=later(model_state.late, more=it.arrives_later)
            )
            yield self._goes_on(it.label, sent, worker, state, it.value, late=it.out_of_time)
        if step.call.operation.effect == "read":
            yield "is stopped as it reads", self._stop(model_state, worker, state)
            return
        on_its_way = attrs.evolve(model_state, late=later(model_state.late, more=True))
        yield "is killed, the request on its way", killed(on_its_way, worker)
        yield "is stopped, the request on its way", self._stop(on_its_way, worker, state)
        yield "is stopped, nothing sent", self._stop(model_state, worker, state, NOT_SENT)
        broken_off = found["answer cut"]
        done = attrs.evolve(model_state, payment=broken_off.payment)
        yield "is stopped at the body", self._stop(done, worker, state, broken_off.value)

    def _what_may_come(
        self, payment: Payment, number: int, step: SendRequest
    ) -> dict[str, Happening]:
        """What may come of the request of that state, by its label; the same objects each time."""
        if (payment, number) not in self._happenings:
            found = happenings(self.model, payment, step, gateways=self.scope.gateways)
            self._happenings[payment, number] = {each.label: each for each in found}
        return self._happenings[payment, number]

    def _close(
        self, model_state: ModelState, worker: int, state: State, step: RecordOutcome
    ) -> Iterator[tuple[str, ModelState]]:
        assert model_state.row
        ours, result = model_state.row.owner == worker, step.result
        closed = model_state.row.record_outcome(worker, result, step.notes)
        after_states = {"closes": attrs.evolve(model_state, row=closed)}
        if ours:
            # A lost lease together with a failing ledger is not explored.
            after_states["cannot close"] = killed(model_state, worker)
        for label, after in after_states.items():
            yield label, self._ended(after, worker, self._outcome_for_caller(result, ours=ours))
            _, outcome = self.procedure.stopped(state, None)
            yield (
                f"{label} and is stopped",
                self._ended(after, worker, self._outcome_for_caller(outcome, ours=ours)),
            )

    def _outcome_for_caller(
        self, result: CallResult | CountermandError, *, ours: bool
    ) -> CallResult | CountermandError:
        """The result for the caller; it depends on whether the lease was still valid."""
        return unless_lease_lost(result, self.procedure.plan, still_owned=ours)

    def _goes_on(
        self,
        label: str,
        model_state: ModelState,
        worker: int,
        state: State,
        value: object,
        *,
        late: bool = False,
    ) -> tuple[str, ModelState]:
        after = self.procedure.advance(state, value, late=late)
        if after.step is None:
            assert after.result is not None
            return label, self._ended(model_state, worker, after.result)
        return label, moved(model_state, worker, after.number)

    def _stop(
        self, model_state: ModelState, worker: int, state: State, exchange: object = None
    ) -> ModelState:
        recorded, outcome = self.procedure.stopped(state, exchange)
        assert model_state.row
        ours = model_state.row.owner == worker
        closed = attrs.evolve(model_state, row=model_state.row.record_outcome(worker, recorded))
        return self._ended(closed, worker, self._outcome_for_caller(outcome, ours=ours))

    def _ended(
        self, model_state: ModelState, worker: int, outcome: CallResult | CountermandError
    ) -> ModelState:
        """The call is over; its result must be true, and stay true."""
        after = moved(model_state, worker, None)
        if isinstance(outcome, Receipt):
            self.seen.add(f"{outcome.outcome.value}, by {outcome.evidence.value}")
            if not self._proved(model_state.payment):
                raise BrokenError("a receipt, and nothing was executed")
            failed = model_state.payment.failed and not model_state.payment.gone
            if failed and outcome.evidence is Evidence.READ_BACK:
                raise BrokenError("a read has taken a failed cancel for an executed one")
            return after
        self.seen.add(type(outcome).__name__)
        if not isinstance(outcome, NotCancelled):
            return after
        if model_state.payment.executed and not model_state.payment.failed:
            raise BrokenError(f"{type(outcome).__name__}, and it was executed")
        return attrs.evolve(after, late=(True,) * len(model_state.late))

    # What happens without them.

    def _elsewhere(self, model_state: ModelState) -> Iterator[tuple[str, ModelState]]:
        if model_state.others:
            for payment in self.model.elsewhere(model_state.payment):
                after = attrs.evolve(model_state, payment=payment, others=model_state.others - 1)
                yield f"another client: {payment.phase}, {payment.left} left", after
        for payment in self.model.settles(model_state.payment):
            yield "a refund is finished", attrs.evolve(model_state, payment=payment)
        for disowned in sorted(set(model_state.late)):
            payment, _ = self.model.cancel(model_state.payment)
            if disowned and payment.executed > model_state.payment.executed:
                raise BrokenError("a request arrived late after it was said not to count")
            late = list(model_state.late)
            late.remove(disowned)
            yield (
                "a request arrives late",
                attrs.evolve(model_state, payment=payment, late=tuple(late)),
            )

    def _time(self, model_state: ModelState) -> Iterator[tuple[str, ModelState]]:
        row = model_state.row
        if row is None:
            return
        idle = model_state.workers == (None, None)
        if row.owner == DEAD or (self.scope.lost_leases and row.owner is not None):
            yield "the lease expires", attrs.evolve(model_state, row=attrs.evolve(row, owner=None))
            return
        if idle and (not row.quiet or row.equal == 1):
            quiet = attrs.evolve(row, quiet=True, equal=2 if row.equal else 0)
            yield "the late-arrival window passes", attrs.evolve(model_state, row=quiet, late=())
        if idle and row.state == KeyState.MAYBE_EXECUTED and (row.quiet or self.scope.hasty_people):
            found = row.resolved(cancelled=self._proved(model_state.payment))
            yield "a person finds out", attrs.evolve(model_state, row=found)


def _answers(step: Command | None) -> Iterator[tuple[str, object, bool]]:
    match step:
        case GetToken() | LinkIdentity():
            yield "gets a token", GRANTED[0], False
            yield "gets a token, too late", GRANTED[0], True
            yield "gets no token", GRANTED[1], False
        case TakePlace():
            yield "gets a place", None, False
            yield "gets no place in time", "no place", True
        case WaitToRetry() | TakeRetryToken():
            yield "may go on", True, False
            yield "may not go on", False, False
        case _:
            raise AssertionError(step)

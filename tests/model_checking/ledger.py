"""The ledger as a value: what a row says, and what may be done with it.

The same rules as the database's, without the database; the row after a result is decided
by the real code.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import attrs

from countermand import Outcome, Receipt, errors
from countermand._core.commands import AlreadyFinished, KeyHistory, LookNotes, Rejected
from countermand.errors import CancellationInProgress, InvalidCancellation, LedgerUnavailable
from countermand.ledger._states import RECEIPTS, UNENDED, State, outcome_columns
from countermand.receipt import Evidence
from tests.model_checking.procedure import KEY, POLICY

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._core.outcomes import CallResult
    from countermand.provider import Snapshot

DEAD: Final = -1
"""The owner of a key whose process is gone, until its lease expires."""

UNAVAILABLE: Final = Rejected(LedgerUnavailable("no database"))
ENDED: Final = Rejected(InvalidCancellation("the key has ended, or is free"))
IN_PROGRESS: Final = Rejected(CancellationInProgress("another call with this key is running"))
RECEIPT: Final = Receipt(outcome=Outcome.CANCELLED, key=KEY, evidence=Evidence.LEDGER)
ACCEPTED: Final = Receipt(outcome=Outcome.ACCEPTED, key=KEY, evidence=Evidence.LEDGER)


@attrs.frozen
class Row:
    """The key's row; `quiet` says that a late-arrival window has passed since the last attempt."""

    state: State = State.CLAIMED
    maybe_executed: bool = False
    confirmed_absent: bool = False
    """Whether a person has said, after a late-arrival window, that nothing was executed."""
    owner: int | None = None
    quiet: bool = False
    stored: str = ""
    snapshot: str | None = None
    equal: int = 0
    """1 when a read has shown the payment as in the snapshot, 2 a window later."""

    @property
    def is_due(self) -> bool:
        """Whether `reconcile` may take the key: the time of a look comes at any moment."""
        return self.owner is None and self.state in UNENDED

    def claim(
        self, worker: int, *, first_attempt: bool, unattended: bool = False
    ) -> tuple[Row, KeyHistory | AlreadyFinished | Rejected]:
        """Lease the key, and record the first attempt unless an earlier one may be executed."""
        if unattended and self.owner in {None, worker} and self.state not in UNENDED:
            return self, ENDED
        if self.state is State.ACCEPTED and (self.quiet or unattended):
            return self._claim_look(worker)
        if self.state in RECEIPTS:
            return self, AlreadyFinished(RECEIPT)
        if self.state == State.REFUSED:
            return self, AlreadyFinished(getattr(errors, self.stored)("stored"))
        if self.owner not in {None, worker}:
            return self, IN_PROGRESS
        quiet_for = POLICY.late_arrival_window if self.quiet else 0.0
        maybe_executed, records = self.maybe_executed, first_attempt and not self.maybe_executed
        state = State.MAYBE_EXECUTED if maybe_executed or records else State.CLAIMED
        row = attrs.evolve(self, state=state, owner=worker)
        if records:
            row, _ = row.record_attempt(worker)
        return row, KeyHistory(
            attempts=1,
            maybe_executed=maybe_executed,
            attempt_recorded=records,
            confirmed_absent_after=POLICY.late_arrival_window if self.confirmed_absent else None,
            since_last_attempt=quiet_for,
            snapshot=None if self.snapshot is None else json.loads(self.snapshot),
            unchanged_for=(None, 0.0, POLICY.late_arrival_window)[self.equal],
        )

    def _claim_look(self, worker: int) -> tuple[Row, KeyHistory | Rejected]:
        """Lease the key of an accepted cancel: its look is due."""
        if self.owner not in {None, worker}:
            return self, IN_PROGRESS
        snapshot = None if self.snapshot is None else json.loads(self.snapshot)
        history = KeyHistory(attempts=1, accepted=ACCEPTED, snapshot=snapshot)
        return attrs.evolve(self, owner=worker), history

    def record_attempt(
        self, worker: int, snapshot: Snapshot | None = None
    ) -> tuple[Row, Rejected | None]:
        """Record an attempt."""
        if self.owner != worker:
            return self, IN_PROGRESS
        recorded = attrs.evolve(
            self,
            state=State.MAYBE_EXECUTED,
            maybe_executed=True,
            confirmed_absent=False,
            quiet=False,
            snapshot=None if snapshot is None else json.dumps(snapshot),
            equal=0,
        )
        return recorded, None

    def record_outcome(
        self, worker: int, result: CallResult, notes: LookNotes | None = None
    ) -> Row:
        """Record how it ended; proof is kept even of one who has lost the lease."""
        state = _state_after(outcome_columns, _Same(result))
        proves_more = state is State.CANCELLED and self.state is not State.CANCELLED
        proof = isinstance(result, Receipt) and (self.state not in RECEIPTS or proves_more)
        ends = state in {State.ACCEPTED, State.REFUSED} or self.state is not State.ACCEPTED
        if not proof and not (self.owner == worker and ends):
            return self
        return Row(
            state=state,
            maybe_executed=state is State.MAYBE_EXECUTED,
            confirmed_absent=self.confirmed_absent and state is State.MAYBE_EXECUTED,
            quiet=self.quiet,
            stored=type(result).__name__ if state == State.REFUSED else "",
            snapshot=self.snapshot if state in UNENDED else None,
            equal=self._equal_after(notes) if state is State.MAYBE_EXECUTED else 0,
        )

    def _equal_after(self, notes: LookNotes | None) -> int:
        if notes is None or notes.unchanged is None:
            return self.equal
        return max(self.equal, 1) if notes.unchanged else 0

    def resolved(self, *, cancelled: bool) -> Row:
        """What a person found out."""
        state = State.CANCELLED if cancelled else State.FREE
        return attrs.evolve(self, state=state, confirmed_absent=not cancelled and self.quiet)


@attrs.frozen(eq=False)
class _Same:
    """A result that is equal to none but itself: neither receipts nor their typed answers hash."""

    result: CallResult

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.result is other.result

    def __hash__(self) -> int:
        return id(self.result)


@lru_cache(maxsize=4096)
def _state_after(columns: Callable[[CallResult], dict[str, object]], same: _Same) -> State:
    """The state that the real code gives to a key with that result."""
    return State(columns(same.result)["state"])

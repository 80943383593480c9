"""The ledger as a value: what a row says, and what may be done with it.

The same rules as the database's, without the database; what a conclusion makes of a row is decided
by the real code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from countermand import Outcome, Receipt, errors
from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.errors import CancellationInProgress, LedgerUnavailable
from countermand.ledger._states import OPEN, REFUSED, RETRYABLE, SUCCEEDED, outcome_columns
from countermand.receipt import Evidence
from tests.model_checking.procedure import KEY, POLICY

if TYPE_CHECKING:
    from countermand._core.outcomes import CallResult

DEAD: Final = -1
"""The holder of a key whose process is gone, until its lease expires."""

UNAVAILABLE: Final = Rejected(LedgerUnavailable("no database"))
IN_PROGRESS: Final = Rejected(CancellationInProgress("another worker holds this key"))
RECEIPT: Final = Receipt(outcome=Outcome.CANCELLED, key=KEY, evidence=Evidence.LEDGER)


@attrs.frozen
class Row:
    """The key's row; `quiet` says that a settle window has passed since the last attempt."""

    state: str = OPEN
    unclear: bool = False
    vouched: bool = False
    """Whether a person has said, after a settle window, that nothing was executed."""
    holder: int | None = None
    quiet: bool = False
    stored: str = ""

    def claim(self, worker: int) -> tuple[Row, KeyHistory | AlreadyFinished | Rejected]:
        """Take hold of the key."""
        if self.state == SUCCEEDED:
            return self, AlreadyFinished(RECEIPT)
        if self.state == REFUSED:
            return self, AlreadyFinished(getattr(errors, self.stored)("stored"))
        if self.holder not in {None, worker}:
            return self, IN_PROGRESS
        quiet_for = POLICY.late_arrival_window if self.quiet else 0.0
        row = attrs.evolve(self, state=OPEN, holder=worker)
        return row, KeyHistory(
            attempts=1,
            maybe_executed=self.unclear,
            confirmed_absent_after=POLICY.late_arrival_window if self.vouched else None,
            since_last_attempt=quiet_for,
        )

    def record_attempt(self, worker: int) -> tuple[Row, Rejected | None]:
        """Record an attempt."""
        if self.holder != worker:
            return self, IN_PROGRESS
        return attrs.evolve(self, unclear=True, vouched=False, quiet=False), None

    def close(self, worker: int, result: CallResult) -> Row:
        """Record how it ended; proof is kept even of one who has lost the hold."""
        proof = isinstance(result, Receipt) and self.state in {OPEN, RETRYABLE}
        if not proof and self.holder != worker:
            return self
        values = outcome_columns(result, now=0.0, host_time="")
        state = values["state"]
        return Row(
            state=state,
            unclear=values["unclear"],
            vouched=self.vouched and state != SUCCEEDED,
            quiet=self.quiet,
            stored=type(result).__name__ if state == REFUSED else "",
        )

    def settled(self, *, cancelled: bool) -> Row:
        """What a person found out."""
        state = SUCCEEDED if cancelled else RETRYABLE
        return attrs.evolve(self, state=state, vouched=not cancelled and self.quiet)

"""The ledger as a value: what a row says, and what may be done with it.

The same rules as the database's, without the database; what a conclusion makes of a row is decided
by the real code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from countermand import Outcome, Receipt, errors
from countermand._core.commands import Prior, Rejected, Settled
from countermand.errors import CancellationInProgress, LedgerUnavailable
from countermand.ledger._states import FAILED, OPEN, REFUSED, SETTLED, closing
from countermand.receipt import Evidence
from tests.model_checking.procedure import KEY, POLICY

if TYPE_CHECKING:
    from countermand._core.outcomes import Conclusion

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

    def claim(self, worker: int) -> tuple[Row, Prior | Settled | Rejected]:
        """Take hold of the key."""
        if self.state == SETTLED:
            return self, Settled(RECEIPT)
        if self.state == REFUSED:
            return self, Settled(getattr(errors, self.stored)("stored"))
        if self.holder not in {None, worker}:
            return self, IN_PROGRESS
        quiet_for = POLICY.settle_window if self.quiet else 0.0
        row = attrs.evolve(self, state=OPEN, holder=worker)
        return row, Prior(
            attempts=1,
            unclear=self.unclear,
            vouched_after=POLICY.settle_window if self.vouched else None,
            quiet_for=quiet_for,
        )

    def dispatch(self, worker: int) -> tuple[Row, Rejected | None]:
        """Record an attempt."""
        if self.holder != worker:
            return self, IN_PROGRESS
        return attrs.evolve(self, unclear=True, vouched=False, quiet=False), None

    def close(self, worker: int, conclusion: Conclusion) -> Row:
        """Record how it ended; proof is kept even of one who has lost the hold."""
        proof = isinstance(conclusion, Receipt) and self.state in {OPEN, FAILED}
        if not proof and self.holder != worker:
            return self
        values = closing(conclusion, now=0.0, moment="")
        state = values["state"]
        return Row(
            state=state,
            unclear=values["unclear"],
            vouched=self.vouched and state != SETTLED,
            quiet=self.quiet,
            stored=type(conclusion).__name__ if state == REFUSED else "",
        )

    def settled(self, *, cancelled: bool) -> Row:
        """What a person found out."""
        state = SETTLED if cancelled else FAILED
        return attrs.evolve(self, state=state, vouched=not cancelled and self.quiet)

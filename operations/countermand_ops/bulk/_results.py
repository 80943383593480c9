"""What came of a row, from the result of its call or from the ledger. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, frozen

from countermand.errors import (
    AlreadyCaptured,
    CancellationInProgress,
    CountermandError,
    Declined,
    KeyConflict,
    LedgerUnavailable,
    NotCancelled,
    OutcomeUnknown,
)
from countermand.events import CallOutcome
from countermand.receipt import Evidence, Outcome, Receipt
from countermand_ops.exit_codes import ExitCode, of_result

if TYPE_CHECKING:
    from countermand.batch import CancelResult
    from countermand.ledger import KeyRecord

OUTCOMES: Final[tuple[tuple[type[CountermandError], CallOutcome], ...]] = (
    (NotCancelled, CallOutcome.NOT_CANCELLED),
    (OutcomeUnknown, CallOutcome.UNKNOWN),
    (KeyConflict, CallOutcome.KEY_CONFLICT),
    (CancellationInProgress, CallOutcome.IN_PROGRESS),
    (LedgerUnavailable, CallOutcome.LEDGER_UNAVAILABLE),
)
FINAL_ERRORS: Final = (AlreadyCaptured, Declined, KeyConflict)
"""A later run would get the same answer."""
NOT_TRIED: Final = "not tried"


@frozen(kw_only=True)
class RowResult:
    """What came of a row.

    Attributes:
        outcome: As `CallOutcome`, or `not tried`.
        error: The name of the error's class, or None.
        evidence: How the outcome of a receipt is known, or None.
        reference: The provider's id of the cancel, or None.
        message: What the provider, or else this package, says of an error; or None.
        attempts: Requests of the call that brought the outcome.
        code: The exit code that fits it.
        is_final: Whether a later run leaves the row alone.
    """

    outcome: str
    error: str | None = None
    evidence: str | None = None
    reference: str | None = None
    message: str | None = None
    attempts: int = 0
    code: ExitCode
    is_final: bool

    def to_dict(self) -> dict[str, Any]:
        """The columns of the report."""
        return {
            "outcome": self.outcome,
            "error": self.error,
            "evidence": self.evidence,
            "reference": self.reference,
            "message": self.message,
            "attempts": self.attempts,
        }


def from_result(result: CancelResult) -> RowResult:
    """What came of a call."""
    if result.receipt is not None:
        return _from_receipt(result.receipt)
    assert result.error is not None
    return _from_error(result.error)


def _from_receipt(receipt: Receipt) -> RowResult:
    return RowResult(
        outcome=receipt.outcome.value,
        evidence=receipt.evidence.value,
        reference=receipt.reference,
        attempts=len(receipt.attempts),
        code=of_result(receipt),
        is_final=receipt.outcome is not Outcome.ACCEPTED,
    )


def _from_error(error: CountermandError) -> RowResult:
    refused = isinstance(error, NotCancelled) and error.about_payment
    outcome = next(found for kind, found in OUTCOMES if isinstance(error, kind))
    return RowResult(
        outcome=outcome.value,
        error=type(error).__name__,
        message=_words(error),
        attempts=len(error.attempts),
        code=of_result(error),
        is_final=refused or isinstance(error, FINAL_ERRORS),
    )


def _words(error: CountermandError) -> str:
    """The provider's code and reason, where it has given them."""
    if isinstance(error, Declined):
        said = ": ".join(part for part in (error.code, error.reason) if part)
        return said or error.message
    return error.message


def with_record(result: RowResult, record: KeyRecord) -> RowResult:
    """The result with what the ledger knows of the call that brought it.

    A call whose key had ended before sends nothing, so its own facts say nothing.
    """
    ended = [each for each in record.events if each.what in {"outcome", "look"}]
    if not ended:
        return result
    last = ended[-1]
    evidence = result.evidence
    if last.found == result.outcome and last.message in {each.value for each in Evidence}:
        evidence = last.message
    return evolve(result, evidence=evidence, attempts=len(last.requests))

"""Exit codes of the command line. They are stable: scripts and queues may depend on them."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from countermand import (
    CancellationInProgress,
    InvalidCancellation,
    KeyConflict,
    LedgerUnavailable,
    NotCancelled,
    Outcome,
    OutcomeUnknown,
    Receipt,
)
from countermand.ledger import State
from countermand.provider import ProviderError
from countermand_ops.bulk._errors import BulkError
from countermand_ops.config import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ExitCode", "of_open_keys", "of_result", "of_state", "worst"]


class ExitCode(IntEnum):
    """What an exit code of `countermand` means."""

    CANCELLED = 0
    """Cancelled, or it was cancelled before. For other commands: done, or nothing is open."""
    FAILED = 1
    """Anything that has no code of its own."""
    INVALID = 2
    """Wrong usage, input or configuration; nothing was sent."""
    ACCEPTED = 3
    """The provider has accepted the cancel, and has not finished it yet."""
    NOT_CANCELLED = 4
    """This cancel changed nothing, and that is proven."""
    UNKNOWN = 5
    """It may or may not be cancelled."""
    IN_PROGRESS = 6
    """Another cancel with this key, or of this payment, is running."""
    KEY_CONFLICT = 7
    """The key belongs to another cancellation, account or server; nothing was sent."""
    LEDGER_UNAVAILABLE = 8
    """The ledger cannot be used; nothing was sent."""
    DENIED = 10
    """A person answered no to the question; nothing was sent."""
    INTERRUPTED = 130
    """Interrupted by Ctrl-C or SIGTERM."""


_OF_ERRORS: Final[tuple[tuple[type[BaseException], ExitCode], ...]] = (
    (InvalidCancellation, ExitCode.INVALID),
    (NotCancelled, ExitCode.NOT_CANCELLED),
    (OutcomeUnknown, ExitCode.UNKNOWN),
    (CancellationInProgress, ExitCode.IN_PROGRESS),
    (KeyConflict, ExitCode.KEY_CONFLICT),
    (LedgerUnavailable, ExitCode.LEDGER_UNAVAILABLE),
    (BulkError, ExitCode.INVALID),
    (ConfigurationError, ExitCode.INVALID),
    (ProviderError, ExitCode.INVALID),
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
)
"""The first class that fits counts."""

_OF_STATES: Final = {
    State.CANCELLED: ExitCode.CANCELLED,
    State.ACCEPTED: ExitCode.ACCEPTED,
    State.REFUSED: ExitCode.NOT_CANCELLED,
    State.FREE: ExitCode.NOT_CANCELLED,
    State.CLAIMED: ExitCode.NOT_CANCELLED,
    State.MAYBE_EXECUTED: ExitCode.UNKNOWN,
}

_BEST_FIRST: Final = (
    ExitCode.CANCELLED,
    ExitCode.ACCEPTED,
    ExitCode.NOT_CANCELLED,
    ExitCode.DENIED,
    ExitCode.KEY_CONFLICT,
    ExitCode.INVALID,
    ExitCode.IN_PROGRESS,
    ExitCode.UNKNOWN,
    ExitCode.LEDGER_UNAVAILABLE,
    ExitCode.FAILED,
    ExitCode.INTERRUPTED,
)


def of_result(result: Receipt | BaseException) -> ExitCode:
    """The exit code for a receipt, or for what was raised in its place."""
    if isinstance(result, Receipt):
        accepted = result.outcome is Outcome.ACCEPTED
        return ExitCode.ACCEPTED if accepted else ExitCode.CANCELLED
    codes = (code for kind, code in _OF_ERRORS if isinstance(result, kind))
    return next(codes, ExitCode.FAILED)


def of_state(state: State, *, in_progress: bool = False) -> ExitCode:
    """The exit code for a key of the ledger.

    Args:
        state: Its state. `CLAIMED` without a running call means that nothing was sent.
        in_progress: Whether a call with the key is running.
    """
    return ExitCode.IN_PROGRESS if in_progress else _OF_STATES[state]


def of_open_keys(states: Iterable[State]) -> ExitCode:
    """The exit code for keys that have not ended.

    Returns:
        `CANCELLED` (0) if there is none, `ACCEPTED` if all of them are accepted, else `UNKNOWN`.
    """
    found = set(states)
    if not found:
        return ExitCode.CANCELLED
    return ExitCode.ACCEPTED if found == {State.ACCEPTED} else ExitCode.UNKNOWN


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The exit code for several results: the one that needs attention most; 0 without any."""
    return max(codes, key=_BEST_FIRST.index, default=ExitCode.CANCELLED)

"""From the body of a command to its exit code."""

from __future__ import annotations

from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Final, ParamSpec

import typer

from countermand import (
    CancellationInProgress,
    CountermandError,
    KeyConflict,
    LedgerUnavailable,
    NotCancelled,
    OutcomeUnknown,
)
from countermand.errors import InvalidCancellation
from countermand.provider import ProviderError
from countermand_ops._tokens import TokenFunctionFailed, token_failure
from countermand_ops.bulk._errors import BulkError
from countermand_ops.cli._output import Output
from countermand_ops.config import ConfigurationError, load
from countermand_ops.exit_codes import of_result
from countermand_ops.journal import JournalUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from countermand_ops.config import Configuration
    from countermand_ops.exit_codes import ExitCode

P = ParamSpec("P")

EXPECTED: Final = (
    BulkError,
    CountermandError,
    ConfigurationError,
    JournalUnavailable,
    ModuleNotFoundError,
    OSError,
    ProviderError,
    TokenFunctionFailed,
)
"""What is told in a line. Anything else is a defect, and shows its traceback."""

TITLES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (InvalidCancellation, "Invalid"),
    (NotCancelled, "Not cancelled"),
    (OutcomeUnknown, "Unknown"),
    (CancellationInProgress, "In progress"),
    (KeyConflict, "Key conflict"),
    (LedgerUnavailable, "Ledger unavailable"),
    (BulkError, "Refused"),
    (ConfigurationError, "Configuration"),
    (KeyboardInterrupt, "Interrupted"),
)


def command(function: Callable[P, ExitCode]) -> Callable[P, None]:
    """Make a command for Typer of a function that returns an exit code.

    Expected errors are printed, as JSON if the function's argument `as_json` is true.
    """

    @wraps(function)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        code = guarded(Output(bool(named.get("as_json"))), lambda: function(*arguments, **named))
        raise typer.Exit(code)

    return run


def guarded(output: Output, work: Callable[[], ExitCode]) -> ExitCode:
    """Do the work; print an expected error, and return its exit code."""
    try:
        return work()
    except BrokenPipeError:
        # The reader of standard output has enough; Typer ends without a message.
        raise
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        failed = token_failure(error) or error
        if not isinstance(failed, (*EXPECTED, KeyboardInterrupt)):
            raise
        report(output, failed)
        return of_result(failed)


def report(output: Output, error: BaseException) -> None:
    """Print an error."""
    titles = [title for kind, title in TITLES if isinstance(error, kind)][:1]
    # The cause of an interruption says what became of the cancel that was under way.
    interrupted = isinstance(error, KeyboardInterrupt)
    message = str((error.__cause__ if interrupted else error) or "")
    text = ": ".join(part for part in (*titles, message) if part)
    output.failure(error, text, of_result(error))


@contextmanager
def configured(file: Path | None) -> Generator[Configuration]:
    """Load the configuration; close its ledger in the end."""
    configuration = load(file)
    with configuration.ledger:
        yield configuration

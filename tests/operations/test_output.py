"""What is printed: for people, for programs, and never what a terminal would obey."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen

from countermand import FULL, KeyConflict, OutcomeUnknown, unzer
from countermand.ledger import State
from countermand_ops.cli._output import Output, error_document, shown, to_document
from countermand_ops.cli._running import guarded
from tests.operations.running import Stream, run

if TYPE_CHECKING:
    from countermand_ops.exit_codes import ExitCode

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@frozen
class Entry:
    """Something with fields."""

    at: datetime
    cancellation: Any
    parts: tuple[Any, ...]


def test_a_document_is_json_with_times_in_iso_8601() -> None:
    """A cancellation begins with the name of its API, and a Decimal keeps its digits."""
    entry = Entry(NOON, unzer.Cancellation("s-pay-1", amount=Decimal("1.50")), (NOON, FULL))
    assert to_document({"entry": entry, "state": State.FREE, "none": None}) == {
        "entry": {
            "at": "2026-11-29T12:00:00+00:00",
            "cancellation": {
                "api": "unzer",
                "payment_id": "s-pay-1",
                "authorization_id": None,
                "amount": "1.50",
            },
            "parts": ["2026-11-29T12:00:00+00:00", "full"],
        },
        "state": "FREE",
        "none": None,
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (NOON, "2026-11-29 12:00:00+00:00"),
        ("\x1b[2Jgone\r\u202e", "\\x1b[2Jgone\\r\\u202e"),
        ("Zoë [bold]", "Zoë [bold]"),
        (5, "5"),
    ],
)
def test_no_control_character_reaches_the_terminal(value: object, text: str) -> None:
    """A reason or a provider's message may hold any; markup of ours is none."""
    assert shown(value) == text


def test_an_error_is_a_document_with_its_class_and_its_message() -> None:
    """One of countermand's has its own; the cause of an interruption is told."""
    interrupted = KeyboardInterrupt()
    interrupted.__cause__ = OutcomeUnknown("lost", key="k")
    assert error_document(KeyConflict("taken", key="k"))["key"] == "k"
    assert error_document(OSError("disk")) == {"error": "OSError", "message": "disk"}
    assert error_document(interrupted)["cause"]["error"] == "OutcomeUnknown"


def failing(error: BaseException) -> ExitCode:
    """Do work that fails."""
    raise error


def test_an_expected_error_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, several lines of it included."""
    code = guarded(Output(as_json=False), lambda: failing(OSError("no\nspace")))
    assert (code, capsys.readouterr()) == (1, ("", "no\nspace\n"))
    code = guarded(Output(as_json=False), lambda: failing(KeyboardInterrupt()))
    assert (code, capsys.readouterr()) == (130, ("", "Interrupted\n"))


@pytest.mark.parametrize("error", [ZeroDivisionError("defect"), BrokenPipeError()])
def test_a_defect_and_a_closed_pipe_pass(error: Exception) -> None:
    """The one shows its traceback, the other ends the program without a word."""
    with pytest.raises(type(error)):
        guarded(Output(as_json=False), lambda: failing(error))


@pytest.mark.parametrize("no_colour", [False, True])
def test_colours_are_for_terminals(*, no_colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """And only where NO_COLOR is not set."""
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    for terminal in (False, True):
        stream = Stream(terminal=terminal)
        monkeypatch.setattr("sys.stdout", stream)
        Output(as_json=False).result({}, "Done", (("key", "k"), ("empty", None)))
        assert ("\x1b[32m" in stream.getvalue()) is (terminal and not no_colour)
        assert "key  k" in stream.getvalue()
        assert "empty" not in stream.getvalue()


def test_the_help_of_a_provider_has_an_example() -> None:
    """With every option that is required."""
    options = "--payment-id TEXT --amount 10.00 --key order-42 --reason 'charged twice'"
    assert f"Example: countermand cancel unzer {options}" in run("cancel", "unzer", "--help").out


def test_the_help_names_commands_and_exit_codes() -> None:
    """Cancel comes first; without arguments the help is shown."""
    shown_help = run("--help").out
    for name in ("resume", "show", "unresolved", "resolve", "reconcile", "purge", "check", "specs"):
        assert shown_help.index(" cancel ") < shown_help.index(f" {name} ")
    assert "Exit codes: 0 cancelled or already cancelled, 3 accepted, 4 not" in shown_help
    assert "Usage: countermand" in run().out + run().err
    assert run("--version").out.strip()

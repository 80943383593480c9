"""Every command that README and pages print can be typed: the program, its options, its files."""

from __future__ import annotations

import re
import shlex
from typing import Any, Final

import pytest
import typer

from countermand_ops.cli._app import app
from tests.package.sources import ROOT

PAPERS: Final = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]
TEXT: Final = "\n".join(path.read_text(encoding="utf-8") for path in PAPERS)
COMMANDS: Final = sorted(set(re.findall(r"^\$ (?!#)(.+)$", TEXT, re.MULTILINE)))
OWN: Final = [command for command in COMMANDS if command.startswith("countermand ")]


def parse(command: str) -> dict[str, Any]:
    """What the program understands; it runs nothing.

    Raises:
        UsageError: it does not understand it.
    """
    program: Any = typer.main.get_command(app)
    name, *words = shlex.split(command)
    context = program.make_context(name, words)
    while hasattr(program, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        name, program, words = program.resolve_command(context, rest)
        context = program.make_context(name, words, parent=context)
    return dict(context.params)


@pytest.mark.parametrize("command", OWN)
def test_a_printed_command_is_understood(command: str) -> None:
    """With its options and values."""
    assert parse(command)


def test_a_command_that_does_not_exist_is_found() -> None:
    """Neither a wrong command nor a wrong option passes."""
    assert len(OWN) >= 12
    for wrong in ("countermand cancle unzer", "countermand check --jsno"):
        with pytest.raises(Exception, match="No such"):
            parse(wrong)


def test_every_script_that_is_started_is_there() -> None:
    """In examples/, or as a file that the page prints."""
    scripts = set(re.findall(r"^\$ python (\w+\.py)", TEXT, re.MULTILINE))
    there = {path.name for path in ROOT.glob("examples/*/*.py")}
    printed = set(re.findall(r"^`(\w+\.py)`:$", TEXT, re.MULTILINE))
    assert {"cancel_file.py", "triage.py"} <= scripts <= there | printed

"""docs/bulk.md says what the program does."""

from __future__ import annotations

import re
from typing import Any

import typer

from countermand.events import CallOutcome
from countermand_ops.bulk._looks import Status
from countermand_ops.bulk._plan import KNOWN
from countermand_ops.bulk._results import NOT_TRIED
from countermand_ops.bulk._rows import COMMON, RESULTS
from countermand_ops.bulk._run import FOREIGN_ANSWERS, MAX_TRIES
from countermand_ops.cli._bulk import app
from tests.package.sources import ROOT

PAGE = (ROOT / "docs" / "bulk.md").read_text(encoding="utf-8")
EVERYWHERE = {"--help", "--config", "--json"}


def rows_of(section: str) -> list[str]:
    """The first cells of the table in a section."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def test_every_option_is_explained() -> None:
    """Of both commands."""
    program: Any = typer.main.get_command(app)
    for command in program.commands.values():
        options = {each for p in command.params for each in p.opts if each.startswith("--")}
        for option in options - EVERYWHERE - {"--read"}:
            assert f"`{option}" in PAGE, option
    assert "--no-read" in PAGE


def test_every_column_and_status_is_explained() -> None:
    """And no other."""
    columns = rows_of("The file")
    assert {*columns} - {"payment_id"} == {*COMMON}
    assert {*rows_of("plan")} == {*map(str, Status), KNOWN}
    assert tuple(rows_of("The report")) == RESULTS


def test_every_outcome_and_number_is_named() -> None:
    """As the program has it."""
    (line,) = re.findall(r"^\| `outcome` \| (.*) \|$", PAGE, re.MULTILINE)
    outcomes = {str(each) for each in CallOutcome} - {"answered"} | {NOT_TRIED}
    assert {*re.findall("`([^`]+)`", line)} == outcomes
    assert f"After {FOREIGN_ANSWERS} answers in a row" in PAGE
    assert f"up to {MAX_TRIES} times" in PAGE

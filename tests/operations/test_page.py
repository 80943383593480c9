"""docs/command-line.md says what the program does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer
from sybil.document import Document
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from countermand_ops.cli._app import app
from countermand_ops.cli._cancel_group import EPILOG, RESERVED, common_options
from countermand_ops.config import load
from countermand_ops.config._settings import SECTIONS
from countermand_ops.exit_codes import ExitCode
from tests.package.sources import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
COMMANDS = {each.name or each.callback.__name__ for each in app.registered_commands}  # type: ignore[union-attr]


def test_the_table_of_exit_codes_is_that_of_the_program() -> None:
    """Names and numbers; the help of cancel has the same numbers."""
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert {name: int(code) for code, name in rows} == {each.name: each.value for each in ExitCode}
    assert {int(code) for code in re.findall(r"\d+", EPILOG)} == {*ExitCode}


def test_every_command_and_option_is_explained() -> None:
    """And no other."""
    named = {*re.findall(r"^\| `countermand (\w+)", PAGE, re.MULTILINE)}
    assert named == COMMANDS | {"bulk", "cancel"}
    program = typer.main.get_command(app)
    options = {*RESERVED} - {"--help"}
    for command in program.commands.values():  # type: ignore[attr-defined]
        options |= {each for p in command.params for each in p.opts if each.startswith("--")}
    for option in options - {"--help"}:
        assert f"{option}`" in PAGE or f"{option} " in PAGE, option


def test_every_option_of_cancel_is_reserved() -> None:
    """A field of a provider must not take its place."""
    names = {f"--{name.replace('_', '-')}" for name in common_options.__annotations__}
    assert names - {"--return"} | {"--help", "--json"} == {*RESERVED}


def test_every_table_of_the_configuration_is_explained() -> None:
    """With its entries."""
    tables = {*re.findall(r"^\| `\[(\w+)", PAGE, re.MULTILINE)}
    assert tables == {*SECTIONS}


def test_the_printed_configuration_is_valid(write: Callable[[str], Path]) -> None:
    """With a function that exists."""
    document = Document(PAGE, "command-line.md")
    (block,) = (each.parsed for each in CodeBlockParser("toml")(document))
    text = str(block).replace("ourcompany.sessions:token_of", "os.path:basename")
    found = load(write(text))
    assert [*found.accounts] == ["unzer", "unzer-shop", "pace-pay"]
    assert found.policy.budget is None


def test_the_printed_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """With an empty ledger."""
    document = Document(PAGE, "command-line.md")
    (block,) = (each.parsed for each in PythonCodeBlockParser()(document))
    exec(str(block), {})
    assert capsys.readouterr().out == "[]\n"

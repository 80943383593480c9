"""What README, CONTRIBUTING and CHANGELOG show works: Python, commands, links."""

from __future__ import annotations

import ast
import importlib.util
import re
from typing import TYPE_CHECKING

import pytest

import countermand
from tests.support import printed
from tests.support.printed import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from sybil.example import Example

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = list(printed.examples("README.md"))
PAPERS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line-{example.line}")
def test_a_python_block_of_the_readme_runs(
    example: Example, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each by itself, against the sandbox."""
    monkeypatch.chdir(tmp_path)
    printed.run(example)


def test_the_readme_has_its_python_blocks() -> None:
    """A parser that finds nothing would prove nothing."""
    assert len(EXAMPLES) == TEXT.count("```python") >= 2


def test_the_readme_is_short() -> None:
    """What does not fit has a page in docs/."""
    assert len(TEXT.splitlines()) <= 200


def test_the_first_screen_has_the_two_commands() -> None:
    """Of the README."""
    screen = "\n".join(TEXT.splitlines()[:30])
    assert "pip install nox && nox -s demo" in screen
    assert "$ pip install .\n" in screen


def nox_sessions() -> set[str]:
    """The names of the sessions in noxfile.py."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any("nox.session" in ast.unparse(each) for each in node.decorator_list)
    }


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_nox_session_that_is_named_exists(name: str) -> None:
    """A command that is printed can be typed."""
    named = set(re.findall(r"nox -s ([a-z_]+)", (ROOT / name).read_text(encoding="utf-8")))
    assert named
    assert named <= nox_sessions()


def test_every_module_that_is_run_exists() -> None:
    """Each module after `python -m` in README and pages."""
    texts = [TEXT, *(path.read_text(encoding="utf-8") for path in ROOT.glob("docs/**/*.md"))]
    modules = set(re.findall(r"python -m (countermand[a-z_.]*[a-z])", "\n".join(texts)))
    assert {"countermand.sandbox", "countermand.reconcile"} <= modules
    assert all(importlib.util.find_spec(module) for module in modules)


@pytest.mark.parametrize("name", PAPERS)
def test_every_link_to_a_file_leads_somewhere(name: str) -> None:
    """A relative link names a file of the repository; `nox -s docs` checks those of the pages."""
    links = re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_every_error_that_the_readme_names_exists() -> None:
    """No error of the README is a thing of the past."""
    named = set(re.findall(r"`([A-Z]\w+)`", TEXT))
    assert {"NotCancelled", "OutcomeUnknown"} <= named
    assert [each for each in named if not each.isupper() and not hasattr(countermand, each)] == []

"""What the pages of docs/ show works: their Python runs, and they name what there is."""

from __future__ import annotations

import importlib
import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import countermand
from countermand import errors
from tests.support import printed
from tests.support.printed import ROOT

if TYPE_CHECKING:
    from sybil.example import Example

ELSEWHERE: Final = {
    "celery": "tests/operations/test_celery_page.py",
    "command-line": "tests/operations/test_page.py",
    "extending": "tests/package/test_separate_distribution.py",
    "vtex-provider": "tests/publishing/consumers/other_provider.py",
}
"""Pages whose programs need more than a sandbox, and the tests that run them."""

PAGES: Final = {
    path.relative_to(ROOT / "docs").with_suffix("").as_posix(): path
    for path in sorted(ROOT.glob("docs/**/*.md"))
}
TEXTS: Final = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
SNIPPET: Final = re.compile(r'^--8<-- "(examples/[^"]+\.py)"$', re.MULTILINE)
"""A block that is a file of examples/, which tests/examples runs."""

EXAMPLES: Final = [
    pytest.param(example, id=f"{name}-line-{example.line}")
    for name, path in PAGES.items()
    if name not in ELSEWHERE
    for example in printed.examples(str(path.relative_to(ROOT)))
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_python_block_of_a_page_runs(
    example: Example,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each by itself, against the sandbox; "It prints ..." after a block is true."""
    monkeypatch.chdir(tmp_path)
    printed.run(example)
    text = Path(example.path).read_text(encoding="utf-8").partition(f"{example.parsed}```\n\n")[2]
    paragraph = text.partition("\n\n")[0]
    if paragraph.startswith("It prints"):
        (told,) = re.findall(r"^It prints .*?`([^`]+)`", paragraph)
        assert capsys.readouterr().out.splitlines()[-1] == told


def test_every_python_block_is_run() -> None:
    """Here or where `ELSEWHERE` says."""
    blocks = sum(text.count("```python") for name, text in TEXTS.items() if name not in ELSEWHERE)
    shown = {file for text in TEXTS.values() for file in SNIPPET.findall(text)}
    assert len(EXAMPLES) == blocks >= 12
    assert len(shown) >= 10
    tests = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/examples/*.py"))
    for file in shown:
        folder = file.split("/")[1]
        assert f'load("{folder}/' in tests, file
    for name, test in ELSEWHERE.items():
        assert "```python" in TEXTS[name], name
        assert f"{name}.md" in (ROOT / test).read_text(encoding="utf-8"), name


def test_the_page_about_errors_draws_the_tree_of_the_module() -> None:
    """One tree; the table of statuses has each error that is not a base class."""
    lines = (errors.__doc__ or "").splitlines()
    tree = "\n".join(line for line in lines if line.startswith("    "))
    assert tree
    assert tree in TEXTS["errors"]
    drawn = set(re.findall(r"[├└]── ([A-Za-z]+)", tree))
    assert drawn | {"CountermandError"} == set(errors.__all__) - {"Advice"}
    rows = " ".join(re.findall(r"^\| .* \| \d{3}.*$", TEXTS["errors"], re.MULTILINE))
    assert [each for each in drawn - {"NotCancelled"} if f"`{each}`" not in rows] == []


def test_the_printed_statuses_are_those_of_the_table() -> None:
    """The function of the recipe, for each row of the table."""
    namespace = runpy.run_path(str(ROOT / "examples" / "fastapi" / "statuses.py"))
    rows = re.findall(r"^\| (.*?) \| (\d{3})", TEXTS["errors"], re.MULTILINE)
    told = {
        name: int(status)
        for names, status in rows
        for name in re.findall(r"`([A-Z]\w+[a-z])`", names)
    }
    status_of = namespace["http_status"]
    for name, status in told.items():
        assert status_of(getattr(countermand, name)("what happened")) == status, name


def test_every_public_name_is_in_the_reference() -> None:
    """Each name of `countermand.__all__`, and each public module, has its place."""
    reference = "\n".join(text for name, text in TEXTS.items() if name.startswith("reference/"))
    shown = set(re.findall(r"^::: ([\w.]+)", reference, re.MULTILINE))
    named = {each.rpartition(".")[2] for each in shown} | set(errors.__all__)
    assert set(countermand.__all__) <= named
    for module in ("events", "ledger", "provider", "sandbox", "sandbox.testing", "specs"):
        assert f"countermand.{module}" in shown
    for name in shown:
        module, _, attribute = name.rpartition(".")
        assert importlib.util.find_spec(name) if attribute.islower() else module == "countermand"


def test_every_page_says_in_a_line_what_it_is_about() -> None:
    """For search engines and llms.txt."""
    assert [name for name, text in TEXTS.items() if not text.startswith("---\ndescription: ")] == []

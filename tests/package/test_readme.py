"""What the README shows works: its Python runs against the sandbox, its commands exist."""

from __future__ import annotations

import ast
import importlib.util
import re
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser

import countermand
from countermand import errors
from countermand.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sybil.example import Example

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
ACCOUNT = re.compile(r"\b[a-z_]+\.Account\([^()]*\)")
USER = "u-42"


def document() -> Document:
    """The README with every account that it prints led to the sandbox.

    `unzer.Account(...)` becomes `here(unzer.Account(...))`, so that the printed expression is
    still evaluated. No line moves.
    """
    rewritten = Document(ACCOUNT.sub(r"here(\g<0>)", TEXT), str(README))
    for region in PythonCodeBlockParser()(rewritten):
        rewritten.add(region)
    return rewritten


EXAMPLES = list(document().examples())


def create_printed_payments(sandbox: Sandbox) -> None:
    """Make the payments whose ids the README prints."""
    for number in range(1, 5):
        sandbox.create_payment("unzer", payment_id=f"s-pay-{number}", amount="100.00")
    sandbox.create_payment(
        "pace_fueling",
        gas_station_id="9e4af532-3b5c-4b5f-8e0a-9d6f0a1c7f10",
        transaction_id="c3f037ea-492e-4033-9b4b-4efc7beca16c",
    )
    sandbox.create_payment("pace_pay", transaction_id="c3f037ea-492e-4033-9b4b-4efc7beca16d")
    sandbox.create_payment("bento", order_id="or_1", transaction_id="tx_1", captured=True)
    sandbox.create_payment("vtex", payment_id="F5C1A4E20D3B4E07B7E871F5B5BC9F91")
    sandbox.unlink(USER)


def led_to(sandbox: Sandbox) -> Callable[[Any], Any]:
    """Turn an account as printed into one of the sandbox; a token callable is kept."""

    def here(account: Any) -> Any:
        token = account.token_source
        api = account.provider.api
        return sandbox.account(api, token=token if callable(token) else None)

    return here


def sessions_at(sandbox: Sandbox) -> Callable[[str], Any]:
    """The reader's own sessions, which the README calls `your_session`."""

    def your_session(user: str) -> Any:
        token = sandbox.issue_token(user)
        return types.SimpleNamespace(
            access_token=token, link_third_party=lambda: sandbox.link(user)
        )

    return your_session


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all of the README, as a reader would have."""
    with Sandbox() as running:
        create_printed_payments(running)
        yield running


def call_test(test: Any, sandbox: Sandbox) -> None:
    """Call a printed test as pytest does: for each case of its only parameter."""
    for mark in getattr(test, "pytestmark", ()):
        name, cases = mark.args
        for case in cases:
            test(**{name: case}, countermand_sandbox=sandbox)
    if not hasattr(test, "pytestmark"):
        test()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line-{example.line}")
def test_a_python_block_of_the_readme_runs(
    example: Example, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each block runs by itself; a test function in it is called, and a key is one cancel."""
    monkeypatch.chdir(tmp_path)
    namespace = example.namespace
    namespace.clear()
    namespace.update(here=led_to(sandbox), your_session=sessions_at(sandbox))
    before = len(sandbox.executions())
    example.evaluate()
    for name in [name for name in namespace if name.startswith("test_")]:
        call_test(namespace[name], sandbox)
    keys = re.findall(r'key="([^"]+)"', example.parsed)
    asked = example.parsed.count("client.cancel(") - (len(keys) - len(set(keys)))
    asked = asked if "here(" in example.parsed else 0
    assert len(sandbox.executions()) - before >= asked


def test_the_readme_has_its_python_blocks() -> None:
    """A parser that finds nothing would prove nothing."""
    assert len(EXAMPLES) == TEXT.count("```python") >= 8


def test_the_readme_prints_the_error_tree_as_the_module_draws_it() -> None:
    """One tree, in the module's docstring and in the README."""
    lines = (errors.__doc__ or "").splitlines()
    tree = [line for line in lines if line.startswith("    ")]
    assert tree
    assert "\n".join(tree) in TEXT


def test_the_first_screen_has_the_two_commands() -> None:
    """The first screen of the README shows the two commands."""
    screen = "\n".join(TEXT.splitlines()[:30])
    assert "pip install nox && nox -s demo" in screen
    assert "nox -s tests" in screen
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
    """Each module after `python -m` exists."""
    modules = set(re.findall(r"python -m ([a-z_.]+)", TEXT))
    assert modules
    assert all(importlib.util.find_spec(module) for module in modules)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_to_a_file_leads_somewhere(name: str) -> None:
    """A relative link names a file of the repository."""
    links = re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_every_error_that_the_readme_names_exists() -> None:
    """No error of the README is a thing of the past."""
    drawn = set(re.findall(r"[├└]── ([A-Za-z]+)", TEXT))
    assert drawn <= set(countermand.__all__)
    assert drawn | {"CountermandError"} == set(errors.__all__) - {"Advice"}

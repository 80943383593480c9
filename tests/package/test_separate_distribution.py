"""docs/extending.md adds a provider in a distribution of its own; nothing here changes."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from tests.support import page

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
STEPS: Final = tuple(page.steps(PAGE))
BUILD: Final = ("-m", "hatchling", "build", "--target", "wheel")

REGISTERED: Final = """
import example_pay
import httpx
from countermand.provider import load_provider
from countermand.sandbox import Sandbox
from countermand.sandbox.__main__ import main

assert load_provider("example_pay") is example_pay.PROVIDER
main(["--port", "0"], stay=lambda: None)
with Sandbox() as sandbox:
    order = {"api": "example_pay", "reference": "pay-7"}
    made = httpx.post(f"{sandbox.url}/_sandbox/payments", json=order, trust_env=False)
    print(made.json()["handle"], *sandbox.base_url("example_pay").rsplit("/", 2)[1:])
"""
"""The rest of what the page says: the registry, the sandbox from a shell, its control plane."""


def run(folder: Path, *arguments: str) -> str:
    """Run Python in the distribution's folder; it must succeed."""
    paths = (folder / "site", ROOT / "overlay", ROOT / "generated")
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def install(folder: Path) -> None:
    """Unpack the wheel, as pip does: environments that uv makes have no pip."""
    [wheel] = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")


def digests() -> dict[str, str]:
    """The content of this repository's files, new ones included, ignored ones not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(command, cwd=ROOT, text=True).split("\0")
    files = [(name, ROOT / name) for name in names if name]
    return {name: sha256(path.read_bytes()).hexdigest() for name, path in files if path.is_file()}


@pytest.fixture(scope="module")
def before() -> dict[str, str]:
    """The repository before the walk-through."""
    return digests()


@pytest.fixture(scope="module")
def outputs(before: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The page followed from its first step to its last, and what its commands printed."""
    assert before
    folder = tmp_path_factory.mktemp("countermand-example-pay")
    printed: list[str] = []
    for step in STEPS:
        match step:
            case page.File():
                page.write(step, folder)
            case page.Command(line="python -m pip install ."):
                printed += [run(folder, *BUILD)]
                install(folder)
            case page.Command(line=line):
                python, *arguments = line.split()
                assert python == "python"
                printed += [run(folder, *arguments, "-p", "no:cacheprovider")]
            case page.Edit():
                raise AssertionError(f"{step.path} is in this repository, which must not change")
    return [*printed, run(folder, "-c", REGISTERED)]


def test_the_page_is_one_distribution() -> None:
    """Four files, no edit, two commands."""
    assert [step.path for step in STEPS if isinstance(step, page.File)] == [
        "pyproject.toml",
        "src/example_pay/__init__.py",
        "src/example_pay/sandbox.py",
        "tests/test_example_pay.py",
    ]
    assert [step.line for step in STEPS if isinstance(step, page.Command)] == [
        "python -m pip install .",
        "python -m pytest tests",
    ]


def test_a_separate_distribution_works_with_client_ledger_and_sandbox(outputs: list[str]) -> None:
    """Its own tests: cancel, lost answer, unresolved, resume, both clients, two payments."""
    assert "6 passed" in outputs[1]
    listed, made = outputs[2].splitlines()[3:9], outputs[2].splitlines()[-1]
    assert [line.split()[0] for line in listed][-1] == "example_pay"
    assert made == "example_pay:pay-7 example-pay v1"


@pytest.mark.usefixtures("outputs")
def test_no_file_of_this_repository_changes(before: dict[str, str]) -> None:
    """A provider of a third party needs no edit here."""
    assert digests() == before

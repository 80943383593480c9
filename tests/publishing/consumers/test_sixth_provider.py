"""CONTRIBUTING.md adds a provider: a reader who follows it to the letter gets one that works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from specs.publishing import node
from tests.publishing.consumers import page

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION: Final = PAGE.partition("## To add a provider")[2].partition("## How it is written")[0]
STEPS: Final = tuple(page.steps(SECTION))

CANCELS: Final = """
from countermand import Client, CountermandError, example_pay
from countermand.sandbox import FaultProxy, Sandbox, faults

with Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
    good, lost = (sandbox.create_payment("example_pay") for _ in range(2))
    account = sandbox.account("example_pay", proxy.base_url("example_pay"))
    with Client(account) as client:
        order = example_pay.Cancellation(**good.identifiers)
        for _ in range(3):
            print(client.cancel(order, key="once").outcome)
        proxy.script(faults.RESET_AFTER)
        order = example_pay.Cancellation(**lost.identifiers)
        for _ in range(3):
            try:
                client.cancel(order, key="lost")
            except CountermandError as error:
                print(type(error).__name__)
    print(len(proxy.requests), *(len(sandbox.executions(payment=each)) for each in (good, lost)))
"""
"""What the page's own tests say is checked once more by somebody else."""


def environment(folder: Path) -> dict[str, str]:
    """This interpreter's tools, and the packages of the copy before the installed ones."""
    scripts = str(Path(sys.executable).parent)
    packages = (str(folder / "overlay"), str(folder / "generated"))
    return {
        **os.environ,
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join(packages),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run(folder: Path, *arguments: str) -> str:
    """Run a Python module or program in the copy, which must succeed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def tracked() -> Iterator[str]:
    """The repository's files, new ones included, ignored ones not."""
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    )
    yield from filter(None, listed.split("\0"))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository."""
    folder = tmp_path_factory.mktemp("before") / "countermand"
    for name in tracked():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def copy(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which the page was followed from its first step to its last."""
    folder = tmp_path_factory.mktemp("after") / "countermand"
    shutil.copytree(before, folder)
    for step in STEPS:
        match step:
            case page.File():
                assert not (folder / step.path).exists()
                page.write(step, folder)
            case page.Edit():
                page.edit(step, folder)
            case page.Command():
                typed(step.line, folder)
    return folder


def typed(line: str, folder: Path) -> None:
    """Run a command of the page, with the tools that are installed already."""
    nox, *arguments = line.split()
    assert nox == "nox"
    run(folder, "-m", "nox", "--no-venv", "--no-install", "--no-error-on-external-run", *arguments)


def test_the_page_is_followed_to_its_end(copy: Path) -> None:
    """Every file written, every edit made, every command successful; and the page counts right."""
    files = [step for step in STEPS if isinstance(step, page.File)]
    edits = [step for step in STEPS if isinstance(step, page.Edit)]
    commands = [step.line for step in STEPS if isinstance(step, page.Command)]
    assert "Five files and five small edits" in SECTION
    assert (len(files), len(edits)) == (5, 5)
    assert [line.split()[2] for line in commands] == ["generate", "specs", "tests", "lint", "types"]
    assert (copy / "generated" / "countermand_clients" / "example_pay" / "operations.py").is_file()


def test_the_sixth_provider_cancels_once_at_its_sandbox(copy: Path) -> None:
    """Repeated calls send nothing more; a lost answer is not asked for again; none is doubled."""
    assert run(copy, "-c", CANCELS).split() == [
        *["cancelled"] * 3,
        *["OutcomeUnknown"] * 3,
        *["2", "1", "1"],
    ]


def test_the_other_judges_of_specifications_find_no_fault(copy: Path) -> None:
    """Redocly and Spectral, with the project's own rules, have nothing to add."""
    (copy / "specs/publishing/node_modules").symlink_to(node.FOLDER / "node_modules")
    run(copy, "-m", "specs.publishing.lint", "specs/example-pay.yaml")


def test_its_own_tests_leave_no_branch_out(copy: Path) -> None:
    """`nox -s tests` demands full branch coverage, so the page's tests have to give it."""
    run(copy, "-m", "coverage", "run", "-m", "pytest", "-q", "tests/example_pay")
    run(copy, "-m", "coverage", "combine")
    run(copy, "-m", "coverage", "report", "--include=*/example_pay.py", "--fail-under=100")


def test_nothing_else_had_to_change(before: Path, copy: Path) -> None:
    """Clients, drivers and procedure are as they were."""
    differing = {
        str(path.relative_to(before))
        for path in before.rglob("*")
        if path.is_file() and path.read_bytes() != (copy / path.relative_to(before)).read_bytes()
    }
    touched = {step.path for step in STEPS if isinstance(step, page.File | page.Edit)}
    assert {name for name in differing if not name.startswith("generated/")} <= touched
    assert {name for name in touched if name.startswith("overlay/")} == {
        "overlay/countermand/__init__.py",
        "overlay/countermand/example_pay.py",
        "overlay/countermand/sandbox/example_pay.py",
        "overlay/countermand/sandbox/simulators.py",
    }

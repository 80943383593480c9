# ruff: noqa: T201 - a command that prints to its user.
"""Mutate the pure modules and see whether the fast tests notice: `python -m tests.mutation`.

mutmut wants its sources below `src`, so it works on a copy. It changes what stands in functions and
methods, but nothing below a decorator: properties and constants are left to the other tests.
Survivors that change nothing which could be seen stand in `equivalent.txt`, each with its reason;
any other one fails the run, and so does a reason without a survivor.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

ROOT: Final = Path(__file__).parents[2]
KNOWN: Final = Path(__file__).with_name("equivalent.txt")
MODULES: Final = (
    "_amounts",
    "_core.cancel",
    "_core.exchange",
    "_core.idempotency",
    "_core.outcomes",
    "_core.redaction",
    "_core.request",
    "_core.retries",
    "_pace",
    "_runtime.accounts",
    "_runtime.budget",
    "_runtime.claim",
    "_runtime.memory",
    "_unzer",
    "_urls",
    "attempts",
    "bento",
    "errors",
    "ledger._encoding",
    "ledger._states",
    "pace_fueling",
    "pace_pay",
    "policy",
    "provider._accounts",
    "provider._bodies",
    "provider._cancellations",
    "provider._evidence",
    "provider._fields",
    "provider._provider",
    "provider._responses",
    "unzer",
    "vtex",
)
"""The modules that decide. `_core.commands`, `provider._verdicts` and `receipt` hold
values alone."""
TESTS: Final = (
    "tests/core",
    "tests/provider",
    "tests/ledger/test_encoding.py",
    "tests/ledger/test_states.py",
    "tests/package/test_errors.py",
    "tests/package/test_json.py",
    "tests/package/test_mistakes.py",
    "tests/package/test_receipts.py",
    "tests/runtime/test_account_index.py",
    "tests/runtime/test_claim.py",
    "tests/runtime/test_memory.py",
)
BROAD: Final = (
    "tests/core/test_interruptions.py",
    "tests/core/test_cancel_laws.py",
    "tests/provider/test_interpret_is_total.py",
    "tests/core/test_request_laws.py",
    "tests/provider/test_read_back_at_sandbox.py",
)
"""Tests of everything at once: slow, and here each rule is to have a test of its own."""
LAWS: Final = "tests/support/samples.py"
MANY: Final = "settings(derandomize"
FEWER: Final = "settings(max_examples=10, derandomize"
"""Laws are checked on fewer examples: each mutant is up against all of them."""
WHOLE: Final = """
import pytest

def pytest_configure(config):
    config.args[:] = dict.fromkeys(name.partition("[")[0] for name in config.args)

@pytest.fixture
def untraced():
    pass
"""
"""Test functions are run whole: where pytest does not find a case again by its name, it runs no
test at all, and mutmut takes that for a kill. Coverage is not measured here."""
RESULT: Final = re.compile(
    r"^\s*(?P<name>countermand\.(?P<module>[\w.]+)\.\w+__mutmut_\d+): (?P<state>[a-z ]+)$",
    re.MULTILINE,
)
ALIVE: Final = ("survived", "no tests")
COLUMNS: Final = ("mutants", "killed", "timeout", "alive", "explained")


def main() -> int:
    """Run mutmut and print the score; 1 where a survivor is not explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(MODULES), help="such as _core.retries")
    parser.add_argument("--children", type=int, default=1, help="processes at once")
    parser.add_argument("--deselect", action="append", default=[], help="a test that fails anyway")
    options = parser.parse_args()
    folder = prepare(options.modules, options.deselect)
    print(f"mutating in {folder}", flush=True)
    mutmut = (sys.executable, "-m", "mutmut")
    run = (*mutmut, "run", "--max-children", str(options.children))
    # The progress goes to a file: it is redrawn many times a second.
    with (folder / "progress.txt").open("w") as progress:
        ended = subprocess.run(run, cwd=folder, stdout=progress, stderr=progress, check=False)
    if ended.returncode:
        print((folder / "progress.txt").read_text()[-3000:])
        return 1
    listed = subprocess.run(
        (*mutmut, "results", "--all", "true"),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return report(listed.stdout, options.modules)


def prepare(modules: list[str], deselected: list[str]) -> Path:
    """Copy what is needed, with the package where mutmut looks for it."""
    folder = Path(mkdtemp(prefix="mutants-"))
    ignored = shutil.ignore_patterns("__pycache__", "sandbox")
    shutil.copytree(ROOT / "overlay", folder / "src", ignore=ignored)
    for name in ("generated", "specs", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    # The copy has no sandbox, and these start one.
    for path in (*BROAD, "tests/conftest.py", "tests/ledger/conftest.py"):
        (folder / path).unlink()
    laws = (folder / LAWS).read_text(encoding="utf-8")
    (folder / LAWS).write_text(laws.replace(MANY, FEWER), encoding="utf-8")
    (folder / "conftest.py").write_text(WHOLE, encoding="utf-8")
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    settings = settings.replace('".", "overlay", "generated"', '".", "src", "generated"')
    (folder / "pyproject.toml").write_text(
        settings + configuration(modules, deselected), encoding="utf-8"
    )
    return folder


def configuration(modules: list[str], deselected: list[str]) -> str:
    """The settings that mutmut reads."""
    return f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = {[f"src/countermand/{module.replace('.', '/')}.py" for module in modules]}
also_copy = ["conftest.py", "generated", "specs"]
pytest_add_cli_args_test_selection = {list(TESTS)}
pytest_add_cli_args = {["-p", "no:cacheprovider", *(f"--deselect={test}" for test in deselected)]}
"""


def reasons(modules: list[str]) -> dict[str, str]:
    """The survivors of these modules that change nothing, each with its reason."""
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    stated = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    mutated = tuple(f"countermand.{module}.x" for module in modules)
    return {name: reason for name, _, reason in stated if name.startswith(mutated)}


def report(listed: str, modules: list[str]) -> int:
    """Print the score of each module, and what fails the run."""
    known = reasons(modules)
    counts: dict[str, Counter[str]] = {module: Counter() for module in (*modules, "all")}
    alive: dict[str, str] = {}
    for found in RESULT.finditer(listed):
        name, state = found["name"], found["state"]
        if state in ALIVE:
            alive[name] = state
        column = "alive" if state in ALIVE else state
        for counted in (counts[found["module"]], counts["all"]):
            counted.update(["mutants", column, *(["explained"] if name in known else [])])
    print(f"{'module':24}" + "".join(f"{column:>10}" for column in COLUMNS))
    for module, counted in counts.items():
        print(f"{module:24}" + "".join(f"{counted[column]:10}" for column in COLUMNS))
    every = counts["all"]
    ended = every["killed"] + every["timeout"]
    print(f"score: {ended / max(every['mutants'], 1):.1%}")
    unexplained = [f"{state}: {name}" for name, state in alive.items() if name not in known]
    needless = [f"explained, but not alive: {name}" for name in known if name not in alive]
    odd = every["mutants"] - ended - every["alive"]
    print(*unexplained, *needless, sep="\n")
    return bool(unexplained or needless or odd or not ended)


if __name__ == "__main__":
    sys.exit(main())

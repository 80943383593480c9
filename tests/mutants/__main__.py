# ruff: noqa: T201 - a command that speaks to whoever runs it.
"""Mutate the pure modules and see whether the fast tests notice: `python -m tests.mutants`.

mutmut wants its sources below `src`, so it works on a copy. Survivors that change nothing which
could be seen stand in `equivalent.txt`, each with its reason; any other one fails the run.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

ROOT: Final = Path(__file__).parents[2]
KNOWN: Final = Path(__file__).with_name("equivalent.txt")
MODULES: Final = (
    "_moves",
    "_procedure",
    "_intent",
    "_judging",
    "_conclusions",
    "_pace",
    "_reading",
    "_unzer_reading",
    "_retry_after",
    "_body",
    "_amounts",
    "_ids",
    "_keys",
    "pace_pay",
    "pace_fueling",
    "bento",
    "unzer",
    "vtex",
)
"""Those that decide. `_verdicts` holds values without a function, so there is nothing to mutate."""
TESTS: Final = ("tests/policy", "tests/values", "tests/reading", "tests/mutants")
SLOW: Final = ("tests/reading/test_at_the_sandbox.py", "tests/reading/conftest.py")
"""Tests that open sockets, and their fixtures: they prove nothing that the pure ones do not."""
FEWER: Final = (
    ("tests/policy/samples.py", "settings(derandomize", "settings(max_examples=10, derandomize"),
    ("tests/policy/test_procedure_laws.py", "max_examples=100", "max_examples=10"),
)
"""Laws are checked on fewer examples: each mutant is up against all of them."""
RESULT: Final = re.compile(r"^\s*(?P<name>\S+__mutmut_\d+): (?P<state>[a-z ]+)$", re.MULTILINE)


def main() -> int:
    """Run mutmut and print the score; 1 where a survivor is not explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(MODULES), help="without .py")
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
    return report(listed.stdout)


def prepare(modules: list[str], deselected: list[str]) -> Path:
    """Copy what is needed, with the package where mutmut looks for it."""
    folder = Path(mkdtemp(prefix="mutants-"))
    ignored = shutil.ignore_patterns("__pycache__", "sandbox")
    shutil.copytree(ROOT / "overlay", folder / "src", ignore=ignored)
    for name in ("generated", "specs", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in SLOW:
        (folder / path).unlink(missing_ok=True)
    for path, many, few in FEWER:
        text = (folder / path).read_text(encoding="utf-8")
        (folder / path).write_text(text.replace(many, few), encoding="utf-8")
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    settings = settings.replace('".", "overlay", "generated"', '".", "src", "generated"')
    (folder / "pyproject.toml").write_text(
        settings + configuration(modules, deselected), encoding="utf-8"
    )
    return folder


def configuration(modules: list[str], deselected: list[str]) -> str:
    """The settings that mutmut reads."""
    names = [f"src/countermand/{module}.py" for module in modules]
    selected = [path for path in TESTS if (ROOT / path).exists()]
    return f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = {names}
also_copy = ["generated", "specs"]
pytest_add_cli_args_test_selection = {selected}
pytest_add_cli_args = {["-p", "no:cacheprovider", *(f"--deselect={test}" for test in deselected)]}
"""


def report(listed: str) -> int:
    """Print score and survivors."""
    states = {found["name"]: found["state"] for found in RESULT.finditer(listed)}
    killed = sum(state in {"killed", "timeout", "suspicious"} for state in states.values())
    known = {
        line.split()[0]: line.partition(" ")[2].strip()
        for line in KNOWN.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    alive = [name for name, state in states.items() if state in {"survived", "no tests"}]
    unexplained = [name for name in alive if name not in known]
    for name in alive:
        print(f"{states[name]}: {name}  {known.get(name, '(no reason given)')}")
    share = killed / len(states) if states else 0.0
    print(f"{len(states)} mutants, {killed} killed ({share:.1%}), {len(alive)} alive,")
    print(f"{len(alive) - len(unexplained)} of these known to change nothing")
    return bool(unexplained) or not states


if __name__ == "__main__":
    sys.exit(main())

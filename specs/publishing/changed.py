"""Follows up one changed specification: `python -m specs.publishing.changed unzer`.

Runs the linter, the generation, the house rules, the tests of facts, and the comparison with a
revision. A step that fails stops none of the others, so that one run shows everything. Then it
says what to edit next. `nox -s spec -- unzer` brings the tools.

Exit status 0: every step has passed, and the version fits the changes. 1: not so. 2: bad arguments.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs

from specs.publishing import PublishingError
from specs.publishing.breaking.check import Result, check
from specs.publishing.breaking.report import markdown
from specs.publishing.snapshots import ROOT, Snapshot, at

PYTEST: Final = (sys.executable, "-m", "pytest", "-q", "-n", str(os.cpu_count() or 1))
FACTS: Final = (
    "tests/publishing/artefacts/test_outcomes.py",
    "tests/provider/test_evidence_by_provider.py",
)
"""The tests of what is read from every specification."""

PROVIDERS: Final = {
    "bento": (
        "provider/test_interpret_bento",
        "provider/test_read_back_bento",
        "sandbox/test_bento",
    ),
    "pace-fueling": (
        "provider/test_interpret_pace",
        "provider/test_read_back_fueling",
        "sandbox/test_pace",
    ),
    "pace-pay": ("provider/test_interpret_pace", "sandbox/test_pace"),
    "unzer": (
        "provider/test_interpret_unzer",
        "provider/test_read_back_unzer",
        "sandbox/test_unzer",
    ),
    "vtex": ("provider/test_interpret_vtex", "sandbox/test_vtex"),
}
"""The tests of what an API's answers prove, and of the sandbox that gives them."""

PLACES: Final = {
    "field": ("response-field-added", "response-field-added-required", "request-field-added"),
    "status": ("response-added", "response-added-success"),
    "operation": ("operation-added",),
}
"""What CONTRIBUTING.md has a table of files for, and the kinds of change that are such a thing."""


@attrs.frozen
class Step:
    """A command, and what to edit where it fails."""

    name: str
    command: tuple[str, ...]
    mend: str


@attrs.frozen
class Done:
    """How a step ended."""

    step: Step
    passed: bool
    printed: str
    seconds: float


def steps(api: str) -> tuple[Step, ...]:
    """The steps for an API, in their order."""
    facts = (*FACTS, *(f"tests/{name}.py" for name in PROVIDERS[api]))
    spec = f"specs/{api}.yaml"
    return (
        Step("lint", (sys.executable, "-m", "specs.publishing.lint"), f"{spec}, where it points"),
        Step(
            "generate",
            (sys.executable, "specs/codegen/generate.py"),
            f"{spec}, which a generator refuses; never generated/ itself",
        ),
        Step(
            "house rules",
            (*PYTEST, "tests/specs"),
            f"{spec}; where the rule reads sources, tests/specs/test_source_facts.py",
        ),
        Step(
            "facts",
            (*PYTEST, *facts),
            f"overlay/countermand/{api.replace('-', '_')}.py, its simulator, or the table of the"
            " test that fails",
        ),
    )


def carry_out(step: Step) -> Done:
    """Run a step's command in the repository."""
    began = time.monotonic()
    done = subprocess.run(step.command, cwd=ROOT, capture_output=True, text=True, check=False)
    printed = done.stdout + done.stderr
    return Done(step, done.returncode == 0, printed, time.monotonic() - began)


def next_edits(done: Iterable[Done], result: Result | None, files: Sequence[str]) -> Iterator[str]:
    """What to edit next, the most urgent first."""
    for each in done:
        if not each.passed:
            yield f"{each.step.name} failed: edit {each.step.mend}"
    if result is None:
        return
    for problem in result.problems:
        yield f"specs/{result.api}.yaml and specs/changelogs/{result.api}.md: {problem}"
    kinds = {change.kind for change in result.changes}
    for name, signs in PLACES.items():
        if kinds.intersection(signs):
            yield f'a new {name}: CONTRIBUTING.md, "To change a specification", lists its files'
    if result.breaks:
        yield "it breaks callers: say in CHANGELOG.md what they have to do"
    if generated := [each for each in files if each.startswith("generated/")]:
        yield f"read and commit generated/, changed files: {len(generated)}"


def touched() -> list[str]:
    """The files that git sees as changed or new."""
    listed = subprocess.run(
        ("git", "status", "--porcelain", "--untracked-files=all"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line[3:].strip('"') for line in listed.stdout.splitlines()]


def main(given: Sequence[str] | None = None) -> int:
    """Run all steps, compare, say what is next, and return the exit status."""
    parser = argparse.ArgumentParser(prog="specs.publishing.changed", description=__doc__)
    parser.add_argument("api", choices=sorted(Snapshot(ROOT).apis), help="such as unzer")
    parser.add_argument("--base", default="HEAD", help="the revision to compare with")
    options = parser.parse_args(given)
    done = []
    for step in steps(options.api):
        done.append(carry_out(step))
        verdict = "passed" if done[-1].passed else "failed"
        sys.stdout.write(f"{step.name}: {verdict} in {done[-1].seconds:.0f} s\n")
        sys.stdout.flush()
    for each in done:
        if not each.passed:
            sys.stdout.write(f"\n== {each.step.name}\n{each.printed[-8000:]}\n")
    try:
        found = check(at(ROOT, options.base), Snapshot(ROOT))
    except PublishingError as error:
        sys.stdout.write(f"cannot compare: {error}\n")
        found = []
    result = next((each for each in found if each.api == options.api), None)
    sys.stdout.write("\n" + markdown([] if result is None else [result]))
    edits = [*next_edits(done, result, touched())]
    sys.stdout.write("\nNext:\n" + "".join(f"  {each}\n" for each in edits or ["nothing"]))
    failed = any(not each.passed for each in done)
    return 1 if failed or result is None or result.problems else 0


if __name__ == "__main__":
    sys.exit(main())

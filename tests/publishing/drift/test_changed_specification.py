"""A field, a status and an operation are added as CONTRIBUTING.md says, and nothing is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from attrs import field, frozen

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SPEC: Final = "specs/vtex.yaml"
CHANGELOG: Final = "specs/changelogs/vtex.md"
SOURCES: Final = "tests/specs/test_source_facts.py"
GAPS: Final = "tests/publishing/drift/expected_gaps.py"
ANSWERS: Final = "tests/publishing/drift/test_answer_checks.py"
NOBODY: Final = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.com")
FIELD: Final = """
        cancelledAt:
          type: string
          format: date-time
          description: When the provider cancelled it.
"""
STATUS: Final = """
        "409":
          description: Another request about the payment is under way.
          content: *refusal
"""
OPERATION: Final = """
  /payments/{paymentId}:
    get:
      operationId: getPayment
      tags: [payments]
      summary: Read a payment
      description: Shows what became of a payment.
      externalDocs: {url: "https://developers.vtex.com/docs/api-reference/payment-provider-protocol"}
      security:
        - appKey: []
          appToken: []
        - providerAppKey: []
          providerAppToken: []
      x-countermand:
        effect: read
        repeat: {effect: none, answer: same}
        read-back: []
        evidence:
          executed:
            - {status: 200, pointer: /paymentId, pattern: "[0-9A-Za-z]"}
          not-executed:
            - {status: 401, pointer: /message, pattern: "[0-9A-Za-z]"}
      parameters:
        - name: paymentId
          in: path
          required: true
          description: The id of the payment.
          schema: {type: string}
          example: F5C1A4E20D3B4E07B7E871F5B5BC9F91
      responses:
        "200":
          description: The payment.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/CancelPaymentResponse"}
              examples:
                cancelled: {$ref: "#/components/examples/Cancelled"}
        "401":
          description: The keys are missing or unknown to the provider.
          content: *refusal
        "500":
          description: The provider has failed.
          content: *refusal
"""

GAP: Final = """\
    ("vtex", "getPayment"): dict.fromkeys(("200", "401", "500"), _NO_FAILURE),
"""


@frozen
class Change:
    """What is written before which line of a file."""

    column: str
    """The column of the table in CONTRIBUTING.md."""
    edits: dict[str, tuple[tuple[str, str], ...]] = field()


CHANGES: Final = {
    "field": Change(
        "a new field of an answer",
        {SPEC: (("\n        cancellationId:\n          type: [string", FIELD),)},
    ),
    "status": Change(
        "a new status",
        {
            SPEC: (('\n        "500":\n', STATUS),),
            SOURCES: ((' 500 501"),\n', " 409"),),
            GAPS: (('"500": _NO_FAILURE},\n}\n', '"409": _NO_FAILURE, '),),
        },
    ),
    "operation": Change(
        "a new operation",
        {
            SPEC: (("\ncomponents:\n", OPERATION),),
            SOURCES: (
                ("}\n\nSERVERS", '    ("vtex", "getPayment"): "GET /payments/{paymentId}",\n'),
            ),
            GAPS: (
                (
                    "}\n\nEXPECTED_GAPS",
                    GAP,
                ),
            ),
        },
    ),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository with the files of this one, as they are."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name, follow_symlinks=False)
    tools = "specs/publishing/node_modules"
    (tmp_path / tools).symlink_to(ROOT / tools)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, *NOBODY, "commit", "--quiet", "--message", "State")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    """Run git there."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def python(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the copy's own code, and return its exit status and what it prints."""
    paths = (folder, *(folder / name for name in ("overlay", "operations", "generated")))
    done = subprocess.run(
        (sys.executable, *arguments),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def insert(path: Path, place: str, text: str) -> None:
    """Write something before the last place of that form in a file."""
    before, found, after = path.read_text(encoding="utf-8").rpartition(place)
    assert found, f"{path.name} has no {place!r}"
    path.write_text(before + text.removesuffix("\n") + found + after, encoding="utf-8")


def raise_version(folder: Path) -> None:
    """Give the specification a minor version, and its changelog an entry."""
    spec, changelog = folder / SPEC, folder / CHANGELOG
    text = spec.read_text(encoding="utf-8")
    older = text.partition("\n  version: ")[2].partition("\n")[0]
    major, minor, _ = older.split(".")
    newer = f"{major}.{int(minor) + 1}.0"
    spec.write_text(text.replace(f"version: {older}", f"version: {newer}", 1), encoding="utf-8")
    entry = f"## [{newer}] - 2030-01-01\n\n### Added\n\n- What a test adds.\n\n"
    log = changelog.read_text(encoding="utf-8")
    changelog.write_text(log.replace(f"## [{older}]", f"{entry}## [{older}]", 1), encoding="utf-8")


def always(column: str) -> set[str]:
    """The files that the table names for such a change, and says that they always change."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.partition("These files change.")[2].partition("##")[0].splitlines()
        if line.startswith("|")
    ]
    place = rows[0].index(column)
    named = [row[0] for row in rows[2:] if row[place].startswith("always")]
    names = [name for cell in named for name in cell.split("`")[1::2]]
    return {name.replace("<api>", "vtex").rstrip("/") for name in names}


@pytest.mark.exhaustive
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_added_as_the_page_says_is_whole(copy: Path, change: Change) -> None:
    """With the files of the table it is green, and no other file has to be touched."""
    for place, text in change.edits[SPEC]:
        insert(copy / SPEC, place, text)
    raise_version(copy)
    for name, edits in change.edits.items():
        for place, text in edits if name != SPEC else ():
            insert(copy / name, place, text)
    status, printed = python(copy, "-m", "specs.publishing.changed", "vtex")
    assert status == 0, printed
    status, printed = python(
        copy, "-m", "pytest", "-q", "tests/publishing/drift/test_answer_checks.py"
    )
    assert status == 0, printed
    edited = git(copy, "diff", "--name-only", "HEAD").split()
    named = always(change.column)
    assert {name for name in edited if not name.startswith("generated/")} <= named
    assert {*change.edits, CHANGELOG} <= named
    assert any(name.startswith("generated/") for name in edited)

"""What the workflows may do: the schema checks their form, these check what a form cannot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / ".github/workflows"
FILES = sorted(FOLDER.iterdir())
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
EVENTS = {"push", "pull_request", "workflow_dispatch"}
WRITERS = {("regenerate", "push", "contents"), ("regenerate", "push", "actions")}

every_workflow = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def unpinned(text: str) -> list[str]:
    """The uses of an action that name no commit, or no release beside it."""
    uses = [line.strip().removeprefix("- ") for line in text.splitlines() if "uses:" in line]
    return [line for line in uses if not PINNED.fullmatch(line)]


def writers(name: str, workflow: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Which job may write what."""
    return {
        (name, job, scope)
        for job, content in workflow["jobs"].items()
        for scope, right in content.get("permissions", {}).items()
        if right != "read"
    }


@every_workflow
def test_every_action_is_pinned_to_a_commit(path: Path) -> None:
    """A tag can be moved; a commit cannot, and the release beside it tells people what it is."""
    assert unpinned(path.read_text(encoding="utf-8")) == []


@every_workflow
def test_no_workflow_runs_foreign_code_with_rights(path: Path) -> None:
    """No event that hands a fork's code our secrets, nothing allowed by default, few writers."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    events = workflow[True]  # YAML 1.1 reads the key `on` as a truth value
    assert set(events) <= EVENTS
    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())
    assert writers(path.stem, workflow) <= WRITERS


@pytest.mark.parametrize(
    "line", ["uses: actions/checkout@main", "uses: actions/checkout@v6", f"uses: a/b@{'0' * 40}"]
)
def test_an_action_that_is_not_pinned_is_found(line: str) -> None:
    """The check can fail."""
    assert unpinned(f"      - {line}\n") == [line]


def test_a_job_that_may_write_is_found() -> None:
    """The check can fail."""
    workflow = {"jobs": {"publish": {"permissions": {"contents": "write", "actions": "read"}}}}
    assert writers("tests", workflow) == {("tests", "publish", "contents")}

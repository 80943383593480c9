"""What is published at a version's address keeps its bytes, whatever they mean."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.publishing.breaking.repositories import Repository, document, entry, repository

WORKFLOW = "arazzo: 1.0.1\ninfo: {title: Toy, version: 1.2.3}\n"


def spec(made: Repository) -> Path:
    """The file of the specification."""
    return made.root / "specs/toy.yaml"


def edited(edit: Callable[[bytes], bytes]) -> Callable[[Repository], object]:
    """Edit it byte by byte."""
    return lambda made: spec(made).write_bytes(edit(spec(made).read_bytes()))


@pytest.mark.parametrize(
    "change",
    [
        edited(lambda content: b"# A comment.\n" + content),
        edited(lambda content: content + b"\n"),
        edited(lambda content: content.replace(b"version: 1.2.3", b"version: '1.2.3'")),
        edited(lambda content: content.replace(b"title: Things", b"title: &a Things")),
        lambda made: made.write(dict(reversed(document().items()))),
    ],
    ids=["comment", "empty-line", "quotes", "anchor", "order"],
)
def test_another_layout_of_a_version_is_due_a_patch(
    change: Callable[[Repository], object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checksums would no longer fit what somebody has downloaded."""
    made = repository(tmp_path)
    change(made)
    status, (judged,) = made.compare(capsys)
    assert (status, judged["due"], judged["breaking"]) == (1, "1.2.4", [])
    assert [change["kind"] for change in judged["changes"]] == ["layout-changed"]


def test_another_layout_is_worth_a_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not raised for nothing."""
    made = repository(tmp_path)
    edited(lambda content: b"# A comment.\n" + content)(made)
    edited(lambda content: content.replace(b"version: 1.2.3", b"version: 1.2.4"))(made)
    made.log(entry("1.2.4", "Layout.") + entry("1.2.3"))
    status, (judged,) = made.compare(capsys)
    assert (status, judged["problems"]) == (0, [])


@pytest.mark.parametrize(
    ("after", "kind", "due"),
    [
        (WORKFLOW.replace("Toy", "Toys"), "workflow-changed", "1.2.4"),
        (None, "workflow-removed", "2.0.0"),
    ],
)
def test_a_workflow_belongs_to_the_version(
    after: str | None,
    kind: str,
    due: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is published beside the specification, at the same address."""
    made = repository(tmp_path)
    made.workflow(WORKFLOW)
    made.commit()
    made.workflow(after)
    status, (judged,) = made.compare(capsys)
    assert (status, judged["due"]) == (1, due)
    assert [change["kind"] for change in judged["changes"]] == [kind]
    assert bool(judged["breaking"]) is (kind == "workflow-removed")


def test_a_first_workflow_is_due_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A specification is not published before it has one."""
    made = repository(tmp_path)
    made.workflow(WORKFLOW)
    status, (judged,) = made.compare(capsys)
    assert (status, judged["level"], judged["problems"]) == (0, "none", [])


def test_windows_line_ends_are_nothing_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Git turns them on checkout, in specifications, workflows and changelogs."""
    made = repository(tmp_path)
    made.workflow(WORKFLOW)
    made.commit()
    for path in (made.root / "specs").rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    status, (judged,) = made.compare(capsys)
    assert (status, judged["changes"], judged["problems"]) == (0, [], [])

"""Every kind of change gets its verdict: breaking or not, for whom, and which version is due."""

from typing import Any

import pytest

from specs.publishing.breaking.verdicts import VERDICTS, Level
from tests.publishing.breaking import (
    cases_of_additions,
    cases_of_bodies,
    cases_of_operations,
    cases_of_references,
)
from tests.publishing.breaking.changes import MAJOR, MINOR, PATCH, Case
from tests.publishing.breaking.repositories import Repository, document, entry, repository

CASES = [
    *cases_of_operations.CASES,
    *cases_of_bodies.CASES,
    *cases_of_additions.CASES,
    *cases_of_references.CASES,
]


def tidy(d: Any) -> None:
    """Remove schemas that nothing refers to any more, as the house rules demand."""
    while True:
        text = str(d)
        schemas = d["components"]["schemas"]
        left = [name for name in schemas if f"'#/components/schemas/{name}'" not in text]
        if not left:
            return
        for name in left:
            del schemas[name]


ENOUGH = [
    ("a security requirement is removed", MAJOR),
    ("an operation comes", MINOR),
    ("an operation comes", MAJOR),
    ("a description changes", PATCH),
    ("a description changes", MINOR),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """One repository whose working tree every case overwrites."""
    return repository(tmp_path_factory.mktemp("repository"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_the_change_gets_its_verdict(
    case: Case, shared: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seen as what it is, breaking for those and no others, and refused without a new version."""
    changed = document()
    case.change(changed)
    tidy(changed)
    shared.write(changed)
    shared.log(entry("1.2.3"))
    status, (judged,) = shared.compare(capsys)
    kinds = {change["kind"] for change in judged["changes"]}
    assert kinds == set(case.kinds.split())
    assert [o for o in judged["redocly"] if o["due"] != "patch"] == []
    broken = set(judged["breaking"])
    assert broken == set(case.breaks.split())
    assert judged["due"] == case.due
    assert (status, judged["after"]) == (1, "1.2.3")
    assert any(case.due in problem for problem in judged["problems"])


@pytest.mark.parametrize(("name", "level"), ENOUGH)
def test_the_due_version_with_an_entry_is_enough(
    name: str, level: str, shared: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same change passes once its version is raised as asked and its changelog says so."""
    (case,) = (case for case in CASES if case.name == name)
    changed = document()
    case.change(changed)
    changed["info"]["version"] = level
    shared.write(changed)
    shared.log(entry(level) + entry("1.2.3"))
    status, (judged,) = shared.compare(capsys)
    assert (status, judged["problems"]) == (0, [])


def test_breaking_is_what_breaks_somebody() -> None:
    """No kind is breaking for nobody, and none breaks somebody without a major version."""
    for kind, verdict in VERDICTS.items():
        assert bool(verdict.breaks) is (verdict.due is Level.MAJOR), kind
        assert verdict.why


def test_every_kind_has_been_seen() -> None:
    """No verdict stands in the table that nothing leads to; whole files have tests of their own."""
    seen = {kind for case in CASES for kind in case.kinds.split()}
    assert set(VERDICTS) - seen == {
        "api-removed",
        "api-renamed",
        "layout-changed",
        "workflow-changed",
        "workflow-removed",
    }

"""The report in its three forms, and what it makes of text that somebody else wrote."""

import json
from pathlib import Path
from typing import Any

import pytest

from specs.publishing.breaking import report
from specs.publishing.breaking.__main__ import main
from specs.publishing.breaking.judgement import Judgement
from specs.publishing.breaking.redocly import OVERRULED, Opinion, read, unmatched
from specs.publishing.breaking.verdicts import VERDICTS, Change, Level
from specs.publishing.breaking.versions import Version
from tests.publishing.breaking.repositories import Repository, document, entry, repository

OPINION = Opinion(("#/paths/~1a/get/x/y",), "enum-values-added", "Gained.", Level.MAJOR)


def changed(root: Path) -> Repository:
    """A repository with a change that breaks, and one that does not."""
    made = repository(root)
    newer = document()
    newer["paths"]["/things/{thingId}/cancels"]["post"]["x-countermand"]["repeat"].update(
        effect="again"
    )
    newer["info"]["description"] = "See @somebody | <b>bold</b>\nand more."
    made.write(newer)
    return made


def test_the_text_says_what_breaks_whom_and_what_is_due(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything that is needed to mend it, on a terminal."""
    assert main(["HEAD", "--root", str(changed(tmp_path).root)]) == 1
    said = capsys.readouterr().out
    assert "toy: 1.2.3 → 1.2.3, due 2.0.0, breaking for callers who repeat" in said
    assert "major  repeat-worse" in said
    assert "unknown → again" in said
    assert "WRONG  the version is 1.2.3; it has to be 2.0.0 or higher (major)" in said


def test_markdown_cannot_be_broken_by_what_a_specification_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report is posted with the project's name; no markup and no mention passes."""
    output = tmp_path / "report.md"
    asked = ["HEAD", "--root", str(changed(tmp_path / "r").root), "--format", "markdown"]
    assert main([*asked, "--output", str(output)]) == 1
    said = output.read_text(encoding="utf-8")
    assert capsys.readouterr().out == ""
    assert "| major | repeat-worse: unknown → again |" in said
    assert "@somebody" not in said
    assert "<b>" not in said
    rows = [line for line in said.splitlines() if line.startswith("| ")]
    assert {row.replace("\\|", "").count("|") for row in rows} == {6}


def test_the_same_change_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reports can be compared."""
    made = changed(tmp_path)
    first = made.compare(capsys)
    assert first == made.compare(capsys)


def test_a_report_of_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No table without rows."""
    made = repository(tmp_path)
    assert main(["HEAD", "--root", str(made.root), "--format", "markdown"]) == 0
    assert capsys.readouterr().out == "## The specifications\n\nNothing changed.\n"


def test_the_second_judge_is_heard_where_ours_is_silent() -> None:
    """A verdict of Redocly's that nothing of ours answers stands in every form of the report."""
    judged = Judgement("toy", Version(1, 0, 0), Version(1, 0, 0), None, (), (OPINION,), ())
    assert judged.level is Level.MAJOR
    assert judged.breaks
    assert "enum-values-added" in report.text([judged])
    assert "| major | Gained. |" in report.markdown([judged])
    assert json.loads(report.as_json([judged]))[0]["redocly"][0]["rule"] == "enum-values-added"


@pytest.mark.parametrize(
    ("pointer", "kind", "left"),
    [
        ("#/paths/~1a/get/x/y", "unclassified", 0),
        ("#/paths/~1a/get", "unclassified", 0),
        ("#/paths/~1a/get/x/y/z", "unclassified", 0),
        ("#/paths/~1a/get/x/y", "open-enum-value-added", 0),
        ("#/paths/~1a/get/x/y", "text-changed", 1),
        ("#/paths/~1a/get/x/yy", "unclassified", 1),
        ("#/paths/~1b", "unclassified", 1),
        ("#", "api-renamed", 1),
    ],
)
def test_a_verdict_is_answered_at_its_place_or_not_at_all(
    pointer: str, kind: str, left: int
) -> None:
    """Something grave elsewhere does not hide it, and something mild here does not either."""
    assert len(unmatched([OPINION], [Change(pointer, kind)])) == left


def test_a_rule_of_redoclys_that_is_new_is_about_everybody() -> None:
    """What nobody has thought about is taken for the worst."""
    verdict = {"ruleId": "brand-new", "message": "New.", "impact": "major"}
    node: dict[str, Any] = {"path": "#/paths", "base": {"pointer": "#/p"}, "verdicts": [verdict]}
    (found,) = read({"changes": [node]})
    assert len(found.breaks) == 5
    assert found.pointers == ("#/p", "#/paths")


def test_whatever_overrules_redocly_has_a_reason_and_is_a_kind() -> None:
    """Mildness is written down."""
    for (_, kind), reason in OVERRULED.items():
        assert kind in VERDICTS
        assert reason


def test_the_readme_explains_every_audience() -> None:
    """A report speaks of nobody that the policy does not speak of."""
    policy = (Path(__file__).parents[3] / "specs/README.md").read_text(encoding="utf-8")
    for verdict in VERDICTS.values():
        for audience in verdict.breaks:
            assert audience.value in policy


def test_an_entry_is_found_by_its_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unreleased notes may stand above, and older entries below."""
    made = repository(tmp_path)
    text = "# Changelog\n\n## [Unreleased]\n\n- Soon.\n\n" + entry("1.2.3") + entry("1.0.0")
    made.log(text)
    assert made.compare(capsys)[0] == 0

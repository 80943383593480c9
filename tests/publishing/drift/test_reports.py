"""What is printed about drift, and when the command fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from specs.publishing.drift import har, redocly
from specs.publishing.drift.__main__ import compare, main
from specs.publishing.drift.judge import judge
from specs.publishing.drift.report import lines
from specs.publishing.drift.unseen import CANNOT_BE_SEEN, stale, unseen

if TYPE_CHECKING:
    from pathlib import Path

    from specs.publishing.drift.described import Description
    from specs.publishing.drift.recorder import Tape

Entry = dict[str, Any]


def test_the_command_compares_a_file(
    tape: Tape, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a recording that somebody made: nothing drifts, by either judge."""
    har.write(tmp_path / "traffic.har", tape.exchanges)
    assert main([str(tmp_path / "traffic.har")]) == 0
    printed = capsys.readouterr().out
    assert "seen and not described: 0" in printed
    assert "the same by Redocly: 0" in printed


def test_drift_fails_the_command(
    entries: list[Entry], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And both judges name it."""
    entry = next(e for e in entries if e["response"]["status"] == 202)
    text = entry["response"]["content"]["text"]
    entry["response"]["content"]["text"] = text.replace('"AuthVoided"', '"Evaporated"')
    assert compare(entries, tmp_path, complete=False) == 1
    printed = capsys.readouterr().out
    assert "1 x bento cancelTransaction 202, response body: data/state: 'Evaporated'" in printed
    assert "the same by Redocly: 1" in printed


def test_what_was_not_seen_fails_a_complete_run_only(
    descriptions: dict[str, Description], bases: dict[str, str]
) -> None:
    """No traffic at all: nothing drifts, and nothing was shown."""
    judgement = judge([], descriptions, bases)
    for complete in (True, False):
        text, wrong = lines(descriptions, judgement, {}, complete=complete)
        assert wrong is complete
    assert any(line.endswith("vtex cancelPayment 200: WHY NOT?") for line in text)


def test_the_rounds_leave_out_only_what_the_tests_of_the_sandbox_show(
    entries: list[Entry], descriptions: dict[str, Description], bases: dict[str, str]
) -> None:
    """And everything that cannot be seen is described, and is not seen."""
    seen = judge(entries, descriptions, bases).seen
    assert stale(seen) == []
    described = set(unseen(descriptions, frozenset()))
    excused = {(*key, status) for key, reasons in CANNOT_BE_SEEN.items() for status in reasons}
    assert excused <= described


def test_an_excuse_for_what_is_seen_fails(
    entries: list[Entry],
    descriptions: dict[str, Description],
    bases: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The list cannot outlive its reasons."""
    excuses = {("vtex", "cancelPayment"): {"200": "nobody succeeds"}}
    monkeypatch.setattr("specs.publishing.drift.unseen.CANNOT_BE_SEEN", excuses)
    text, wrong = lines(descriptions, judge(entries, descriptions, bases), {}, complete=False)
    assert wrong
    assert "  vtex cancelPayment 200: seen, so there is no excuse" in text


def test_the_second_judge_must_look_at_everything(
    entries: list[Entry], descriptions: dict[str, Description], tmp_path: Path
) -> None:
    """A report that is missing, or that skipped something, is no acquittal."""
    broken = [e for e in entries if "/vtex/" in e["request"]["url"]]
    broken[0]["request"]["url"] += "/../.."
    broken[0]["request"].pop("method")
    with pytest.raises(redocly.UnusableError):
        redocly.problems(descriptions["vtex"], broken, tmp_path)

"""What `nox -s spec` says is to be edited next."""

from __future__ import annotations

from typing import Any

import pytest

from specs.publishing.breaking.check import Result
from specs.publishing.breaking.verdicts import Change
from specs.publishing.changed import PROVIDERS, ROOT, Done, main, next_edits, steps


def done(*failed: str) -> list[Done]:
    """All steps, some of them failed."""
    return [Done(each, each.name not in failed, "", 0.0) for each in steps("unzer")]


def result(*kinds: str, problems: tuple[str, ...] = ()) -> Result:
    """A comparison that has found changes of those kinds."""
    changes = tuple(Change(f"#/{kind}", kind) for kind in kinds)
    return Result("unzer", None, None, None, changes, problems)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ((done(), None, []), []),
        ((done(), result("text-changed"), []), []),
        ((done("lint"), result(), []), ["lint failed: edit specs/unzer.yaml, where it points"]),
        (
            (done(), result(problems=("the version is too low",)), []),
            ["specs/unzer.yaml and specs/changelogs/unzer.md: the version is too low"],
        ),
        (
            (done(), result("response-added"), ["generated/a.py", "specs/unzer.yaml"]),
            [
                'a new status: CONTRIBUTING.md, "To change a specification", lists its files',
                "read and commit generated/, changed files: 1",
            ],
        ),
        (
            (done(), result("operation-removed"), []),
            ["it breaks callers: say in CHANGELOG.md what they have to do"],
        ),
    ],
)
def test_the_next_edit_follows_from_what_was_found(
    given: tuple[Any, Any, list[str]], wanted: list[str]
) -> None:
    """A failed step first, then version and changelog, then what callers have to know."""
    assert [*next_edits(*given)] == wanted


def test_every_step_runs_tests_that_exist() -> None:
    """Of each API, every table of what its answers prove; two APIs of PACE share one."""
    ran = set()
    for api in PROVIDERS:
        (facts,) = (each for each in steps(api) if each.name == "facts")
        ran |= {each for each in facts.command if each.startswith("tests/")}
    assert all((ROOT / each).is_file() for each in ran)
    tables = {*ROOT.glob("tests/provider/test_interpret_*.py")}
    tables |= {*ROOT.glob("tests/provider/test_read_back_*.py")}
    known = {ROOT / each for each in ran}
    of_all = {"test_interpret_is_total.py", "test_read_back_at_sandbox.py"}
    assert {each.name for each in tables - known} == of_all
    assert PROVIDERS.keys() == {each.stem for each in ROOT.glob("specs/*.yaml")}


def test_an_unknown_api_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The right names stand in the message."""
    with pytest.raises(SystemExit, match="2"):
        main(["adyen"])
    assert "pace-fueling" in capsys.readouterr().err

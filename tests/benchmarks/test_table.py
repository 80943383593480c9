"""Ratios, the comparison with the committed table, and what is written of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import __main__ as command
from benchmarks import figures, races, report, starts
from benchmarks.instructions import CONTENDERS, Counted
from benchmarks.memory import LongRun, Memory
from benchmarks.ratios import Spread, ratio, spread
from benchmarks.table import (
    BEGIN,
    BEGIN_LEDGER,
    END,
    figures_table,
    into_page,
    middle,
    race_table,
    shown,
    twice,
    worsened,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMITTED = {"CPU": 0.50, "errors": 0.0}


def batch(cpu: float, errors: int = 0) -> dict[str, Any]:
    """What a driver tells of a batch."""
    return {"cpu": cpu, "wall": 2 * cpu, "p50": cpu, "p99": 3 * cpu, "errors": errors}


def run(race: races.Race, ours: float, theirs: float, errors: int = 0) -> races.Run:
    """A race of four rounds in which every client but ours takes the same time."""
    rounds = {
        each.name: [batch(ours, errors) if each.name == "countermand" else batch(theirs)] * 4
        for each in race.contenders
    }
    return races.Run(race, rounds)


def test_a_ratio_is_taken_in_each_round() -> None:
    """A round in which the whole machine was slow changes nothing."""
    assert ratio([1.0, 2.0, 30.0], [2.0, 4.0, 60.0]) == Spread(0.5, 0.5, 0.5)
    assert spread([4.0, 1.0, 3.0, 2.0, 5.0]) == Spread(3.0, 2.0, 4.0)
    assert spread([7.0]) == Spread(7.0, 7.0, 7.0)


def test_a_ratio_needs_both_sides_of_every_round() -> None:
    """A client that missed a round is not compared with the wrong ones."""
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("measured", "worse"),
    [
        ({"CPU": 0.50, "errors": 0.0}, []),
        ({"CPU": 0.57, "errors": 0.0}, []),
        ({"CPU": 0.58, "errors": 0.0}, ["CPU"]),
        ({"CPU": 0.10, "errors": 1.0}, ["errors"]),
        ({"CPU": 0.10}, ["errors"]),
        ({"CPU": 9.0, "errors": 9.0, "new": 9.0}, ["CPU", "errors"]),
    ],
)
def test_a_figure_is_worse_when_it_exceeds_the_table_by_15_percent(
    measured: dict[str, float], worse: list[str]
) -> None:
    """One more error than none is worse, and so is a figure that is no longer measured."""
    assert list(worsened(measured, COMMITTED)) == worse


def test_a_run_fails_only_where_the_same_figure_is_worse_again() -> None:
    """Another figure the second time is noise."""
    assert twice({"a": "2; the table has 1"}, {"b": "3"}) == {}
    assert twice({"a": "2", "b": "2"}, {"b": "3"}) == {"b": "2, then 3"}


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[Any]]:
    """Let the short form find these values, run after run, and know a table with 0.5."""
    table = tmp_path / "table.json"
    monkeypatch.setattr(report, "TABLE", table)
    report.write_table({"f": 0.5}, "valgrind")
    asked: list[Any] = []

    def find(*values: float) -> list[Any]:
        coming = iter(values)

        def short(_stage: object, _interpreters: object, wanted: Any = None) -> list[Any]:
            asked.append(wanted)
            value = next(coming)
            return [
                figures.Figure(name="f", value=Spread(value, value, value), goal=1.0, source="s")
            ]

        monkeypatch.setattr(command, "short", short)
        return asked

    return find


@pytest.mark.parametrize(
    ("values", "status", "asked"),
    [
        ((0.5,), 0, [None]),
        ((0.6, 0.5), 0, [None, {"s"}]),
        ((0.6, 0.6), 1, [None, {"s"}]),
    ],
)
def test_the_short_form_measures_again_before_it_fails(
    measured: Callable[..., list[Any]], values: tuple[float, ...], status: int, asked: list[Any]
) -> None:
    """And only what was worse."""
    seen = measured(*values)
    nothing: Any = None
    assert command.compare(nothing, nothing) == status
    assert seen == asked


def test_another_python_is_not_compared(
    measured: Callable[..., list[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said, so that nobody takes it for a pass."""
    measured(9.0)
    content = report.read_table()
    content["machine"]["python"] = "3.10.1"
    report.TABLE.write_text(json.dumps(content), encoding="utf-8")
    nothing: Any = None
    assert command.compare(nothing, nothing) == 0
    assert "NOT COMPARED" in capsys.readouterr().out


def test_a_figure_that_the_table_lacks_fails(
    measured: Callable[..., list[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing would ever compare it."""
    measured(0.5)
    content = report.read_table()
    content["figures"] = {}
    report.TABLE.write_text(json.dumps(content), encoding="utf-8")
    nothing: Any = None
    assert command.compare(nothing, nothing) == 1
    assert "NOT IN THE TABLE, which has to be renewed: f" in capsys.readouterr().out


def test_every_gated_figure_of_the_short_form_stands_in_the_committed_table() -> None:
    """And nothing else does, so that neither side can lose one in silence."""
    runs = {race.name: run(race, 1.0, 2.0) for race in races.SHORT}
    started = [{"cpu": 1.0, "resident": 1}] * 4
    found = [
        *figures.of_races(runs),
        *figures.of_starts(dict.fromkeys(starts.SHORT, started)),
        *figures.of_memory(Memory(1.0, 1.0)),
        *figures.of_instructions(
            Counted(
                calls=dict.fromkeys((each.name for each in CONTENDERS), 1.0),
                starts=dict.fromkeys(starts.SHORT, 1.0),
            )
        ),
    ]
    assert command.gated(found).keys() == report.read_table()["figures"].keys()


def test_figures_that_cannot_be_measured_here_are_told_and_not_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a counter of instructions, the others still are; with it, all of them are."""
    committed = report.read_table()["figures"]
    version = tuple(report.read_table()["machine"]["python"].split("."))
    monkeypatch.setattr(command.platform, "python_version_tuple", lambda: version)
    monkeypatch.setattr(command, "counter", lambda: ("valgrind",))
    assert command.comparable() == committed
    monkeypatch.setattr(command, "counter", lambda: None)
    assert len(committed) - len(command.comparable()) == 4
    assert "NOT COMPARED: instructions" in capsys.readouterr().out
    monkeypatch.setattr(command.platform, "python_version_tuple", lambda: ("2", "7", "18"))
    assert command.comparable().keys() == {
        "async, 50 at a time: errors",
        "async, 1,000 at a time: errors",
    }
    assert "NOT COMPARED, except errors: the table was written by Python" in capsys.readouterr().out


def test_instructions_are_compared_with_a_client_that_opens_connections_too() -> None:
    """A client that could not be counted has no figure."""
    calls = {"countermand": 3.0, "httpx, fresh connection": 4.0, "httpx, kept connection": 2.0}
    (found,) = figures.of_instructions(Counted(calls=calls))
    assert (found.value.median, found.gated) == (0.75, True)
    assert list(figures.of_instructions(Counted(calls={"countermand": 3.0}))) == []


def test_the_figures_of_a_race() -> None:
    """Half the CPU is 0.5; every error counts; a crowd tells its slow calls."""
    race = next(race for race in races.FULL if race.at_once == 1000)
    values = {each.name: each for each in figures.of_races({race.name: run(race, 1.0, 2.0, 2)})}
    assert values["async, 1,000 at a time: errors"].value.median == 8.0
    assert values["async, 1,000 at a time: p99 ÷ p50"].value.median == 3.0
    assert not values["async, 1,000 at a time: p99 ÷ p50"].gated
    sync = {each.name: each for each in figures.of_races({races.SYNC.name: run(races.SYNC, 1, 2)})}
    assert sync["sync cancel, plain: CPU ÷ httpx, kept connection"].value.median == 0.5


def test_a_crowd_in_which_every_call_failed_has_errors_and_no_latencies() -> None:
    """The table says so and does not break."""
    race = races.THOUSAND
    dead = {"cpu": 1.0, "wall": 1.0, "p50": None, "p99": None, "errors": 1000}
    ran = races.Run(race, {each.name: [dead] * 3 for each in race.contenders})
    assert [each.name for each in figures.of_races({race.name: ran})] == [f"{race.name}: errors"]
    assert "| n/a | n/a | 3000 |" in race_table(ran)


def test_growth_is_measured_once_the_memory_of_keys_is_full() -> None:
    """The first chunks fill it."""
    found = LongRun((1.0, 1.0, 1.0, 2.0, 2.0, 2.0), (10, 50, 51, 52, 53, 54))
    assert (found.cpu_growth, found.memory_growth) == (2.0, 4.0)


def test_a_table_says_which_goals_are_not_met() -> None:
    """And shows the quartiles."""
    worse = figures.Figure(name="f", value=Spread(1.0, 0.9, 1.1), goal=0.5, source="s")
    assert figures_table([worse]).splitlines()[-1] == (
        "| f | ≤ 0.5 | 1.00 (0.90 to 1.10) | **not met** | n/a |"
    )
    told = figures.Figure(name="g", value=Spread(25.0, 25.0, 25.0), goal=None, source="s")
    assert figures_table([told]).splitlines()[-1] == "| g | n/a | 25.0 | n/a | n/a |"
    assert shown(told.value) == "25.0"


def test_a_rival_that_could_not_be_installed_is_told() -> None:
    """Its line says why."""
    race = races.ONE
    ran = races.Run(race, {race.baseline: [batch(1.0)] * 3}, {"aiohttp": "cannot be installed: x"})
    assert "| aiohttp | not measured: cannot be installed: x |" in race_table(ran)


def test_a_page_gets_its_tables_between_the_markers() -> None:
    """What stands around them stays; a page without markers is refused."""
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert into_page(page, "new\n") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    for marker in (BEGIN, BEGIN_LEDGER):
        changed = into_page(report.PAGE.read_text(encoding="utf-8"), "new", marker)
        assert f"{marker}\n\nnew\n\n{END}\n" in changed
        assert changed.count(END) == 2
    with pytest.raises(ValueError, match="lacks"):
        into_page("no markers", "new")


def test_the_committed_table_is_the_middle_of_several_runs() -> None:
    """One unlucky run does not set the bar."""
    assert middle([{"f": 1.0}, {"f": 9.0}, {"f": 2.0}]) == {"f": 2.0}

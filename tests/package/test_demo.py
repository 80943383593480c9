"""The demo tells the truth, and fails where the truth is bad."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from decimal import Decimal

import attrs
import pytest

from countermand import Advice, Client, OutcomeUnknown, unzer
from countermand.sandbox import FaultProxy, Sandbox, demo
from countermand.sandbox._demo import scenarios
from countermand.sandbox._demo.report import HEADINGS, describe
from countermand.sandbox._demo.scenarios import SCENARIOS, PreparedScenario, Scenario
from countermand.sandbox.faults import Answer

LOST = "the first answer was lost"


def story(prepare: scenarios.Prepare) -> Scenario:
    """A story that the demo does not tell."""
    return Scenario(asked="a rogue", wrong="everything", prepare=prepare)


def cells(output: str) -> list[list[str]]:
    """The table's rows, cut where its rule says that the columns begin."""
    lines = output.splitlines()
    (rule,) = (number for number, line in enumerate(lines) if line.startswith("---"))
    starts = [0]
    for width in lines[rule].split("  ")[:-1]:
        starts.append(starts[-1] + len(width) + 2)
    ends = [*starts[1:], None]
    rows = lines[rule + 1 : lines.index("", rule)]
    return [
        [row[start:end].strip() for start, end in zip(starts, ends, strict=True)] for row in rows
    ]


def test_the_demo_shows_every_story_and_ends_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row for each story, with what was counted, and the exit status 0."""
    monkeypatch.delitem(sys.modules, demo.__name__)
    with pytest.raises(SystemExit) as end:
        runpy.run_module(demo.__name__, run_name="__main__")
    assert end.value.code == 0
    rows = cells(capsys.readouterr().out)
    assert [row[:2] for row in rows] == [[story.asked, story.wrong] for story in SCENARIOS]
    assert {row[3] for row in rows} == {"1"}


def test_the_table_says_what_became_of_each_lost_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """Resent where a repeat does no harm, looked up where there is a way, unknown elsewhere."""
    demo.main([story for story in SCENARIOS if story.wrong == LOST])
    told = {row[0].partition(":")[0]: row[2:] for row in cells(capsys.readouterr().out)}
    assert told == {
        "PACE Pay": ["2", "1", "receipt: cancelled"],
        "PACE Fueling": ["3", "1", "receipt: cancelled, looked up"],
        "Bento": ["1", "1", "unknown: ask the provider"],
        "Unzer": ["3", "1", "receipt: cancelled, looked up"],
        "VTEX provider": ["2", "1", "receipt: cancelled"],
    }


def test_the_user_without_a_linked_identity_is_asked_and_the_call_goes_through(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One request meets the missing identity, one goes through after the user has linked."""
    assert demo.main([SCENARIOS[-1]]) == 0
    (row,) = cells(capsys.readouterr().out)
    assert row[2:] == ["2", "1", "receipt: cancelled"]


def test_the_demo_runs_from_a_shell_in_plain_text_that_fits_a_screen() -> None:
    """`python -m countermand.sandbox.demo` prints at most 120 columns and no escape codes."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "countermand.sandbox.demo"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert all(heading in run.stdout for heading in HEADINGS)
    assert max(map(len, run.stdout.splitlines())) <= 120
    assert "\x1b" not in run.stdout


def cancelled_before(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """A part of the payment has been cancelled before countermand does the same again."""
    case = scenarios.at_unzer(sandbox, proxy)
    with Client(sandbox.account("unzer")) as client:
        client.cancel(case.cancellation, key="somebody else's")
    return case


def test_a_cancel_that_was_executed_twice_fails_the_demo(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The providers' count decides, whatever the receipt says."""
    assert demo.main([story(cancelled_before)]) == 1
    assert "WRONG: a rogue (everything): executed 2 times" in capsys.readouterr().out


def never_executed(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """Something in between says that all is well, and the provider never hears of it."""
    return attrs.evolve(scenarios.at_pace_pay(sandbox, proxy), faults=(Answer(204),))


def test_a_receipt_for_nothing_fails_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """A receipt and a count of zero cannot both be true."""
    assert demo.main([story(never_executed)]) == 1
    assert "a receipt for something that was not executed" in capsys.readouterr().out


def executed_before(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """Somebody else has cancelled already, and PACE Fueling answers a repeat with 404."""
    case = scenarios.at_pace_fueling(sandbox, proxy)
    with Client(sandbox.account("pace_fueling")) as client:
        client.cancel(case.cancellation)
    return case


def test_an_error_that_denies_an_execution_fails_the_demo(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An error that says "not cancelled" and a count of one cannot both be true."""
    assert demo.main([story(executed_before)]) == 1
    output = capsys.readouterr().out
    assert "error: NotFound" in output
    assert "called not cancelled, and yet it was executed" in output


def test_two_clients_that_differ_fail_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """What the blocking client meets, the asynchronous one must meet alike."""
    amounts = iter([Decimal("10.00"), Decimal("1000.00")])

    def unlike(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
        case = scenarios.at_unzer(sandbox, proxy)
        payment_id = case.payment.identifiers["payment_id"]
        cancellation = unzer.Cancellation(payment_id, amount=next(amounts))
        return attrs.evolve(case, cancellation=cancellation)

    assert demo.main([story(unlike)]) == 1
    assert "Client and AsyncClient differ" in capsys.readouterr().out


@pytest.mark.parametrize("advice", list(Advice))
def test_every_advice_has_its_words(advice: Advice) -> None:
    """No unknown outcome leaves the reader without a next step, and no two steps look alike."""
    words = {describe(OutcomeUnknown("no answer", advice=each)) for each in Advice}
    assert describe(OutcomeUnknown("no answer", advice=advice)).startswith("unknown: ")
    assert len(words) == len(Advice)

"""The demo reports the counts, and fails if they contradict the results."""

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


def scenario(prepare: scenarios.Prepare) -> Scenario:
    """A scenario that is not part of the demo."""
    return Scenario(action="a rogue", problem="everything", prepare=prepare)


def cells(output: str) -> list[list[str]]:
    """The table's rows, split at the columns of its rule."""
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


def test_the_demo_shows_every_scenario_and_ends_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row for each scenario, with what was counted, and the exit status 0."""
    monkeypatch.delitem(sys.modules, demo.__name__)
    with pytest.raises(SystemExit) as end:
        runpy.run_module(demo.__name__, run_name="__main__")
    assert end.value.code == 0
    rows = cells(capsys.readouterr().out)
    assert [row[:2] for row in rows] == [[each.action, each.problem] for each in SCENARIOS]
    assert {row[3] for row in rows} == {"1"}


def test_the_table_has_the_result_of_each_lost_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """Repeated where that is harmless, read back where a read is documented, else unknown."""
    demo.main([each for each in SCENARIOS if each.problem == LOST])
    results = {row[0].partition(":")[0]: row[2:] for row in cells(capsys.readouterr().out)}
    assert results == {
        "PACE Pay": ["2", "1", "receipt: cancelled"],
        "PACE Fueling": ["2", "1", "receipt: cancelled, read back"],
        "Bento": ["3", "1", "unknown: read the payment"],
        "Unzer": ["3", "1", "receipt: cancelled, read back"],
        "VTEX provider": ["2", "1", "receipt: cancelled"],
    }


def test_the_user_without_a_linked_identity_is_asked_and_the_call_goes_through(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One request meets the missing identity, one goes through after the user has linked."""
    assert demo.main([SCENARIOS[-1]]) == 0
    (row,) = cells(capsys.readouterr().out)
    assert row[2:] == ["2", "1", "receipt: cancelled"]


@pytest.fixture(scope="module")
def shell_run() -> subprocess.CompletedProcess[str]:
    """`python -m countermand.sandbox.demo`, in an environment whose proxies are all dead."""
    names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "countermand.sandbox.demo"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            **dict.fromkeys(names, "http://127.0.0.1:1"),
            "NO_PROXY": "",
            "no_proxy": "",
        },
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run


def test_the_demo_runs_from_a_shell_in_plain_text_that_fits_a_screen(
    shell_run: subprocess.CompletedProcess[str],
) -> None:
    """At most 120 columns, and no escape codes."""
    assert all(heading in shell_run.stdout for heading in HEADINGS)
    assert max(map(len, shell_run.stdout.splitlines())) <= 120
    assert "\x1b" not in shell_run.stdout


def test_the_demo_ignores_the_environment_s_proxies(
    shell_run: subprocess.CompletedProcess[str],
) -> None:
    """A company's proxy does not reach the loopback interface of this host."""
    assert {row[3] for row in cells(shell_run.stdout)} == {"1"}


def cancelled_before(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """The same part of the payment was already cancelled."""
    prepared = scenarios.at_unzer(sandbox, proxy)
    with Client(sandbox.account("unzer")) as client:
        client.cancel(prepared.cancellation, key="of another client")
    return prepared


def test_a_cancel_that_was_executed_twice_fails_the_demo(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The providers' count decides, not the receipt."""
    assert demo.main([scenario(cancelled_before)]) == 1
    assert "WRONG: a rogue (everything): executed 2 times" in capsys.readouterr().out


def never_executed(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """The proxy answers 204, and the provider receives nothing."""
    return attrs.evolve(scenarios.at_pace_pay(sandbox, proxy), faults=(Answer(204),))


def test_a_receipt_for_nothing_fails_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """A receipt and a count of zero cannot both be true."""
    assert demo.main([scenario(never_executed)]) == 1
    assert "a receipt for something that was not executed" in capsys.readouterr().out


def executed_before(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """Another client has already cancelled, and the provider has nothing left to cancel."""
    prepared = scenarios.at_vtex(sandbox, proxy)
    with Client(sandbox.account("vtex")) as client:
        client.cancel(prepared.cancellation)
    return prepared


def test_an_error_that_denies_an_execution_fails_the_demo(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An error that says "not cancelled" and a count of one cannot both be true."""
    assert demo.main([scenario(executed_before)]) == 1
    output = capsys.readouterr().out
    assert "error: Declined" in output
    assert "an error that says not cancelled, but it was executed" in output


def test_two_clients_that_differ_fail_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """Both clients must have the same result."""
    amounts = iter([Decimal("10.00"), Decimal("1000.00")])

    def unlike(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
        prepared = scenarios.at_unzer(sandbox, proxy)
        payment_id = prepared.payment.identifiers["payment_id"]
        cancellation = unzer.Cancellation(payment_id, amount=next(amounts))
        return attrs.evolve(prepared, cancellation=cancellation)

    assert demo.main([scenario(unlike)]) == 1
    assert "Client and AsyncClient differ" in capsys.readouterr().out


@pytest.mark.parametrize("number", range(len(SCENARIOS)))
def test_a_row_that_does_not_come_out_as_told_fails_the_demo(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each row tells its own result; here it tells another."""
    rogue = attrs.evolve(SCENARIOS[number], expected="receipt: already cancelled")
    assert demo.main([rogue]) == 1
    output = capsys.readouterr().out
    assert f"WRONG: {rogue.action} ({rogue.problem}): " in output
    assert "instead of 'receipt: already cancelled'" in output
    assert "each executed once" not in output


def unreachable(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """No request arrives, as behind a proxy that does not know the sandbox."""
    prepared = scenarios.at_pace_pay(sandbox, proxy)
    return attrs.evolve(prepared, account=sandbox.account("pace_pay", "http://127.0.0.1:1/pay"))


def test_a_row_that_executes_nothing_fails_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing contradicts nothing; yet nothing was shown."""
    assert demo.main([attrs.evolve(scenario(unreachable), expected="error: Unreachable")]) == 1
    assert "WRONG: a rogue (everything): not executed" in capsys.readouterr().out


@pytest.mark.parametrize("advice", list(Advice))
def test_every_advice_has_its_words(advice: Advice) -> None:
    """Every unknown outcome names a next step, and the steps differ."""
    texts = {describe(OutcomeUnknown("no answer", advice=each)) for each in Advice}
    assert describe(OutcomeUnknown("no answer", advice=advice)).startswith("unknown: ")
    assert len(texts) == len(Advice)

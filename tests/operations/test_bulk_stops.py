"""Bulk is interrupted and killed: nothing is cancelled twice, and the same command goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from countermand.sandbox import faults
from tests.operations.running import PROGRAM, Ran, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from countermand.sandbox import FaultProxy, Sandbox
    from countermand.sandbox.payments import Payment
    from tests.operations.conftest import Configure

ROWS = 40
TIME_LIMIT = 30.0
"""Seconds."""


@pytest.fixture
def payments(
    sandbox: Sandbox, proxy: FaultProxy, configure: Configure, home: Path
) -> list[Payment]:
    """Payments with a plan, behind a proxy."""
    configure("pace_pay", proxy=proxy, more="[ledger]\nlease = 1")
    made = [sandbox.create_payment("pace_pay") for _ in range(ROWS)]
    lines = [json.dumps({"transaction_id": each.identifiers["transaction_id"]}) for each in made]
    file = home / "payments.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert run("bulk", "plan", file, "--no-read", "--provider", "pace-pay").code == 0
    return [*made]


def order(home: Path, *options: object) -> tuple[object, ...]:
    """The command that carries the plan out."""
    return ("bulk", "apply", home / "payments.plan.jsonl", "--reason", "an incident", *options)


def executed(sandbox: Sandbox, payments: list[Payment]) -> int:
    """How many cancels were executed, all together."""
    return sum(len(sandbox.executions("pace_pay", each)) for each in payments)


def wait_until(happened: Callable[[], object]) -> None:
    """Wait for something."""
    until = time.monotonic() + TIME_LIMIT
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)


def report(home: Path) -> list[dict[str, Any]]:
    """The rows of the report."""
    lines = (home / "payments.report.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def program(home: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the program."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*PROGRAM, *map(str, order(home, *options))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_a_run_that_was_killed_goes_on(
    sandbox: Sandbox,
    payments: list[Payment],
    home: Path,
    program: Callable[..., subprocess.Popen[str]],
) -> None:
    """Each row is cancelled once, and reported as by a run that nobody has killed."""
    for share in (1, 2):
        process = program("--rate", "40", "--concurrency", "5")
        wait_until(lambda s=share: executed(sandbox, payments) >= s * ROWS // 3)  # type: ignore[misc]
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert executed(sandbox, payments) < ROWS
    ran = run(*order(home), "--json")
    assert (ran.code, ran.document["done"], ran.document["outcomes"]) == (
        0,
        ROWS,
        {"cancelled": ROWS},
    )
    assert [len(sandbox.executions("pace_pay", each)) for each in payments] == [1] * ROWS
    facts = {(r["outcome"], r["evidence"], r["attempts"], r["message"]) for r in report(home)}
    assert facts == {("cancelled", "reply", 1, None)}
    ids = [each.identifiers["transaction_id"] for each in payments]
    assert [each["transaction_id"] for each in report(home)] == ids


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_lets_running_cancels_end(
    sandbox: Sandbox, payments: list[Payment], home: Path, number: signal.Signals
) -> None:
    """Then the same command goes on; there is no report before the end."""
    before = signal.getsignal(number)
    ran = interrupted(home, lambda: executed(sandbox, payments) >= 3, number, "--rate", "20")
    assert ran.code == 130
    assert "Stopping: running cancels finish first; Ctrl-C cuts them off" in ran.err
    assert signal.getsignal(number) is before
    done = executed(sandbox, payments)
    assert f"{done} of {ROWS} rows, {done} cancelled" in ran.err
    assert not (home / "payments.report.jsonl").exists()
    assert run(*order(home)).code == 0
    assert [len(sandbox.executions("pace_pay", each)) for each in payments] == [1] * ROWS


def test_a_second_ctrl_c_cuts_them_off(
    sandbox: Sandbox, proxy: FaultProxy, payments: list[Payment], home: Path
) -> None:
    """What is known of them is recorded."""
    proxy.script(*[faults.SILENCE_AFTER] * ROWS)
    ran = interrupted(home, lambda: executed(sandbox, payments) >= 5, signal.SIGINT, again=True)
    assert ran.code == 130
    proxy.script()
    assert run("unresolved").code == 5
    assert run(*order(home)).code == 0
    assert [len(sandbox.executions("pace_pay", each)) for each in payments] == [1] * ROWS


def interrupted(
    home: Path,
    when: Callable[[], object],
    number: signal.Signals,
    *options: object,
    again: bool = False,
) -> Ran:
    """Carry the plan out in this process, and send it a signal, or many."""
    before, over = signal.getsignal(number), threading.Event()
    if again:
        # The last one may come when the run has ended.
        signal.signal(number, signal.SIG_IGN)

    def send() -> None:
        wait_until(when)
        os.kill(os.getpid(), number)
        while again and not over.wait(0.1):
            os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        return run(*order(home, *options))
    finally:
        over.set()
        thread.join()
        if again:
            signal.signal(number, before)

"""The program itself, in a pseudo-terminal and without one."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from countermand.sandbox import faults
from countermand_ops.cli import main
from countermand_ops.cli._signals import Terminated, termination_interrupts
from tests.operations.running import PROGRAM, run_program
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from countermand.sandbox import FaultProxy, Sandbox

    Configure = Callable[..., Path]

REASON = ("--reason", "a test")


def order(sandbox: Sandbox) -> tuple[str, ...]:
    """A cancel of a new payment."""
    payment = sandbox.create_payment("unzer", amount="100.00")
    return ("cancel", "unzer", "--payment-id", payment.payment_id, "--amount", "10.00", *REASON)


def test_without_a_terminal_it_sends_and_prints_json(
    sandbox: Sandbox, configure: Configure
) -> None:
    """Without a question, and without a colour."""
    configure("unzer")
    words = order(sandbox)
    assert run_program(*words).code == 2
    ran = run_program(*words, "--key", "order-1", "--json")
    assert (ran.code, ran.document["outcome"], ran.err) == (0, "cancelled", "")
    shown = run_program("show", "order-1")
    assert (shown.code, "\x1b" in shown.out) == (0, False)


def test_a_person_confirms_in_a_terminal(sandbox: Sandbox, configure: Configure) -> None:
    """The printed command repeats it: the ledger answers, and nothing is sent again."""
    configure("unzer")
    words = order(sandbox)
    before = len(sandbox.executions())
    with Terminal([*PROGRAM, *words]) as terminal:
        terminal.read_until("Send it? [y/N] ")
        assert len(sandbox.executions()) == before
        terminal.type("y\n")
        assert terminal.wait() == 0
        assert "\x1b[32mCancelled" in terminal.shown
    assert len(sandbox.executions()) == before + 1
    (command,) = (line for line in terminal.text.splitlines() if "to repeat it" in line)
    again = run_program(*shlex.split(command.partition("countermand ")[2]), "--json")
    assert (again.code, again.document["evidence"]) == (0, "ledger")
    assert len(sandbox.executions()) == before + 1


def test_a_person_says_no_in_a_terminal(sandbox: Sandbox, configure: Configure) -> None:
    """Nothing is sent; and no colour is shown where none is wanted."""
    configure("unzer")
    before = len(sandbox.requests())
    environ = {**os.environ, "NO_COLOR": "1"}
    with Terminal([*PROGRAM, *order(sandbox)], environ) as terminal:
        terminal.read_until("[y/N] ")
        terminal.type("n\n")
        assert terminal.wait() == 10
    assert "Nothing was sent" in terminal.text
    assert "\x1b[32m" not in terminal.shown
    assert len(sandbox.requests()) == before


def test_an_interrupted_question_sends_nothing(sandbox: Sandbox, configure: Configure) -> None:
    """Ctrl-C is no yes."""
    configure("unzer")
    before = len(sandbox.requests())
    with Terminal([*PROGRAM, *order(sandbox)]) as terminal:
        terminal.read_until("[y/N] ")
        assert terminal.interrupt_until_it_ends() == 130
    assert len(sandbox.requests()) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_cancel_says_what_is_known(
    number: signal.Signals, sandbox: Sandbox, proxy: FaultProxy, configure: Configure
) -> None:
    """It may be cancelled; the ledger knows, and resume ends it without a second cancel."""
    configure("unzer", proxy=proxy)
    proxy.script(faults.SILENCE_AFTER)
    words = order(sandbox)
    key = f"order-{number.name}"
    before = len(sandbox.executions())
    with Terminal([*PROGRAM, *words, "--key", key, "--yes"]) as terminal:
        while len(sandbox.executions()) == before:
            pass
        terminal.interrupt(number)
        assert terminal.wait() == 130
    assert "Interrupted: " in terminal.text
    shown = run_program("show", key, "--json")
    assert (shown.code, shown.document["state"]) == (5, "MAYBE_EXECUTED")
    done = run_program("resume", key, "--json")
    assert (done.code, done.document["evidence"]) == (0, "read back")
    assert len(sandbox.executions()) == before + 1


def test_sigterm_interrupts_and_the_old_handler_returns() -> None:
    """As Ctrl-C does."""
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), termination_interrupts():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_sandbox_serves_until_sigterm(home: Path) -> None:
    """A first cancel needs nothing but what it prints; nothing is left behind."""
    with subprocess.Popen(
        [*PROGRAM, "sandbox", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(home)},
    ) as served:
        assert served.stdout is not None
        document = json.loads(served.stdout.readline())
        first = shlex.split(document["commands"][0])[1:]
        assert run_program(*first).code == 0
        served.terminate()
        assert served.wait(60) == 0
    assert not [*home.glob("countermand-sandbox-*")]


def test_a_shell_completes_commands_providers_and_options() -> None:
    """As Bash asks for it."""

    def complete(line: str) -> list[str]:
        words = line.split(" ")
        environ = {
            **os.environ,
            "_COUNTERMAND_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        }
        done = subprocess.run(
            PROGRAM, env=environ, capture_output=True, text=True, check=False, timeout=60
        )
        return done.stdout.split()

    assert "cancel" in complete("countermand ca")
    assert complete("countermand cancel pace") == ["pace-fueling", "pace-pay"]
    assert "--payment-id" in complete("countermand cancel unzer --pay")
    assert complete("countermand unresolved --state ACC") == ["ACCEPTED"]


def test_a_closed_pipe_ends_it_quietly(configure: Configure) -> None:
    """`countermand specs unzer | head -1`."""
    configure()
    with subprocess.Popen(
        [*PROGRAM, "specs", "unzer"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert "Traceback" not in running.stderr.read()
        assert running.wait(60) == 1


def test_without_the_extra_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a line."""
    for name in [*sys.modules]:
        if name.startswith("countermand_ops.cli."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "typer", None)
    assert main(["--help"]) == 1
    printed = capsys.readouterr().err
    assert printed.endswith("brings: pip install 'countermand[cli]'\n")
    assert printed.startswith("countermand_ops.cli needs typer, which the extra 'cli' ")

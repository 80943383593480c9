"""Standard streams that are closed, full or in another encoding: the result is not lost."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from countermand.sandbox import FaultProxy, faults
from countermand_ops.cli import main
from tests.operations.running import ONE_TRY, PROGRAM, Stream, executions, run

if TYPE_CHECKING:
    from countermand.sandbox import Sandbox
    from countermand.sandbox.payments import Payment
    from tests.operations.conftest import Configure

Order = tuple[str, ...]
FULL = Path("/dev/full")


@pytest.fixture
def payment(sandbox: Sandbox, configure: Configure) -> Payment:
    """A payment to cancel."""
    configure("vtex")
    return sandbox.create_payment("vtex")


@pytest.fixture
def order(payment: Payment) -> Order:
    """The command that cancels it."""
    ids = ("--payment-id", payment.identifiers["payment_id"])
    return (
        "cancel",
        "vtex",
        *ids,
        "--key",
        "k\N{LATIN SMALL LETTER A WITH DIAERESIS}se-1",
        "--reason",
        "r",
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("name", ["k\xe4se", "\u20ac \U0001f600"])
def test_a_text_that_a_stream_cannot_hold_is_written_as_its_escape(
    encoding: str, name: str, configure: Configure
) -> None:
    """JSON stays JSON."""
    configure("vtex")
    for options in ((), ("--json",)):
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err):
            code = main(["cancel", "vtex", "--payment-id", name, "--key", "k", "--reason", name,
                         "--dry-run", *options])  # fmt: skip
        assert code == 0
        written = out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
        if options:
            assert name in json.loads(written)["command"]
        else:
            assert "This would be sent" in written


def test_a_cancel_keeps_its_code_where_its_receipt_cannot_be_written(
    sandbox: Sandbox, payment: Payment, order: Order
) -> None:
    """Standard error gets the receipt; that may be full as well."""
    for options in ((), ("--json",)):
        err = Stream(terminal=False)
        with FULL.open("w") as out, redirect_stdout(out), redirect_stderr(err):
            assert main([*order, *options]) == 0
        assert "Standard output cannot be written: No space left on device" in err.getvalue()
        assert "evidence" in err.getvalue()
    with FULL.open("w") as both, redirect_stdout(both), redirect_stderr(both):
        assert main([*order]) == 0
        assert main(["show", "no such key"]) == 2
    assert executions(sandbox, [payment]) == [1]


def test_a_list_that_cannot_be_written_fails(order: Order) -> None:
    """So does a document that no buffer holds."""
    assert run(*order).code == 0
    for command in (["check"], ["specs"], ["specs", "unzer"]):
        err = Stream(terminal=False)
        with FULL.open("w") as out, redirect_stdout(out), redirect_stderr(err):
            assert main(command) == 1


def run_without_reader(*arguments: str) -> int:
    """Run the command line; the reader of its standard output has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as out, redirect_stdout(out):
        return main([*arguments])


def test_a_reader_that_has_gone_changes_no_exit_code(
    sandbox: Sandbox, payment: Payment, order: Order
) -> None:
    """What was done was done."""
    for options in ((), ("--json",)):
        assert run_without_reader(*order, *options) == 0
    assert executions(sandbox, [payment]) == [1]


def test_a_command_of_several_documents_goes_on_without_its_reader(
    sandbox: Sandbox, tmp_path: Path, configure: Configure
) -> None:
    """A file with faults is not planned, and every open key is resumed."""
    with FaultProxy(sandbox.url) as proxy:
        configure("vtex", proxy=proxy, more=ONE_TRY)
        payments = [sandbox.create_payment("vtex") for _ in range(2)]
        for payment in payments:
            proxy.script(faults.RESET_AFTER)
            ids = ("--payment-id", payment.identifiers["payment_id"], "--key", payment.handle)
            assert run("cancel", "vtex", *ids, "--reason", "r").code == 5
        assert run_without_reader("resume", "--all") == 0
        assert not run("unresolved").out
    assert executions(sandbox, payments) == [1, 1]
    file = tmp_path / "payments.csv"
    file.write_text("provider,value\nvtex,a\n", encoding="utf-8")
    assert run_without_reader("bulk", "plan", str(file), "--json") == 2


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_closed_stream_is_no_terminal(
    closed: tuple[int, ...],
    options: Order,
    sandbox: Sandbox,
    payment: Payment,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cancel is made, and the program ends with its exit code."""
    streams = {0: "stdin", 1: "stdout", 2: "stderr"}
    with monkeypatch.context() as changed:
        for number in closed:
            changed.setattr(f"sys.{streams[number]}", None)
        assert main([*order, *options]) == 0
        for number in closed:
            getattr(sys, streams[number]).close()
    assert executions(sandbox, [payment]) == [1]


def test_the_program_ends_with_the_code_of_the_cancel(
    sandbox: Sandbox, payment: Payment, order: Order
) -> None:
    """Also where the shell has closed its streams, or they are full."""
    command = " ".join(f"'{each}'" for each in (*PROGRAM, *order))
    for ending in (">&-", "--json <&-", "2>&-", "--json >/dev/full", ">/dev/full 2>&1", "| true"):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", f"{command} {ending}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
        assert "Exception ignored" not in done.stderr
    assert executions(sandbox, [payment]) == [1]


@pytest.mark.parametrize("name", ["FORCE_COLOR", "GITHUB_ACTIONS"])
def test_there_are_no_colours_without_a_terminal(
    name: str, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says: a list stays lines with tabs."""
    monkeypatch.setenv(name, "true")
    assert run(*order).code == 0
    for command in (["show", order[5]], ["specs"], ["check"], ["show"], ["--help"]):
        out, err = Stream(terminal=False), Stream(terminal=False)
        with redirect_stdout(out), redirect_stderr(err):
            main(command)
        assert "\x1b" not in out.getvalue() + err.getvalue()
    assert run("specs").out.count("\t") == 5

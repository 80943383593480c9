"""`countermand bulk apply`: what is carried out is what was checked and confirmed."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest

from countermand_ops.bulk import _lane
from countermand_ops.bulk._errors import BulkError
from countermand_ops.bulk._plan import open_plan
from countermand_ops.cli import main
from tests.operations.running import Stream, executions, run, standard_input

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from countermand.sandbox import Sandbox
    from countermand.sandbox.payments import Payment
    from tests.operations.conftest import Configure
    from tests.operations.running import Ran


class Waiting(Stream):
    """A terminal at which something happens before the answer yes."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__("y\n", terminal=True)
        self._happens = happens

    def readline(self, size: int | None = -1) -> str:
        """The answer."""
        self._happens()
        return super().readline(size)


def test_a_plan_that_is_replaced_at_the_question_is_refused(
    sandbox: Sandbox,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    tmp_path: Path,
) -> None:
    """The answer is about the sums of the first one."""
    configure("vtex")
    payments = planned("vtex", 1)
    out, err = Stream(terminal=True), Stream(terminal=True)
    order = ["bulk", "apply", str(tmp_path / "payments.plan.jsonl"), "--reason", "an incident"]
    replaced = Waiting(lambda: payments.extend(planned("vtex", 2)))
    with standard_input(replaced), redirect_stdout(out), redirect_stderr(err):
        code = main(order)
    assert (code, "was replaced by another plan meanwhile" in err.getvalue()) == (2, True)
    assert executions(sandbox, payments) == [0, 0, 0]


def edit(file: Path) -> None:
    """Write other amounts, in place."""
    content = file.read_bytes()
    with file.open("r+b") as written:
        written.write(content.replace(b'"amount":"1.00"', b'"amount":"9.99"'))


def garble(file: Path) -> None:
    """Write something else, in place."""
    content = file.read_bytes()
    with file.open("r+b") as written:
        written.write(content[:500] + b"x" * (len(content) - 500))


@pytest.mark.parametrize(
    "alter",
    [edit, garble, lambda file: os.truncate(file, 500), lambda file: file.rename(f"{file}.gone")],
)
def test_a_file_that_is_altered_during_a_run_changes_nothing(
    alter: Callable[[Path], object],
    sandbox: Sandbox,
    configure: Configure,
    apply: Callable[..., Ran],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All rows are sent as they were checked, and the report has them all."""
    monkeypatch.setattr(_lane, "BATCH", 5)
    configure("unzer")
    payments = [sandbox.create_payment("unzer", amount="100.00") for _ in range(30)]
    rows = "".join(f"unzer,{each.payment_id},1.00\n" for each in payments)
    (tmp_path / "payments.csv").write_text(f"provider,payment_id,amount\n{rows}", encoding="utf-8")
    assert run("bulk", "plan", tmp_path / "payments.csv", "--no-read").code == 0
    plan = tmp_path / "payments.plan.jsonl"

    def alter_then() -> None:
        while not sum(executions(sandbox, payments)):
            pass
        alter(plan)

    thread = threading.Thread(target=alter_then)
    thread.start()
    ran = apply("--rate", "60")
    thread.join()
    assert ran.code == 0, ran.err
    executed = [each for payment in payments for each in sandbox.executions("unzer", payment)]
    assert [each.amount for each in executed] == ["1.0000"] * 30
    assert (tmp_path / "payments.report.csv").read_text().count(",1.00,") == 30


def test_a_line_that_is_no_row_is_refused_although_the_hash_fits(
    configure: Configure, planned: Callable[..., list[Payment]], tmp_path: Path
) -> None:
    """A person has made both; the place of the row is told."""
    configure("vtex")
    planned("vtex", 2)
    file = tmp_path / "payments.plan.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    for row in (b"[" * 100_000, b"{}", b"3", b'{"cancellation": {"api": "other"}, "amount": 1}'):
        made = [*lines[:2], row + b"\n"]
        end = json.loads(lines[-1]) | {"sha256": hashlib.sha256(b"".join(made)).hexdigest()}
        file.write_bytes(b"".join(made) + json.dumps(end).encode())
        with open_plan(file) as plan, pytest.raises(BulkError, match="row 2: is no row of a plan"):
            list(plan.lines())


def test_a_plan_that_cannot_be_copied_is_refused(tmp_path: Path) -> None:
    """The copy is beside it, as what comes of its rows."""
    with (
        pytest.raises(BulkError, match="cannot be copied: No such file"),
        open_plan(tmp_path / "nowhere" / "plan.jsonl"),
    ):
        pass
    with (
        pytest.raises(BulkError, match="cannot be read and copied: No such file"),
        open_plan(tmp_path / "plan.jsonl"),
    ):
        pass


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"countermand_plan":1}\n' + b"[" * 100_000])
def test_a_file_that_is_nested_too_deeply_is_refused(content: bytes, tmp_path: Path) -> None:
    """It is no plan, or altered."""
    file = tmp_path / "payments.plan.jsonl"
    file.write_bytes(content)
    ran = run("bulk", "apply", file, "--reason", "an incident")
    assert (ran.code, "Refused: " in ran.err) == (2, True)

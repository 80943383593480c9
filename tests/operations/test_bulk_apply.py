"""`countermand bulk apply`: what is sent, what stops it, and the report."""

from __future__ import annotations

import csv
import json
import os
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest

from countermand import events
from countermand.sandbox import faults
from countermand.sandbox.faults import Answer
from countermand.vtex import request_id
from countermand_ops.bulk import _run
from countermand_ops.bulk._errors import BulkError
from countermand_ops.bulk._money import Money
from countermand_ops.bulk._plan import check_plan
from countermand_ops.bulk._results import RowResult
from countermand_ops.cli import _bulk, _bulk_display
from countermand_ops.config import load
from countermand_ops.exit_codes import ExitCode
from tests.operations.running import ONE_TRY, Ran, executions, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from countermand.sandbox import Sandbox
    from countermand.sandbox.payments import Payment
    from tests.operations.conftest import Configure


def test_every_provider_is_cancelled_once(
    sandbox: Sandbox, tmp_path: Path, configure: Configure, home: Path
) -> None:
    """The report has the input's columns, in its order; the journal has every order."""
    configure("unzer", "bento", "pace_pay", "vtex")
    unzer, bento = sandbox.create_payment("unzer"), sandbox.create_payment("bento", captured=True)
    pace, vtex = sandbox.create_payment("pace_pay"), sandbox.create_payment("vtex")
    text = f"""\ufeffprovider,payment_id,amount,order_id,transaction_id,refund_amount,attempts\r
unzer,{unzer.payment_id},1.50,,,,9\r
bento,,,{bento.order_id},{bento.transaction_id},500,9\r
pace-pay,,,,{pace.transaction_id},,9\r
vtex,{vtex.payment_id},,,,,9\r
"""
    file = tmp_path / "payments.csv"
    file.write_bytes(text.encode())
    assert run("bulk", "plan", file).code == 0
    ran = run("bulk", "apply", tmp_path / "payments.plan.jsonl", "--reason", "an incident")
    assert ran.code == 3
    assert "4 of 4 rows, 1 accepted, 3 cancelled, EUR 1.50, USD 5.00" in ran.out
    assert f"report  {tmp_path / 'payments.report.csv'}" in ran.out
    assert executions(sandbox, [unzer, bento, pace, vtex]) == [1, 1, 1, 1]
    content = (tmp_path / "payments.report.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfprovider,payment_id,")
    rows = [*csv.DictReader(content.decode("utf-8-sig").splitlines())]
    assert [*rows[0]][-8:] == [
        "refund_amount", "key", "outcome", "error", "evidence", "reference", "message", "attempts",
    ]  # fmt: skip
    assert [each["outcome"] for each in rows] == ["cancelled", "accepted", "cancelled", "cancelled"]
    assert [(each["evidence"], each["attempts"]) for each in rows] == [("reply", "1")] * 4
    assert rows[0]["reference"] == "s-cnl-1"
    journal = home / "state" / "countermand" / "journal.jsonl"
    orders = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert {each["key"] for each in orders} == {each["key"] for each in rows}
    assert {(o["command"], o["by"], o["reason"]) for o in orders} == {
        ("bulk apply", "ada", "an incident")
    }


def test_the_same_command_again_sends_nothing_and_reports_the_same(
    sandbox: Sandbox,
    tmp_path: Path,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
    report: Callable[[], list[dict[str, Any]]],
) -> None:
    """From its own file, and without it from the ledger."""
    configure("vtex")
    payments = planned("vtex", 3)
    first = apply("--json")
    assert first.document == {
        "rows": 3,
        "done": 3,
        "outcomes": {"cancelled": 3},
        "errors": {},
        "retries": 0,
        "amounts": {},
        "rows_without_amount": 3,
        "stopped": None,
        "report": str(tmp_path / "payments.report.jsonl"),
    }
    known, before = report(), len(sandbox.requests("vtex"))
    assert known[0]["reference"]
    assert apply("--json").document == first.document
    (tmp_path / "payments.plan.jsonl.progress").unlink()
    assert apply("--json").document == first.document
    assert report() == known
    assert len(sandbox.requests("vtex")) == before
    assert executions(sandbox, payments) == [1, 1, 1]


def test_a_person_is_asked(
    sandbox: Sandbox,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
) -> None:
    """At a terminal, unless --yes says it."""
    configure("vtex")
    payments = planned("vtex", 2)
    no = apply(typed="n\n")
    assert (no.code, executions(sandbox, payments)) == (10, [0, 0])
    assert "vtex    not read  2" in no.err
    assert "Cancel 2 payments? [y/N]" in no.err
    assert "Nothing was sent" in no.err
    yes = apply(typed="y\n")
    assert (yes.code, executions(sandbox, payments)) == (0, [1, 1])
    assert "100% 2 of 2 rows" in yes.err
    assert "Cancel" not in apply("--yes", typed="").err


def test_a_plan_belongs_to_its_ledger_and_its_servers(
    tmp_path: Path,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
) -> None:
    """Nothing is sent anywhere else."""
    configure("vtex")
    planned("vtex", 1)
    configure("vtex", more=f'[ledger]\nurl = "sqlite:///{tmp_path}/other.db"')
    other = apply()
    assert (other.code, "was made for another ledger; set ledger.url" in other.err) == (2, True)
    file = configure("vtex")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("127.0.0.1", "localhost"), encoding="utf-8")
    moved = apply()
    assert (moved.code, "the plan was made for vtex at http://127" in moved.err) == (2, True)
    configure("unzer")
    gone = apply()
    assert (gone.code, "the plan needs the account vtex; add [accounts.vtex]" in gone.err) == (
        2,
        True,
    )


def test_a_plan_with_more_money_is_refused(
    sandbox: Sandbox, tmp_path: Path, configure: Configure, apply: Callable[..., Ran]
) -> None:
    """Before anything is sent."""
    configure("unzer")
    payments = [sandbox.create_payment("unzer") for _ in range(2)]
    rows = [f"unzer,{each.payment_id},full\n" for each in payments]
    (tmp_path / "payments.csv").write_text("provider,payment_id,amount\n" + "".join(rows))
    run("bulk", "plan", tmp_path / "payments.csv")
    more = apply("--max-amount", "EUR:199.99")
    assert (more.code, "the plan has EUR 200.00, more than the permitted" in more.err) == (2, True)
    assert apply("--max-amount", "EUR").code == 2
    assert executions(sandbox, payments) == [0, 0]
    assert apply("--max-amount", "EUR:200").code == 0


def test_an_amount_that_the_read_does_not_show_is_not_known(
    sandbox: Sandbox, tmp_path: Path, configure: Configure
) -> None:
    """It is no 0: --max-amount refuses it, and the sum is empty."""
    configure("bento")
    payment = sandbox.create_payment("bento")
    file = tmp_path / "payments.csv"
    columns = "provider,order_id,transaction_id,refund_amount"
    row = f"bento,{payment.order_id},{payment.transaction_id},full"
    file.write_text(f"{columns}\n{row}\n", encoding="utf-8")
    body = json.dumps({"data": {"state": "AuthSucceeded", "currency": "USD"}})
    headers = (("content-type", "application/json"),)
    sandbox.script("bento", Answer(status=200, body=body.encode(), headers=headers))
    ran = run("bulk", "plan", file)
    assert ran.out == "bento\tUSD\tcancellable\t1\t\n"
    plan = tmp_path / "payments.plan.jsonl"
    ran = run("bulk", "apply", plan, "--reason", "r", "--max-amount", "USD:1")
    assert (ran.code, "1 rows lack one" in ran.err) == (2, True)
    assert executions(sandbox, [payment]) == [0]


def test_without_a_journal_nothing_is_sent(
    sandbox: Sandbox,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
    home: Path,
) -> None:
    """An order without a reason on record is none."""
    configure("pace_pay", "vtex")
    payments = planned("pace_pay", 2)
    (home / "state" / "countermand" / "journal.jsonl").mkdir()
    ran = apply()
    assert (ran.code, "the journal" in ran.err) == (1, True)
    assert executions(sandbox, payments) == [0, 0]


def test_the_words_of_a_provider_are_no_formula(
    sandbox: Sandbox, tmp_path: Path, configure: Configure
) -> None:
    """In a CSV report; JSON keeps them as they are."""
    configure("vtex", more=ONE_TRY)
    payment = sandbox.create_payment("vtex")
    file = tmp_path / "payments.csv"
    file.write_text(f"provider,payment_id,key\nvtex,{payment.payment_id},order-=1\n")
    assert run("bulk", "plan", file).code == 0
    answer = {
        "paymentId": payment.payment_id,
        "requestId": request_id("order-=1"),
        "cancellationId": None,
        "code": "=cmd|'/c calc'!A1",
    }
    json_type = (("content-type", "application/json"),)
    sandbox.script("vtex", Answer(200, json.dumps(answer).encode(), json_type))
    ran = run("bulk", "apply", tmp_path / "payments.plan.jsonl", "--reason", "r")
    assert ran.code == 4, ran.out
    text = (tmp_path / "payments.report.csv").read_text(encoding="utf-8")
    (row,) = csv.DictReader(text.splitlines())
    assert row["message"] == "'=cmd|'/c calc'!A1"
    assert (row["key"], row["error"]) == ("order-=1", "Declined")


def test_two_processes_do_not_apply_one_plan(
    tmp_path: Path,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
) -> None:
    """And a file in its place that is none of ours is left alone."""
    configure("vtex")
    planned("vtex", 1)
    place = tmp_path / "payments.plan.jsonl.progress"
    with _bulk.Progress(place, "x", lambda: 0.0):
        ran = apply()
    assert (ran.code, f"another process applies this plan: {place}" in ran.err) == (2, True)
    place.write_text("no database, but long enough to look like one\n" * 100)
    ran = apply()
    assert (ran.code, f"{place} cannot be used" in ran.err) == (2, True)
    place.unlink()
    assert apply().code == 0


def test_the_report_is_written_where_it_is_wanted(
    tmp_path: Path,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
) -> None:
    """In the form of the input."""
    configure("vtex")
    planned("vtex", 1)
    assert apply("--report", tmp_path / "there.jsonl").code == 0
    assert json.loads((tmp_path / "there.jsonl").read_text())["outcome"] == "cancelled"


def test_without_a_terminal_a_line_comes_from_time_to_time(
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On standard error, also beside JSON."""
    monkeypatch.setattr(_bulk_display, "LINE_EVERY", 0.1)
    configure("vtex")
    planned("vtex", 10)
    ran = apply("--rate", "20", "--json")
    assert ran.document["done"] == 10
    assert re.search(r"of 10 rows, \d+ cancelled, [\d.]+/s, \ds left", ran.err)


def test_a_wait_after_something_else_slows_nothing_down(
    configure: Configure, planned: Callable[..., list[Payment]], tmp_path: Path
) -> None:
    """Only a wait after 429 does."""
    configure("vtex")
    planned("vtex", 1)
    configuration = load()
    orders = _run.Orders(by="ada", reason="r")
    with _bulk.Progress(tmp_path / "progress", "x", lambda: 0.0) as progress:
        plan = check_plan(tmp_path / "payments.plan.jsonl")
        made = _bulk._run(configuration, plan, orders, progress)
    facts: dict[str, Any] = {"call": 1, "key": "k", "provider": "vtex", "at": 0.0}
    reason = events.WaitReason.RETRY
    made.on_event(events.WaitStarted(**facts, reason=reason, at_most=5.0))
    made.on_event(events.WaitEnded(**facts, reason=reason, seconds=5.0))
    assert made._throttle("vtex").rate(made.clock()) is None


def test_a_report_that_cannot_be_written(
    sandbox: Sandbox,
    tmp_path: Path,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
) -> None:
    """It is refused before anything is sent, and otherwise the next run writes it."""
    configure("vtex")
    payments = planned("vtex", 1)
    ran = apply("--report", tmp_path / "nowhere" / "report.jsonl")
    assert (ran.code, "cannot be written; name another file with --report" in ran.err) == (2, True)
    assert executions(sandbox, payments) == [0]
    os.mkfifo(tmp_path / "device")
    (tmp_path / "link").symlink_to(tmp_path / "device")
    for place in ("", "payments.plan.jsonl", "payments.jsonl", "device", "link"):
        ran = apply("--report", tmp_path / place)
        assert (ran.code, "; name another file with --report" in ran.err) == (2, True)
    assert (tmp_path / "link").is_fifo()
    assert executions(sandbox, payments) == [0]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_report_that_fails_later_does_not_hide_what_was_done(
    options: tuple[str, ...],
    sandbox: Sandbox,
    tmp_path: Path,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
) -> None:
    """The sums are printed, and where the results are; the next run writes the report."""
    configure("vtex")
    payments = planned("vtex", 5)
    place = tmp_path / "report.jsonl"

    def take_the_name() -> None:
        while not sum(executions(sandbox, payments)):
            pass
        place.mkdir()

    thread = threading.Thread(target=take_the_name)
    thread.start()
    ran = apply("--report", place, "--rate", "20", *options)
    thread.join()
    assert (ran.code, "5 of 5 rows" in ran.out or ran.document["done"] == 5) == (1, True)
    assert f"{place} cannot be written: " in ran.err
    assert f"are in the ledger and in {tmp_path / 'payments.plan.jsonl'}.progress" in ran.err
    place.rmdir()
    assert apply("--report", place, *options).code == 0
    assert executions(sandbox, payments) == [1] * 5


def test_what_is_kept_is_private_and_told_when_it_fails(tmp_path: Path) -> None:
    """A full disk is no defect of the program."""
    place = tmp_path / "progress"
    progress = _bulk.Progress(place, "x", lambda: 0.0).__enter__()
    assert place.stat().st_mode & 0o777 == 0o600
    progress._database.close()
    with pytest.raises(OSError, match="progress cannot be used: "):
        progress.get(1)


def test_a_full_disk_is_told_in_a_line(tmp_path: Path) -> None:
    """SQLite ends the transaction then, so there is nothing to commit at the end."""
    place = tmp_path / "progress"
    long = RowResult(outcome="unknown", message="x" * 9000, code=ExitCode.UNKNOWN, is_final=False)

    def fill() -> None:
        with _bulk.Progress(place, "x", lambda: 0.0) as progress:
            progress._database.execute("PRAGMA max_page_count = 8")
            for number in range(9):
                progress.add(number, long, Money())

    with pytest.raises(OSError, match="progress cannot be used: database or disk is full"):
        fill()


def test_only_a_lock_means_another_process(tmp_path: Path) -> None:
    """A folder may have any name."""
    folder = tmp_path / "locked"
    folder.touch()
    with (
        pytest.raises(BulkError, match=r"cannot be used: .*Not a directory"),
        _bulk.Progress(folder / "progress", "x", lambda: 0.0),
    ):
        pass


def test_a_gateway_s_429_is_no_foreign_answer(
    sandbox: Sandbox,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It asks for time, whoever sends it."""
    monkeypatch.setattr(_run, "MAX_TRIES", 0)
    monkeypatch.setattr(_run, "FOREIGN_ANSWERS", 1)
    configure("pace_pay", more=ONE_TRY)
    planned("pace_pay", 2)
    sandbox.script("pace_pay", faults.busy())
    ran = apply("--concurrency", "1", "--json")
    assert ran.document["outcomes"] == {"cancelled": 1, "not cancelled": 1}


def test_two_plans_with_the_same_cancel_are_one_cancel(
    sandbox: Sandbox, tmp_path: Path, configure: Configure
) -> None:
    """A file is planned, corrected and planned again, and then both plans are applied."""
    configure("unzer")
    payment = sandbox.create_payment("unzer", amount="100.00")
    row = f"unzer,{payment.payment_id},10.00\n"
    for name, more in (("first", ""), ("corrected", "\n")):
        file = tmp_path / f"{name}.csv"
        file.write_text(f"provider,payment_id,amount\n{row}{more}", encoding="utf-8")
        assert run("bulk", "plan", file).code == 0
    for name in ("first", "corrected"):
        assert run("bulk", "apply", tmp_path / f"{name}.plan.jsonl", "--reason", "r").code == 0
    assert executions(sandbox, [payment]) == [1]

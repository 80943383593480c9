"""The programs of examples/ do what their pages say, against the sandbox."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import sentry_sdk
from prometheus_client import REGISTRY, generate_latest

from countermand import (
    Client,
    FollowUp,
    Ledger,
    ManualCancellationRequired,
    OutcomeUnknown,
    Policy,
    reconcile,
    unzer,
    vtex,
)
from countermand.ledger import State
from countermand.sandbox import faults
from tests.package.sources import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from countermand.sandbox import FaultProxy, Sandbox, UnzerPayment
    from tests.examples.conftest import Load

RUNBOOK = (ROOT / "docs" / "recipes" / "outage.md").read_text(encoding="utf-8")


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    """The URL of a new ledger."""
    return f"sqlite:///{tmp_path / 'cancels.db'}"


@pytest.fixture
def configured(
    sandbox: Sandbox, proxy: FaultProxy, ledger: str, monkeypatch: pytest.MonkeyPatch
) -> unzer.Account:
    """The environment that the scripts read; it names the proxy in front of the sandbox."""
    account = sandbox.account("unzer", proxy.base_url("unzer"))
    assert isinstance(account, unzer.Account)
    monkeypatch.setenv("UNZER_PRIVATE_KEY", str(account.private_key))
    monkeypatch.setenv("UNZER_URL", account.base_url)
    monkeypatch.setenv("LEDGER", ledger)
    return account


def leave_open(proxy: FaultProxy, payment: UnzerPayment, sandbox: Sandbox, ledger: str) -> None:
    """Cancel in an outage that begins after the execution; the next look is due at once."""
    proxy.script(faults.RESET_AFTER, *[faults.RESET_BEFORE] * 20)
    account = sandbox.account("unzer", proxy.base_url("unzer"))
    policy = Policy(deadline=1.0, follow_up=FollowUp(unknown=(0.001,)))
    with (
        Ledger(ledger) as opened,
        Client(account, policy=policy, ledger=opened) as client,
        pytest.raises(OutcomeUnknown),
    ):
        client.cancel(order(payment), key="order-1")
    proxy.script()


def order(payment: UnzerPayment) -> unzer.Cancellation:
    """Ten euros of a payment."""
    return unzer.Cancellation(payment.payment_id, amount=Decimal("10.00"))


def test_the_script_cancels_each_row_once(
    load: Load,
    sandbox: Sandbox,
    configured: unzer.Account,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also if it is started again; a captured payment is told, and makes its exit code 1.

    A key of another cancel proves nothing about the payment.
    """
    assert configured
    payments = [sandbox.create_payment("unzer", amount="100.00") for _ in range(3)]
    sandbox.capture(payments[2])
    file = tmp_path / "payments.csv"
    with file.open("w", newline="", encoding="utf-8") as lines:
        rows = [(f"order-{n}", each.payment_id, "10.00") for n, each in enumerate(payments)]
        rows.append(("order-0", payments[0].payment_id, "20.00"))
        csv.writer(lines).writerows([("order", "payment_id", "amount"), *rows])
    script = load("batch/cancel_file")
    assert script.main(["cancel_file.py", str(file)]) == script.main(["", str(file)]) == 1
    assert [len(sandbox.executions(payment=each)) for each in payments] == [1, 1, 0]
    printed = capsys.readouterr()
    told = {tuple(line.split("\t")[:2]) for line in printed.out.splitlines()}
    assert told == {
        ("order-0", "cancelled"),
        ("order-0", "unknown"),
        ("order-1", "cancelled"),
        ("order-2", "not cancelled"),
    }
    assert printed.err.splitlines()[0] == printed.err.splitlines()[1]


def test_reconcile_finds_the_end_and_reports_it(
    load: Load,
    sandbox: Sandbox,
    proxy: FaultProxy,
    configured: unzer.Account,
    ledger: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As cron starts it, once the look is due."""
    payment = sandbox.create_payment("unzer", amount="100.00")
    leave_open(proxy, payment, sandbox, ledger)
    assert configured
    module = load("cron/reconciler")
    monkeypatch.setitem(sys.modules, "reconciler", module)
    with caplog.at_level(logging.INFO, "shop"):
        assert reconcile.main(["reconciler:make_client", "--on-outcome", "reconciler:report"]) == 0
    assert json.loads(capsys.readouterr().out)["cancelled"] == 1
    assert [each.message for each in caplog.records if each.name == "shop"] == [
        "order-1 is cancelled"
    ]
    assert len(sandbox.executions(payment=payment)) == 1


def test_what_needs_a_person_is_in_log_metrics_and_tracker(
    load: Load, sandbox: Sandbox, ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As JSON with the key, as a counter, and as one issue for somebody to look at."""
    sent: list[Any] = []
    sentry_sdk.init(
        "http://key@127.0.0.1:9/1",
        before_send=lambda event, _hint: sent.append(event),
        default_integrations=False,
        auto_enabling_integrations=False,
    )
    printed = io.StringIO()
    monkeypatch.setattr(sys, "stderr", printed)
    monitoring = load("monitoring/monitoring")
    logger = logging.getLogger("countermand")
    monkeypatch.setattr(logger, "handlers", [])
    monkeypatch.setattr(logger, "level", logger.level)
    monitoring.log_as_json()
    well, manual = (sandbox.create_payment("vtex", manual_status=each) for each in (0, 501))
    with Ledger(ledger) as opened:
        on_event = monitoring.listener(opened)
        with Client(sandbox.account("vtex"), ledger=opened, on_event=on_event) as client:
            client.cancel(vtex.Cancellation(well.payment_id), key="order-1")
            with pytest.raises(ManualCancellationRequired):
                client.cancel(vtex.Cancellation(manual.payment_id), key="order-9")
    sentry_sdk.get_client().close()
    lines = [json.loads(line) for line in printed.getvalue().splitlines()]
    assert [(line["countermand_key"], line["level"]) for line in lines] == [
        ("order-1", "info"),
        ("order-9", "warning"),
    ]
    assert re.search(
        r'countermand_outcomes_total\{.*countermand_outcome="cancelled".*\} 1\.0',
        generate_latest(REGISTRY).decode(),
    )
    (event,) = sent
    assert (event["level"], event["tags"]["countermand.key"]) == ("error", "order-9")


def test_the_old_code_cancels_twice_and_the_new_code_once(
    load: Load, sandbox: Sandbox, proxy: FaultProxy
) -> None:
    """On the same broken wire."""
    account: Any = sandbox.account("unzer", proxy.base_url("unzer"))
    first, second = (sandbox.create_payment("unzer", amount="100.00") for _ in range(2))
    proxy.script(faults.RESET_AFTER)
    before = load("migrating/before")
    assert before.cancel(account.base_url, str(account.private_key), first.payment_id, "10.00")
    assert len(sandbox.executions(payment=first)) == 2
    proxy.script(faults.RESET_AFTER)
    after = load("migrating/after")
    with Client(account, policy=Policy(deadline=5.0)) as client:
        assert after.cancel(client, "order-1", second.payment_id, "10.00") is True
        assert len(sandbox.executions(payment=second)) == 1
        sandbox.capture(second)
        assert after.cancel(client, "order-2", second.payment_id, "10.00") is False
        proxy.script(*[faults.RESET_AFTER] * 20)
        assert after.cancel(client, "order-3", first.payment_id, "10.00") is None


def test_the_triage_names_the_next_step_of_each_open_cancel(
    load: Load, sandbox: Sandbox, proxy: FaultProxy, ledger: str
) -> None:
    """Of one that may have been executed, and of one that waits for a person."""
    triage = load("outage/triage")
    leave_open(proxy, sandbox.create_payment("unzer", amount="100.00"), sandbox, ledger)
    assert triage.main(ledger) == 0
    assert triage.main(f"{ledger}-of-a-mistyped-path") == 1
    with Ledger(ledger) as opened:
        (line,) = triage.lines(opened)
        (found,) = opened.unresolved()
    assert line == f"order-1\tMAYBE_EXECUTED\t{triage.STEPS[State.MAYBE_EXECUTED]}"
    waits = attrs.evolve(found, waiting_for="person")
    assert triage.next_step(waits) == triage.STEPS["person"]
    assert triage.next_step(attrs.evolve(found, in_progress=True)).startswith("wait")


def test_the_runbook_has_a_row_for_each_step_of_the_triage(load: Load) -> None:
    """And for each state that an open cancel can have."""
    rows = set(re.findall(r"^\| `(\w+)`", RUNBOOK, re.MULTILINE))
    assert rows == {str(each) for each in load("outage/triage").STEPS}
    assert rows - {"person", "login"} == {*State} - {State.CANCELLED, State.REFUSED, State.FREE}

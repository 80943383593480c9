"""`countermand reconcile` and `purge`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from typer import BadParameter

from countermand_ops.cli._durations import to_seconds
from countermand_ops.cli._signals import Terminated
from countermand_ops.config import load
from tests.operations.running import run
from tests.operations.test_keys import accept, age
from tests.support.claims import run_sql

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from countermand.sandbox import Sandbox

    Configure = Callable[..., Path]

REASON = ("--reason", "a test")


def test_a_round_looks_at_what_is_due(sandbox: Sandbox, configure: Configure) -> None:
    """Its exit code does not depend on what it finds."""
    file = configure("bento")
    payment = accept(sandbox)
    none = run("reconcile", "--json")
    assert (none.code, none.document["looked"]) == (0, 0)
    age(file)
    assert run("reconcile", "--json").document["still_open"] == 1
    sandbox.finish_pending(payment)
    age(file)
    done = run("reconcile", "--limit", "5")
    expected = "1 looked, 1 cancelled, 0 refused, 0 still open, 0 needs person, 0 skipped\n"
    assert (done.code, done.out) == (0, expected)


def test_rounds_go_on_until_they_are_ended(
    sandbox: Sandbox, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM ends them with 0, Ctrl-C with 130; a ledger that fails meanwhile does not."""
    configure("bento")
    accept(sandbox)
    pauses: list[float] = []
    endings: list[type[BaseException]] = [Terminated, KeyboardInterrupt]

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) % 2 == 0:
            raise endings.pop(0)

    monkeypatch.setattr("countermand_ops.cli._upkeep.time.sleep", sleep)
    ended = run("reconcile", "--every", "1m", "--json")
    assert (ended.code, len(ended.documents), pauses) == (0, 2, [60.0, 60.0])
    assert run("reconcile", "--every", "60").code == 130


def test_a_ledger_that_is_gone_is_told(
    configure: Configure, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single round ends with 8; others wait for it to come back."""
    configure("bento", more=f'[ledger]\nurl = "sqlite:///{home}"')
    once = run("reconcile")
    assert (once.code, once.err.startswith("Ledger unavailable: ")) == (8, True)

    def terminate(_seconds: float) -> None:
        raise Terminated

    monkeypatch.setattr(time, "sleep", terminate)
    assert run("reconcile", "--every", "60", "--json").document["error"] == "LedgerUnavailable"


def test_old_keys_are_purged(sandbox: Sandbox, configure: Configure) -> None:
    """A forgotten key sends again, so a person is asked."""
    file = configure("unzer")
    payment = sandbox.create_payment("unzer")
    order = ("--payment-id", payment.payment_id, "--amount", "1.00", "--key", "order-1")
    assert run("cancel", "unzer", *order, *REASON).code == 0
    with load(file).ledger as ledger:
        run_sql(ledger, "UPDATE countermand_cancellations SET closed_at = 1")
    forget = ("purge", "--older-than", "12w", "--forget")
    unasked = run(*forget)
    assert (unasked.code, "--forget needs --yes without a terminal" in unasked.err) == (2, True)
    denied = run(*forget, typed="n\n")
    assert (denied.code, denied.err.endswith("Nothing was purged\n")) == (10, True)
    assert run("show", "order-1").code == 0
    assert run(*forget, typed="y\n").out == "Purged: 1\n"
    assert run(*forget, "--yes").out == "Purged: 0\n"
    assert run("show", "order-1").code == 2
    young = run("purge", "--older-than", "1d")
    assert (young.code, "--older-than: older_than must be at least" in young.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("45", 45), ("1.5m", 90), ("12h", 43200), ("90d", 7776000), ("2w", 1209600)],
)
def test_a_span_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    """Seconds without one."""
    assert to_seconds(text) == seconds


@pytest.mark.parametrize("text", ["0", "0s", "5201w", f"{'9' * 14}s", "9" * 400])
def test_a_span_that_no_clock_can_wait_for_is_refused(text: str) -> None:
    """Nor is there a pause of no length: it would keep the ledger busy."""
    with pytest.raises(BadParameter, match="must be longer than 0s and at most 5200w"):
        to_seconds(text)


@pytest.mark.parametrize("text", ["", "d", "1y", "-1d", "1 d", "1d2h"])
def test_another_form_of_a_span_is_refused(text: str) -> None:
    """With the right form."""
    ran = run("purge", "--older-than", text)
    assert (ran.code, "such as 45s, 30m, 12h or 90d" in ran.err) == (2, True)

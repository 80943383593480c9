"""`countermand bulk apply`: what stops it, and what it waits for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from countermand import Ledger, pace_pay
from countermand.sandbox import faults
from countermand_ops.bulk import _run
from countermand_ops.cli import _bulk
from tests.operations.running import ONE_TRY, executions
from tests.support.claims import claimant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from countermand.sandbox import Sandbox
    from countermand.sandbox.payments import Payment
    from tests.operations.conftest import Configure
    from tests.operations.running import Ran


def test_it_stops_after_so_many_failures(
    sandbox: Sandbox,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
    report: Callable[[], list[dict[str, Any]]],
) -> None:
    """What was not tried is told; the same command goes on."""
    configure("unzer")
    payments = planned("unzer", 6)
    for each in payments[:3]:
        sandbox.capture(each)
    ran = apply("--max-failures", "2", "--concurrency", "1")
    assert ran.code == 4
    assert "stopped          2 rows have failed" in ran.out
    assert "AlreadyCaptured  2" in ran.out
    assert [each["outcome"] for each in report()] == ["not cancelled"] * 2 + ["not tried"] * 4
    assert apply("--concurrency", "1").code == 4
    assert [each["outcome"] for each in report()] == ["not cancelled"] * 3 + ["cancelled"] * 3
    assert executions(sandbox, payments) == [0, 0, 0, 1, 1, 1]


def test_it_stops_where_something_else_answers(
    sandbox: Sandbox,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
) -> None:
    """After 20 answers in a row; any answer of the API's begins anew."""
    configure("pace_pay", more=ONE_TRY)
    payments = planned("pace_pay", 45)
    page = faults.error_page(404)
    sandbox.script("pace_pay", *[page] * 19, faults.PASS, *[page] * 25)
    ran = apply("--concurrency", "1", "--json")
    assert ran.code == 5
    document = ran.document
    assert document["outcomes"] == {"cancelled": 1, "unknown": 39}
    assert document["stopped"].startswith("the last 20 answers at http://127.0.0.1")
    assert document["stopped"].endswith("are not those of PACE Pay; check base_url")
    sandbox.script("pace_pay")
    assert apply().code == 0
    assert executions(sandbox, payments) == [1] * 45


def test_the_api_s_own_refusals_do_not_stop_it(
    configure: Configure,
    sandbox: Sandbox,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
) -> None:
    """However many they are; an address without a server gives no answer at all."""
    configure("unzer", more=ONE_TRY)
    for each in planned("unzer", 25):
        sandbox.capture(each)
    ran = apply("--concurrency", "1", "--json")
    assert ran.document["outcomes"] == {"not cancelled": 25}
    assert ran.document["stopped"] is None


def test_rows_are_tried_again_after_429(
    sandbox: Sandbox,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Retry-After is waited for, in the call and after it; not for ever."""
    monkeypatch.setattr(_run, "MAX_TRIES", 1)
    configure("pace_pay", more="[policy]\nattempts = 2\ndeadline = 3")
    payments = planned("pace_pay", 3)
    soon, late = faults.busy(retry_after="0"), faults.busy(retry_after="4")
    # The third row is sent before the second one is tried again.
    sandbox.script("pace_pay", soon, faults.PASS, late, faults.PASS, late)
    ran = apply("--concurrency", "1", "--rate", "pace-pay=1000", "--json")
    assert ran.code == 4
    assert ran.document["retries"] == 1
    assert ran.document["errors"] == {"RateLimited": 1}
    assert executions(sandbox, payments) == [1, 0, 1]
    assert apply().code == 0
    assert executions(sandbox, payments) == [1, 1, 1]


def test_a_row_that_another_call_holds_is_waited_for(
    sandbox: Sandbox,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
    home: Path,
) -> None:
    """Its lease ends with the process that was killed."""
    configure("pace_pay", more="[ledger]\nlease = 1")
    (payment,) = planned("pace_pay", 1)
    hold(home, sandbox, payment, lease=1)
    assert apply("--json").document["outcomes"] == {"cancelled": 1}
    assert executions(sandbox, [payment]) == [1]


def test_a_call_that_does_not_end_is_in_progress(
    sandbox: Sandbox,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
) -> None:
    """It is told as such after a while."""
    monkeypatch.setattr(_bulk, "LEASE_RESERVE", -30.5)
    configure("pace_pay", more="[ledger]\nlease = 1")
    (payment,) = planned("pace_pay", 1)
    hold(home, sandbox, payment, lease=30)
    ran = apply("--json")
    assert (ran.code, ran.document["outcomes"]) == (6, {"in progress": 1})
    assert executions(sandbox, [payment]) == [0]


def hold(home: Path, sandbox: Sandbox, payment: Payment, lease: float) -> None:
    """Claim the key of a payment, as a process that is killed then."""
    ledger = Ledger(f"sqlite:///{home / 'state' / 'countermand' / 'ledger.db'}", lease=lease)
    account = sandbox.account("pace_pay")
    claim = claimant(
        payment.handle,
        cancellation=pace_pay.Cancellation(payment.identifiers["transaction_id"]),
        destination=account.endpoint,
    )
    ledger.claim(claim)
    ledger.abandon(claim)


def test_a_ledger_that_fails_ends_it(
    sandbox: Sandbox,
    configure: Configure,
    planned: Callable[..., list[Payment]],
    apply: Callable[..., Ran],
    home: Path,
) -> None:
    """Nothing more is sent that could not be recorded."""
    configure("pace_pay")
    payments = planned("pace_pay", 20)
    ledger = home / "state" / "countermand" / "ledger.db"

    def spoil() -> None:
        while not sum(executions(sandbox, payments)):
            pass
        ledger.rename(ledger.with_suffix(".gone"))

    thread = threading.Thread(target=spoil)
    thread.start()
    ran = apply("--concurrency", "1", "--rate", "20", "--json")
    thread.join()
    assert ran.code == 8
    assert "the ledger is unavailable" in ran.document["stopped"]
    assert sum(executions(sandbox, payments)) < 20

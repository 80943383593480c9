"""A wait for another thread ends with the deadline; what comes too late is discarded."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from countermand._core.commands import KeyHistory
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger, _deadlines
from countermand.ledger._deadlines import Deadline, DeadlineError, run_with_deadline
from tests.ledger.silence import ends
from tests.support.claims import another, claimant

if TYPE_CHECKING:
    from collections.abc import Callable

BRIEF = 0.4
LIMIT = 5.0


def test_a_schema_that_another_thread_makes_is_waited_for_until_the_deadline(
    ledger: Ledger,
) -> None:
    """It may be slow."""
    with (
        ledger._database._lock,
        pytest.raises(LedgerUnavailable, match=r"did not finish making the schema within 0\.4 s"),
    ):
        ends(lambda: ledger.find("order-42", timeout=BRIEF))
    assert ledger.claim(claimant()) == KeyHistory()


def test_a_result_after_an_interruption_is_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a connection would stay open without an owner."""
    go_on, discarded = threading.Event(), threading.Event()

    def struck(*_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(_deadlines, "wait", struck)
    with pytest.raises(KeyboardInterrupt):
        run_with_deadline(
            Deadline(LIMIT), lambda: go_on.wait(20), lambda _: discarded.set(), "nothing"
        )
    go_on.set()
    assert discarded.wait(20)


def test_a_late_error_is_dropped() -> None:
    """There is nothing to discard."""
    go_on, discarded = threading.Event(), []

    def fail() -> int:
        go_on.wait(20)
        raise ValueError("too late")

    with pytest.raises(DeadlineError, match=r"nothing within 0\.01 s"):
        run_with_deadline(Deadline(0.01), fail, discarded.append, "nothing")
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "countermand-connect":
            thread.join(20)
    assert discarded == []


def test_a_payment_lock_is_waited_for_until_the_deadline(ledgers: Callable[..., Ledger]) -> None:
    """Two claims for one payment at one moment: one is first, the other sees it."""
    first, second = ledgers(), ledgers()
    results: list[object] = []
    gate = threading.Barrier(2)

    def claim(ledger: Ledger, key: str) -> None:
        gate.wait()
        results.append(ledger.claim(another(key, payment_lock="b" * 64)))

    for number in range(10):
        crew = [
            threading.Thread(target=claim, args=(each, f"{number}-{index}"))
            for index, each in enumerate((first, second))
        ]
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()
        assert sum(isinstance(each, KeyHistory) for each in results) == (number == 0)
        results.clear()

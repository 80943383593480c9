"""The ledger's own methods under asyncio, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from countermand import Misdirected
from countermand._core.commands import KeyHistory
from countermand.errors import LedgerUnavailable
from tests.support.claims import age, another, claimant, receipt, rows, run_sql

if TYPE_CHECKING:
    from countermand.ledger import Ledger

TWO_DAYS = 2 * 86400.0


def test_a_key_goes_through_its_life(ledger: Ledger) -> None:
    """Each method does what the blocking one does."""
    store = ledger.asynchronous
    who, other = claimant(), claimant("other")

    async def run() -> None:
        assert await store.claim(who, first_attempt=True) == KeyHistory(attempt_recorded=True)
        assert await store.record_attempt(who, 2) is None
        assert (await store.find("order-42")).attempts == 2
        assert await store.claim(other, first_attempt=True) == KeyHistory(attempt_recorded=True)
        await store.release(other)
        found = [each async for each in store.unresolved()]
        assert [(each.key, each.attempts, each.in_progress) for each in found] == [
            ("order-42", 2, True),
            ("other", 0, False),
        ]
        await store.resolve("other", cancelled=False, by="ada", reason="nothing was sent")
        assert await store.record_outcome(who, receipt())
        assert [each async for each in store.unresolved()] == []

    asyncio.run(run())


def test_a_purge_works_in_batches(ledger: Ledger) -> None:
    """Between two of them others get their turn."""
    for number in range(130):
        ledger.claim(claimant(f"{number}"))
        ledger.record_outcome(claimant(f"{number}"), Misdirected("302", key=f"{number}"))
    age(ledger, TWO_DAYS + 1)
    assert asyncio.run(ledger.asynchronous.purge(older_than=TWO_DAYS)) == 130
    assert [row for row in rows(ledger) if "key" in row] == []


def test_a_release_takes_back_only_the_attempt_of_its_claim(ledger: Ledger) -> None:
    """An earlier attempt, which was proven not executed, stays counted."""
    first, second = claimant(), another()
    ledger.claim(first, first_attempt=True)
    ledger.record_outcome(first, Misdirected("302", key="order-42"))
    before = ledger.find("order-42")
    assert ledger.claim(second, first_attempt=True) == KeyHistory(
        attempts=1,
        attempt_recorded=True,
        since_first_attempt=pytest.approx(0.0, abs=60.0),
        since_last_attempt=pytest.approx(0.0, abs=60.0),
    )
    ledger.release(second)
    after = ledger.find("order-42")
    assert (after.attempts, after.in_progress) == (1, False)
    assert before.last_attempt is not None
    assert after.last_attempt is not None
    assert abs(after.last_attempt - before.last_attempt) < timedelta(milliseconds=1)
    history = ledger.claim(another(), first_attempt=True)
    assert isinstance(history, KeyHistory)
    assert (history.attempts, history.maybe_executed) == (1, False)


def test_a_fault_of_the_tables_is_no_reason_to_try_again(ledger: Ledger) -> None:
    """The error comes at once."""
    ledger.claim(claimant())
    run_sql(ledger, "ALTER TABLE countermand_cancellations RENAME TO gone")
    with pytest.raises(LedgerUnavailable, match=r"UndefinedTable|no such table"):
        asyncio.run(ledger.asynchronous.find("order-42"))
    with pytest.raises(LedgerUnavailable, match=r"UndefinedTable|no such table"):
        ledger.find("order-42")

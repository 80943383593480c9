"""Leases on keys: renewed while the call runs, free after it has ended."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from countermand._core.commands import KeyHistory, Rejected
from tests.support.claims import another, break_down, claimant, receipt, rows, run_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from countermand.ledger import Ledger

TEST_TIMEOUT = 20.0


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for a condition, up to `TEST_TIMEOUT` seconds."""
    until = time.monotonic() + TEST_TIMEOUT
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def lease_until(ledger: Ledger, key: str = "order-42") -> float:
    """End of a lease by the database's clock."""
    (row,) = [row for row in rows(ledger) if row.get("key") == key]
    return float(row["lease_until"])


def test_a_lease_is_renewed_while_its_call_runs(ledgers: Callable[..., Ledger]) -> None:
    """For all keys together; a released key stays free."""
    mine, other = ledgers(lease=3.0), ledgers()
    for key in ("order-42", "order-43", "order-44"):
        mine.claim(claimant(key))
    mine.record_outcome(claimant("order-44"), receipt("order-44"))
    first = lease_until(mine)
    wait_until(lambda: lease_until(mine) > first + 1.5)
    for key in ("order-42", "order-43"):
        assert isinstance(other.claim(another(key)), Rejected)
    assert lease_until(mine, "order-43") > first + 1.0
    assert [row["lease_until"] for row in rows(mine) if row.get("key") == "order-44"] == [None]


def test_a_lease_expires_after_a_crash(ledgers: Callable[..., Ledger]) -> None:
    """Within its duration, and not earlier."""
    crashed, other = ledgers(lease=1.0), ledgers()
    crashed.claim(claimant())
    crashed._leases.release_all()
    assert isinstance(other.claim(another()), Rejected)
    wait_until(lambda: isinstance(other.claim(another()), KeyHistory))


def test_the_thread_ends_without_leases(ledger: Ledger) -> None:
    """And starts again with the next lease."""
    for _ in range(2):
        ledger.claim(claimant())
        thread = ledger._leases._thread
        assert isinstance(thread, threading.Thread)
        assert thread.daemon
        ledger._leases.release_all()
        thread.join(TEST_TIMEOUT)
        assert not thread.is_alive()
        assert ledger._leases._thread is None
        run_sql(ledger, "UPDATE countermand_cancellations SET lease_until = 0")


def test_a_renewal_that_fails_is_logged_and_tried_again(
    ledgers: Callable[..., Ledger], caplog: pytest.LogCaptureFixture
) -> None:
    """A database that returns in time loses no lease."""
    ledger = ledgers(lease=1.0)
    ledger.claim(claimant())
    first = lease_until(ledger)
    with caplog.at_level(logging.WARNING, logger="countermand"):
        calls = break_down(ledger, 1)
        wait_until(lambda: len(calls) > 1 and lease_until(ledger) > first)
    assert "gone" in caplog.text
    ledger._leases.release_all()


def test_a_forked_process_renews_its_own_leases(ledgers: Callable[..., Ledger]) -> None:
    """The parent's thread does not exist there, so the next claim starts another."""
    ledger = ledgers(lease=1.0)
    ended = threading.Thread(target=lambda: None)
    ended.start()
    ended.join()
    ledger._leases._thread = ended
    ledger.claim(claimant())
    first = lease_until(ledger)
    until = time.monotonic() + 1.0
    while lease_until(ledger) == first and time.monotonic() < until:
        time.sleep(0.02)
    assert lease_until(ledger) > first
    ledger._leases.release_all()


def test_an_expired_lease_is_not_renewed(ledgers: Callable[..., Ledger]) -> None:
    """Another key may have locked the payment; other leases are renewed beside it."""
    ledger = ledgers(lease=1.0)
    for key in ("order-42", "order-43"):
        ledger.claim(claimant(key))
    statement = "UPDATE countermand_cancellations SET lease_until = 0 WHERE key = 'order-42'"
    run_sql(ledger, statement)
    first = lease_until(ledger, "order-43")
    wait_until(lambda: lease_until(ledger, "order-43") > first)
    assert lease_until(ledger) == 0
    ledger._leases.release_all()


def test_a_lease_is_valid_until_it_may_have_expired(
    ledgers: Callable[..., Ledger],
) -> None:
    """By this process's clock, from the moment before it was requested."""
    ledger = ledgers(lease=1.0)
    assert not ledger.is_held(claimant())
    ledger.claim(claimant())
    assert ledger.is_held(claimant())
    assert not ledger.is_held(another())
    break_down(ledger)
    wait_until(lambda: not ledger.is_held(claimant()))
    ledger._leases.release_all()


def test_a_released_key_is_not_leased_again_by_a_late_thread(
    ledgers: Callable[..., Ledger],
) -> None:
    """A record_attempt in a thread may end after its call."""
    ledger = ledgers(lease=1.0)
    ledger.claim(claimant())
    ledger.abandon(claimant())
    ledger._leases.renewed("order-42", claimant().owner, time.monotonic())
    assert not ledger._leases._held
    ledger.claim(claimant())
    until = ledger._leases._held["order-42"].deadline
    ledger._leases.renewed("order-42", "another owner", time.monotonic() + 60)
    assert ledger._leases._held["order-42"].deadline == until
    ledger._leases.renewed("order-42", claimant().owner, time.monotonic() + 60)
    assert ledger._leases._held["order-42"].deadline > until + 50
    ledger._leases.release_all()


def test_a_renewal_does_not_shorten_a_later_one(ledger: Ledger) -> None:
    """And a lease that was released meanwhile stays released."""
    for key in ("order-42", "order-43", "order-44"):
        ledger.claim(claimant(key))
    leases = ledger._leases
    before = dict(leases._held)
    leases.renewed("order-42", claimant("order-42").owner, time.monotonic() + 60)
    later = leases._held["order-42"]
    leases.release("order-43", claimant("order-43").owner)
    leases._renew_all(before)
    assert leases._held["order-42"] == later
    assert "order-43" not in leases._held
    assert leases._held["order-44"].deadline > before["order-44"].deadline
    leases.release_all()

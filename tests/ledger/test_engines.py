"""Engines of the caller: whatever their settings, one call has the lease on a key."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from countermand._core.commands import KeyHistory, Rejected
from countermand.ledger import Ledger
from tests.support.claims import another, claimant

ISOLATION = pytest.mark.parametrize("isolation", ["AUTOCOMMIT", "REPEATABLE READ", "SERIALIZABLE"])


@ISOLATION
def test_an_engine_with_another_isolation_leases_a_key_to_one_call(
    postgresql: sa.URL, isolation: Any
) -> None:
    """One of several workers sends, the others wait."""
    engine = sa.create_engine(postgresql, isolation_level=isolation)
    ledger = Ledger(engine)
    ledger.unresolved()
    for number in range(40):
        barrier = threading.Barrier(6)

        def work(_: int, key: str = f"key-{number}", barrier: Any = barrier) -> str:
            who = another(key)
            barrier.wait()
            claimed = ledger.claim(who)
            if isinstance(claimed, Rejected):
                return type(claimed.error).__name__
            assert isinstance(claimed, KeyHistory)
            sent = ledger.record_attempt(who, 1) is None and not claimed.maybe_executed
            return "sent" if sent else "CancellationInProgress"

        with ThreadPoolExecutor(6) as pool:
            found = sorted(pool.map(work, range(6)))
        assert found == ["CancellationInProgress"] * 5 + ["sent"]
    ledger.close()
    engine.dispose()


@ISOLATION
def test_an_engine_with_another_isolation_keeps_the_payment_lock(
    postgresql: sa.URL, isolation: Any
) -> None:
    """A read after waiting for the lock must not be older than the lock."""
    engine = sa.create_engine(postgresql, isolation_level=isolation)
    ledger = Ledger(engine)
    ledger.unresolved()
    for number in range(20):
        barrier = threading.Barrier(4)

        def work(which: int, number: int = number, barrier: Any = barrier) -> bool:
            who = another(f"{number}-{which}", payment_lock=f"{number:064x}")
            barrier.wait()
            return isinstance(ledger.claim(who), KeyHistory)

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(work, range(4))) == 1
    ledger.close()
    engine.dispose()


def test_two_ledgers_may_share_one_engine(sqlite: sa.URL) -> None:
    """Listeners are installed once."""
    engine = sa.create_engine(sqlite)
    first, second = Ledger(engine), Ledger(engine)
    assert isinstance(first.claim(claimant("a")), KeyHistory)
    assert isinstance(second.claim(claimant("b")), KeyHistory)
    engine.dispose()


def test_an_engine_in_memory_is_rejected() -> None:
    """As a URL, as an engine, and as a URI."""
    with pytest.raises(ValueError, match="memory"):
        Ledger(sa.create_engine("sqlite://"))
    with pytest.raises(ValueError, match="memory"):
        Ledger("sqlite:///file::memory:?uri=true")

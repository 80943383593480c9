"""Engines of the caller's own: whatever they are set to, one key is held by one worker."""

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
def test_an_engine_of_another_isolation_gives_a_key_to_one(
    postgresql: sa.URL, isolation: Any
) -> None:
    """Whatever the caller's engine is set to, one of many workers gets to send, the rest wait."""
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
def test_an_engine_of_another_isolation_keeps_two_keys_of_one_payment_apart(
    postgresql: sa.URL, isolation: Any
) -> None:
    """The lock on the payment is of no use if what is read after it is older than it."""
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
    """The second one must not begin every transaction twice."""
    engine = sa.create_engine(sqlite)
    first, second = Ledger(engine), Ledger(engine)
    assert isinstance(first.claim(claimant("a")), KeyHistory)
    assert isinstance(second.claim(claimant("b")), KeyHistory)
    engine.dispose()


def test_a_memory_engine_is_no_ledger() -> None:
    """It is refused as a URL, so it is refused as an engine, and in the URI's writing."""
    with pytest.raises(ValueError, match="memory"):
        Ledger(sa.create_engine("sqlite://"))
    with pytest.raises(ValueError, match="memory"):
        Ledger("sqlite:///file::memory:?uri=true")

"""A process that is forked: what the child must not share with its parent."""

from __future__ import annotations

import gc
import os
import time
from typing import TYPE_CHECKING

from countermand import _threads
from countermand._core.commands import Rejected
from countermand._threads import LEDGER_POOL, ThreadPool
from tests.support.claims import another, claimant

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from countermand.ledger import Ledger


def test_a_child_does_not_renew_its_parents_holds(ledgers: Callable[..., Ledger]) -> None:
    """Else a killed parent's key stays held for as long as the child lives."""
    ledger = ledgers(lease=1.0)
    ledger.claim(claimant("parent"))
    child = os.fork()
    if child == 0:
        # What the child holds is told by its exit status; no clean-up of the parent's runs here.
        ledger._leases.add("child", "c" * 32, time.monotonic())
        os._exit("parent" in ledger._leases._held)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_child_opens_connections_of_its_own(ledgers: Callable[..., Ledger]) -> None:
    """Two processes on one socket read each other's answers."""
    ledger = ledgers()
    ledger.unresolved()
    with ledger._database.engine.connect() as connection:
        parents = id(connection.connection.dbapi_connection)
    child = os.fork()
    if child == 0:
        with ledger._database.engine.connect() as connection:
            os._exit(id(connection.connection.dbapi_connection) == parents)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_child_has_threads_of_its_own() -> None:
    """Those of the parent did not come along, so their pool would never do anything."""
    assert LEDGER_POOL.pool().submit(int, "42").result() == 42
    child = os.fork()
    if child == 0:
        done = LEDGER_POOL.pool().submit(int, "42")
        os._exit(0 if done.result(20) == 42 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_child_is_not_stopped_by_a_lock_of_its_parent(ledgers: Callable[..., Ledger]) -> None:
    """Nobody is left in the child who could open it."""
    ledger = ledgers()
    ledger.unresolved()
    with ledger._leases._lock, ledger._database._lock:
        child = os.fork()
        if child == 0:
            free = ledger._leases._lock.acquire(blocking=False)
            os._exit(0 if free and ledger._database._lock.acquire(blocking=False) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_what_is_gone_is_not_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that nobody refers to is forgotten here too."""
    monkeypatch.setattr(_threads, "_resets", [])

    class Shared:
        renewed = 0

        def renew(self) -> None:
            self.renewed += 1

    kept, gone = Shared(), Shared()
    for each in (kept, gone):
        _threads.reset_after_fork(each.renew)
    del gone, each
    gc.collect()
    _threads._reset_all()
    assert kept.renewed == 1


def test_what_a_child_renews_works_again(ledger: Ledger) -> None:
    """Seen from inside: a child's own lines are measured by nobody."""
    ledger.claim(claimant())
    lock = ledger._database._lock
    ledger._database.engine.dispose()
    ledger._database._forked()
    assert ledger._database._lock is not lock
    assert isinstance(ledger.claim(another()), Rejected)
    threads = ThreadPool()
    first = threads.pool()
    threads.forget()
    assert threads.pool() is not first
    assert threads.pool().submit(int, "42").result() == 42
    for pool in (first, threads.pool()):
        pool.shutdown()

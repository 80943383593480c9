"""After a fork: what the child must not share with its parent."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from typing import TYPE_CHECKING, Any

from countermand import _threads
from countermand._core.commands import KeyHistory, Rejected
from countermand._threads import LEDGER_POOL, ThreadPool
from countermand.ledger import Ledger
from countermand.ledger._files import FileDatabase
from tests.support.claims import another, claimant

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_a_child_does_not_renew_its_parents_leases(ledgers: Callable[..., Ledger]) -> None:
    """Otherwise a killed parent's key stays leased while the child runs."""
    ledger = ledgers(lease=1.0)
    ledger.claim(claimant("parent"))
    child = os.fork()
    if child == 0:
        # What the child holds is told by its exit status; no clean-up of the parent's runs here.
        ledger._leases.add("child", "c" * 32, time.monotonic())
        os._exit("parent" in ledger._leases._held)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_child_opens_connections_of_its_own(ledgers: Callable[..., Ledger]) -> None:
    """Two processes on one connection read each other's answers."""
    ledger = ledgers()
    ledger.claim(claimant("parent"))
    parents: Any = ledger._database
    is_file = isinstance(parents, FileDatabase)
    kept = parents._idle[0]
    child = os.fork()
    if child == 0:
        fresh = parents._idle == [] and getattr(parents, "_writer", None) is None
        done = isinstance(ledger.claim(claimant("child")), KeyHistory)
        ledger._leases.release_all()
        os._exit(0 if fresh and done else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    # SQLite keeps locks in the memory of the process, so its files are closed before a fork.
    assert parents._idle == ([] if is_file else [kept])
    assert ledger.find("child").in_progress
    assert isinstance(ledger.claim(claimant("parent")), KeyHistory)


def test_a_child_with_a_loop_opens_connections_of_its_own(postgresql: str) -> None:
    """Its loop is another one, too."""
    ledger = Ledger(postgresql)

    async def claim(key: str) -> object:
        return await ledger.asynchronous.claim(claimant(key))

    assert asyncio.run(claim("parent")) == KeyHistory()
    child = os.fork()
    if child == 0:
        try:
            other: Any = ledger._async_database
            fresh = other._pools == {}
            os._exit(0 if fresh and asyncio.run(claim("child")) == KeyHistory() else 1)
        finally:
            # A child that fails must not go on with the tests.
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert asyncio.run(claim("third")) == KeyHistory()
    other: Any = ledger._async_database
    other._forked()
    assert asyncio.run(claim("fourth")) == KeyHistory()
    ledger.close()


def test_a_child_has_threads_of_its_own() -> None:
    """The threads of the parent do not exist in the child."""
    assert LEDGER_POOL.pool().submit(int, "42").result() == 42
    child = os.fork()
    if child == 0:
        done = LEDGER_POOL.pool().submit(int, "42")
        os._exit(0 if done.result(20) == 42 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_child_is_not_stopped_by_a_lock_of_its_parent(ledgers: Callable[..., Ledger]) -> None:
    """No thread of the child could release it."""
    ledger = ledgers()
    list(ledger.unresolved())
    with ledger._leases._lock, ledger._database._lock:
        child = os.fork()
        if child == 0:
            free = ledger._leases._lock.acquire(blocking=False)
            os._exit(0 if free and ledger._database._lock.acquire(blocking=False) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_collected_object_is_not_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry refers to it weakly."""
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


def test_an_object_that_was_reset_works(ledger: Ledger) -> None:
    """Called in the parent, because coverage does not measure the child."""
    ledger.claim(claimant())
    lock = ledger._database._lock
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

"""anyio cancels a task in each turn of the loop; what must be finished first waits, and is idle."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import psycopg
import pytest
from attrs import frozen

from countermand import AsyncClient, CancelRequest, Ledger, unzer
from countermand._runtime.shielded import wait_for_end
from tests.support.postgresql import running_server
from tests.support.transports import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

UNZER = unzer.Account("s-priv-hush", "https://unzer.invalid/v1")
CANCEL = unzer.Cancellation("s-pay-1", amount=1)
MAX_TURNS = 200
"""Turns of the loop in half a second; one that spins makes thousands."""


class Turns:
    """Counts the turns of event loops."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        loop: Any = asyncio.BaseEventLoop
        run_once = loop._run_once

        def counted(self_: Any) -> None:
            self.count += 1
            run_once(self_)

        monkeypatch.setattr(loop, "_run_once", counted)


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    """The turns of every loop of a test."""
    return Turns(monkeypatch)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL of this module's own."""
    with running_server(fsync=False) as url:
        yield url


@contextmanager
def blocked_by_sqlite(path: Path) -> Iterator[tuple[Ledger, Writer]]:
    """A ledger, and another process that writes to it until it is told to end."""
    with Ledger(path) as ledger, closing(sqlite3.connect(path, check_same_thread=False)) as other:
        list(ledger.unresolved())
        yield ledger, Writer(lambda: other.execute("BEGIN IMMEDIATE"), other.rollback)


@contextmanager
def blocked_by_postgresql(url: str) -> Iterator[tuple[Ledger, Writer]]:
    """The same with PostgreSQL, whose lock lets others read."""
    lock = "LOCK TABLE countermand_cancellations IN EXCLUSIVE MODE"
    with Ledger(url) as ledger, psycopg.connect(url) as other:
        list(ledger.unresolved())
        yield ledger, Writer(lambda: other.execute(lock), other.rollback)


@frozen
class Writer:
    """Another process that has a transaction."""

    begin: Callable[[], object]
    end: Callable[[], None]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_slow_claim_in_a_cancelled_scope_does_not_spin(
    tmp_path: Path, turns: Turns, request: pytest.FixtureRequest, database: str, *, many: bool
) -> None:
    """Another process writes to the ledger meanwhile."""
    key = f"order-{many}"
    recorder = Recorder()
    ended: list[None] = []

    async def call(client: AsyncClient) -> None:
        if not many:
            await client.cancel(CANCEL, key=key)
            return
        async for _ in client.cancel_many([CancelRequest(CANCEL, key)], concurrency=1):
            pass

    def end(other: Writer) -> None:
        other.end()
        ended.append(None)

    async def run(ledger: Ledger, other: Writer) -> None:
        loop = asyncio.get_running_loop()
        async with AsyncClient(UNZER, ledger=ledger, transport=recorder) as client:
            # So that the connection is there, and the call meets the lock.
            await client.count_unresolved()
            other.begin()
            loop.call_later(0.5, end, other)
            turns.count = 0
            with anyio.move_on_after(0.05) as scope:
                await call(client)
            assert scope.cancelled_caught
            assert ended
            assert turns.count < MAX_TURNS

    blocked: Any = (
        blocked_by_sqlite(tmp_path / "keys.db")
        if database == "sqlite"
        else blocked_by_postgresql(request.getfixturevalue("server"))
    )
    with blocked as (ledger, other):
        asyncio.run(run(ledger, other))
        assert recorder.sent == []
        assert {found.state for found in ledger.unresolved()} <= {"CLAIMED"}


@pytest.mark.parametrize("loaded", [False, True])
def test_a_wait_for_the_end_outlasts_each_cancellation(
    turns: Turns, monkeypatch: pytest.MonkeyPatch, *, loaded: bool
) -> None:
    """Whether the program uses anyio or not."""
    if not loaded:
        monkeypatch.delitem(sys.modules, "anyio")

    async def run() -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        waiting = asyncio.create_task(wait_for_end(future))
        for _ in range(3):
            await asyncio.sleep(0)
            waiting.cancel()
        await asyncio.sleep(0)
        assert not waiting.done()
        future.set_result(None)
        await waiting

    asyncio.run(run())
    assert turns.count < MAX_TURNS

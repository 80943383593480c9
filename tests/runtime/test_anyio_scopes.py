"""anyio cancels a task in each turn of the loop; what must be finished first waits, and is idle."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from countermand import AsyncClient, CancelRequest, Ledger, unzer
from countermand._runtime.shielded import wait_for_end
from tests.support.transports import Recorder

if TYPE_CHECKING:
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


@pytest.mark.parametrize("many", [False, True])
def test_a_slow_claim_in_a_cancelled_scope_does_not_spin(
    tmp_path: Path, turns: Turns, *, many: bool
) -> None:
    """Another process writes to the ledger meanwhile."""
    ledger = Ledger(tmp_path / "keys.db")
    list(ledger.unresolved())

    async def call(client: AsyncClient) -> None:
        if not many:
            await client.cancel(CANCEL, key="order-42")
            return
        async for _ in client.cancel_many([CancelRequest(CANCEL, "order-42")], concurrency=1):
            pass

    async def run(other: sqlite3.Connection) -> None:
        loop = asyncio.get_running_loop()
        async with AsyncClient(UNZER, ledger=ledger, transport=Recorder()) as client:
            other.execute("BEGIN IMMEDIATE")
            loop.call_later(0.5, other.rollback)
            turns.count = 0
            with anyio.move_on_after(0.05) as scope:
                await call(client)
            assert scope.cancelled_caught
            assert not other.in_transaction
            assert turns.count < MAX_TURNS

    with closing(sqlite3.connect(tmp_path / "keys.db", check_same_thread=False)) as other:
        asyncio.run(run(other))
    ledger.close()


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

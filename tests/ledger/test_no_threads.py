"""A SQLite ledger where no thread can be started: the system has no more, or Python shuts down."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from countermand import AsyncClient, Client, Ledger, LedgerUnavailable, unzer
from countermand._core.commands import KeyHistory, Rejected
from countermand._runtime.claim import ClaimHandle
from countermand._runtime.stores import refuse_steps
from countermand._threads import LEDGER_POOL, in_ledger_pool
from tests.support.claims import claimant
from tests.support.transports import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.flavours import Flavour

UNZER = unzer.Account("s-priv-hush", "https://unzer.invalid/v1")
CANCEL = unzer.Cancellation("s-pay-1", amount=1)
KEY = "order-42"


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger in a file, without threads yet."""
    monkeypatch.setattr(LEDGER_POOL, "_pool", None)
    with Ledger(tmp_path / "keys.db") as found:
        yield found
    LEDGER_POOL.pool().shutdown()


def no_threads(patch: pytest.MonkeyPatch) -> None:
    """Let no thread start."""

    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    patch.setattr(threading.Thread, "start", start)


def test_a_call_without_threads_sends_nothing(
    ledger: Ledger, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key is free: the same call is made once there are threads."""
    transport = Recorder()

    async def twice() -> None:
        async with AsyncClient(UNZER, ledger=ledger, transport=transport) as client:
            with monkeypatch.context() as patch:
                no_threads(patch)
                with pytest.raises(LedgerUnavailable, match="can't start new thread") as caught:
                    await client.cancel(CANCEL, key=KEY)
            assert caught.value.key == KEY
            assert not transport.sent
            await client.cancel(CANCEL, key=KEY)

    if flavour == "async":
        asyncio.run(twice())
    else:
        with Client(UNZER, ledger=ledger, transport=transport) as client:
            with monkeypatch.context() as patch:
                no_threads(patch)
                with pytest.raises(LedgerUnavailable, match="can't start new thread") as caught:
                    client.cancel(CANCEL, key=KEY)
            assert caught.value.key == KEY
            assert not transport.sent
            client.cancel(CANCEL, key=KEY)
    assert len(transport.sent) == 1


def test_an_attempt_that_no_thread_records_is_not_sent(ledger: Ledger) -> None:
    """The threads may have run out since the claim."""
    handle = ClaimHandle(store=ledger, claim=claimant(KEY), name="Unzer")
    rejected = refuse_steps(handle.record_attempt(1, 1.0), LedgerUnavailable("no thread"))
    assert isinstance(rejected, Rejected)
    assert (type(rejected.error), rejected.error.key) == (LedgerUnavailable, KEY)


def test_a_method_without_threads_raises_the_ledger_s_error(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what it asked for is not done later."""
    done: list[str] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        with monkeypatch.context() as patch:
            no_threads(patch)
            with pytest.raises(LedgerUnavailable, match="no thread for it: can't start"):
                await ledger.asynchronous.claim(claimant(KEY))
            with pytest.raises(RuntimeError):
                in_ledger_pool(loop, done.append, "late")
        await in_ledger_pool(loop, done.append, "now")

    asyncio.run(run())
    LEDGER_POOL.pool().shutdown()
    assert done == ["now"]
    assert not list(ledger.unresolved())


def test_a_signal_handler_may_close_the_ledger_while_a_lease_is_added(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs in the thread that holds the lock of the leases."""
    start, answers = threading.Thread.start, list[Any]()

    def closing(thread: threading.Thread) -> None:
        ledger.close()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", closing)
    caller = threading.Thread(target=lambda: answers.append(ledger.claim(claimant(KEY))))
    caller.daemon = True
    start(caller)
    caller.join(10)
    assert answers == [KeyHistory()]

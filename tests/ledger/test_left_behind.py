"""Calls that are dropped, suspended or delayed: no lease is left behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand import (
    AsyncClient,
    Client,
    OutcomeUnknown,
    RawResponse,
    Receipt,
    Unreachable,
    pace_pay,
    unzer,
)
from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand._runtime.invocation import Invocation
from tests.support.claims import age, another, claimant
from tests.support.transports import POLICY, UNZER, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.ledger import Ledger

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))


@pytest.mark.parametrize("cancelled", [True, False])
def test_a_worker_that_slept_through_a_resolution_sends_nothing(
    ledger: Ledger, *, cancelled: bool
) -> None:
    """A worker whose lease has expired must not continue after a person has resolved the key."""
    who = claimant()
    ledger.claim(who)
    age(ledger, 100)
    ledger.resolve(who.key, cancelled=cancelled, by="ada", reason="by telephone")
    assert isinstance(ledger.record_attempt(who, 1), Rejected)
    ledger.record_outcome(who, Unreachable("late", key=who.key))
    assert list(ledger.unresolved()) == []
    assert isinstance(ledger.claim(another()), AlreadyFinished if cancelled else KeyHistory)


def test_a_coroutine_that_is_dropped_with_its_loop_abandons_its_lease(
    ledgers: Callable[..., Ledger],
) -> None:
    """No code is left to release the key, so the lease must not be renewed."""
    ledger = ledgers(lease=1.0)

    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(100)
            raise AssertionError

    loop = asyncio.new_event_loop()
    client = AsyncClient(UNZER, ledger=ledger, transport=Hanging(), policy=POLICY)
    task = loop.create_task(client.cancel(CANCEL, key="order-42"))
    while "order-42" not in ledger._leases._held:
        loop.run_until_complete(asyncio.sleep(0.05))
    loop.close()
    del task
    # A thread may just be claiming for the call, and keeps the coroutine alive until it is done.
    until = time.monotonic() + 20
    while "order-42" in ledger._leases._held and time.monotonic() < until:
        gc.collect()
        time.sleep(0.01)
    assert "order-42" not in ledger._leases._held
    assert not any(found.in_progress for found in ledger.unresolved())


def test_hanging_callables_do_not_keep_other_calls_from_the_ledger(ledger: Ledger) -> None:
    """Token callables may occupy all of the loop's threads; the deadline is kept."""
    list(ledger.unresolved())
    free = threading.Event()
    account = pace_pay.Account(lambda _user: str(free.wait(20)), base_url="http://pace.invalid")

    async def run() -> object:
        client = AsyncClient(
            account, UNZER, ledger=ledger, transport=Recorder(), policy=POLICY, random=lambda: 0.0
        )
        others = [
            asyncio.ensure_future(
                client.cancel(
                    pace_pay.Cancellation(f"c3f037ea-492e-4033-9b4b-4efc7bec{number:04d}"),
                    user=f"u-{number}",
                )
            )
            for number in range(min(32, (os.cpu_count() or 1) + 4))
        ]
        await asyncio.sleep(2)
        asyncio.get_running_loop().call_later(8, free.set)
        found = await client.cancel(CANCEL, key="order-42", deadline=2.0)
        free.set()
        await asyncio.gather(*others, return_exceptions=True)
        return found

    assert isinstance(asyncio.run(run()), Receipt)


@pytest.mark.parametrize("store", ["ledger", "memory"])
def test_a_second_interruption_leaves_no_lease(
    ledger: Ledger, store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Users press Ctrl-C twice."""
    caplog.set_level(logging.ERROR)

    def struck(*_: object) -> Any:
        raise KeyboardInterrupt

    archive = ledger if store == "ledger" else None
    with Client(UNZER, ledger=archive, transport=Recorder(struck), policy=POLICY) as client:
        with monkeypatch.context() as patch:
            patch.setattr(Invocation, "on_interrupt", struck)
            with pytest.raises(KeyboardInterrupt):
                client.cancel(CANCEL, key="order-42")
        if archive is None:
            entry = client._memory_store._entries["order-42"]
            assert entry.owner is None
            assert entry.maybe_executed
        else:
            assert "order-42" not in ledger._leases._held


def test_an_expired_lease_is_not_renewed_beside_another_key(ledger: Ledger) -> None:
    """Two concurrent cancels of one payment make a read-back unsound."""
    slow, other = claimant("one", payment_lock="a" * 64), claimant("two", payment_lock="a" * 64)
    assert isinstance(ledger.claim(slow), KeyHistory)
    age(ledger, 100)
    assert isinstance(ledger.claim(other), KeyHistory)
    assert isinstance(ledger.record_attempt(slow, 1), Rejected)
    assert ledger.record_attempt(other, 1) is None


def test_an_expired_lease_is_renewed_if_the_payment_is_free(ledger: Ledger) -> None:
    """A short failure of the database stops no call."""
    alone = claimant("one", payment_lock="a" * 64)
    ledger.claim(alone)
    age(ledger, 100)
    assert ledger.record_attempt(alone, 1) is None
    (found,) = ledger.unresolved()
    assert found.in_progress


@pytest.mark.parametrize("durable", [True, False])
def test_an_answer_that_was_read_survives_an_interruption(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, *, durable: bool
) -> None:
    """The next call with the key gets the receipt."""
    answer = Invocation.result_of

    def struck(self: Invocation, value: object) -> Any:
        if isinstance(value, RawResponse):
            raise KeyboardInterrupt
        return answer(self, value)

    provider = Recorder()
    archive = ledger if durable else None
    with Client(UNZER, ledger=archive, transport=provider, policy=POLICY) as client:
        with monkeypatch.context() as patch:
            patch.setattr(Invocation, "result_of", struck)
            with pytest.raises(KeyboardInterrupt) as caught:
                client.cancel(CANCEL, key="order-42")
        assert isinstance(caught.value.__cause__, OutcomeUnknown)
        assert isinstance(client.cancel(CANCEL, key="order-42"), Receipt)
    assert provider.cancels == len(provider.sent) == 1

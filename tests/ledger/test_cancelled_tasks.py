"""Tasks that are cancelled during an operation of the ledger."""

from __future__ import annotations

import asyncio
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand import AsyncClient, OutcomeUnknown, Receipt, Unreachable, unzer
from countermand._core import request
from countermand._core.commands import KeyHistory
from countermand._runtime.accounts import destination_of
from tests.support.claims import another, claimant
from tests.support.transports import POLICY, UNZER, VTEX, Recorder, call

if TYPE_CHECKING:
    from countermand.ledger import Ledger

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
TEST_TIMEOUT = 20.0
OURS = claimant(cancellation=CANCEL, destination=destination_of(UNZER))


def interrupted(ledger: Ledger, operation: str, when: str, *, times: int = 1) -> Recorder:
    """Cancel a task amid one operation of the ledger, before or after its work is done."""
    provider, reached, go_on = Recorder(), threading.Event(), threading.Event()
    store: Any = ledger.awaitable or ledger
    real = getattr(store, operation)

    def slow(*arguments: Any, **options: Any) -> Any:
        if when == "after":
            result = real(*arguments, **options)
        reached.set()
        assert go_on.wait(TEST_TIMEOUT)
        return real(*arguments, **options) if when == "before" else result

    async def slow_async(*arguments: Any, **options: Any) -> Any:
        if when == "after":
            result = await real(*arguments, **options)
        reached.set()
        await asyncio.to_thread(go_on.wait, TEST_TIMEOUT)
        return await real(*arguments, **options) if when == "before" else result

    setattr(store, operation, slow_async if ledger.awaitable else slow)

    async def run() -> None:
        async with AsyncClient(
            UNZER, VTEX, ledger=ledger, transport=provider, policy=POLICY
        ) as client:
            task = asyncio.create_task(client.cancel(CANCEL, key="order-42"))
            assert await asyncio.to_thread(reached.wait, TEST_TIMEOUT)
            for _ in range(times):
                task.cancel()
                await asyncio.sleep(0.01)
            go_on.set()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert isinstance(caught.value.__cause__, (Unreachable, OutcomeUnknown))

    asyncio.run(run())
    setattr(store, operation, real)
    return provider


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", ["claim", "record_attempt"])
def test_amid_claim_or_record_attempt_nothing_is_sent_and_the_key_is_free(
    ledger: Ledger, operation: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operation is completed, and then the key is released."""
    if operation == "record_attempt":
        # What the claim has recorded is too old.
        monkeypatch.setattr(request, "MAX_RECORD_AGE", -1.0)
    assert interrupted(ledger, operation, when).sent == []
    assert list(ledger.unresolved()) == []
    provider = Recorder()
    receipt = call("async", ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(receipt, Receipt)
    assert provider.cancels == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_amid_record_outcome_the_receipt_is_kept(ledger: Ledger, when: str) -> None:
    """The same key gives it again, and nothing more is sent."""
    assert interrupted(ledger, "record_outcome", when).cancels == 1
    silent = Recorder(lambda _: httpx.Response(500))
    receipt = call("async", ledger, "resume", "order-42", transport=silent)
    assert isinstance(receipt, Receipt)
    assert receipt.reference == "s-cnl-1"
    assert silent.sent == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_amid_claim_a_maybe_executed_key_stays_so(ledger: Ledger, when: str) -> None:
    """What an earlier call may have executed is not forgotten because this one was stopped."""
    ledger.claim(OURS)
    ledger.record_attempt(OURS, 1)
    ledger.record_outcome(OURS, OutcomeUnknown("lost", key="order-42"))
    assert interrupted(ledger, "claim", when).sent == []
    assert [found.key for found in ledger.unresolved()] == ["order-42"]
    history = ledger.claim(another(cancellation=CANCEL, destination=destination_of(UNZER)))
    assert isinstance(history, KeyHistory)
    assert history.maybe_executed


def test_a_task_that_is_cancelled_twice_does_not_keep_the_key(ledger: Ledger) -> None:
    """A second cancellation leaves no lease that is renewed forever."""
    assert interrupted(ledger, "claim", "before", times=2).sent == []
    assert "order-42" not in ledger._leases._held
    assert not ledger.find("order-42").in_progress

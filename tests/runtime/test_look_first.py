"""`Policy.look_first`: a second process without the first one's memory sends nothing twice."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pytest

from countermand import AsyncClient, Client, Evidence, Policy, unzer
from countermand.sandbox import faults
from tests.support.flavours import FLAVOURS, PLAIN_TLS, Flavour

if TYPE_CHECKING:
    from countermand import Receipt
    from countermand.sandbox import FaultProxy, Sandbox

PROCESSES: Final = 3
TRIALS: Final = 10


def process(
    flavour: Flavour, sandbox: Sandbox, proxy: FaultProxy, cancellation: Any, policy: Policy
) -> Receipt:
    """A client of its own: what another one remembered is gone."""
    account = sandbox.account("unzer", proxy.base_url("unzer"))
    options: dict[str, Any] = {"policy": policy, "verify": PLAIN_TLS, "trust_env": False}
    if flavour == "sync":
        with Client(account, **options) as client:
            return client.cancel(cancellation, key="order-42")

    async def cancelled() -> Receipt:
        async with AsyncClient(account, **options) as client:
            return await client.cancel(cancellation, key="order-42")

    return asyncio.run(cancelled())


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize(("look_first", "executions"), [(True, 1), (False, PROCESSES)])
def test_later_processes_find_the_cancel_of_the_first(
    sandbox: Sandbox, proxy: FaultProxy, flavour: Flavour, executions: int, *, look_first: bool
) -> None:
    """Its answer was lost; Unzer's records carry our reference. Without the look each one sends."""
    policy = Policy(look_first=look_first)
    for _ in range(TRIALS if look_first else 1):
        payment = sandbox.create_payment("unzer")
        cancellation = unzer.Cancellation(payment.identifiers["payment_id"], amount=Decimal("1.00"))
        proxy.script(*[faults.PASS] * look_first, faults.RESET_AFTER)
        receipts = [
            process(flavour, sandbox, proxy, cancellation, policy) for _ in range(PROCESSES)
        ]
        assert len(sandbox.executions(payment=payment)) == executions
        if look_first:
            assert {receipt.evidence for receipt in receipts} == {Evidence.READ_BACK}
            assert len({receipt.reference for receipt in receipts}) == 1

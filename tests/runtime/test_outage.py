"""In an outage, 200 calls make at most ten requests more than they must."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from attrs import define

from countermand import (
    AlreadyCaptured,
    AsyncClient,
    Budget,
    Client,
    Evidence,
    Policy,
    Receipt,
    Unreachable,
    bento,
    unzer,
)
from countermand.sandbox import faults
from tests.support.failures import CANCELLATIONS, account
from tests.support.flavours import PLAIN_TLS
from tests.support.rawserver import port_without_listener

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.sandbox import FaultProxy, Sandbox

pytestmark = pytest.mark.usefixtures("untraced")
CALLS: Final = 200


def silent() -> httpx.Response:
    """No answer, and it was sent."""
    raise httpx.ReadTimeout("no answer")


def busy() -> httpx.Response:
    """A gateway's page."""
    return httpx.Response(503, text="<html>busy</html>")


@define
class Outage(httpx.AsyncBaseTransport):
    """Fails every request in one way, and counts them."""

    fail: Callable[[], httpx.Response]
    requests: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Fail."""
        del request
        self.requests += 1
        await asyncio.sleep(0)
        return self.fail()


async def no_sleep(_seconds: float) -> None:
    """Go on at once."""
    await asyncio.sleep(0)


async def into_outage(
    api: str, at_once: int, *, url: str = "http://provider.invalid", transport: Any = None
) -> list[object]:
    """The results of 200 calls for as many keys."""
    accounts = [account(api, url)]
    if api == "pace_fueling":
        accounts.append(account("pace_pay", url))
    async with AsyncClient(
        *accounts, transport=transport, verify=PLAIN_TLS, trust_env=False, sleep=no_sleep
    ) as client:
        turns = asyncio.Semaphore(at_once)

        async def call(number: int) -> object:
            async with turns:
                return await client.cancel(payment(api, number), key=f"order-{number}")

        return await asyncio.gather(*map(call, range(CALLS)), return_exceptions=True)


def payment(api: str, number: int) -> Any:
    """One of many payments."""
    match api:
        case "unzer":
            return unzer.Cancellation(f"s-pay-{number}", amount=1)
        case "bento":
            return bento.Cancellation("o", f"t{number}", refund_amount=1)
        case _:
            return CANCELLATIONS[api]


@pytest.mark.parametrize("at_once", [1, 50])
@pytest.mark.parametrize("fail", [silent, busy])
@pytest.mark.parametrize("api", CANCELLATIONS)
def test_lost_answers_do_not_make_an_outage_worse(
    api: str, fail: Callable[[], httpx.Response], at_once: int
) -> None:
    """Repeats and looks together take ten tokens, and no failed call earns one."""
    transport = Outage(fail)
    results = asyncio.run(into_outage(api, at_once, transport=transport))
    assert not any(isinstance(result, Receipt) for result in results)
    assert CALLS <= transport.requests <= CALLS * 1.05


@pytest.mark.parametrize("at_once", [1, 50])
@pytest.mark.parametrize("api", CANCELLATIONS)
def test_refused_connections_do_not_make_an_outage_worse(api: str, at_once: int) -> None:
    """Nobody listens at the provider."""
    url = f"http://127.0.0.1:{port_without_listener()}"
    results = asyncio.run(into_outage(api, at_once, url=url))
    attempts = [len(result.attempts) for result in results if isinstance(result, Unreachable)]
    assert len(attempts) == CALLS
    assert sum(attempts) <= CALLS * 1.05


def test_a_lost_answer_on_a_healthy_day_is_read_back(sandbox: Sandbox, proxy: FaultProxy) -> None:
    """Every tenth one, as long as the provider answers the others: tokens are earned back."""
    unzer_account = sandbox.account("unzer", proxy.base_url("unzer"))
    policy = Policy(budget=Budget(reserve=2.0))
    with Client(unzer_account, policy=policy, verify=PLAIN_TLS, sleep=lambda _: None) as client:
        for number in range(50):
            if number % 10 == 0:
                proxy.script(faults.RESET_AFTER)
            made = sandbox.create_payment("unzer")
            receipt = client.cancel(unzer.Cancellation(made.payment_id, amount=1))
            assert receipt.evidence is (Evidence.REPLY if number % 10 else Evidence.READ_BACK)


def test_a_batch_in_which_a_third_is_refused_stays_proven(sandbox: Sandbox) -> None:
    """The look after a refusal takes no token, so the last refusal is proven as the first is."""
    proven = 0
    with Client(sandbox.account("unzer"), verify=PLAIN_TLS) as client:
        for number in range(60):
            made = sandbox.create_payment("unzer")
            if number % 3 == 0:
                sandbox.capture(made)
            try:
                client.cancel(unzer.Cancellation(made.payment_id, amount=1))
            except AlreadyCaptured:
                proven += 1
    reads = [seen for seen in sandbox.requests("unzer") if seen.method == "GET"]
    assert proven == 20
    assert len(reads) >= 20

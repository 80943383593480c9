"""One AsyncClient in several event loops, as in a worker that runs one loop per job."""

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest

from countermand import AsyncClient, LinkChallenge, Policy, Receipt, pace_pay
from countermand.sandbox import Sandbox
from tests.support.flavours import PLAIN_TLS
from tests.support.rawserver import NO_CONTENT, RawServer, hang, read, say

SETTINGS: dict[str, Any] = {"policy": Policy(budget=None), "verify": PLAIN_TLS, "trust_env": False}
PACE = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")

# A finished loop closes nothing; Python reports a job's open connections at collection.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("_collected"),
]


@pytest.fixture
def _collected() -> Iterator[None]:
    """Collect the connections of finished loops within the test that opened them."""
    yield
    gc.collect()


def test_a_second_event_loop_opens_connections_of_its_own() -> None:
    """The connections of the first loop are unusable, and are not used."""
    with RawServer([read, say(NO_CONTENT), hang]) as server:
        client = AsyncClient(pace_pay.Account("token-one", server.url), **SETTINGS)

        async def job(key: str) -> Receipt:
            return await client.cancel(PACE, key=key)

        async def last_job() -> Receipt:
            async with client:
                return await job("order-42")

        receipts = [asyncio.run(job("order-41")), asyncio.run(last_job())]
        assert [len(receipt.attempts) for receipt in receipts] == [1, 1]
        assert server.accepted == 2


async def five(sandbox: Sandbox, client: AsyncClient, user: str) -> list[Receipt]:
    """Cancel five payments of one user at once."""
    payments = [sandbox.create_payment("pace_pay") for _ in range(5)]
    cancellations = [pace_pay.Cancellation(payment.transaction_id) for payment in payments]
    return await asyncio.gather(
        *(client.cancel(cancellation, user=user) for cancellation in cancellations)
    )


def test_tasks_of_a_second_loop_can_wait_for_one_user(sandbox: Sandbox) -> None:
    """A question of the first loop does not block the second."""
    asked: list[LinkChallenge] = []

    async def handler(challenge: LinkChallenge) -> None:
        asked.append(challenge)
        await asyncio.sleep(0.1)
        sandbox.link("loops-2")

    account = sandbox.account("pace_pay", token=sandbox.issue_token("loops-2", linked=False))
    client = AsyncClient(account, link_identity=handler, **SETTINGS)
    assert len(asyncio.run(five(sandbox, client, "loops-2"))) == 5
    sandbox.unlink("loops-2")
    assert len(asyncio.run(five(sandbox, client, "loops-2"))) == 5
    assert len(asked) == 2

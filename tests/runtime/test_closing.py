"""Closing a client ends its running calls, sends nothing more and leaves no connection."""

import asyncio
import threading
from typing import Any

import pytest
from countermand_clients.pace_pay.api.transactions import get_transaction

from countermand import (
    AsyncClient,
    Client,
    CountermandError,
    OutcomeUnknown,
    Policy,
    Unreachable,
    bento,
    pace_pay,
)
from tests.support.flavours import PLAIN_TLS
from tests.support.rawserver import (
    NO_CONTENT,
    TEST_TIMEOUT,
    Conversation,
    RawServer,
    answer,
    hang,
    read,
    say,
)

PACE = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")
BENTO = bento.Cancellation("or_1", "tx_1", refund_amount=5)
LONG = Policy(attempt_timeout=TEST_TIMEOUT, deadline=TEST_TIMEOUT, budget=None)


def settings(**options: Any) -> dict[str, Any]:
    """Client options with timeouts much longer than the test waits."""
    return {"policy": LONG, "verify": PLAIN_TLS, "trust_env": False, **options}


def outcome(client: Client, cancellation: Any, results: list[Any]) -> None:
    """Cancel, and keep the result."""
    try:
        results.append(client.cancel(cancellation, key="order-42"))
    except CountermandError as error:
        results.append(error)


def closed_under(client: Client, cancellation: Any, reached: threading.Event, go_on: Any) -> Any:
    """Close the client when a call of another thread has set `reached`."""
    results: list[Any] = []
    thread = threading.Thread(target=outcome, args=(client, cancellation, results), daemon=True)
    thread.start()
    assert reached.wait(TEST_TIMEOUT)
    client.close()
    go_on()
    thread.join(TEST_TIMEOUT / 3)
    assert not thread.is_alive(), "the call outlives its client"
    return results[0]


def test_closing_ends_a_call_that_waits_for_its_answer() -> None:
    """At once, not at the deadline; a sent request may have been executed."""
    reached = threading.Event()

    def arrived(_conversation: Conversation) -> None:
        reached.set()

    with RawServer([read, arrived, hang]) as server:
        client = Client(bento.Account("token-one", server.url, read=False), **settings())
        known = closed_under(client, BENTO, reached, lambda: None)
        assert server.left.acquire(timeout=TEST_TIMEOUT)
        assert server.accepted == 1
    assert type(known) is OutcomeUnknown


@pytest.mark.parametrize("reply", [answer(503), answer(429)])
def test_closing_ends_a_call_that_waits_for_its_next_attempt(reply: bytes) -> None:
    """No further request is sent, and no connection is opened."""
    reached, go_on = threading.Event(), threading.Event()

    def sleep(_seconds: float) -> None:
        reached.set()
        go_on.wait(TEST_TIMEOUT)

    with RawServer([read, say(reply), hang], [read, say(NO_CONTENT)]) as server:
        client = Client(pace_pay.Account("token-one", server.url), **settings(sleep=sleep))
        known = closed_under(client, PACE, reached, go_on.set)
        assert (len(server.requests), server.accepted) == (1, 1)
        assert server.left.acquire(timeout=TEST_TIMEOUT)
    assert isinstance(known, CountermandError)


def test_closing_ends_a_call_that_waits_for_its_token() -> None:
    """Nothing was sent, and nothing is."""
    reached, go_on = threading.Event(), threading.Event()

    def token(_user: object) -> str:
        reached.set()
        go_on.wait(TEST_TIMEOUT)
        return "token-one"

    with RawServer([read, say(NO_CONTENT)]) as server:
        client = Client(pace_pay.Account(token, server.url), **settings())
        known = closed_under(client, PACE, reached, go_on.set)
        assert server.accepted == 0
    assert type(known) is Unreachable


def test_a_closed_client_sends_nothing() -> None:
    """Unreachable, with the reason; closing twice is allowed; a finished key is still known."""
    with RawServer([read, say(NO_CONTENT)]) as server:
        client = Client(pace_pay.Account("token-one", server.url), **settings())
        client.cancel(PACE, key="order-41")
        client.close()
        client.close()
        with pytest.raises(Unreachable, match="closed") as caught:
            client.cancel(PACE, key="order-42")
        assert len(server.requests) == 1
    assert (caught.value.key, len(caught.value.attempts)) == ("order-42", 0)


def test_a_closed_client_executes_nothing() -> None:
    """The same for any other operation."""
    client = Client(pace_pay.Account("token-one", "http://pace.invalid"), **settings())
    client.close()
    with pytest.raises(Unreachable):
        client.execute(get_transaction.call(PACE.transaction_id))


def test_a_client_that_never_sent_closes() -> None:
    """Closing without connections raises nothing."""

    async def run() -> None:
        async with AsyncClient(pace_pay.Account("token-one"), **settings()):
            pass

    with Client(pace_pay.Account("token-one"), **settings()):
        pass
    asyncio.run(run())


async def async_outcome(client: AsyncClient, cancellation: Any) -> Any:
    """Cancel, and return the result."""
    try:
        return await client.cancel(cancellation, key="order-42")
    except CountermandError as error:
        return error


async def async_closed_under(client: AsyncClient, cancellation: Any, reached: Any) -> Any:
    """Close the client when a call of another task has set `reached`."""
    task = asyncio.create_task(async_outcome(client, cancellation))
    assert await asyncio.to_thread(reached.wait, TEST_TIMEOUT)
    await client.aclose()
    return await asyncio.wait_for(task, TEST_TIMEOUT / 3)


def test_closing_ends_a_task_that_waits_for_its_answer() -> None:
    """As for threads."""
    reached = threading.Event()

    def arrived(_conversation: Conversation) -> None:
        reached.set()

    async def run(server: RawServer) -> Any:
        client = AsyncClient(bento.Account("token-one", server.url, read=False), **settings())
        return await async_closed_under(client, BENTO, reached)

    with RawServer([read, arrived, hang]) as server:
        known = asyncio.run(run(server))
        assert server.left.acquire(timeout=TEST_TIMEOUT)
        assert server.accepted == 1
    assert type(known) is OutcomeUnknown


@pytest.mark.parametrize("where", ["sleeping", "token"])
def test_closing_ends_a_task_that_waits_for_something_else(where: str) -> None:
    """No further request is sent."""
    reached = threading.Event()

    async def slow(_argument: object) -> str:
        reached.set()
        await asyncio.sleep(0.1)
        return "token-one"

    async def run(server: RawServer) -> Any:
        options = {"sleep": slow} if where == "sleeping" else {}
        token = slow if where == "token" else "token-one"
        client = AsyncClient(pace_pay.Account(token, server.url), **settings(**options))
        return await async_closed_under(client, PACE, reached)

    with RawServer([read, say(answer(503)), hang], [read, say(NO_CONTENT)]) as server:
        known = asyncio.run(run(server))
        assert len(server.requests) == (1 if where == "sleeping" else 0)
    assert isinstance(known, CountermandError)
    assert isinstance(known, OutcomeUnknown) == (where == "sleeping")

"""The gate: so many requests at once at each account, in order, for threads and for tasks."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from time import sleep
from typing import Any

import httpx
import pytest
from attrs import define, field

from countermand import AsyncClient, Client, Policy, Unreachable, unzer, vtex
from countermand._runtime.async_driver import _set_in
from countermand._runtime.gate import Gate, Place
from tests.support.flavours import PLAIN_TLS
from tests.support.transports import DONE, UNZER, VTEX


@define
class Counting(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Counts the requests that are under way, which last a while."""

    seconds: float = 0.002
    now: int = 0
    most: int = 0
    _lock: Any = field(factory=Lock)

    def _begin(self) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def _end(self) -> httpx.Response:
        with self._lock:
            self.now -= 1
        return httpx.Response(200, json=DONE)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer after a while."""
        del request
        self._begin()
        sleep(self.seconds)
        return self._end()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer after a while."""
        del request
        self._begin()
        try:
            await asyncio.sleep(self.seconds)
        finally:
            answer = self._end()
        return answer


def cancellation(number: int) -> unzer.Cancellation:
    """One of many payments."""
    return unzer.Cancellation(f"s-pay-{number}", amount=1)


async def gathered(
    client: AsyncClient, numbers: range, *, limit: float | None = None
) -> list[object]:
    """The results of many calls at once; an impatient caller gives up."""

    async def call(number: int) -> object:
        async with asyncio.timeout(limit):
            return await client.cancel(cancellation(number), key=f"order-{number}")

    return await asyncio.gather(*map(call, numbers), return_exceptions=True)


def test_tasks_share_the_places_of_an_account() -> None:
    """Five hundred calls at once: a hundred requests at once, and no call fails."""
    transport = Counting()

    async def run() -> list[object]:
        async with AsyncClient(UNZER, transport=transport, verify=PLAIN_TLS) as client:
            return await gathered(client, range(500))

    results = asyncio.run(run())
    assert {type(result).__name__ for result in results} == {"Receipt"}
    assert transport.most == 100


def test_threads_share_the_places_of_an_account() -> None:
    """Twenty threads, three places."""
    transport = Counting()
    policy = Policy(concurrency=3)
    with (
        Client(UNZER, transport=transport, policy=policy, verify=PLAIN_TLS) as client,
        ThreadPoolExecutor(20) as threads,
    ):
        list(threads.map(client.cancel, map(cancellation, range(60))))
    assert transport.most == 3


def test_impatient_callers_leave_no_place_taken() -> None:
    """Cancelled while they wait or while they send, they give their places back."""
    transport = Counting(seconds=0.02)
    policy = Policy(concurrency=2)

    async def run() -> list[object]:
        async with AsyncClient(
            UNZER, transport=transport, policy=policy, verify=PLAIN_TLS
        ) as client:
            for _ in range(5):
                await gathered(client, range(20), limit=0.03)
            return await gathered(client, range(100, 110))

    assert {type(result).__name__ for result in asyncio.run(run())} == {"Receipt"}
    assert transport.most == 2


@pytest.mark.parametrize(("places", "told"), [(1, "1 call is"), (2, "2 calls are")])
def test_no_place_within_the_deadline_is_not_sent(places: int, told: str) -> None:
    """And told as such: the caller sees that its own calls are in the way."""
    policy = Policy(concurrency=places)

    async def run() -> object:
        async with AsyncClient(
            UNZER, transport=Counting(seconds=0.5), policy=policy, verify=PLAIN_TLS
        ) as client:
            first = asyncio.create_task(gathered(client, range(places)))
            await asyncio.sleep(0.1)
            with pytest.raises(Unreachable) as refused:
                await client.cancel(cancellation(places), deadline=0.05)
            await first
            return refused.value

    refused = asyncio.run(run())
    assert isinstance(refused, Unreachable)
    assert refused.message.endswith(f"no free place within the deadline: {told} under way")
    assert refused.attempts == ()


def test_a_thread_waits_no_longer_than_its_deadline() -> None:
    """It gets the same error."""
    transport = Counting(seconds=0.5)
    policy = Policy(concurrency=1)
    with (
        Client(UNZER, transport=transport, policy=policy, verify=PLAIN_TLS) as client,
        ThreadPoolExecutor(1) as threads,
    ):
        first = threads.submit(client.cancel, cancellation(1))
        while not transport.now:
            sleep(0.001)
        with pytest.raises(Unreachable, match="no free place within the deadline: 1 call is"):
            client.cancel(cancellation(2), deadline=0.05)
        first.result()
        client.cancel(cancellation(2))


def test_accounts_do_not_wait_for_each_other() -> None:
    """A slow provider keeps nobody from cancelling at another one."""
    transport = Counting(seconds=0.3)
    policy = Policy(concurrency=1)

    async def run() -> list[bool]:
        async with AsyncClient(
            UNZER, VTEX, transport=transport, policy=policy, verify=PLAIN_TLS
        ) as client:
            slow = asyncio.create_task(client.cancel(cancellation(1)))
            other = asyncio.create_task(client.cancel(vtex.Cancellation("P1")))
            await asyncio.sleep(0.1)
            busy = transport.now
            await asyncio.gather(slow, other, return_exceptions=True)
            return [busy == 2]

    assert asyncio.run(run()) == [True]


class Line:
    """The gate, and who was let in."""

    def __init__(self, per_account: int, in_all: int) -> None:
        self.gate = Gate(per_account, in_all)
        self.let_in: list[str] = []

    def take(self, account: int) -> Place | None:
        """Take a place if there is one."""
        place = Place(self.gate, account)
        return place if self.gate.try_take(place) else None

    def wait(self, account: int, name: str) -> Place:
        """Queue, under a name."""
        place = Place(self.gate, account)
        self.gate.wait(place, partial(self.let_in.append, name))
        return place


def test_who_waits_longest_is_next() -> None:
    """In all accounts together; and nobody overtakes by coming when a place is free."""
    line = Line(per_account=1, in_all=2)
    first, second = line.take(1), line.take(2)
    assert first is not None
    assert second is not None
    assert line.take(3) is None
    for account, name in ((3, "a"), (1, "b"), (2, "c"), (3, "d")):
        line.wait(account, name)
    assert line.let_in == []
    first.leave()
    assert line.let_in == ["a"]
    assert line.take(1) is None
    second.leave()
    assert line.let_in == ["a", "b"]


def test_a_place_is_given_back_once() -> None:
    """Whoever leaves twice lets in one, and whoever stops waiting is not let in."""
    line = Line(per_account=1, in_all=9)
    first = line.take(1)
    assert first is not None
    second, third, fourth = (line.wait(1, name) for name in "bcd")
    assert line.gate.under_way(1) == 1
    third.leave()
    third.leave()
    first.leave()
    first.leave()
    assert line.let_in == ["b"]
    assert (second.held, third.held, fourth.held) == (True, False, False)
    second.leave()
    assert line.let_in == ["b", "d"]


def test_a_free_place_is_had_without_waiting() -> None:
    """Also by who came to wait."""
    line = Line(per_account=2, in_all=3)
    assert line.wait(1, "a").held
    assert line.gate.under_way(1) == 1
    assert line.wait(2, "b").held
    assert line.wait(2, "c").held
    assert not line.wait(1, "d").held
    assert line.gate.under_way(1) == 3


def test_a_caller_whose_event_loop_is_gone_holds_up_nobody() -> None:
    """It was dropped while it waited: it is let in, and leaves when it is collected."""
    line = Line(per_account=1, in_all=9)
    first, gone = line.take(1), Place(line.gate, 1)
    assert first is not None
    loop = asyncio.new_event_loop()
    loop.close()
    line.gate.wait(gone, partial(_set_in, loop, asyncio.Event()))
    line.wait(1, "next")
    first.leave()
    gone.leave()
    assert line.let_in == ["next"]


def test_a_place_is_given_back_by_a_finalizer_in_the_midst_of_the_gate() -> None:
    """Garbage is collected by any thread, also by the one that holds the gate's lock."""
    line = Line(per_account=1, in_all=9)
    first = line.take(1)
    assert first is not None

    def collect() -> None:
        line.let_in.append("b")
        first.leave()
        second.leave()

    second = Place(line.gate, 1)
    line.gate.wait(second, collect)
    line.wait(1, "c")
    first.leave()
    assert line.let_in == ["b", "c"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_forked_child_begins_with_free_places() -> None:
    """The places, locks and questions are those of the parent's threads."""
    transport = Counting(seconds=0.5)
    policy = Policy(concurrency=1, deadline=5.0)
    with (
        Client(UNZER, transport=transport, policy=policy, verify=PLAIN_TLS) as client,
        ThreadPoolExecutor(1) as threads,
    ):
        parents = threads.submit(client.cancel, cancellation(1), key="order-1")
        while not transport.now:
            sleep(0.001)
        child = os.fork()
        if child == 0:
            os._exit(_as_a_child(client))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        parents.result()


def test_a_client_that_was_reset_works() -> None:
    """Called in the parent, because coverage does not measure the child."""
    with Client(UNZER, transport=Counting(), verify=PLAIN_TLS) as client:
        client._reset()
        client.cancel(cancellation(1), key="order-1")


def _as_a_child(client: Client) -> int:
    """0 if a new key can be used, and the parent's counts as maybe executed."""
    try:
        client.cancel(cancellation(2), key="order-2")
        entry = client._memory_store._entries["order-1"]
    except BaseException:  # noqa: BLE001 - a child must not run the parent's tests
        return 2
    return 0 if (entry.owner, entry.maybe_executed) == (None, True) else 1

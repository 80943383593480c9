"""`AsyncClient.cancel_many`: so many places, one result for each request, and a clean end."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from attrs import define, field
from attrs.exceptions import FrozenInstanceError

from countermand import (
    FULL,
    AsyncClient,
    CancelRequest,
    CancelResult,
    InvalidCancellation,
    KeyConflict,
    NotFound,
    OutcomeUnknown,
    Policy,
    Receipt,
    events,
    pace_pay,
    unzer,
    vtex,
)
from tests.support.samples import SUCCESS
from tests.support.transports import Recorder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from countermand.sandbox import Sandbox

UNZER: Final = unzer.Account("s-priv-hush", "https://unzer.invalid/v1")
OTHER: Final = unzer.Account("s-priv-other", "https://unzer.invalid/v1")


def request(number: int) -> CancelRequest:
    """One of many."""
    return CancelRequest(unzer.Cancellation(f"s-pay-{number}", amount=FULL), f"order-{number}")


@define
class Requests:
    """An iterable that counts what was read from it, and ends when it is told to."""

    read: int = 0
    end: bool = False

    def __iter__(self) -> Iterator[CancelRequest]:
        for number in count():
            if self.end:
                return
            self.read += 1
            yield request(number)


@define
class Gated(httpx.AsyncBaseTransport):
    """Answers when it is told to, the first ones at once, and counts what is under way."""

    free: int = 0
    open: asyncio.Event = field(factory=asyncio.Event)
    began: asyncio.Queue[str] = field(factory=asyncio.Queue)
    now: int = 0
    most: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer once the gate is open."""
        self.now += 1
        self.most = max(self.most, self.now)
        self.began.put_nowait(request.url.path)
        self.free -= 1
        try:
            if self.free < 0:
                await self.open.wait()
        finally:
            self.now -= 1
        return httpx.Response(200, json=SUCCESS["unzer"][1])


def client_of(transport: Any = None, **settings: Any) -> AsyncClient:
    """A client that sends nothing anywhere."""
    return AsyncClient(UNZER, transport=transport or Recorder(), **settings)


def others() -> set[Any]:
    """The tasks beside this one."""
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


@pytest.mark.parametrize("concurrency", [1, 7, 100])
def test_each_request_has_one_result(sandbox: Sandbox, concurrency: int) -> None:
    """At a provider with real state: executed once each, a refusal is a result, too."""
    payments = [sandbox.create_payment("vtex") for _ in range(20)]
    account = sandbox.account("vtex")
    cancels = [vtex.Cancellation(payment.payment_id) for payment in payments]
    wanted = [
        *(CancelRequest(cancel, f"many-{concurrency}-{n}") for n, cancel in enumerate(cancels)),
        CancelRequest(vtex.Cancellation("NO-SUCH-PAYMENT"), f"none-{concurrency}"),
    ]

    async def run() -> list[CancelResult]:
        async with AsyncClient(account, trust_env=False) as client:
            return [each async for each in client.cancel_many(wanted, concurrency=concurrency)]

    results = asyncio.run(run())
    assert len(results) == len(wanted)
    assert {id(each.request) for each in results} == {*map(id, wanted)}
    by_key = {each.request.key: each for each in results}
    refused = by_key.pop(f"none-{concurrency}")
    assert refused.receipt is None
    assert refused.error is not None
    assert all(each.error is None for each in by_key.values())
    assert all(each.receipt and each.receipt.key == key for key, each in by_key.items())
    assert all(len(sandbox.executions(payment=payment)) == 1 for payment in payments)


def test_errors_of_this_package_are_results() -> None:
    """A key that no cancel takes, a key of another payment, an account of another client."""
    wanted = [
        request(1),
        CancelRequest(request(2).cancellation, ""),
        CancelRequest(request(3).cancellation, "order-1"),
        CancelRequest(request(4).cancellation, "order-4", account=OTHER),
        CancelRequest(request(5).cancellation, "order-5", user=7),  # type: ignore[arg-type]
        CancelRequest("s-pay-6", "order-6"),  # type: ignore[arg-type]
    ]

    async def run() -> list[CancelResult]:
        async with client_of() as client:
            return [each async for each in client.cancel_many(wanted, concurrency=1)]

    results = asyncio.run(run())
    assert isinstance(results[0].receipt, Receipt)
    assert [type(each.error) for each in results[1:]] == [
        InvalidCancellation,
        KeyConflict,
        InvalidCancellation,
        InvalidCancellation,
        InvalidCancellation,
    ]


def test_user_and_account_reach_the_call() -> None:
    """The token callable gets the user of the request."""
    asked: list[str | None] = []

    def token(user: str | None) -> str:
        asked.append(user)
        return "token-of-somebody"

    one, two = (pace_pay.Account(token, f"https://pace-{n}.invalid") for n in (1, 2))
    cancel = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")
    transport = Recorder(lambda _: httpx.Response(204))

    async def run() -> list[CancelResult]:
        async with AsyncClient(one, two, transport=transport) as client:
            wanted = [CancelRequest(cancel, "order-1", "ada", two)]
            return [each async for each in client.cancel_many(wanted)]

    (result,) = asyncio.run(run())
    assert result.receipt is not None
    assert asked == ["ada"]
    assert transport.sent[0].url.host == "pace-2.invalid"


def test_no_more_calls_run_than_there_are_places() -> None:
    """And no more requests are read: memory does not grow, however long the input is."""
    transport, requests = Gated(), Requests()

    async def run() -> None:
        async with (
            client_of(transport) as client,
            aclosing(client.cancel_many(requests, concurrency=3)) as results,
        ):
            first = asyncio.create_task(anext(results))
            for _ in range(3):
                await transport.began.get()
            assert requests.read == 3
            transport.open.set()
            assert isinstance((await first).receipt, Receipt)
            for taken in range(2, 200):
                await anext(results)
                assert requests.read <= taken + 3
            assert transport.most == 3

    asyncio.run(run())


def test_a_place_is_free_when_the_next_result_is_asked_for() -> None:
    """A caller that looks at each result before the next one starts can stop there."""
    requests = Requests()

    async def run() -> None:
        async with (
            client_of() as client,
            aclosing(client.cancel_many(requests, concurrency=1)) as results,
        ):
            for taken in range(1, 4):
                await anext(results)
                await asyncio.sleep(0.01)
                assert requests.read == taken

    asyncio.run(run())


def test_an_asynchronous_iterable_may_be_slow() -> None:
    """What has ended is yielded while the next request is waited for."""

    async def run() -> list[str]:
        taken = asyncio.Event()

        async def slow() -> AsyncIterator[CancelRequest]:
            yield request(1)
            await taken.wait()
            yield request(2)

        seen = []
        async with client_of() as client:
            async for each in client.cancel_many(slow()):
                seen.append(each.request.key)
                taken.set()
        return seen

    assert asyncio.run(run()) == ["order-1", "order-2"]


@define
class Time:
    """A clock that moves only in sleeps, and by hand."""

    now: float = 1000.0
    slept: list[float] = field(factory=list)

    def clock(self) -> float:
        """Seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Move on."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def test_a_rate_spreads_the_starts_evenly() -> None:
    """Four per second: also after a pause no more than that, and nothing is caught up."""
    time, starts = Time(), list[float]()

    def listen(event: events.Event) -> None:
        if isinstance(event, events.CallStarted):
            starts.append(time.now)

    async def run() -> None:
        settings: Any = {"clock": time.clock, "sleep": time.sleep, "on_event": listen}
        async with client_of(**settings) as client:
            wanted = map(request, range(6))
            taken = 0
            async for _ in client.cancel_many(wanted, concurrency=1, rate=4.0):
                taken += 1
                if taken == 3:
                    time.now += 60.0

    asyncio.run(run())
    assert starts == [1000.0, 1000.25, 1000.5, 1060.5, 1060.75, 1061.0]


def test_a_deadline_starts_when_its_call_starts() -> None:
    """However long a request waits for a place."""
    time = Time()

    async def run() -> list[CancelResult]:
        found = []
        settings: Any = {"clock": time.clock, "policy": Policy(deadline=30.0)}
        async with client_of(**settings) as client:
            async for each in client.cancel_many(map(request, range(3)), concurrency=1):
                found.append(each)
                time.now += 1000.0
        return found

    assert all(each.receipt for each in asyncio.run(run()))


@define
class Ended:
    """What an iteration has left behind when it ended early: two calls were under way."""

    transport: Gated = field(factory=lambda: Gated(free=1))
    requests: Requests = field(factory=Requests)
    ends: list[events.CallEnded] = field(factory=list)

    def __call__(self, event: events.Event) -> None:
        """Listen."""
        if isinstance(event, events.CallEnded):
            self.ends.append(event)

    async def check(self, client: AsyncClient) -> None:
        """Nothing runs, nothing more starts, and each call that was stopped is maybe executed."""
        assert others() == set()
        assert self.transport.now == 0
        assert self.requests.read == 3
        await asyncio.sleep(0.01)
        assert self.requests.read == 3
        assert [end.interrupted for end in self.ends] == [False, True, True]
        assert {end.outcome for end in self.ends[1:]} == {events.CallOutcome.UNKNOWN}
        for number in (1, 2):
            known = request(number)
            with pytest.raises(OutcomeUnknown):
                await client.cancel(known.cancellation, key=known.key, deadline=0.01)


@pytest.mark.parametrize("times", [0, 1, 2])
def test_an_early_end_stops_what_runs_and_starts_nothing_more(times: int) -> None:
    """By `aclose`, and where the consumer's task is cancelled, once or, while that stops, again."""

    async def run() -> None:
        left = Ended()
        async with client_of(left.transport, on_event=left) as client:
            results = client.cancel_many(left.requests, concurrency=3)
            await anext(results)
            if times == 0:
                await results.aclose()
            else:
                # The place of the first call is free for a fourth one, which finds no request.
                left.requests.end = True
                waiting = asyncio.create_task(anext(results))
                await asyncio.sleep(0)
                for _ in range(times):
                    waiting.cancel()
                    await asyncio.sleep(0)
                with pytest.raises(asyncio.CancelledError):
                    await waiting
            await left.check(client)

    asyncio.run(run())


def test_a_break_stops_what_runs_a_little_later() -> None:
    """The event loop closes the iterator, which nobody holds any more."""

    async def run() -> None:
        left = Ended()
        async with client_of(left.transport, on_event=left) as client:
            async for _ in client.cancel_many(left.requests, concurrency=3):
                break
            while left_over := others():
                await asyncio.wait(left_over)
            await left.check(client)

    asyncio.run(run())


def test_nothing_starts_before_the_first_result_is_asked_for() -> None:
    """And what was never iterated leaves nothing behind."""
    requests = Requests()

    async def run() -> None:
        async with client_of() as client:
            results = client.cancel_many(requests)
            await asyncio.sleep(0.01)
            await results.aclose()

    asyncio.run(run())
    assert requests.read == 0


def broken(fault: BaseException, after: int) -> Iterator[CancelRequest]:
    """An iterable that fails after so many requests."""
    yield from map(request, range(after))
    raise fault


async def consumed(
    client: AsyncClient, requests: Any, **options: Any
) -> tuple[list[CancelResult], BaseException | None]:
    """The results, and what was raised after them."""
    found: list[CancelResult] = []
    results = client.cancel_many(requests, **options)
    while True:
        try:
            found.append(await anext(results))
        except StopAsyncIteration:
            return found, None
        except BaseException as fault:  # noqa: BLE001 - whatever it is, it is looked at
            return found, fault


@pytest.mark.parametrize("fault", [OSError("the file is gone"), NotFound("of the caller's own")])
def test_a_fault_of_the_iterable_is_raised_after_the_results(fault: Exception) -> None:
    """The calls that run come to their ends; also an error of ours is none of a call."""

    async def run() -> tuple[list[CancelResult], BaseException | None]:
        async with client_of() as client:
            return await consumed(client, broken(fault, 5))

    results, raised = asyncio.run(run())
    assert len(results) == 5
    assert all(each.receipt for each in results)
    assert raised is fault


def test_a_fault_of_a_callable_is_raised_after_the_results_of_the_others() -> None:
    """No further call starts. The error of its own call is the fault's cause."""
    fault, requests = RuntimeError("no session"), list[CancelRequest]()

    def token(user: str | None) -> str:
        if user == "eve":
            raise fault
        return f"token-of-{user}"

    def wanted() -> Iterator[CancelRequest]:
        for number in count():
            cancel = pace_pay.Cancellation(f"c3f037ea-492e-4033-9b4b-{number:012}")
            user = "eve" if number == 4 else "ada"
            requests.append(CancelRequest(cancel, f"order-{number}", user))
            yield requests[-1]

    async def run() -> tuple[list[CancelResult], BaseException | None]:
        transport = Recorder(lambda _: httpx.Response(204))
        account = pace_pay.Account(token, "https://pace.invalid")
        async with AsyncClient(account, transport=transport) as client:
            return await consumed(client, wanted(), concurrency=3)

    results, raised = asyncio.run(run())
    assert raised is fault
    assert fault.__cause__ is not None
    done = {each.request.key for each in results}
    assert done == {each.key for each in requests} - {"order-4"}
    assert all(each.receipt for each in results)


def test_a_call_that_somebody_else_cancels_is_a_fault() -> None:
    """It does not pass for an end of the iteration; the other call comes to its own."""
    transport = Gated()

    async def run() -> tuple[list[CancelResult], BaseException | None]:
        async with client_of(transport) as client:
            first = asyncio.create_task(consumed(client, map(request, range(2))))
            for _ in range(2):
                await transport.began.get()
            call, _ = (
                task
                for task in others() - {first}
                if task.get_coro().__qualname__ == "Batch._call"  # type: ignore[union-attr]
            )
            call.cancel()
            while not call.done():
                await asyncio.wait([call])
            transport.open.set()
            return await first

    results, raised = asyncio.run(run())
    assert len(results) == 1
    assert isinstance(raised, asyncio.CancelledError)


def test_the_first_of_several_faults_is_raised() -> None:
    """The iterable fails while a call fails."""
    fault = RuntimeError("no session")

    def token(_user: str | None) -> str:
        raise fault

    async def run() -> tuple[list[CancelResult], BaseException | None]:
        account = pace_pay.Account(token, "https://pace.invalid")
        cancel = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")
        async with AsyncClient(account, transport=Recorder()) as client:
            wanted = [CancelRequest(cancel, f"order-{number}") for number in range(3)]
            return await consumed(client, wanted)

    results, raised = asyncio.run(run())
    assert results == []
    assert raised is fault


@pytest.mark.parametrize("item", [None, "s-pay-1", request(1).cancellation])
def test_an_item_that_is_no_request_is_a_mistake(item: object) -> None:
    """It is raised, with the right form in the message."""

    async def run() -> tuple[list[CancelResult], BaseException | None]:
        async with client_of() as client:
            return await consumed(client, [request(1), item])

    results, raised = asyncio.run(run())
    assert len(results) == 1
    assert isinstance(raised, TypeError)
    assert "such as CancelRequest(cancellation, 'order-42'), not " in str(raised)


MISTAKES: Final[dict[str, tuple[Any, dict[str, Any], type[Exception], str]]] = {
    "requests": (7, {}, TypeError, "requests must be an iterable of CancelRequests, not int"),
    "no int": ([], {"concurrency": 2.5}, TypeError, "an int such as 100, not float"),
    "True": ([], {"concurrency": True}, TypeError, "an int such as 100, not bool"),
    "no places": ([], {"concurrency": 0}, ValueError, "concurrency must be at least 1, not 0"),
    "rate text": ([], {"rate": "5"}, TypeError, "a number such as 50.0, or None, not str"),
    "rate True": ([], {"rate": True}, TypeError, "a number such as 50.0, or None, not bool"),
    "no rate": ([], {"rate": 0}, ValueError, "a positive number of starts per second, not 0"),
    "rate nan": ([], {"rate": float("nan")}, ValueError, "a positive number"),
    "rate inf": ([], {"rate": float("inf")}, ValueError, "a positive number"),
}


@pytest.mark.parametrize(
    ("requests", "options", "kind", "message"), MISTAKES.values(), ids=MISTAKES
)
def test_a_wrong_argument_is_refused_before_anything_is_iterated(
    requests: Any, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    """In the call itself."""

    async def run() -> None:
        async with client_of() as client:
            with pytest.raises(kind, match=message):
                client.cancel_many(requests, **options)

    asyncio.run(run())


@pytest.mark.parametrize("key", [None, 42])
def test_a_request_needs_a_key(key: Any) -> None:
    """Without one, a second run of the same file would cancel again."""
    with pytest.raises(
        TypeError, match=r"key must be a text such as 'order-42', not (NoneType|int)"
    ):
        CancelRequest(request(1).cancellation, key)


def test_requests_and_results_are_frozen_values() -> None:
    """They compare by their fields."""
    assert request(1) == request(1)
    made: Any = CancelResult(request(1))
    with pytest.raises(FrozenInstanceError):
        made.receipt = None

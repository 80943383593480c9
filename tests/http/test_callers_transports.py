"""Transports of callers: believed only where they give a sign, and given up on at the deadline."""

import asyncio
import gc
import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import attrs
import httpx
import pytest

from countermand import (
    AsyncClient,
    CountermandError,
    NotCancelled,
    OutcomeUnknown,
    Policy,
    Receipt,
    Sent,
    Unreachable,
    bento,
    pace_pay,
    unzer,
)
from tests.support.flavours import ONCE, PLAIN_TLS, Flavour, cancel
from tests.support.rawserver import (
    TEST_TIMEOUT,
    Action,
    RawServer,
    answer,
    drip,
    hang,
    port_without_listener,
    read,
    say,
)

BENTO = bento.Cancellation("or_1", "tx_1", refund_amount=5)
UNZER = unzer.Cancellation("s-pay-1", amount=1)
PACE = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")
JSON = "content-type: application/json"
DONE = answer(200, b'{"isSuccess":true,"id":"s-cnl-1"}', JSON)
REFUSED = answer(400, b'{"errors":[{"code":"API.340.100.014","merchantMessage":"no"}]}', JSON)
PATIENT = Policy(attempts=4, attempt_timeout=5.0, deadline=5.0, budget=None)


class Retrying(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends every request so many times, as libraries for retries do, over httpx's transports."""

    def __init__(self, times: int = 2) -> None:
        self.times = times
        self.blocking = httpx.HTTPTransport(trust_env=False)
        self.awaiting = httpx.AsyncHTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send again and again, and return the last answer."""
        for _ in range(self.times - 1):
            self.blocking.handle_request(request).close()
        return self.blocking.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The same."""
        for _ in range(self.times - 1):
            await (await self.awaiting.handle_async_request(request)).aclose()
        return await self.awaiting.handle_async_request(request)

    def close(self) -> None:
        """Close."""
        self.blocking.close()

    async def aclose(self) -> None:
        """Close."""
        await self.awaiting.aclose()


def closing(reply: bytes) -> Action:
    """Answer, so that the next request needs a new connection."""
    return say(reply.replace(b"\r\n", b"\r\nconnection: close\r\n", 1))


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize(
    "reply",
    [REFUSED, answer(401, b'{"errors":[{"code":"API.000.000.002"}]}', JSON), answer(429)],
    ids=["refused", "unauthenticated", "throttled"],
)
def test_no_refusal_is_believed_that_answers_a_second_send(
    flavour: Flavour, reply: bytes, times: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The first may have been executed, the refusal is the second's; it is told once."""
    first = [read, closing(answer(503))]
    with RawServer(*([first] * (times - 1)), [read, closing(reply)]) as server:
        account = unzer.Account("s-priv-example", server.url)
        with caplog.at_level(logging.WARNING, "countermand"):
            known = cancel(flavour, account, UNZER, transport=Retrying(times), policy=PATIENT)
        sent = [each for each in server.requests if each.line.startswith("POST")]
    assert isinstance(known, OutcomeUnknown)
    assert not isinstance(known, NotCancelled)
    assert len(sent) == times
    told = [record for record in caplog.records if "sent one request twice" in record.message]
    assert 1 <= len(told) <= 2 + times


def test_a_success_that_answers_a_second_send_is_one(
    flavour: Flavour, caplog: pytest.LogCaptureFixture
) -> None:
    """It names our request; the warning is logged all the same."""
    with RawServer([read, closing(answer(503))], [read, closing(DONE)]) as server:
        account = unzer.Account("s-priv-example", server.url)
        known = cancel(flavour, account, UNZER, transport=Retrying())
    assert isinstance(known, Receipt)
    assert "sent one request twice" in caplog.text


def test_a_second_send_that_fails_may_have_been_executed(flavour: Flavour) -> None:
    """The first one was answered, and the answer was thrown away."""
    with RawServer([read, closing(answer(503))], [read]) as server:
        account = bento.Account("token-one", server.url, read=False)
        policy = attrs.evolve(ONCE, attempt_timeout=0.3)
        known = cancel(flavour, account, BENTO, transport=Retrying(), policy=policy)
    assert isinstance(known, OutcomeUnknown)
    assert [attempt.sent for attempt in known.attempts] == [Sent.MAYBE_SENT]


@pytest.mark.parametrize("kind", [httpx.ReadTimeout, httpx.ConnectError, httpx.ConnectTimeout])
def test_a_subclass_of_httpx_s_transport_gives_no_sign_by_its_class(
    flavour: Flavour, kind: type[httpx.TransportError]
) -> None:
    """Mocked or wrapped, it raises what it likes; without trace events nothing is proven."""
    sent: list[httpx.Request] = []

    def fail(request: httpx.Request) -> Any:
        sent.append(request)
        raise kind("it says")

    class Mocked(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return fail(request)  # type: ignore[no-any-return]

    class AsyncMocked(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return fail(request)  # type: ignore[no-any-return]

    transport: Any = Mocked() if flavour == "sync" else AsyncMocked()
    account = bento.Account("token-one", "http://bento.invalid", read=False)
    known = cancel(flavour, account, BENTO, transport=transport, policy=PATIENT)
    assert isinstance(known, OutcomeUnknown)
    assert len(sent) == 1


def test_a_patched_httpx_transport_gives_no_sign(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very class of httpx, with its method replaced, as mocking libraries do."""
    sent: list[httpx.Request] = []

    def fail(_self: object, request: httpx.Request) -> Any:
        sent.append(request)
        raise httpx.ReadTimeout("it says")

    async def fail_async(_self: object, request: httpx.Request) -> Any:
        return fail(_self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", fail)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", fail_async)
    transport: Any = httpx.HTTPTransport() if flavour == "sync" else httpx.AsyncHTTPTransport()
    account = bento.Account("token-one", "http://bento.invalid", read=False)
    known = cancel(flavour, account, BENTO, transport=transport, policy=PATIENT)
    assert isinstance(known, OutcomeUnknown)
    assert len(sent) == 1


def test_httpx_s_transport_is_believed_that_nothing_was_sent(flavour: Flavour) -> None:
    """Its trace events are the sign."""
    transport: Any = (
        httpx.HTTPTransport(trust_env=False)
        if flavour == "sync"
        else httpx.AsyncHTTPTransport(trust_env=False)
    )
    account = bento.Account("token-one", f"http://127.0.0.1:{port_without_listener()}", read=False)
    assert isinstance(cancel(flavour, account, BENTO, transport=transport), Unreachable)


class Stubborn(httpx.AsyncBaseTransport):
    """Ignores that it is cancelled."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Wait, whatever happens."""
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            try:
                await asyncio.sleep(0.5)
            except asyncio.CancelledError:
                continue
        self.ended.set()
        return httpx.Response(204, request=request)


@pytest.mark.parametrize("ending", ["deadline", "cancelled", "closed"])
def test_an_asynchronous_transport_that_outlasts_its_time_is_given_up_on(ending: str) -> None:
    """The call ends in time, and the request may have been executed."""

    async def run() -> CountermandError:
        transport = Stubborn()
        account = bento.Account("token-one", "http://bento.invalid", read=False)
        policy = Policy(attempts=1, attempt_timeout=0.2 if ending == "deadline" else 5.0)
        client = AsyncClient(account, transport=transport, policy=policy)
        call = asyncio.create_task(client.cancel(BENTO))
        began = time.monotonic()
        await asyncio.sleep(0.05)
        if ending == "cancelled":
            call.cancel()
        if ending == "closed":
            await client.aclose()
        try:
            await call
        except OutcomeUnknown as error:
            known: Any = error
        except asyncio.CancelledError as error:
            known = error.__cause__
        assert time.monotonic() - began < 0.5
        await transport.ended.wait()
        return known  # type: ignore[no-any-return]

    known = asyncio.run(run())
    assert isinstance(known, OutcomeUnknown)
    assert [attempt.sent for attempt in known.attempts] == [Sent.MAYBE_SENT]


def test_a_transport_that_cancels_itself_may_have_sent() -> None:
    """It is not the caller who gave up."""

    class Cancelling(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
            raise asyncio.CancelledError

    account = bento.Account("token-one", "http://bento.invalid", read=False)
    known = cancel("async", account, BENTO, transport=Cancelling())
    assert isinstance(known, OutcomeUnknown)


def test_an_answer_that_is_there_at_the_deadline_counts() -> None:
    """The transport takes long to close."""

    class SlowToClose(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"{"

        async def aclose(self) -> None:
            await asyncio.sleep(TEST_TIMEOUT)

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(429, stream=SlowToClose(), request=request)

    account = bento.Account("token-one", "http://bento.invalid", read=False)
    policy = Policy(attempts=1, attempt_timeout=0.2)
    known = cancel("async", account, BENTO, transport=Slow(), policy=policy)
    assert [attempt.status for attempt in known.attempts] == [429]


def test_a_blocking_transport_is_bounded_by_httpx_s_timeouts() -> None:
    """A silent server; one that drips its head may outlast the deadline, which is documented."""
    with RawServer([read, hang]) as server:
        account = bento.Account("token-one", server.url, read=False)
        began = time.monotonic()
        transport = httpx.HTTPTransport(verify=PLAIN_TLS, trust_env=False)
        policy = attrs.evolve(ONCE, attempt_timeout=0.3)
        known = cancel("sync", account, BENTO, transport=transport, policy=policy)
        assert time.monotonic() - began < 2.0
    assert isinstance(known, OutcomeUnknown)


def test_a_stream_of_1xx_ends_an_asynchronous_transport_at_the_deadline() -> None:
    """As for our own exchange."""
    script = [read, *[drip(b"HTTP/1.1 102 X\r\n\r\n", 0.01)] * 20]
    with RawServer(script) as server:
        account = bento.Account("token-one", server.url, read=False)
        transport = httpx.AsyncHTTPTransport(verify=PLAIN_TLS, trust_env=False)
        policy = attrs.evolve(ONCE, attempt_timeout=0.3)
        began = time.monotonic()
        known = cancel("async", account, BENTO, transport=transport, policy=policy)
        assert time.monotonic() - began < 2.0
    assert isinstance(known, OutcomeUnknown)


class SomebodyElsesError(Exception):
    """Of no library that a transport is made of."""


def test_an_error_of_an_unknown_class_passes_through(flavour: Flavour) -> None:
    """A time limit that is thrown into a thread looks like this; what is known is its cause."""

    class Raising(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, _request: httpx.Request) -> httpx.Response:
            raise SomebodyElsesError("time is up")

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return self.handle_request(request)

    account = bento.Account("token-one", "http://bento.invalid", read=False)
    with pytest.raises(SomebodyElsesError, match="time is up") as caught:
        cancel(flavour, account, BENTO, transport=Raising(), policy=PATIENT)
    assert isinstance(caught.value.__cause__, OutcomeUnknown)


def test_an_answer_in_any_kind_of_stream_is_read() -> None:
    """An iterator need not be a generator."""

    class Chunks(httpx.AsyncByteStream):
        def __init__(self) -> None:
            self.rest = [b"{}"]

        def __aiter__(self) -> Any:
            return self

        async def __anext__(self) -> bytes:
            if not self.rest:
                raise StopAsyncIteration
            return self.rest.pop()

    transport = httpx.MockTransport(lambda _: httpx.Response(429, stream=Chunks()))
    account = bento.Account("token-one", "http://bento.invalid", read=False)
    known = cancel("async", account, BENTO, transport=transport)
    assert known.raw.body == b"{}"


def test_headers_of_the_connection_are_the_transport_s_own() -> None:
    """Ours are not forced on HTTP/2."""
    seen: list[Iterator[str]] = []

    def see(request: httpx.Request) -> httpx.Response:
        seen.append(iter(request.headers))
        return httpx.Response(204, request=request)

    account = pace_pay.Account("token-one", "http://pace.invalid")
    cancel("sync", account, PACE, transport=httpx.MockTransport(see))
    assert "connection" not in set(seen[0])


@pytest.mark.filterwarnings("error")
def test_a_call_whose_loop_ends_before_the_transport_is_asked_is_dropped_in_silence() -> None:
    """Nothing was begun, so there is nothing that was never awaited."""
    asked: list[object] = []

    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return httpx.Response(500)

    loop = asyncio.new_event_loop()
    client = AsyncClient(unzer.Account("s-priv-one", "http://a.example"), transport=Silent())
    call = loop.create_task(client.cancel(UNZER))
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    del call
    gc.collect()
    assert asked == []


@pytest.mark.parametrize("error", [httpx.DecodingError("broken"), httpx.TooManyRedirects("many")])
def test_every_error_of_httpx_is_the_transport_s(flavour: Flavour, error: Exception) -> None:
    """Also of those that httpx's own transports do not raise."""

    class Raising(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, _request: httpx.Request) -> httpx.Response:
            raise error

        async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
            raise error

    account = bento.Account("token-one", "http://a.example", read=False)
    known = cancel(flavour, account, BENTO, transport=Raising(), policy=ONCE)
    assert isinstance(known, OutcomeUnknown)

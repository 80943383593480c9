"""Transports of callers that send a request another way, which nobody traces."""

import asyncio
from typing import Any

import httpx
import pytest

from countermand import OutcomeUnknown, Policy, Sent, Unreachable, bento, unzer
from tests.support.flavours import Flavour, cancel
from tests.support.rawserver import (
    Action,
    RawServer,
    answer,
    close,
    hang,
    port_without_listener,
    read,
    say,
    silent_listener,
)

BENTO = bento.Cancellation("or_1", "tx_1", refund_amount=5)
UNZER = unzer.Cancellation("s-pay-1", amount=1)
CLOSE = "connection: close"
REFUSED = answer(
    400, b'{"errors":[{"code":"API.340.100.014"}]}', "content-type: application/json", CLOSE
)
THROTTLED = answer(429, b"", CLOSE)
CONNECTING = Policy(attempts=3, attempt_timeout=0.5, deadline=2.0, budget=None)
PATIENT = Policy(attempts=3, attempt_timeout=5.0, deadline=5.0, budget=None)


def copy_of(request: httpx.Request, **extensions: Any) -> httpx.Request:
    """A request with the same bytes; without the extension it is not traced."""
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        content=request.content,
        extensions={"timeout": request.extensions["timeout"], **extensions},
    )


class Wrapper(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Around httpx's own transports."""

    def __init__(self) -> None:
        self.blocking = httpx.HTTPTransport(trust_env=False)
        self.awaiting = httpx.AsyncHTTPTransport(trust_env=False)

    def close(self) -> None:
        """Close."""
        self.blocking.close()

    async def aclose(self) -> None:
        """Close."""
        await self.awaiting.aclose()


class Failover(Wrapper):
    """Goes to a second server where the first refuses, with a request of its own."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def _anew(self, request: httpx.Request) -> httpx.Request:
        anew = copy_of(request)
        anew.url = anew.url.copy_with(port=self.port)
        return anew

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, at the second server without a trace."""
        try:
            return self.blocking.handle_request(request)
        except httpx.ConnectError:
            return self.blocking.handle_request(self._anew(request))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The same."""
        try:
            return await self.awaiting.handle_async_request(request)
        except httpx.ConnectError:
            return await self.awaiting.handle_async_request(self._anew(request))


@pytest.mark.parametrize("script", [[read, close], [read, hang]], ids=["lost", "deadline"])
def test_a_request_that_went_another_way_is_maybe_executed(
    flavour: Flavour, script: list[Action]
) -> None:
    """The refused connection is no evidence about the second request."""
    with RawServer(script) as server:
        account = bento.Account(
            "token-one", f"http://127.0.0.1:{port_without_listener()}", read=False
        )
        transport = Failover(server.port)
        known = cancel(flavour, account, BENTO, transport=transport, policy=CONNECTING)
        assert len(server.requests) == 1
    assert isinstance(known, OutcomeUnknown)


class Repeating(Wrapper):
    """Repeats a request whose answer was lost, with a copy that is not traced."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, and a copy."""
        try:
            return self.blocking.handle_request(request)
        except httpx.TransportError:
            return self.blocking.handle_request(copy_of(request))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The same."""
        try:
            return await self.awaiting.handle_async_request(request)
        except httpx.TransportError:
            return await self.awaiting.handle_async_request(copy_of(request))


@pytest.mark.parametrize("reply", [REFUSED, THROTTLED], ids=["refused", "throttled"])
def test_no_refusal_of_a_copy_proves_that_nothing_was_executed(
    flavour: Flavour, reply: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The request itself has left, and may have been executed; nothing is sent a third time."""
    with RawServer([read, close], [read, say(reply)]) as server:
        account = unzer.Account("s-priv-example", server.url)
        known = cancel(flavour, account, UNZER, transport=Repeating(), policy=PATIENT)
        sent = [each for each in server.requests if each.line.startswith("POST")]
    assert isinstance(known, OutcomeUnknown)
    assert len(sent) == 2
    assert "sent one request twice" in caplog.text


class Hedging(Wrapper):
    """Asks a second server while it still connects to the first, whose request alone is traced."""

    def __init__(self, silent_port: int) -> None:
        super().__init__()
        self.silent_port = silent_port
        self.ways: list[asyncio.Task[httpx.Response]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return what comes first."""
        traced = copy_of(request, trace=request.extensions["trace"])
        traced.url = traced.url.copy_with(port=self.silent_port)
        self.ways += [
            asyncio.create_task(self.awaiting.handle_async_request(each))
            for each in (traced, copy_of(request))
        ]
        done, _ = await asyncio.wait(self.ways, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()

    async def aclose(self) -> None:
        """Give up on the other way."""
        for way in self.ways:
            way.cancel()
        await asyncio.gather(*self.ways, return_exceptions=True)
        await super().aclose()


def test_a_way_that_still_connects_at_the_deadline_proves_nothing() -> None:
    """The other one has sent the request, and waits."""
    with silent_listener() as silent, RawServer([read, hang]) as server:
        account = bento.Account("token-one", server.url, read=False)
        transport = Hedging(silent)
        known = cancel("async", account, BENTO, transport=transport, policy=CONNECTING)
        assert len(server.requests) == 1
    assert isinstance(known, OutcomeUnknown)
    assert [attempt.sent for attempt in known.attempts] == [Sent.MAYBE_SENT]


def test_httpx_s_own_transport_has_no_other_way(flavour: Flavour) -> None:
    """If it still connects at the deadline, nothing was sent."""
    transport: Any = (
        httpx.HTTPTransport(trust_env=False)
        if flavour == "sync"
        else httpx.AsyncHTTPTransport(trust_env=False)
    )
    policy = Policy(attempts=1, attempt_timeout=0.3, deadline=2.0, budget=None)
    with silent_listener() as silent:
        account = bento.Account("token-one", f"http://127.0.0.1:{silent}", read=False)
        known = cancel(flavour, account, BENTO, transport=transport, policy=policy)
    assert isinstance(known, Unreachable)

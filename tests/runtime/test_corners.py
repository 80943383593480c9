"""Edge cases that ordinary exchanges do not reach."""

from __future__ import annotations

import asyncio
import gzip
import threading
from typing import TYPE_CHECKING

import httpx
import pytest
from h11 import LocalProtocolError

from countermand import (
    AsyncClient,
    Client,
    RawResponse,
    Sent,
    Unauthenticated,
    Unreachable,
    bento,
    pace_pay,
)
from countermand._core.exchange import MAX_BODY, PreparedRequest, TransportFailure
from countermand._http.trace import TraceProgress
from countermand._http.transport import wrap_blocking
from countermand.provider._responses import json_object

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

CANCEL = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")


@pytest.mark.parametrize(
    "kind", ["application/json; profile=x", "application/json; profile=x; charset=UTF-8"]
)
def test_other_parameters_of_a_media_type_say_nothing_of_the_charset(kind: str) -> None:
    """The charset is read from any parameter; UTF-8 is the default."""
    reply = RawResponse(status=200, headers=(("content-type", kind),), body='{"a":"ü"}'.encode())
    assert json_object(reply) == {"a": "ü"}


def test_a_header_that_fails_for_another_reason_may_have_left() -> None:
    """Only h11's own refusal proves that nothing was written."""
    progress = TraceProgress(Sent.NOT_SENT)
    progress.on_trace("http11.send_request_headers.started", {"request": None})
    progress.on_trace("http11.send_request_headers.failed", {"exception": OSError("broken pipe")})
    ended = progress.result("broken pipe")
    assert isinstance(ended, TransportFailure)
    assert ended.sent is Sent.MAYBE_SENT


def test_a_custom_transport_that_drips_is_stopped_between_two_chunks() -> None:
    """Its sockets are out of reach, so the deadline is checked after each chunk."""

    class Dripping(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                threading.Event().wait(0.02)
                yield b" "

    transport = wrap_blocking(httpx.MockTransport(lambda _: httpx.Response(200, stream=Dripping())))
    request = PreparedRequest(method="GET", url="https://provider.example/", headers=())
    reply = transport.send(request, 0.1, transport.progress())
    assert isinstance(reply, RawResponse)
    assert reply.problem is not None
    assert "deadline" in reply.problem


def test_a_token_that_never_comes_ends_at_the_deadline_of_an_asynchronous_call() -> None:
    """Awaited, the callable is bounded, too."""

    async def token(_user: str | None) -> str:
        await asyncio.Event().wait()
        raise AssertionError

    async def run() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(204))
        async with AsyncClient(pace_pay.Account(token), transport=transport) as client:
            with pytest.raises(Unauthenticated, match="no token came within the deadline"):
                await client.cancel(CANCEL, deadline=0.05)

    asyncio.run(run())


def test_an_awaitable_that_is_no_coroutine_is_rejected_too() -> None:
    """The blocking client cannot await."""

    class Promise:
        def __await__(self) -> Generator[None, None, str]:
            yield
            return "token-of-somebody"

    transport = httpx.MockTransport(lambda _: httpx.Response(204))
    account = pace_pay.Account(lambda _: Promise())
    with Client(account, transport=transport) as client, pytest.raises(Unauthenticated) as refused:
        client.cancel(CANCEL)
    assert "needs AsyncClient" in refused.value.message


def test_a_token_that_takes_all_the_time_leaves_none_to_send() -> None:
    """The deadline passes before the first byte, and the error says that nothing was sent."""
    now = [0.0]

    def token(_user: str | None) -> str:
        now[0] += 31.0
        return "token-of-somebody"

    transport = httpx.MockTransport(lambda _: httpx.Response(204))
    with (
        Client(pace_pay.Account(token), transport=transport, clock=lambda: now[0]) as client,
        pytest.raises(Unreachable, match="nothing was sent") as late,
    ):
        client.cancel(CANCEL)
    assert len(late.value.attempts) == 0


def test_a_transport_that_sends_before_it_fails_is_not_believed_to_have_sent_nothing() -> None:
    """A header that fails on a second connection does not undo the first request."""
    progress = TraceProgress(Sent.MAYBE_SENT)
    for ending in ("http11.send_request_headers.complete", "http11.send_request_headers.failed"):
        progress.on_trace("http11.send_request_headers.started", {"request": None})
        progress.on_trace(ending, {"exception": LocalProtocolError("no such header")})
    assert progress.sent is Sent.MAYBE_SENT


@pytest.mark.parametrize(
    ("coding", "body", "problem"),
    [
        ("gzip", gzip.compress(b" " * (8 * MAX_BODY)), "longer than"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}")), "not asked for"),
        ("br", b"\x1b\x00", "not asked for"),
        ("gzip", b"no gzip", "incorrect header"),
    ],
    ids=["bomb", "twice", "unknown", "broken"],
)
def test_a_content_coding_costs_no_more_than_a_body_may_be_long(
    coding: str, body: bytes, problem: str
) -> None:
    """A small reply that decompresses to a huge one is cut, and the status is kept."""
    headers = {"content-encoding": coding}
    reply = httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))
    transport = wrap_blocking(httpx.MockTransport(lambda _: reply))
    request = PreparedRequest(method="GET", url="https://provider.example/", headers=())
    received = transport.send(request, 5.0, transport.progress())
    assert isinstance(received, RawResponse)
    assert problem in (received.problem or "")
    assert len(received.body) <= MAX_BODY + 1


def test_one_gzip_is_decompressed() -> None:
    """A server may compress without being asked."""
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    stream = httpx.ByteStream(gzip.compress(b'{"a": 1}'))
    transport = wrap_blocking(
        httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=stream))
    )
    request = PreparedRequest(method="GET", url="https://provider.example/", headers=())
    received = transport.send(request, 5.0, transport.progress())
    assert isinstance(received, RawResponse)
    assert json_object(received) == {"a": 1}


@pytest.mark.parametrize("proxy", ["ftp://127.0.0.1:1", "socks4://127.0.0.1:1"])
@pytest.mark.parametrize("maker", [Client, AsyncClient])
def test_an_unusable_proxy_is_reported_when_the_client_is_made(
    proxy: str, maker: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong environment setting is reported before any payment is cancelled."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ValueError, match="proxy"):
        maker(bento.Account("token-of-mine", "https://gateway.example", read=False))

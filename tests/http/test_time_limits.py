"""What a signal handler raises in the midst of an exchange passes through, whatever its class."""

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from countermand import AsyncClient, Client, OutcomeUnknown, Policy, Receipt, Unreachable, bento
from countermand._http.blocking import SocketTransport
from tests.support.flavours import PLAIN_TLS
from tests.support.limits import TimeLimit
from tests.support.rawserver import (
    TEST_TIMEOUT,
    RawServer,
    Script,
    answer,
    hang,
    read,
    say,
    silent_listener,
    stall,
)
from tests.support.tls import server_context

CANCEL = bento.Cancellation("or_1", "tx_1", refund_amount=5)
ACCEPTED = answer(202, b'{"data":{"state":"Refunding"}}', "content-type: application/json")
ANSWERED = 0.8
"""Seconds in which the answer arrives on a busy machine, too."""
LONG = Policy(attempts=4, attempt_timeout=5.0, deadline=TEST_TIMEOUT, budget=None)


class Handler:
    """A handler that is an object."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def __call__(self, _number: int, _frame: object) -> None:
        """Raise."""
        raise self.error("the job took too long")

    def method(self, _number: int, _frame: object) -> None:
        """Raise, as a method."""
        raise self.error("the job took too long")


@pytest.fixture(params=[TimeLimit, TimeoutError, ConnectionResetError, ValueError])
def error(request: pytest.FixtureRequest) -> Iterator[type[Exception]]:
    """What SIGALRM raises."""
    former = signal.signal(signal.SIGALRM, Handler(request.param).method)
    yield request.param
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    signal.signal(signal.SIGALRM, former)


def limited(client: Client, error: type[Exception], seconds: float = 0.15) -> BaseException | None:
    """Cancel within a job's time limit, and return the cause of what it raises."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    began = time.monotonic()
    with pytest.raises(error, match="the job took too long") as caught:
        client.cancel(CANCEL)
    assert type(caught.value) is error
    assert time.monotonic() - began < seconds + 1.0
    return caught.value.__cause__


def client_of(url: str, **options: Any) -> Client:
    """A client with much more time than the job has."""
    settings = {"policy": LONG, "verify": PLAIN_TLS, "trust_env": False, **options}
    return Client(bento.Account("token-one", url, read=False), **settings)


SENT: dict[str, Script] = {
    "waiting": [read, hang],
    "half-a-head": [read, say(ACCEPTED[:20]), hang],
    "half-a-body": [read, say(ACCEPTED[:-5]), hang],
}


@pytest.mark.parametrize("where", SENT)
def test_a_time_limit_after_the_request_passes_through(error: type[Exception], where: str) -> None:
    """With OutcomeUnknown as its cause; the socket is closed."""
    with RawServer(SENT[where]) as server, client_of(server.url) as client:
        assert type(limited(client, error)) is OutcomeUnknown
        assert server.left.acquire(timeout=TEST_TIMEOUT)
        assert len(server.requests) == 1


def test_a_time_limit_while_the_request_is_sent_passes_through(error: type[Exception]) -> None:
    """The peer does not read; some bytes have left."""
    with RawServer([stall], receive_buffer=4096) as server:
        transport = SocketTransport(None)
        request, progress = large_request(server.url), transport.progress()
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        with pytest.raises(error, match="too long"):
            transport.send(request, 5.0, progress)
    assert str(progress.sent) == "maybe sent"


def large_request(url: str) -> Any:
    """A request that no buffer holds."""
    from countermand._core.exchange import PreparedRequest  # noqa: PLC0415

    return PreparedRequest(method="POST", url=url, headers=(), content=b"x" * 40_000_000)


def test_a_time_limit_while_connecting_means_that_nothing_was_sent(error: type[Exception]) -> None:
    """The address is silent."""
    with silent_listener() as port, client_of(f"http://127.0.0.1:{port}") as client:
        assert type(limited(client, error)) is Unreachable


def test_a_time_limit_in_the_handshake_means_that_nothing_was_sent(error: type[Exception]) -> None:
    """The server says nothing."""
    with RawServer([hang]) as server, client_of(server.url.replace("http:", "https:")) as client:
        assert type(limited(client, error)) is Unreachable
        assert server.left.acquire(timeout=TEST_TIMEOUT)


def test_a_time_limit_in_the_name_lookup_means_that_nothing_was_sent(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resolver hangs."""
    released = threading.Event()

    def stalled(*_arguments: object, **_options: object) -> object:
        released.wait(TEST_TIMEOUT)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", stalled)
    with client_of("http://slow.invalid") as client:
        assert type(limited(client, error)) is Unreachable
    released.set()


def test_a_time_limit_after_the_answer_does_not_lose_it(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the client waits for the server to close."""
    monkeypatch.setattr("countermand._http.exchange.LINGER_UNANNOUNCED", 5.0)
    monkeypatch.setattr("countermand._http.exchange.LINGER", 5.0)
    announced = ACCEPTED.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1)
    with RawServer([read, say(announced), hang]) as server, client_of(server.url) as client:
        known = limited(client, error, ANSWERED)
        assert "to get the receipt" in str(known)
        assert isinstance(client.cancel(CANCEL, key=getattr(known, "key", None)), Receipt)
        assert len(server.requests) == 1


@pytest.mark.parametrize("cut", [0, 5])
def test_what_is_known_of_an_answer_shows_no_credential(
    error: type[Exception], cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole or in part: a provider may echo the token."""
    monkeypatch.setattr("countermand._http.exchange.LINGER_UNANNOUNCED", 5.0)
    echo = answer(
        403, b'{"message":"token-of-mine-123 is not allowed"}', "x-echo: token-of-mine-123"
    )
    with RawServer([read, say(echo[: len(echo) - cut]), hang]) as server:
        account = bento.Account("token-of-mine-123", server.url, read=False)
        with Client(account, policy=LONG, verify=PLAIN_TLS, trust_env=False) as client:
            known: Any = limited(client, error, ANSWERED)
    assert known.raw.status == 403
    assert "[redacted]" in str((known.raw.headers, known.raw.body))
    assert "token-of-mine" not in str((known.raw.headers, known.raw.body, known))


def test_a_time_limit_inside_a_transport_of_ones_own_passes_through(
    error: type[Exception],
) -> None:
    """The transport's own errors are the wire's; this is none of them."""

    class Slow(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            time.sleep(TEST_TIMEOUT)
            return httpx.Response(202, request=request)

    with client_of("http://bento.invalid", transport=Slow()) as client:
        assert type(limited(client, error)) is OutcomeUnknown


def test_a_time_limit_behind_a_proxy_passes_through(error: type[Exception]) -> None:
    """Though httpcore takes some for errors of the wire, and raises its own from them."""
    with (
        RawServer([read, hang]) as proxy,
        client_of("http://bento.invalid", proxy=proxy.url) as client,
    ):
        assert type(limited(client, error)) is OutcomeUnknown
        assert proxy.left.acquire(timeout=TEST_TIMEOUT)


def test_a_time_limit_inside_httpx_s_own_transport_passes_through(error: type[Exception]) -> None:
    """The same, with httpx's errors around it."""
    with (
        RawServer([read, hang]) as server,
        client_of(server.url, transport=httpx.HTTPTransport(trust_env=False)) as client,
    ):
        assert type(limited(client, error)) is OutcomeUnknown


@pytest.mark.parametrize("tls", [False, True])
def test_a_time_limit_in_a_protocol_passes_through(*, tls: bool) -> None:
    """Under asyncio a handler may strike inside a callback; the call raises what it raised."""

    async def run(server: RawServer) -> BaseException:
        account = bento.Account("token-one", server.url, read=False)
        async with AsyncClient(account, policy=LONG, verify=False, trust_env=False) as client:
            with pytest.raises(TimeLimit) as caught:
                await client.cancel(CANCEL)
            return caught.value

    def strike(_self: Any, _data: bytes) -> None:
        raise TimeLimit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("countermand._http.exchange.Exchange.receive", strike)
        script = [hang] if tls else [read, say(ACCEPTED), hang]
        with RawServer([*script], tls=server_context() if tls else None) as server:
            caught = asyncio.run(run(server))
    assert type(caught.__cause__) is (Unreachable if tls else OutcomeUnknown)


def test_an_error_that_is_thrown_into_the_thread_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bytes may have left before it; only the kernel's own refusal has a number."""
    transport = SocketTransport(None)
    send = socket.socket.send

    class Thrown(socket.socket):
        def send(self, data: Any, flags: int = 0) -> int:
            send(self, data, flags)
            raise ConnectionError

    with RawServer([read, hang]) as server:
        monkeypatch.setattr(socket, "socket", Thrown)
        progress = transport.progress()
        result = transport.send(large_request(server.url), 5.0, progress)
    assert getattr(result, "sent", None) == "maybe sent"

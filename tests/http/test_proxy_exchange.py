"""Through a proxy: one connection for one request, one deadline, and nothing left open."""

import asyncio
import gc
import socket
import sys
import threading
import time
from importlib import util
from typing import Any

import httpx
import pytest

from countermand import AsyncClient, Client, CountermandError, OutcomeUnknown, Policy, Sent, bento
from countermand._http.addresses import Resolver
from countermand._http.clocks import Deadline
from countermand._http.proxies import AsyncResolvingBackend
from tests.support.flavours import PLAIN_TLS, Flavour, cancel, exchange
from tests.support.rawserver import (
    NO_CONTENT,
    TEST_TIMEOUT,
    Action,
    Conversation,
    RawServer,
    answer,
    close,
    drip,
    hang,
    port_without_listener,
    read,
    say,
)
from tests.support.tls import server_context, trusting
from tests.support.tunnel import connect, tunnel

BENTO = bento.Cancellation("or_1", "tx_1", refund_amount=5)
HEAD = b"HTTP/1.1 202 Accepted\r\ncontent-length: 500\r\n\r\n"


@pytest.mark.parametrize("part", ["head", "body", "1xx", "tunnel"])
def test_the_deadline_holds_for_what_drips(flavour: Flavour, part: str) -> None:
    """Though each single read of httpcore's is in time."""
    scripts: dict[str, list[Action]] = {
        "head": [read, drip(HEAD * 10)],
        "body": [read, say(HEAD), drip(b"x" * 500)],
        "1xx": [read, *[drip(b"HTTP/1.1 102 X\r\n\r\n", 0.03)] * 20],
        "tunnel": [read, drip(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100)],
    }
    url = "https://bento.invalid/" if part == "tunnel" else "http://bento.invalid/"
    with RawServer(scripts[part]) as proxy:
        began = time.monotonic()
        result = exchange(flavour, url, proxy=proxy.url, limit=0.3)
        assert time.monotonic() - began < 2.0
        assert proxy.accepted == 1
    expected = {"body": Sent.RESPONDED, "tunnel": Sent.NOT_SENT}.get(part, Sent.MAYBE_SENT)
    assert result.sent is expected


def test_each_request_has_a_connection_of_its_own(flavour: Flavour) -> None:
    """Bytes after an answer reach no other call there, either."""
    trailing = say(answer(503) + answer(200, b"{}"))
    with RawServer([read, trailing], [read, say(answer(404))]) as proxy:
        account = bento.Account("token-one", "http://bento.invalid", read=False)
        settings: dict[str, Any] = {"policy": Policy(attempts=1), "proxy": proxy.url}

        def outcome(error: CountermandError) -> int | None:
            return error.attempts[0].status

        async def twice() -> list[int | None]:
            async with AsyncClient(account, **settings) as client:
                found = []
                for key in ("order-1", "order-2"):
                    with pytest.raises(CountermandError) as caught:
                        await client.cancel(BENTO, key=key)
                    found.append(outcome(caught.value))
                return found

        if flavour == "async":
            found = asyncio.run(twice())
        else:
            found = []
            with Client(account, **settings) as client:
                for key in ("order-1", "order-2"):
                    with pytest.raises(CountermandError) as caught:
                        client.cancel(BENTO, key=key)
                    found.append(outcome(caught.value))
        assert proxy.accepted == 2
    assert found == [503, 404]
    assert {request.fields["connection"] for request in proxy.requests} == {"close"}


@pytest.mark.parametrize("where", ["tunnel", "handshake", "answer"])
def test_a_cancelled_task_leaves_no_connection(where: str) -> None:
    """At the CONNECT, in the handshake inside the tunnel, and after the request."""
    reached = threading.Event()

    def arrived(_conversation: Conversation) -> None:
        reached.set()

    async def run(url: str, proxy: str) -> None:
        account = bento.Account("token-one", url, read=False)
        async with AsyncClient(account, proxy=proxy, verify=trusting()) as client:
            call = asyncio.create_task(client.cancel(BENTO))
            await asyncio.to_thread(reached.wait, TEST_TIMEOUT)
            call.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await call
            unknown = isinstance(caught.value.__cause__, OutcomeUnknown)
            assert unknown == (where == "answer")
        assert asyncio.all_tasks() == {asyncio.current_task()}

    tls = server_context() if where == "answer" else None
    far = [read, arrived, hang] if where == "answer" else [arrived, hang]
    with RawServer(far, tls=tls) as server:
        near = [read, arrived, hang] if where == "tunnel" else [tunnel(server.port)]
        with RawServer(near) as proxy:
            asyncio.run(run(server.url.replace("http:", "https:"), proxy.url))
            assert proxy.left.acquire(timeout=TEST_TIMEOUT)


@pytest.mark.parametrize("where", ["tunnel", "answer"])
def test_closing_ends_a_call(flavour: Flavour, where: str) -> None:
    """At once; whether it was sent is known."""
    reached = threading.Event()

    def arrived(_conversation: Conversation) -> None:
        reached.set()

    policy = Policy(attempts=1, attempt_timeout=TEST_TIMEOUT, deadline=TEST_TIMEOUT, budget=None)
    url = "https://bento.invalid" if where == "tunnel" else "http://bento.invalid"
    account = bento.Account("token-one", url, read=False)
    known: list[CountermandError] = []

    async def run(proxy: str) -> None:
        client = AsyncClient(account, policy=policy, proxy=proxy, verify=PLAIN_TLS)
        call = asyncio.create_task(client.cancel(BENTO))
        await asyncio.to_thread(reached.wait, TEST_TIMEOUT)
        await client.aclose()
        with pytest.raises(CountermandError) as caught:
            await asyncio.wait_for(call, 1.0)
        known.append(caught.value)

    def blocked(client: Client) -> None:
        with pytest.raises(CountermandError) as caught:
            client.cancel(BENTO)
        known.append(caught.value)

    with RawServer([read, arrived, hang]) as proxy:
        if flavour == "async":
            asyncio.run(run(proxy.url))
        else:
            client = Client(account, policy=policy, proxy=proxy.url, verify=PLAIN_TLS)
            thread = threading.Thread(target=blocked, args=(client,))
            thread.start()
            assert reached.wait(TEST_TIMEOUT)
            client.close()
            thread.join(1.0)
            assert not thread.is_alive()
        assert proxy.left.acquire(timeout=TEST_TIMEOUT)
    assert "the client is closed" in str(known[0])
    expected = Sent.NOT_SENT if where == "tunnel" else Sent.MAYBE_SENT
    assert [attempt.sent for attempt in known[0].attempts] == [expected]


def test_closing_before_the_proxy_is_reached_ends_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """While its name is looked up: the call ends at once, and nothing is sent."""
    reached, released, found = threading.Event(), threading.Event(), threading.Event()

    def stalled(*_arguments: object, **_options: object) -> object:
        reached.set()
        released.wait(TEST_TIMEOUT)
        found.set()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", stalled)
    account = bento.Account("token-one", "http://bento.invalid", read=False)
    long = 3 * TEST_TIMEOUT
    policy = Policy(attempts=1, attempt_timeout=long, deadline=long, budget=None)
    client = Client(account, policy=policy, proxy="http://slow.invalid:1")
    closing = threading.Thread(target=lambda: (reached.wait(TEST_TIMEOUT), client.close()))
    closing.start()
    with pytest.raises(CountermandError, match="the client is closed") as caught:
        client.cancel(BENTO)
    assert not found.is_set()
    closing.join()
    released.set()
    assert [attempt.sent for attempt in caught.value.attempts] == [Sent.NOT_SENT]


@pytest.mark.parametrize("step", ["lookup", "connect"])
def test_a_client_that_is_closed_while_it_connects_sends_nothing(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the proxy is found, or reached, a moment later."""
    original = {"lookup": socket.getaddrinfo, "connect": socket.create_connection}[step]
    name = {"lookup": "getaddrinfo", "connect": "create_connection"}[step]
    account = bento.Account("token-one", "http://bento.invalid", read=False)
    received: list[bytes] = []

    def take(conversation: Conversation) -> None:
        received.append(conversation.socket.recv(1000))

    with RawServer([take]) as proxy:
        policy = Policy(attempts=1, budget=None)
        url = f"http://localhost:{proxy.port}"
        client = Client(account, policy=policy, proxy=url, trust_env=False, verify=PLAIN_TLS)

        def closing(*arguments: Any, **options: Any) -> Any:
            found = original(*arguments, **options)
            client.close()
            return found

        monkeypatch.setattr(socket, name, closing)
        with pytest.raises(CountermandError, match="the client is closed") as caught:
            client.cancel(BENTO)
        if step == "connect":
            assert proxy.left.acquire(timeout=TEST_TIMEOUT)
    assert [attempt.sent for attempt in caught.value.attempts] == [Sent.NOT_SENT]
    assert received == ([b""] if step == "connect" else [])


@pytest.mark.parametrize("addresses", [[], ["dead"], ["dead", "alive"]])
def test_every_address_of_a_proxy_is_tried(
    flavour: Flavour, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name without a live address means that nothing was sent."""
    with RawServer([read, say(NO_CONTENT)]) as proxy:
        hosts = {"dead": "127.0.0.2", "alive": "127.0.0.1"}
        family = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        found = [(*family, (hosts[each], proxy.port)) for each in addresses]
        original = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *rest, **options: (
                found if host == "proxy.invalid" else original(host, *rest, **options)
            ),
        )
        url = f"http://proxy.invalid:{proxy.port}"
        result = exchange(flavour, "http://bento.invalid/", proxy=url)
    assert result.sent is (Sent.RESPONDED if "alive" in addresses else Sent.NOT_SENT)


@pytest.mark.parametrize(
    ("text", "fields", "complete"),
    [
        (b'{"a": 1}', "", True),
        (b'{"a": 1', "", False),
        (b"<html>", "", False),
        (b"<html>", "content-length: 6\r\n", True),
    ],
)
def test_a_body_without_length_needs_complete_json(
    flavour: Flavour, text: bytes, fields: str, *, complete: bool
) -> None:
    """Inside a tunnel httpcore does not say whether TLS ended properly."""
    reply = f"HTTP/1.1 200 X\r\n{fields}\r\n".encode() + text
    with (
        RawServer([read, say(reply), close], tls=server_context()) as server,
        RawServer([tunnel(server.port)]) as proxy,
    ):
        result = exchange(flavour, server.url, proxy=proxy.url, verify=trusting())
    assert (result.status, result.body) == (200, text)
    assert (result.problem is None) == complete


def test_a_header_that_cannot_be_written_is_not_sent(flavour: Flavour) -> None:
    """As without a proxy."""
    with RawServer([read, say(NO_CONTENT)]) as proxy:
        account = bento.Account("token-one", "http://bento.invalid", read=False)
        object.__setattr__(account, "token", "tök")
        result = cancel(flavour, account, BENTO, proxy=proxy.url)
        assert proxy.requests == []
    assert isinstance(result, CountermandError)
    assert [attempt.sent for attempt in result.attempts] == [Sent.NOT_SENT]


def test_what_is_no_error_of_the_wire_passes_through(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in the code, for example; what is known of the call is its cause."""

    def mistaken(_self: object, _data: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("countermand._http.answer.AnswerReader.feed", mistaken)
    with RawServer([read, say(HEAD + b"{")]) as proxy:
        account = bento.Account("token-one", "http://bento.invalid", read=False)
        with pytest.raises(ZeroDivisionError) as caught:
            cancel(flavour, account, BENTO, proxy=proxy.url)
    assert isinstance(caught.value.__cause__, OutcomeUnknown)


def socks(port: int) -> Action:
    """A SOCKS5 proxy that passes bytes to a loopback port, whatever host was asked for."""

    def act(conversation: Conversation) -> None:
        conversation.socket.recv(100)
        conversation.socket.sendall(b"\x05\x00")
        conversation.socket.recv(300)
        conversation.socket.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        connect(conversation, port)

    return act


def unreachable(conversation: Conversation) -> None:
    """A SOCKS5 proxy that finds no way to the host."""
    conversation.socket.recv(100)
    conversation.socket.sendall(b"\x05\x00")
    conversation.socket.recv(300)
    conversation.socket.sendall(b"\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00")
    conversation.gone()


def test_every_connection_to_a_proxy_is_closed_at_the_end() -> None:
    """Also one that came too late, and one whose neighbour cannot be closed."""
    closed: list[str] = []

    class Stream:
        def __init__(self, name: str) -> None:
            self.name = name

        async def aclose(self) -> None:
            closed.append(self.name)
            raise OSError(self.name)

    backend = AsyncResolvingBackend(Resolver(), Deadline(1.0))
    streams: Any = [Stream("late"), Stream("used")]
    for stream in streams:
        assert backend._kept(stream) is stream
    with pytest.raises(OSError, match="late"):
        asyncio.run(backend.aclose())
    assert closed == ["used", "late"]


def test_a_refusal_of_a_socks_proxy_leaves_no_socket(flavour: Flavour) -> None:
    """Such a connection is forgotten by httpcore; the garbage collector must not be needed."""
    pytest.importorskip("socksio")
    gc.disable()
    try:
        with RawServer([unreachable]) as proxy:
            address = proxy.url.replace("http", "socks5")
            result = exchange(flavour, "http://bento.invalid/", proxy=address)
            assert proxy.left.acquire(timeout=TEST_TIMEOUT / 2)
    finally:
        gc.enable()
    assert result.sent is Sent.NOT_SENT


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_carries_the_request(flavour: Flavour, scheme: str) -> None:
    """With httpx's extra."""
    pytest.importorskip("socksio")
    with (
        RawServer([read, say(NO_CONTENT)]) as server,
        RawServer([socks(server.port)]) as proxy,
    ):
        address = proxy.url.replace("http", scheme)
        result = exchange(flavour, "http://bento.invalid/", proxy=address)
    assert (result.status, len(server.requests)) == (204, 1)


@pytest.mark.parametrize("proxy", ["socks5://u:pass-word@127.0.0.1:1", "socks5h://127.0.0.1:1"])
def test_a_socks_proxy_needs_its_extra(
    flavour: Flavour, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named when the client is made."""
    find = util.find_spec
    monkeypatch.setattr(
        "countermand._http.proxies.find_spec",
        lambda name: None if name == "socksio" else find(name),
    )
    kind: Any = Client if flavour == "sync" else AsyncClient
    with pytest.raises(ModuleNotFoundError, match=r"httpx\[socks\]") as caught:
        kind(bento.Account("token-one", "http://bento.invalid", read=False), proxy=proxy)
    assert "pass-word" not in str(caught.value)


BAD = (
    "http://user:pass-word@",
    "http://user:pass-word@h:99999",
    "http://user:pass-word@h:x",
    "http://user:pass-word@%zz:1",
    "ftp://user:pass-word@h:1",
    "user:pass-word@h:1",
    "http://user:pass-word@[::1",
    "",
    "\x00pass-word",
)


IN_THE_ENVIRONMENT = tuple(proxy for proxy in BAD if "://" in proxy)
"""There, an address without a scheme is a host."""


@pytest.mark.parametrize(
    ("source", "proxy"),
    [
        *(("argument", proxy) for proxy in BAD),
        *(("HTTP_PROXY", each) for each in IN_THE_ENVIRONMENT),
    ],
)
def test_a_bad_address_is_reported_without_its_password(
    flavour: Flavour, source: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the client is made, and neither in the message nor in a cause."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    if source != "argument":
        monkeypatch.setenv(source, proxy)
    options: dict[str, Any] = {"proxy": proxy} if source == "argument" else {}
    kind: Any = Client if flavour == "sync" else AsyncClient
    with pytest.raises(ValueError, match="proxy is no valid URL") as caught:
        kind(bento.Account("token-one", "http://bento.invalid", read=False), **options)
    error: BaseException | None = caught.value
    while error is not None:
        assert "pass-word" not in str(error)
        error = error.__cause__ or error.__context__


def test_a_proxy_of_httpx_is_taken(flavour: Flavour) -> None:
    """With its own headers; anything else is refused."""
    with RawServer([read, say(NO_CONTENT)]) as proxy:
        made = httpx.Proxy(proxy.url, headers={"x-team": "payments"})
        assert exchange(flavour, "http://bento.invalid/", proxy=made).status == 204
    assert proxy.requests[0].fields["x-team"] == "payments"


@pytest.mark.parametrize("loaded", [True, False])
def test_any_other_proxy_is_refused(*, loaded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not httpx is there to ask."""
    if not loaded:
        monkeypatch.delitem(sys.modules, "httpx")
    wrong: Any = 7
    with pytest.raises(TypeError, match="proxy must be a URL"):
        Client(bento.Account("token-one", "http://bento.invalid", read=False), proxy=wrong)


def test_a_dead_proxy_is_not_sent_through_ipv6(flavour: Flavour) -> None:
    """Its address may be of either family."""
    dead = f"http://[::1]:{port_without_listener()}"
    assert exchange(flavour, "http://bento.invalid/", proxy=dead).sent is Sent.NOT_SENT

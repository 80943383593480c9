"""One deadline bounds a whole exchange, wherever the server is slow."""

import gc
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from countermand import Client, Policy, Sent, Unreachable, pace_pay
from countermand._http import racing
from tests.support.flavours import PLAIN_TLS, Exchanged, Flavour, cancel, exchange
from tests.support.rawserver import (
    TEST_TIMEOUT,
    Conversation,
    RawServer,
    Script,
    drip,
    hang,
    read,
    say,
    silent_listener,
    stall,
)

LIMIT = 0.3
GENEROUS = 10 * LIMIT
HEAD = b"HTTP/1.1 202 Accepted\r\ncontent-length: 500\r\n\r\n"

SLOW: dict[str, Script] = {
    "hang": [read, hang],
    "1xx-drip": [read, *[drip(b"HTTP/1.1 102 X\r\n\r\n", 0.03)] * 20],
    "head-drip": [read, drip(HEAD * 10)],
    "body-drip": [read, say(HEAD), drip(b"x" * 500)],
    "never-read": [stall],
}


def timed(flavour: Flavour, url: str, **options: object) -> tuple[Exchanged, float]:
    """Exchange within the limit, and return the duration."""
    began = time.monotonic()
    result = exchange(flavour, url, **{"limit": LIMIT, **options})  # type: ignore[arg-type]
    return result, time.monotonic() - began


@pytest.mark.parametrize("name", SLOW)
def test_the_deadline_stops_slow_and_silent_servers(flavour: Flavour, name: str) -> None:
    """Every read succeeds in time, and the exchange ends nonetheless."""
    content = b"x" * 6_000_000 if name == "never-read" else None
    with RawServer(SLOW[name], receive_buffer=4096) as server:
        result, took = timed(flavour, server.url, content=content)
    assert result.sent is (Sent.RESPONDED if name == "body-drip" else Sent.MAYBE_SENT)
    assert took < GENEROUS


@pytest.mark.parametrize("proxy", [None, "http://slow.invalid:1"], ids=["server", "proxy"])
def test_the_deadline_stops_a_name_lookup_without_end(
    flavour: Flavour, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver cannot be interrupted; neither the call nor the end of its loop waits for it."""
    released = threading.Event()
    finished = threading.Event()

    def stalled(*_arguments: object, **_options: object) -> object:
        released.wait(TEST_TIMEOUT)
        finished.set()
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", stalled)
    result, took = timed(flavour, "http://slow.invalid", proxy=proxy)
    released.set()
    assert finished.wait(TEST_TIMEOUT)
    assert result.sent is Sent.NOT_SENT
    assert took < GENEROUS


def test_closing_the_client_ends_a_name_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    """From another thread; nothing was sent."""
    asked, released = threading.Event(), threading.Event()

    def stalled(*_arguments: object, **_options: object) -> object:
        asked.set()
        released.wait(TEST_TIMEOUT)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", stalled)
    account = pace_pay.Account("token-one", "http://slow.invalid")
    cancellation = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")
    client = Client(account, trust_env=False, policy=Policy(attempts=1))
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(client.cancel, cancellation)
        assert asked.wait(TEST_TIMEOUT)
        (transport,) = client._transports.values()
        # The resolver has been asked; the call is about to wait for it.
        until = time.monotonic() + TEST_TIMEOUT
        while not transport._wakers and time.monotonic() < until:
            time.sleep(0.001)
        client.close()
        with pytest.raises(Unreachable, match="the client is closed"):
            call.result(TEST_TIMEOUT)
    released.set()


def resolve_to(monkeypatch: pytest.MonkeyPatch, name: str, *addresses: tuple[str, int]) -> None:
    """Let a name have these addresses."""
    original = socket.getaddrinfo

    def found(host: Any, *rest: Any, **options: Any) -> Any:
        if host != name:
            return original(host, *rest, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def test_several_dead_addresses_share_the_deadline(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many addresses are silent, nothing is sent, and the call ends in time."""
    with silent_listener("0.0.0.0") as port:
        resolve_to(monkeypatch, "many.invalid", *[(f"127.0.0.{n}", port) for n in range(1, 60)])
        result, took = timed(flavour, "http://many.invalid")
    assert result.sent is Sent.NOT_SENT
    assert took < GENEROUS


@pytest.mark.parametrize("way", ["own", "proxy"])
@pytest.mark.parametrize("first", ["dead", "silent"])
def test_a_second_address_is_tried(
    flavour: Flavour, first: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name whose first address is dead or silent is still reached.

    Under asyncio the addresses race. A blocking call gives each a share of its time.
    """
    limit = 6.0 if flavour == "async" else 2.0
    with RawServer([read, say(b"HTTP/1.1 204 X\r\n\r\n")]) as server, ExitStack() as stack:
        if first == "silent":
            stack.enter_context(silent_listener("127.0.0.2", server.port))
        addresses = [("127.0.0.2", server.port), ("127.0.0.1", server.port)]
        resolve_to(monkeypatch, "two.invalid", *addresses)
        url = f"http://two.invalid:{server.port}"
        options = {"proxy": url} if way == "proxy" else {}
        began = time.monotonic()
        result = exchange(flavour, url, limit=limit, **options)
        took = time.monotonic() - began
    assert (result.status, server.accepted) == (204, 1)
    assert took < (limit / 2 if flavour == "async" else limit)


def test_an_address_that_no_socket_is_made_for_is_passed_over(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of IPv6, where the system has none: the next one is tried, or nothing was sent."""
    impossible = (9999, socket.SOCK_STREAM, 6, "", ("::1", 1))
    with RawServer([read, say(b"HTTP/1.1 204 X\r\n\r\n")]) as server:
        possible = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
        found = [impossible, possible]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_rest, **_options: found)
        assert exchange(flavour, "http://two.invalid/").status == 204
        found.remove(possible)
        found.append(impossible)
        assert exchange(flavour, "http://two.invalid/").sent is Sent.NOT_SENT
    assert server.accepted == 1


@pytest.mark.parametrize("way", ["own", "proxy"])
def test_the_second_of_two_live_addresses_is_dropped(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several connect at the same moment; one carries the request, the others are closed."""

    def serve(conversation: Conversation) -> None:
        try:
            conversation.read()
        except ConnectionError:
            conversation.server.left.release()
            raise
        conversation.socket.sendall(b"HTTP/1.1 204 X\r\n\r\n")

    monkeypatch.setattr(racing, "STAGGER", 0.0)
    gc.disable()
    try:
        with RawServer([serve], host="0.0.0.0") as server:
            addresses = [(f"127.0.0.{number}", server.port) for number in range(1, 9)]
            resolve_to(monkeypatch, "two.invalid", *addresses)
            url = f"http://two.invalid:{server.port}"
            result = exchange("async", url, limit=5.0, **({"proxy": url} if way == "proxy" else {}))
            # Those that were connected and not yet accepted.
            time.sleep(0.1)
            assert server.accepted > 1
            for _ in range(server.accepted):
                assert server.left.acquire(timeout=TEST_TIMEOUT)
    finally:
        gc.enable()
    assert (result.status, len(server.requests)) == (204, 1)


def test_a_cancelled_handshake_leaves_no_connection(flavour: Flavour) -> None:
    """The deadline holds for TLS too, nothing was sent, and the connection is closed at once."""
    gc.disable()
    try:
        with RawServer([hang]) as server:
            result, took = timed(flavour, server.url.replace("http:", "https:"))
            assert result.sent is Sent.NOT_SENT
            assert took < GENEROUS
            assert server.left.acquire(timeout=1.0), "the connection is still open"
    finally:
        gc.enable()
        gc.collect()


@pytest.mark.parametrize("name", ["hang", "head-drip", "body-drip"])
def test_a_cancelled_exchange_leaves_no_connection(flavour: Flavour, name: str) -> None:
    """The connection is closed before a late reply."""
    with RawServer([read, say(b""), hang] if name == "hang" else SLOW[name]) as server:
        exchange(flavour, server.url, limit=LIMIT)
        server.stopping.set()
        assert server.accepted == 1
        if name == "hang":
            assert server.left.acquire(timeout=TEST_TIMEOUT)


def test_the_deadline_holds_over_all_attempts_and_waits(flavour: Flavour) -> None:
    """Attempts, waits and a slow body end at the deadline; the error has the attempts."""
    policy = Policy(attempts=50, attempt_timeout=0.1, deadline=LIMIT, budget=None)
    with RawServer([read, drip(HEAD)]) as server:
        began = time.monotonic()
        error = cancel(
            flavour,
            pace_pay.Account("token-one", server.url),
            pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c"),
            policy=policy,
            verify=PLAIN_TLS,
        )
        took = time.monotonic() - began
    assert took < GENEROUS
    # The last connection may end before the server has accepted it.
    assert 1 <= server.accepted <= len(error.attempts) <= 50

"""Many calls at once, impatient ones, and a machine that has run out of something."""

import asyncio
import gc
import os
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import pytest

from countermand import AsyncClient, Client, CountermandError, Policy, Receipt, Sent, pace_pay
from countermand._core.exchange import PreparedRequest
from countermand._http import addresses, racing
from countermand._http.transport import TransportOptions
from tests.support.flavours import ONCE, PLAIN_TLS, Flavour, exchange
from tests.support.rawserver import NO_CONTENT, TEST_TIMEOUT, Conversation, RawServer, read, say

MANY = 1000
CLOSING = b"HTTP/1.1 204 X\r\nconnection: close\r\n\r\n"


def cancellation(number: int) -> pace_pay.Cancellation:
    """The cancellation of one of many payments."""
    return pace_pay.Cancellation(f"{number:08x}-492e-4033-9b4b-4efc7beca16c")


def descriptors() -> int:
    """How many descriptors this process has open."""
    gc.collect()
    return len([*Path("/proc/self/fd").iterdir()])


@contextmanager
def room_for(number: int) -> Iterator[None]:
    """Allow so many descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        pytest.skip(f"this machine allows {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request, and close."""
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(0.2)
    writer.write(CLOSING)
    writer.close()


@pytest.mark.usefixtures("untraced")
def test_a_thousand_calls_at_once_succeed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the defaults: they share one name lookup, fail in nothing, and leave nothing open."""
    threads: list[int] = []
    original = socket.getaddrinfo

    def counted(host: Any, *rest: Any, **options: Any) -> Any:
        threads.append(threading.active_count())
        threading.Event().wait(0.01)
        return original("127.0.0.1" if host == "many.invalid" else host, *rest, **options)

    async def run() -> list[Any]:
        server = await asyncio.start_server(answering, "127.0.0.1", 0, backlog=MANY)
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setattr(socket, "getaddrinfo", counted)
        account = pace_pay.Account("token-one", f"http://many.invalid:{port}")
        async with AsyncClient(account, trust_env=False) as client:
            calls = [client.cancel(cancellation(number)) for number in range(MANY)]
            found = await asyncio.gather(*calls, return_exceptions=True)
        server.close()
        await server.wait_closed()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return found

    before = descriptors()
    with room_for(4 * MANY):
        receipts = asyncio.run(run())
    assert [type(each) for each in receipts] == [Receipt] * MANY
    assert {len(each.attempts) for each in receipts} == {1}
    assert max(threads) < threading.active_count() + 10
    assert descriptors() <= before


@pytest.mark.usefixtures("untraced")
def test_twenty_impatient_tasks_spoil_nothing() -> None:
    """They wait for four places, and give up at every moment; all four are free again at the end.

    Then the server answers no request before four of them are there, so that a place that was lost
    leaves the calls without an answer.
    """
    places = 4
    together = threading.Barrier(places)
    patient = {f"{100 + number:08x}" for number in range(5 * places)}

    def serve(conversation: Conversation) -> None:
        with suppress(ConnectionError):
            target = conversation.read().target
            if any(each in target for each in patient):
                together.wait(TEST_TIMEOUT)
                say(NO_CONTENT)(conversation)
        conversation.gone()

    async def impatient(client: AsyncClient, number: int) -> None:
        with pytest.raises((TimeoutError, CountermandError)):
            # Mixed, so that some give up while they wait for a place, and others while they send.
            async with asyncio.timeout(0.002 * (7 * number % 20)):
                await client.cancel(cancellation(number))

    async def run(account: Any) -> None:
        policy = attrs.evolve(ONCE, concurrency=places)
        async with AsyncClient(account, policy=policy, verify=PLAIN_TLS, trust_env=False) as client:
            for _ in range(3):
                await asyncio.gather(*(impatient(client, number) for number in range(20)))
            calls = [client.cancel(cancellation(100 + number)) for number in range(5 * places)]
            for known in await asyncio.gather(*calls):
                assert len(known.attempts) == 1
        assert asyncio.all_tasks() == {asyncio.current_task()}

    before = descriptors()
    with RawServer([serve]) as server:
        asyncio.run(run(pace_pay.Account("token-one", server.url)))
        for _ in range(server.accepted):
            assert server.left.acquire(timeout=TEST_TIMEOUT), "a connection is left open"
    assert descriptors() <= before


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "two.invalid"])
def test_no_descriptor_left_means_not_sent(
    flavour: Flavour, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EMFILE, at the socket of each address or already at the lookup; afterwards all is well."""
    with RawServer([read, say(NO_CONTENT)]) as server:
        if host == "two.invalid":
            entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
            two = [entry, (*entry[:4], ("127.0.0.2", server.port))]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_rest, **_options: two)
        url = f"http://{host}:{server.port}/"
        request = PreparedRequest(method="POST", url=url, headers=())
        options = TransportOptions(verify=PLAIN_TLS, trust_env=False)

        async def run() -> Any:
            transport = options.open_async(url)
            with no_descriptor():
                return await transport.send(request, 2.0, transport.progress())

        if flavour == "async":
            result: Any = asyncio.run(run())
        else:
            transport = options.open_blocking(url)
            with no_descriptor():
                result = transport.send(request, 2.0, transport.progress())
        assert result.sent is Sent.NOT_SENT, result
        assert host == "localhost" or "Too many open files" in result.problem
        assert server.accepted == 0
        assert exchange(flavour, url).status == 204


@contextmanager
def no_descriptor() -> Iterator[None]:
    """Leave no descriptor free."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    gc.collect()
    used = [int(path.name) for path in Path("/proc/self/fd").iterdir()]
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(used) + 1, hard))
    fillers: list[int] = []
    try:
        with suppress(OSError):
            while True:
                fillers.append(os.dup(0))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for filler in fillers:
            os.close(filler)


def test_no_free_port_means_not_sent(flavour: Flavour, monkeypatch: pytest.MonkeyPatch) -> None:
    """EADDRNOTAVAIL, when it connects."""

    class Portless(socket.socket):
        def connect(self, _address: object) -> None:
            raise OSError(99, "Cannot assign requested address")

        def connect_ex(self, _address: object) -> int:
            return 99

    monkeypatch.setattr(socket, "socket", Portless)
    result = exchange(flavour, "http://127.0.0.1:1/")
    assert result.sent is Sent.NOT_SENT
    assert "Cannot assign" in (result.problem or "")


def test_no_thread_for_a_name_lookup_means_not_sent(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As at the end of an interpreter."""

    def unable(_self: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(addresses.Thread, "start", unable)
    result = exchange(flavour, "http://named.invalid/")
    assert result.sent is Sent.NOT_SENT
    assert "can't start new thread" in (result.problem or "")


@pytest.mark.parametrize("host", ["x" * 64 + ".invalid", "a..invalid"])
def test_a_name_that_is_none_means_not_sent(flavour: Flavour, host: str) -> None:
    """Before any lookup."""
    result = exchange(flavour, f"http://{host}/")
    assert result.sent is Sent.NOT_SENT


def test_a_name_without_addresses_means_not_sent(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_rest, **_options: [])
    result = exchange(flavour, "http://empty.invalid/")
    assert result.sent is Sent.NOT_SENT
    assert "no address" in (result.problem or "")


def test_a_lookup_that_hangs_holds_up_no_later_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a second a call begins a lookup of its own; the first one's end takes nothing away."""
    monkeypatch.setattr(addresses, "JOINED_FOR", 0.05)
    released, started = threading.Event(), []

    def sometimes(*_arguments: object, **_options: object) -> Any:
        started.append(threading.current_thread())
        if len(started) == 1:
            released.wait(TEST_TIMEOUT)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))]

    monkeypatch.setattr(socket, "getaddrinfo", sometimes)
    resolver = addresses.Resolver()
    first = resolver.look_up("slow.invalid", 80)
    assert resolver.look_up("slow.invalid", 80) is first
    threading.Event().wait(0.1)
    second = resolver.look_up("slow.invalid", 80)
    assert second is not first
    assert second.result(TEST_TIMEOUT) == first_address()
    released.set()
    assert first.result(TEST_TIMEOUT) == first_address()
    for thread in started:
        thread.join(TEST_TIMEOUT)
    assert resolver._lookups == {}


def first_address() -> tuple[addresses.Address, ...]:
    """What the resolver of the test above finds."""
    return (addresses.Address(socket.AF_INET, ("127.0.0.1", 1)),)


def test_closing_ends_a_call_that_waits_for_a_name(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and nothing was sent."""
    reached, released = threading.Event(), threading.Event()

    def stalled(*_arguments: object, **_options: object) -> object:
        reached.set()
        released.wait(TEST_TIMEOUT)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", stalled)
    account = pace_pay.Account("token-one", "http://slow.invalid")
    policy = Policy(attempts=1, deadline=TEST_TIMEOUT, attempt_timeout=TEST_TIMEOUT, budget=None)
    known: list[CountermandError] = []

    def blocked(client: Client) -> None:
        with pytest.raises(CountermandError) as caught:
            client.cancel(cancellation(1))
        known.append(caught.value)

    async def run() -> None:
        client = AsyncClient(account, policy=policy, trust_env=False)
        call = asyncio.create_task(client.cancel(cancellation(1)))
        await asyncio.to_thread(reached.wait, TEST_TIMEOUT)
        await client.aclose()
        with pytest.raises(CountermandError) as caught:
            await asyncio.wait_for(call, 1.0)
        known.append(caught.value)

    if flavour == "async":
        asyncio.run(run())
    else:
        client = Client(account, policy=policy, trust_env=False)
        thread = threading.Thread(target=blocked, args=(client,))
        thread.start()
        assert reached.wait(TEST_TIMEOUT)
        client.close()
        thread.join(1.0)
        assert not thread.is_alive()
    released.set()
    assert "the client is closed" in str(known[0])
    assert [attempt.sent for attempt in known[0].attempts] == [Sent.NOT_SENT]


def test_a_client_that_closes_between_two_steps_connects_nowhere() -> None:
    """A waker that is registered after `close` ends its call."""
    options = TransportOptions(verify=PLAIN_TLS, trust_env=False)
    with RawServer([read, say(NO_CONTENT)]) as server:
        transport = options.open_blocking(server.url)
        transport._closed = True
        request = PreparedRequest(method="POST", url=server.url, headers=())
        exchange_now: Any = getattr(transport, "_exchange")  # noqa: B009 - private
        from countermand._http.clocks import Deadline  # noqa: PLC0415

        result = exchange_now(request, Deadline(1.0), transport.progress())
        assert server.accepted == 0
    assert result.sent is Sent.NOT_SENT


def test_a_race_that_is_cancelled_leaves_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several addresses are silent; the caller gives up."""
    from tests.support.rawserver import silent_listener  # noqa: PLC0415

    monkeypatch.setattr(racing, "STAGGER", 0.01)
    with silent_listener() as port:
        entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
        other = (*entry[:3], "", ("127.0.0.2", port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_rest, **_options: [entry, other])
        before = descriptors()
        result = exchange("async", "http://silent.invalid/", limit=0.1)
        assert result.sent is Sent.NOT_SENT
        assert descriptors() <= before

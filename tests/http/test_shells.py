"""Corners of the two shells that no server can be made to reach."""

import asyncio
import errno
import gc
import socket
import threading
import time
import warnings
from typing import Any

import pytest

from countermand import AsyncClient, OutcomeUnknown, Sent, bento
from countermand._core.exchange import PreparedRequest, SendProgress
from countermand._http import blocking, racing
from countermand._http.addresses import Address
from countermand._http.asynchronous import _Connection
from countermand._http.base import TIME_IS_UP
from countermand._http.clocks import Deadline
from countermand._http.exchange import Exchange
from countermand._http.failures import WireError
from countermand._http.proxies import bounded
from countermand._http.request_bytes import serialize, split_url
from countermand._http.transport import TransportOptions
from tests.support.flavours import PLAIN_TLS, exchange
from tests.support.rawserver import TEST_TIMEOUT, Conversation, RawServer, answer, hang, read

BENTO = bento.Cancellation("or_1", "tx_1", refund_amount=5)


class Unwilling:
    """A socket that takes so many bytes, and then refuses."""

    def __init__(self, takes: int, *received: Any) -> None:
        self.takes = takes
        self.received = list(received)

    def send(self, data: Any) -> int:
        """Take a few bytes, or none."""
        if not self.takes:
            raise ConnectionResetError(errno.ECONNRESET, "reset")
        taken, self.takes = min(self.takes, len(data)), 0
        return taken

    def recv(self, _size: int) -> Any:
        """Give what was set."""
        given = self.received.pop(0)
        if isinstance(given, Exception):
            raise given
        return given


def exchange_of(progress: SendProgress) -> Exchange:
    """An exchange that has not begun."""
    request = PreparedRequest(method="PUT", url="http://h/", headers=(), content=b"{}")
    return Exchange("PUT", serialize(request, *split_url(request.url)), progress, Deadline(5.0))


def test_what_the_kernel_never_took_was_not_sent() -> None:
    """The first `send` failed: that is a fact."""
    progress = SendProgress()
    under_way = exchange_of(progress)
    refusing: Any = Unwilling(0)
    with pytest.raises(ConnectionResetError):
        blocking._push(refusing, under_way, memoryview(under_way.next_bytes()))
    assert progress.sent is Sent.NOT_SENT


def test_after_the_first_byte_an_answer_may_still_be_there() -> None:
    """The rest is refused, and the answer is read."""
    progress = SendProgress()
    under_way = exchange_of(progress)
    refusing: Any = Unwilling(5, BlockingIOError(), answer(413))
    rest = blocking._push(refusing, under_way, memoryview(under_way.next_bytes()))
    assert (bytes(rest), progress.sent) == (b"", Sent.MAYBE_SENT)
    blocking._pull(refusing, under_way, Deadline(5.0))
    assert under_way.answer is None
    blocking._pull(refusing, under_way, Deadline(5.0))
    assert under_way.answer is not None
    assert under_way.answer.status == 413


def test_of_two_that_connect_at_once_one_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that is still under way is cancelled."""
    made: list[socket.socket] = []
    cancelled: list[bool] = []
    last = asyncio.Event()

    async def dial(address: Address) -> socket.socket:
        try:
            if address.sockaddr == "slow":
                await asyncio.sleep(TEST_TIMEOUT)
            elif address.sockaddr == "two":
                last.set()
                await asyncio.sleep(0)
            else:
                await last.wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        if address.sockaddr == "dead":
            raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
        made.append(socket.socket())
        return made[-1]

    async def run() -> None:
        names = ("slow", "dead", "one", "two")
        addresses = tuple(Address(socket.AF_INET, name) for name in names)
        winner = await racing.race(addresses, dial, socket.socket.close)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert winner.fileno() >= 0
        winner.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    monkeypatch.setattr(racing, "STAGGER", 0.0)
    asyncio.run(run())
    assert cancelled == [True]
    assert [each.fileno() for each in made] == [-1, -1]


def test_a_call_that_is_dropped_with_its_loop_leaves_no_socket() -> None:
    """Nothing can be awaited any more."""
    reached = threading.Event()

    def arrived(_conversation: Conversation) -> None:
        reached.set()

    with RawServer([read, arrived, hang]) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        account = bento.Account("token-one", server.url, read=False)
        client = AsyncClient(account, verify=PLAIN_TLS, trust_env=False)
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda _loop, _context: None)
        task = loop.create_task(client.cancel(BENTO, key="order-42"))
        while not reached.is_set():
            loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()
        del task
        gc.collect()
        assert server.left.acquire(timeout=TEST_TIMEOUT)

        async def again() -> Any:
            async with client:
                return await client.cancel(BENTO, key="order-42")

        with pytest.raises(OutcomeUnknown):
            asyncio.run(again())


def test_a_call_that_ends_before_it_has_a_transport_closes_its_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Connected, but asyncio has not taken the socket over."""

    async def never(*_arguments: object, **_options: object) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.SelectorEventLoop, "create_connection", never)
    with RawServer([hang]) as server:
        result = exchange("async", server.url, limit=0.1)
        assert server.left.acquire(timeout=TEST_TIMEOUT)
    assert result.sent is Sent.NOT_SENT


def test_closing_leaves_alone_what_ends_by_itself() -> None:
    """A call whose time is up, and one of another loop."""
    transport = TransportOptions(verify=PLAIN_TLS).open_async("http://h/")
    scopes: list[asyncio.Timeout] = []

    async def expire() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.0) as scope:
                await asyncio.sleep(1.0)
        scopes.append(scope)

    async def close() -> None:
        await expire()
        async with asyncio.timeout(60.0) as other:
            transport._scopes[scopes[0]] = asyncio.get_running_loop()
            transport._scopes[other] = asyncio.new_event_loop()
            await transport.aclose()
            await asyncio.sleep(0)
            transport._scopes[other].close()

    asyncio.run(close())


def test_no_operation_begins_after_the_deadline() -> None:
    """Behind a proxy, where httpcore has timeouts of its own."""
    assert bounded(None, Deadline(60.0)) > 50.0
    assert bounded(1.0, Deadline(60.0)) == 1.0
    with pytest.raises(WireError, match=TIME_IS_UP):
        bounded(1.0, Deadline(0.0))


def test_an_impossible_share_of_the_time_is_none() -> None:
    """`poll` would take a negative time for endless."""
    with socket.socket() as sock:
        began = time.monotonic()
        assert blocking._ready(sock, blocking.READABLE, -1.0) == 0
        assert time.monotonic() - began < 1.0


def test_a_connection_that_came_too_late_is_closed_without_its_loop() -> None:
    """The call was dropped with its event loop when two had connected."""

    async def dial() -> str:
        return "late"

    loop, closed = asyncio.new_event_loop(), list[str]()
    task = loop.create_task(dial())
    loop.run_until_complete(task)
    loop.close()
    racing._abandon({task}, closed.append)
    assert closed == ["late"]


class TooLate:
    """An exchange whose deadline passed while more was to be read."""

    answer = None

    def read_on(self) -> bool:
        """There is more."""
        return True

    def next_bytes(self) -> bytes:
        """Nothing may be sent any more."""
        raise WireError("too late")


def test_a_failed_exchange_ends_although_more_is_to_be_read() -> None:
    """It does not wait for its deadline."""

    class Closing(asyncio.Transport):
        def abort(self) -> None:
            loop.call_soon(connection.connection_lost, None)

        def pause_reading(self) -> None:
            pass

    async def run() -> None:
        connection.connection_made(Closing())
        async with asyncio.timeout(TEST_TIMEOUT / 4):
            await connection.closed

    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        exchange: Any = TooLate()
        connection = _Connection(loop, exchange)
        runner.run(run())
    assert isinstance(connection.failed, WireError)


def test_an_error_that_is_none_of_the_wire_ends_the_race() -> None:
    """As it does where there is only one address."""
    two = tuple(Address(socket.AF_INET, name) for name in ("one", "two"))

    async def dial(_address: Address) -> str:
        raise KeyError("of a program")

    for addresses in (two[:1], two):
        with pytest.raises(KeyError):
            asyncio.run(racing.race(addresses, dial, list[str]().append))

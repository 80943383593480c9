"""A flood of tiny parts of an answer holds up neither the deadline nor other tasks."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import httpcore
import httpx
import pytest

from countermand import RawResponse
from countermand._core.exchange import PreparedRequest, SendProgress
from countermand._http import asynchronous, blocking
from countermand._http.base import TIME_IS_UP
from countermand._http.callers import CallersAsyncTransport
from countermand._http.clocks import Deadline
from countermand._http.exchange import PIECE, Exchange
from countermand._http.failures import WireError
from countermand._http.proxies import DeadlineStream
from countermand._http.request_bytes import serialize, split_url
from countermand._http.transport import TransportOptions
from tests.support.flavours import PLAIN_TLS, exchange
from tests.support.rawserver import TEST_TIMEOUT, RawServer, read, say
from tests.support.tls import server_context, trusting

REQUEST = PreparedRequest(method="PUT", url="http://h/", headers=(), content=b"{}")
HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
CHUNK = b"1\r\na\r\n"
CHUNKS = 8 * PIECE // len(CHUNK)
WHOLE = HEAD + CHUNK * CHUNKS + b"0\r\n\r\n"
PER_PIECE = PIECE // len(CHUNK) + 1


class Stepping(Deadline):
    """A deadline that passes after so many looks."""

    def __init__(self, looks: int) -> None:
        super().__init__(60.0)
        self.looks = looks

    @property
    def remaining(self) -> float:
        """Seconds, or none after the last look."""
        self.looks -= 1
        return 60.0 if self.looks >= 0 else 0.0


class Full:
    """A socket that has all this to give."""

    def __init__(self, received: bytes) -> None:
        self.received = received

    def recv(self, _size: int) -> bytes:
        """Give it."""
        return self.received


def exchange_with(progress: SendProgress) -> Exchange:
    """An exchange whose request has been sent."""
    content = serialize(REQUEST, *split_url(REQUEST.url))
    begun = Exchange("PUT", content, progress, Deadline(60.0))
    begun.next_bytes()
    return begun


@pytest.mark.parametrize("flood", [WHOLE, b"HTTP/1.1 102 X\r\n\r\n" * 2000], ids=["body", "1xx"])
def test_the_blocking_shell_looks_at_its_clock_between_two_pieces(flood: bytes) -> None:
    """So it reads no more after the deadline than a piece."""
    progress = SendProgress()
    full: Any = Full(flood)
    with pytest.raises(WireError, match=TIME_IS_UP):
        blocking._pull(full, exchange_with(progress), Stepping(3))
    assert len(progress.body) <= 4 * PER_PIECE


def test_a_flood_that_ends_in_time_is_an_answer() -> None:
    """However many pieces it has."""
    progress = SendProgress()
    full: Any = Full(WHOLE)
    blocking._pull(full, exchange_with(progress), Deadline(60.0))
    assert progress.answer == RawResponse(
        status=200, headers=(("transfer-encoding", "chunked"),), body=b"a" * CHUNKS
    )


@contextlib.asynccontextmanager
async def connected(progress: SendProgress) -> AsyncIterator[asynchronous._Connection]:
    """A protocol on a real connection, to which the peer says nothing."""
    loop = asyncio.get_running_loop()
    here, there = socket.socketpair()
    with here, there:
        protocol = asynchronous._Connection(loop, exchange_with(progress))
        await loop.create_connection(lambda: protocol, sock=here)
        yield protocol
        protocol.abort()
        await asyncio.wait_for(protocol.closed, TEST_TIMEOUT)


@pytest.mark.parametrize("ending", ["still open", "ended", "lost"])
def test_the_asynchronous_shell_reads_one_piece_in_one_turn(ending: str) -> None:
    """Other tasks run between two pieces; an end counts after what came before it."""
    progress = SendProgress()

    async def run() -> list[int]:
        async with connected(progress) as protocol:
            assert protocol._transport is not None
            protocol.data_received(WHOLE)
            sizes = [0, len(progress.body)]
            assert not protocol._transport.is_reading()
            if ending == "ended":
                protocol.eof_received()
            if ending == "lost":
                protocol._transport.abort()
            while progress.answer is None:
                assert not protocol.closed.done()
                await asyncio.sleep(0)
                sizes.append(len(progress.body))
            assert protocol._transport.is_reading() is (ending != "lost")
            await protocol.closed
            assert protocol.failed is None
        return sizes

    sizes = asyncio.run(run())
    assert sizes[-1] == CHUNKS
    assert max(after - before for before, after in itertools.pairwise(sizes)) <= (
        2 * PER_PIECE if ending == "ended" else PER_PIECE
    )


def test_what_is_no_http_ends_the_reading() -> None:
    """In a later piece, too."""

    async def run() -> BaseException | None:
        async with connected(SendProgress()) as protocol:
            protocol.data_received(HEAD + CHUNK * PER_PIECE + b"?\r\n" + CHUNK * CHUNKS)
            await protocol.closed
            return protocol.failed

    assert "illegal chunk header" in str(asyncio.run(run()))


def test_a_call_that_is_given_up_on_reads_no_more() -> None:
    """What is left of the flood is dropped."""
    progress = SendProgress()

    async def run() -> None:
        async with connected(progress) as protocol:
            protocol.data_received(WHOLE)
        await asyncio.sleep(0)

    asyncio.run(run())
    assert len(progress.body) <= PER_PIECE


@pytest.mark.parametrize("tls", [False, True])
def test_a_flood_arrives_whole_over_a_socket(flavour: Any, *, tls: bool) -> None:
    """Reading goes on after each pause."""
    context = server_context() if tls else None
    with RawServer([read, say(WHOLE)], tls=context) as server:
        url = server.url.replace("http:", "https:") if tls else server.url
        verify = trusting() if tls else PLAIN_TLS
        result = exchange(flavour, url, verify=verify, limit=20.0)
    assert result.body == b"a" * CHUNKS


class Tiny(httpx.AsyncByteStream):
    """A body that never waits."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"a"


async def turns_during(call: Awaitable[object]) -> int:
    """How often another task runs meanwhile."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await call
    counting.cancel()
    return turns


def test_other_tasks_run_while_a_caller_s_transport_floods() -> None:
    """Its chunks may be there without waiting."""

    async def run() -> int:
        mock = httpx.MockTransport(lambda _: httpx.Response(200, stream=Tiny()))
        transport = CallersAsyncTransport(mock)
        return await turns_during(transport.send(REQUEST, 60.0, transport.progress()))

    assert asyncio.run(run()) >= 100


def test_other_tasks_run_while_a_proxy_floods() -> None:
    """Httpcore gives many chunks from one read of the socket."""

    async def run(proxy: str) -> int:
        options = TransportOptions(proxy=proxy, verify=PLAIN_TLS, trust_env=False)
        transport = options.open_async(REQUEST.url)
        return await turns_during(transport.send(REQUEST, 60.0, transport.progress()))

    with RawServer([read, say(WHOLE)]) as proxy:
        assert asyncio.run(run(proxy.url)) >= CHUNKS


class Reads(httpcore.NetworkStream):
    """A stream that gives as much as is asked for."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Give it."""
        assert timeout is not None
        return b"x" * max_bytes


def test_httpcore_reads_no_more_than_a_piece_between_two_looks() -> None:
    """It reads the chunks and 1xx heads of one read without a look at the clock."""
    assert len(DeadlineStream(Reads(), Deadline(60.0)).read(65536)) == PIECE

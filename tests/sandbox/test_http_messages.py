"""The proxy finds the end of every message, however it is framed."""

from __future__ import annotations

import asyncio

import pytest

from countermand.sandbox import faults
from countermand.sandbox._proxy.http import HttpMessage, read_message, rewritten

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def parsed(data: bytes, *, answer: bool) -> tuple[HttpMessage, bytes]:
    """Read one message from bytes; returns it and what follows."""
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    message = await read_message(reader, answer=answer)
    return message, await reader.read()


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", False),
        (b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", True),
        (CHUNKED + b"3;x=1\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", True),
    ],
)
def test_a_message_ends_where_its_framing_says(message: bytes, *, answer: bool) -> None:
    """By length, by chunks, or with its head; what follows is left alone."""
    read, rest = asyncio.run(parsed(message + b"NEXT", answer=answer))
    assert (read.data, rest) == (message, b"NEXT")


def test_an_answer_without_framing_ends_with_the_connection() -> None:
    """As HTTP/1.0 servers answer."""
    message, rest = asyncio.run(parsed(b"HTTP/1.0 200 OK\r\n\r\nall of it", answer=True))
    assert (message.body, rest) == (b"all of it", b"")


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
        CHUNKED + b"5\r\nab",
        b"HTTP/1.1 200 OK\r\n",
    ],
)
def test_an_early_end_is_an_error(data: bytes) -> None:
    """A cut answer of the upstream is never passed on as whole."""
    with pytest.raises(EOFError):
        asyncio.run(parsed(data, answer=True))


def test_a_rewritten_body_is_framed_by_its_length() -> None:
    """Chunks go, a length comes."""
    message, _ = asyncio.run(parsed(CHUNKED + b"2\r\nab\r\n0\r\n\r\n", answer=True))
    changed = rewritten(message, faults.Rewrite(body=b"new"))
    assert changed.value(b"content-length") == b"3"
    assert changed.value(b"transfer-encoding") == b""
    assert changed.body == b"new"


@pytest.mark.parametrize(
    ("fields", "closes"),
    [
        (b"connection: close", True),
        (b"Connection: TE, Close", True),
        (b"connection: keep-alive\r\nconnection: close", True),
        (b"connection: keep-alive", False),
        (b"connection: closed-circuit", False),
        (b"x-connection: close", False),
    ],
)
def test_a_connection_closes_by_its_option(fields: bytes, *, closes: bool) -> None:
    """In whichever field it stands."""
    message = HttpMessage(b"GET / HTTP/1.1\r\n" + fields + b"\r\n\r\n")
    assert message.closes_connection is closes

"""HTTP/1.1 messages as bytes, parsed only as far as is needed to find their end."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    import asyncio

    from countermand.sandbox.faults import Answer, Rewrite

_BODILESS: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_END_OF_HEAD: Final = b"\r\n\r\n"

RawFields = tuple[tuple[bytes, bytes], ...]
"""Header fields as bytes, in the received order."""


@attrs.frozen
class HttpMessage:
    """A request or an answer. `head` includes the empty line; `body`, the chunk framing."""

    head: bytes
    body: bytes = b""

    @property
    def data(self) -> bytes:
        """The whole message."""
        return self.head + self.body

    @property
    def first_line(self) -> tuple[bytes, bytes, bytes]:
        """The three parts of the request line or of the status line.

        Raises `ValueError` if there are fewer.
        """
        first, second, third = self.head.split(b"\r\n", 1)[0].split(b" ", 2)
        return first, second, third

    @property
    def fields(self) -> RawFields:
        """The header fields; raises `ValueError` for a line without a colon."""
        lines = self.head.removesuffix(_END_OF_HEAD).split(b"\r\n")[1:]
        pairs = (line.split(b":", 1) for line in lines)
        return tuple((name, value.strip()) for name, value in pairs)

    def value(self, name: bytes) -> bytes:
        """Return the value of a header field, or an empty text; `name` in lower case."""
        return next((value for field, value in self.fields if field.lower() == name), b"")

    @property
    def closes_connection(self) -> bool:
        """Whether no request follows on the connection."""
        values = (value for field, value in self.fields if field.lower() == b"connection")
        options = {option.strip().lower() for value in values for option in value.split(b",")}
        return b"close" in options


async def read_message(
    reader: asyncio.StreamReader, *, start: bytes = b"", answer: bool = False
) -> HttpMessage:
    """Read one message. `start` are its first bytes if they were already read.

    Raises `ValueError` if it is not HTTP, `asyncio.IncompleteReadError` if it ends early, and
    `asyncio.LimitOverrunError` if its head is too long.
    """
    message = HttpMessage(start + await reader.readuntil(_END_OF_HEAD))
    status = int(message.first_line[1]) if answer else None
    return HttpMessage(message.head, await _body(reader, message, status))


async def _body(reader: asyncio.StreamReader, message: HttpMessage, status: int | None) -> bytes:
    if status in _BODILESS:
        return b""
    if message.value(b"transfer-encoding").lower() == b"chunked":
        return await _chunks(reader)
    if length := message.value(b"content-length"):
        return await reader.readexactly(int(length))
    return b"" if status is None else await reader.read()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        body += line + await reader.readexactly(size + 2)
        if not size:
            return body


def answer_message(answer: Answer) -> HttpMessage:
    """Return an `Answer` as a message."""
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    named = {name.lower() for name, _ in fields}
    if answer.status not in _BODILESS and not named & {b"content-length", b"transfer-encoding"}:
        fields.append((b"content-length", b"%d" % len(answer.body)))
    return HttpMessage(_head(b"%d" % answer.status, b"Injected", tuple(fields)), answer.body)


def rewritten(original: HttpMessage, change: Rewrite) -> HttpMessage:
    """Return an answer with replaced status, header fields or body.

    A field with an empty value is removed.
    """
    _, status, reason = original.first_line
    new = {name.lower().encode(): value.encode("latin-1") for name, value in change.headers}
    body = original.body
    if change.body is not None:
        body = change.body
        new = {b"transfer-encoding": b"", b"content-length": b"%d" % len(body), **new}
    kept = [(name, value) for name, value in original.fields if name.lower() not in new]
    fields = (*kept, *((name, value) for name, value in new.items() if value))
    if change.status is not None:
        status, reason = b"%d" % change.status, b"Injected"
    return HttpMessage(_head(status, reason, fields), body)


def _head(status: bytes, reason: bytes, fields: RawFields) -> bytes:
    lines = (b"HTTP/1.1 %s %s" % (status, reason), *(b"%s: %s" % field for field in fields))
    return b"\r\n".join(lines) + _END_OF_HEAD

"""Content codings, undone within a limit, for servers that compress without being asked."""

from __future__ import annotations

import zlib
from typing import Any, Final, Protocol

from countermand._http.failures import WireError

GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
RAW_DEFLATE: Final = -zlib.MAX_WBITS
GZIP_START: Final = b"\x1f\x8b"
ENOUGH_TO_TELL: Final = 2
"""Bytes by which raw deflate, zlib and gzip differ."""


class Decoder(Protocol):
    """Undoes a coding."""

    def feed(self, data: bytes, limit: int) -> bytes:
        """Decode a chunk into at most `limit` bytes, which is at least 1."""
        ...

    @property
    def is_complete(self) -> bool:
        """Whether the coded body has come to its own end."""
        ...


class Identity:
    """No coding."""

    is_complete = True

    def feed(self, data: bytes, limit: int) -> bytes:
        """Return the chunk."""
        return data[:limit]


class Inflater:
    """Undoes gzip of any number of members, zlib and raw deflate."""

    def __init__(self, *, perhaps_raw: bool) -> None:
        self._perhaps_raw = perhaps_raw
        self._undecided = b""
        self._stream: Any = None
        self._fed = False

    @property
    def is_complete(self) -> bool:
        """Whether the last member is whole; an empty body is."""
        return not self._fed or (self._stream is not None and bool(self._stream.eof))

    def feed(self, data: bytes, limit: int) -> bytes:
        """Decode a chunk."""
        self._fed = self._fed or bool(data)
        decoded = bytearray()
        try:
            while data and len(decoded) < limit:
                stream, data = self._stream_for(data)
                if stream is not None:
                    decoded += stream.decompress(data, limit - len(decoded))
                    data = stream.unused_data
        except zlib.error as broken:
            raise WireError(f"the compressed body is broken: {broken}") from None
        return bytes(decoded)

    def _stream_for(self, data: bytes) -> tuple[Any, bytes]:
        """The member that the data belong to, and the data; no member until it can be told."""
        if self._stream is not None and not self._stream.eof:
            return self._stream, data
        data = self._undecided + data
        if len(data) < ENOUGH_TO_TELL:
            self._undecided = data
            return None, b""
        self._undecided = b""
        if self._stream is None:
            self._stream = zlib.decompressobj(self._window_bits(data))
        elif data.startswith(GZIP_START):
            self._stream = zlib.decompressobj(GZIP_OR_ZLIB)
        else:
            # What follows the last member belongs to nothing.
            return None, b""
        return self._stream, data

    def _window_bits(self, start: bytes) -> int:
        """Zlib's format parameter, from the first two bytes of a body."""
        is_zlib = start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start[:2], "big") % 31 == 0
        is_known = is_zlib or start.startswith(GZIP_START) or not self._perhaps_raw
        return GZIP_OR_ZLIB if is_known else RAW_DEFLATE


def decoder_for(coding: str) -> Decoder:
    """The decoder for a Content-Encoding header.

    Raises:
        WireError: it is none of gzip, deflate and identity; none was asked for.
    """
    match coding.strip().lower():
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Inflater(perhaps_raw=False)
        case "deflate":
            return Inflater(perhaps_raw=True)
        case _:
            raise WireError(f"content coding {coding[:40]!r} was not asked for")

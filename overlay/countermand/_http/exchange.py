"""One request and its answer on one connection, as bytes: no socket, no thread, no loop.

A shell connects, hands `next_bytes` to the kernel, passes on what it receives, lets it be read
piece by piece, and closes. h11 reads the answer. It does not write the request: that is done in
one pass that no traceback shows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import h11

from countermand._http.answer import AnswerReader
from countermand._http.failures import TOO_LATE, WireError
from countermand.attempts import Sent

if TYPE_CHECKING:
    from countermand._core.exchange import SendProgress
    from countermand._http.clocks import Deadline
    from countermand._http.tls import TlsLayer
    from countermand._secrets import SecretBytes
    from countermand.attempts import RawResponse

MAX_HEAD: Final = 100 * 1024
"""Bytes of an answer's head, of a chunk's head, and of trailers."""

PIECE: Final = 4096
"""Bytes that are read before the shell looks at its clock: hundreds of chunks or of 1xx heads."""

LINGER: Final = 0.05
"""Seconds to wait for a server that announced its close: the first to close keeps TIME_WAIT."""

LINGER_UNANNOUNCED: Final = 0.005
"""The same, for a server that did not announce it, and perhaps never closes."""


@lru_cache(maxsize=64)
def _asking(method: str) -> h11.Request:
    """What h11 has to know of a request to read its answer."""
    return h11.Request(method=method, target="/", headers=[("Host", "h"), ("Connection", "close")])


class Exchange:
    """Request out; 1xx, head, body, end in. What follows the end of the message is dropped."""

    def __init__(
        self,
        method: str,
        request: SecretBytes,
        progress: SendProgress,
        deadline: Deadline,
        tls: TlsLayer | None = None,
    ) -> None:
        self._request: SecretBytes | None = request
        self._progress = progress
        self._deadline = deadline
        self._tls = tls
        self._is_under_way = False
        self._unread = bytearray()
        self._has_ended = False
        self._reader = AnswerReader(progress)
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self._parser.send(_asking(method))
        self.answer: RawResponse | None = None
        """The answer, once its message has ended."""
        self.linger = LINGER_UNANNOUNCED
        """Seconds to wait for the server to close, after the answer."""

    def next_bytes(self) -> bytes:
        """Take the bytes to hand to the kernel now; the request counts as sent once it is taken.

        Raises:
            WireError: the deadline has passed on one of the clocks; nothing was sent.
        """
        if self._tls is not None:
            handshake = self._tls.outgoing()
            if handshake or not self._tls.is_ready:
                return handshake
        if self._request is None:
            return b""
        if self._deadline.passed_on_any_clock:
            raise WireError(TOO_LATE)
        request, self._request = self._request, None
        self._progress.sent = Sent.MAYBE_SENT
        return request if self._tls is None else self._tls.encrypt(request)

    def on_taken(self) -> None:
        """Note that the kernel has taken bytes; asyncio's transports do not tell."""
        self._is_under_way = self._request is None

    def on_refused(self) -> bool:
        """Note that the kernel refused bytes; False if it had taken none of the request."""
        if not self._is_under_way:
            self._progress.sent = Sent.NOT_SENT
        return self._is_under_way

    def receive(self, data: bytes) -> None:
        """Take received bytes, for `read_on`.

        Raises:
            WireError, OSError: the TLS handshake failed.
        """
        if self._tls is not None:
            data = self._tls.decrypt(data)
            self._has_ended = self._tls.has_ended or self._tls.problem is not None
        self._unread += data

    def receive_end(self) -> None:
        """Take the end of the stream; without a length, it is the end of the body."""
        self._has_ended = True

    def read_on(self) -> bool:
        """Read a piece of what was received, and return whether more is left.

        Raises:
            WireError, OSError, h11.ProtocolError: it is no HTTP, too much, or not complete.
        """
        piece = bytes(self._unread[:PIECE])
        del self._unread[:PIECE]
        if piece:
            self._parser.receive_data(piece)
            self._read_events()
        if self.answer is None and self._has_ended and not self._unread:
            self._read_end()
        return self.answer is None and bool(self._unread)

    def farewell(self) -> bytes:
        """The last bytes to send, after the answer."""
        return b"" if self._tls is None else self._tls.farewell()

    def _read_end(self) -> None:
        if self._tls is not None and not self._tls.is_ready:
            raise WireError("the server ended the TLS handshake")
        if self._tls is not None and self._tls.problem is not None:
            raise WireError(self._tls.problem)
        if self._progress.status is None:
            raise WireError("the server closed the connection before its answer was complete")
        self._parser.receive_data(b"")
        self._read_events(cut=self._tls is not None and not self._tls.has_ended)

    def _read_events(self, *, cut: bool = False) -> None:
        while self.answer is None:
            event = self._parser.next_event()
            match event:
                case h11.Response():
                    self._start(event)
                case h11.Data():
                    self._reader.feed(event.data)
                case h11.EndOfMessage():
                    self.answer = self._reader.finish(must_be_json=cut)
                case h11.InformationalResponse():
                    pass
                case _:
                    return

    def _start(self, head: h11.Response) -> None:
        self._reader.start(head.status_code, head.headers)
        headers = self._progress.headers
        announced = any(
            name == "connection" and "close" in value.lower() for name, value in headers
        )
        if announced or head.http_version < b"1.1":
            self.linger = LINGER

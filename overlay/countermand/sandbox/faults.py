"""What can go wrong on the wire with one request: the words of a `FaultProxy` script.

A fault is a plain value. "Executed" means that the provider got the whole request and answered it,
whether or not the client ever sees that answer.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, Literal

import attrs

Fields = tuple[tuple[str, str], ...]
"""Header fields of an answer, in order."""


@attrs.frozen
class Pass:
    """Nothing goes wrong."""


@attrs.frozen
class Refuse:
    """Nobody listens: connections are refused for `seconds`, or until `FaultProxy.accept_again()`.

    It stands between two requests and uses up none of them. Idle connections are closed too, so
    that a client cannot get round it by reusing one.
    """

    seconds: float | None = None


@attrs.frozen
class CloseUnread:
    """The connection is dropped before the request is read: on accept, or on the reused one."""


@attrs.frozen(kw_only=True)
class Drop:
    """The connection ends without an answer, by a reset or by an orderly close."""

    executed: bool
    reset: bool


@attrs.frozen(kw_only=True)
class Silence:
    """No answer comes, and the connection stays open until the client leaves."""

    executed: bool


@attrs.frozen
class Late:
    """Silence; the request reaches the provider `seconds` later, whatever the client does.

    None: it arrives when `FaultProxy.deliver_late()` is called.
    """

    seconds: float | None = None


@attrs.frozen
class TruncateHead:
    """Executed; the first `size` bytes of the answer's head arrive, then the connection ends."""

    size: int


@attrs.frozen
class TruncateBody:
    """Executed; the head and `size` bytes of the body arrive, then the connection ends."""

    size: int


@attrs.frozen(kw_only=True)
class Drip:
    """Executed; one part of the answer comes `size` bytes at a time, `interval` seconds apart."""

    part: Literal["head", "body"]
    interval: float
    size: int = 1


@attrs.frozen
class Answer:
    """The proxy answers itself, after the provider executed the request or without asking it.

    `Content-Length` is added unless the fields hold it.
    """

    status: int
    body: bytes = b""
    headers: Fields = ()
    executed: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class Raw:
    """These very bytes are the answer, then the connection ends."""

    data: bytes
    executed: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen(kw_only=True)
class Rewrite:
    """The provider's answer with parts of it replaced; None and the empty tuple leave as it is."""

    status: int | None = None
    headers: Fields = ()
    body: bytes | None = None


@attrs.frozen
class CloseIdle:
    """A whole answer that seems to keep the connection alive, which is then closed at once."""


Fault = (
    Pass
    | Refuse
    | CloseUnread
    | Drop
    | Silence
    | Late
    | TruncateHead
    | TruncateBody
    | Drip
    | Answer
    | Raw
    | Rewrite
    | CloseIdle
)
"""Any word of a script."""

PASS: Final = Pass()
CLOSE_UNREAD: Final = CloseUnread()
RESET_BEFORE: Final = Drop(executed=False, reset=True)
RESET_AFTER: Final = Drop(executed=True, reset=True)
CLOSE_BEFORE: Final = Drop(executed=False, reset=False)
CLOSE_AFTER: Final = Drop(executed=True, reset=False)
SILENCE_BEFORE: Final = Silence(executed=False)
SILENCE_AFTER: Final = Silence(executed=True)
CLOSE_IDLE: Final = CloseIdle()


def error_page(status: int, *, executed: bool = False) -> Answer:
    """Return the HTML page that a proxy or load balancer shows in the place of the provider."""
    known = {item.value: item.phrase for item in HTTPStatus}
    page = f"<html><body><h1>{status} {known.get(status, 'Error')}</h1></body></html>"
    return Answer(status, page.encode(), (("content-type", "text/html"),), executed=executed)


def busy(status: int = 429, retry_after: str | None = None, *, executed: bool = False) -> Answer:
    """Return a refusal for load, with this `Retry-After` unless it is None."""
    fields = () if retry_after is None else (("retry-after", retry_after),)
    return Answer(status, b"", fields, executed=executed)


def redirect(status: int, location: str, *, executed: bool = False) -> Answer:
    """Return a redirect to another place."""
    return Answer(status, b"", (("location", location),), executed=executed)


def broken_gzip(status: int = 200, *, executed: bool = True) -> Answer:
    """Return an answer that says it is compressed and cannot be unpacked."""
    fields = (("content-type", "application/json"), ("content-encoding", "gzip"))
    return Answer(status, b'\x1f\x8b{"broken": true}', fields, executed=executed)

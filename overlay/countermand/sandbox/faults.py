"""The network faults that a `FaultProxy` can inject into one request.

A fault is a value. "Executed" means that the provider has received and answered the request. The
client may not receive the answer.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, Literal

import attrs

Fields = tuple[tuple[str, str], ...]
"""Header fields of an answer, in order."""


@attrs.frozen
class Pass:
    """No fault: the request and the answer pass."""


@attrs.frozen
class Refuse:
    """Connections are refused for `seconds`, or until `FaultProxy.accept_again()`.

    It applies between two requests and uses up none of them. Idle connections are closed too, so
    that a client cannot reuse one.
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
    """No answer. The request reaches the provider `seconds` later, even if the client has left.

    None: it is forwarded when `FaultProxy.deliver_late()` is called.
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
    """The proxy sends this answer, after the provider has executed the request or instead of it.

    `Content-Length` is added unless `headers` contains it.
    """

    status: int
    body: bytes = b""
    headers: Fields = ()
    executed: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class Raw:
    """The proxy sends these bytes as the answer, then the connection ends."""

    data: bytes
    executed: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen(kw_only=True)
class Rewrite:
    """The provider's answer with replaced parts; None and the empty tuple replace nothing."""

    status: int | None = None
    headers: Fields = ()
    body: bytes | None = None


@attrs.frozen
class Twice:
    """The provider gets the request twice, and the second answer passes.

    Gateways repeat requests on their own, PUT and DELETE above all.
    """


@attrs.frozen
class CloseIdle:
    """The whole answer, as if the connection stayed open; then the connection is closed."""


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
    | Twice
    | CloseIdle
)
"""Any fault of a script."""

PASS: Final = Pass()
CLOSE_UNREAD: Final = CloseUnread()
RESET_BEFORE: Final = Drop(executed=False, reset=True)
RESET_AFTER: Final = Drop(executed=True, reset=True)
CLOSE_BEFORE: Final = Drop(executed=False, reset=False)
CLOSE_AFTER: Final = Drop(executed=True, reset=False)
SILENCE_BEFORE: Final = Silence(executed=False)
SILENCE_AFTER: Final = Silence(executed=True)
TWICE: Final = Twice()
CLOSE_IDLE: Final = CloseIdle()


def error_page(status: int, *, executed: bool = False) -> Answer:
    """Return an HTML error page, as a proxy or load balancer sends it."""
    known = {item.value: item.phrase for item in HTTPStatus}
    page = f"<html><body><h1>{status} {known.get(status, 'Error')}</h1></body></html>"
    return Answer(status, page.encode(), (("content-type", "text/html"),), executed=executed)


def busy(status: int = 429, retry_after: str | None = None, *, executed: bool = False) -> Answer:
    """Return an overloaded server's answer; `retry_after` None omits the header."""
    fields = () if retry_after is None else (("retry-after", retry_after),)
    return Answer(status, b"", fields, executed=executed)


def redirect(status: int, location: str, *, executed: bool = False) -> Answer:
    """Return a redirect to `location`."""
    return Answer(status, b"", (("location", location),), executed=executed)


def broken_gzip(status: int = 200, *, executed: bool = True) -> Answer:
    """Return an answer with `Content-Encoding: gzip` and a body that is not valid gzip."""
    fields = (("content-type", "application/json"), ("content-encoding", "gzip"))
    return Answer(status, b'\x1f\x8b{"broken": true}', fields, executed=executed)

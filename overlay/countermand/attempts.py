"""The log of one call: `Attempt` for each request, `RawResponse` for the last reply."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Attempt", "RawResponse", "Sent"]


class Sent(StrEnum):
    """How far one request got."""

    NOT_SENT = "not sent"
    """No byte of the request left this machine, so it cannot have been executed."""
    MAYBE_SENT = "maybe sent"
    """Bytes may have left and no status came back: the request may have been executed."""
    RESPONDED = "responded"
    """A status came back, even if the body after it was cut off."""


@frozen(kw_only=True)
class Attempt:
    """One request of a call: how far it got, and its status or failure."""

    sent: Sent
    status: int | None = None
    problem: str | None = None
    """Why the exchange failed, as text; None if it did not."""
    at: float = 0.0
    """When the request was sent, in seconds since the call began."""


class _ReadOnce:
    """A place for what `provider/_bodies.py` reads from a body. It is no part of the reply."""

    __slots__ = ("_document",)


@frozen(kw_only=True)
class RawResponse(_ReadOnce):
    """A reply as received, with credentials redacted. Its repr shows neither headers nor body."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Pairs of name (lower case) and value, in the order received."""
    body: bytes = field(default=b"", repr=False)
    """The decoded body, or the part of it that arrived."""
    problem: str | None = None
    """Why the body is incomplete, or None if it is complete."""
    url: str = ""
    """The URL that was asked, without its query; empty if it is not known."""
    sent_again: bool = field(default=False, repr=False)
    """Whether a transport of the caller's sent the request more than once beneath the client."""

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004 - the class of a status is its first digit

    @property
    def is_redirect(self) -> bool:
        """Whether the status is a 3xx."""
        return self.status // 100 == 3  # noqa: PLR2004

    @property
    def is_client_error(self) -> bool:
        """Whether the status is a 4xx."""
        return self.status // 100 == 4  # noqa: PLR2004

    @property
    def is_server_error(self) -> bool:
        """Whether the status is 500 or above, including those that HTTP does not define."""
        return self.status // 100 >= 5  # noqa: PLR2004

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None. `name` is in lower case."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


@define(eq=False)
class TypedBody:  # noqa: PLW1641 - as the bodies themselves, it has no hash.
    """The typed body of a reply, parsed when it is first used: few callers look at one.

    It holds the reply alone, so that redaction reaches all of it.
    """

    reply: RawResponse
    read: Callable[[RawResponse], Any] = field(repr=False)
    """Parses the reply; None where it does not have the documented form. It never raises."""
    _value: tuple[Any] | None = field(default=None, init=False, repr=False)

    @property
    def value(self) -> Any:
        """The typed body; always the same object."""
        if self._value is None:
            self._value = (self.read(self.reply),)
        return self._value[0]

    def __eq__(self, other: object) -> bool:
        return bool(self.value == typed(other))

    def __reduce__(self) -> tuple[Any, ...]:
        # What parses need not pickle; the typed body does.
        return typed, (self.value,)


def typed(body: Any) -> Any:
    """The typed body, parsed now if it was not before."""
    return body.value if isinstance(body, TypedBody) else body


def any_maybe_sent(attempts: Iterable[Attempt]) -> bool:
    """Whether a byte of any of these requests may have left this machine."""
    return any(attempt.sent is not Sent.NOT_SENT for attempt in attempts)

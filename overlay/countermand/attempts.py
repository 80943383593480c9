"""What was tried and what came back: the log that receipts and errors carry. Frozen values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Attempt", "RawResponse", "Sent"]


class Sent(StrEnum):
    """How far one request got."""

    NOT_SENT = "not sent"
    """Not one byte of it left: it cannot have been executed."""
    MAYBE_SENT = "maybe sent"
    """Bytes may have left and no status came back: it may have been executed."""
    RESPONDED = "responded"
    """A status came back, even if the body after it broke."""


@frozen(kw_only=True)
class Attempt:
    """One request of a cancel: how far it got and what came of it."""

    sent: Sent
    status: int | None = None
    problem: str | None = None
    """What went wrong on the wire, in words."""
    at: float = 0.0
    """Seconds since the call began."""


@frozen(kw_only=True)
class RawResponse:
    """A reply as it came, credentials struck out; the repr shows neither headers nor body."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names in lower case, in the order received."""
    body: bytes = field(default=b"", repr=False)
    """The decoded body, as far as it arrived."""
    problem: str | None = None
    """Why the body is not whole, or None where it is."""

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
        """Whether the status is a 5xx, or one that HTTP does not know."""
        return self.status // 100 >= 5  # noqa: PLR2004

    def header(self, name: str) -> str | None:
        """The first value of a header (name in lower case), or None."""
        return next((value for key, value in self.headers if key == name), None)


def any_maybe_sent(attempts: Iterable[Attempt]) -> bool:
    """Whether any byte of any of these requests may have left this machine."""
    return any(attempt.sent is not Sent.NOT_SENT for attempt in attempts)

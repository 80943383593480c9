"""What was tried and what came back: the log that receipts and errors carry. Frozen values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Attempt", "Attempts", "RawResponse", "Sent"]


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


class Attempts(int):
    """The number of requests tried for one call; iterate or index it for each `Attempt`.

    Being an int it reads as the count it is, `receipt.attempts <= policy.attempts`; being iterable
    it is also the log that support asks for.
    """

    log: tuple[Attempt, ...]

    def __new__(cls, log: tuple[Attempt, ...] = ()) -> Self:
        """Count and keep the log."""
        self = super().__new__(cls, len(log))
        self.log = log
        return self

    def __len__(self) -> int:
        return len(self.log)

    def __iter__(self) -> Iterator[Attempt]:
        return iter(self.log)

    def __getitem__(self, index: int) -> Attempt:
        return self.log[index]

    @property
    def maybe_sent(self) -> bool:
        """Whether any of them may have left this machine."""
        return any(attempt.sent is not Sent.NOT_SENT for attempt in self.log)

    def __reduce__(self) -> tuple[type[Attempts], tuple[tuple[Attempt, ...]]]:
        return type(self), (self.log,)


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

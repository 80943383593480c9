"""The words between procedure and drivers: what to do, and what came of it. Plain values."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand_clients.operation import Call

    from countermand.errors import CountermandError
    from countermand.receipt import Receipt

T = TypeVar("T")


@frozen
class ClaimKey:
    """Take hold of the key, durably, before the first byte leaves; wait at most `limit` seconds."""

    timeout: float


@frozen
class RecordAttempt:
    """Record, durably and within `limit` seconds, that attempt `number` is about to go out."""

    number: int
    timeout: float


@frozen
class RecordOutcome:
    """Record how it ended, within `limit` seconds, and let go of the key."""

    result: Receipt | CountermandError
    timeout: float


@frozen
class GetToken:
    """Get a token of an API's account; `stale` is one that the provider has refused."""

    api: str
    rejected_token: str | None = field(repr=False)
    timeout: float


@frozen
class SendRequest:
    """Send the request with this token and read the whole reply, until `until`.

    A moment on the monotonic clock, not a span: a process that is stopped before it sends must
    find, when it goes on, that its time is over.
    """

    call: Call[Any]
    token: str | None = field(repr=False)
    deadline: float


@frozen
class WaitToRetry:
    """Take a retry from the budget and wait; a False answer means that the budget is spent."""

    at_least: float
    jitter: float


@frozen
class LinkIdentity:
    """Take the user through linking an identity."""

    problem: Mapping[str, Any]
    token: str | None = field(repr=False)


Command = (
    ClaimKey | RecordAttempt | RecordOutcome | GetToken | SendRequest | WaitToRetry | LinkIdentity
)


@frozen(kw_only=True)
class KeyHistory:
    """What an earlier call under the same key left behind; nothing, if there was none."""

    attempts: int = 0
    """How many requests it recorded before sending them."""
    maybe_executed: bool = False
    """Whether one of them may have been executed."""
    confirmed_absent_after: float | None = None
    """
    Where a person has found out since that none of them was: how long, in seconds, the last of them
    was then gone. What arrives later than a word, no word can speak of.
    """
    since_last_attempt: float = 0.0
    """Seconds since the last of them may have gone out."""
    since_first_attempt: float = 0.0
    """Seconds since the first of them was about to go out."""
    references: tuple[str, ...] = ()
    """Ids of the cancel that were made out in their answers."""


@frozen
class AlreadyFinished:
    """The key has been settled before: with a receipt, or with a refusal."""

    result: Receipt | CountermandError


@frozen
class Rejected:
    """The key is not to be had, or what must be recorded cannot be: nothing may be sent."""

    error: CountermandError


@frozen
class TokenGranted:
    """A token, or None where credentials are fixed; `took` is time that does not count."""

    token: str | None = field(repr=False)
    excluded_time: float = 0.0


@frozen
class TokenDenied:
    """No token, or no link, to be had."""

    problem: str
    cause: BaseException | None = None
    excluded_time: float = 0.0


@frozen
class CommandResult:
    """What came of a step, and the time on both clocks."""

    value: object
    monotonic: float
    wall: float


Commands = Generator[Command, CommandResult, T]

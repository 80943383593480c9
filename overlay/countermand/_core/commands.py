"""Commands that the core yields, and the results that a driver sends back. Plain values."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from attrs import field, frozen

from countermand._core.exchange import TransportFailure
from countermand.attempts import RawResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand_clients.operation import Call

    from countermand.errors import CountermandError
    from countermand.provider._verdicts import Snapshot
    from countermand.receipt import Receipt

T = TypeVar("T")
R = TypeVar("R")


@frozen(kw_only=True)
class PastLooks:
    """What earlier calls have left to be looked at, and their looks."""

    at_accepted: bool
    at_unknown: bool
    count: int
    answered_for: float
    waits_for_person: bool


@frozen(kw_only=True)
class KeyHistory:
    """What earlier calls under the same key recorded; the defaults say that there were none."""

    attempts: int = 0
    """Requests that were recorded before they were sent."""
    maybe_executed: bool = False
    """Whether one of them may have been executed."""
    confirmed_absent_after: float | None = None
    """
    Seconds between the last attempt and a person's confirmation that none was executed; None
    without one. The confirmation does not cover requests that arrive later.
    """
    since_last_attempt: float = 0.0
    """Seconds since the last request may have been sent."""
    since_first_attempt: float = 0.0
    """Seconds since the first request was about to be sent."""
    references: tuple[str, ...] = ()
    """Ids of the cancel that were read in their answers."""
    attempt_recorded: bool = False
    """Whether the claim has recorded the first attempt of this call."""
    snapshot: Snapshot | None = None
    """The payment before the last attempt, if it was read."""
    accepted: Receipt | None = None
    """The receipt of a cancel that the provider has accepted, and that is to be looked at."""
    looks: int = 0
    """Looks that earlier calls have made since the key was accepted, or became unknown."""
    answered_for: float = 0.0
    """Seconds for which the provider's own answers to these looks have proved nothing."""
    waits_for_person: bool = False
    unchanged_for: float | None = None
    """Seconds since the first read after the last attempt, if that and all later ones have shown
    the payment as in the snapshot; None otherwise."""

    @property
    def past_looks(self) -> PastLooks:
        """What decides when to look next."""
        return PastLooks(
            at_accepted=self.accepted is not None,
            at_unknown=self.maybe_executed,
            count=self.looks,
            answered_for=self.answered_for,
            waits_for_person=self.waits_for_person,
        )


@frozen(kw_only=True)
class LookNotes:
    """What a call has seen of the payment, and when to look again."""

    unchanged: bool | None = None
    """Whether the payment, read after the last attempt, was as in the snapshot; None if it was not
    read."""
    looked: bool = False
    """Whether the call has looked at what an earlier call has left."""
    answered: bool = False
    """Whether the provider itself has answered that look."""
    reason: str | None = None
    """Why a look has proved nothing."""
    next_look: float | None = None
    """Seconds until the next look; None if none is possible, or none is due any more."""
    waits_for_person: bool = False
    """Whether a person has to find out what became of the payment."""


@frozen
class AlreadyFinished:
    """The key has a recorded result: a receipt, or a final refusal."""

    result: Receipt | CountermandError


@frozen
class Rejected:
    """The key cannot be claimed, or an attempt cannot be recorded: nothing may be sent."""

    error: CountermandError


@frozen
class TokenGranted:
    """A token, or None where credentials are fixed."""

    token: str | None = field(repr=False)
    excluded_time: float = 0.0
    """Seconds that do not count against the deadline: a user's login."""


@frozen
class TokenDenied:
    """No token could be fetched, or the identity was not linked."""

    problem: str
    cause: BaseException | None = None
    excluded_time: float = 0.0
    """As in `TokenGranted`."""
    was_asked: bool = True
    """Whether the callable was called: False if there was no thread for it."""


class Command(Generic[R]):
    """One effect that the core asks for; `R` is the type of its result."""

    __slots__ = ()


@frozen
class ClaimKey(Command[KeyHistory | AlreadyFinished | Rejected]):
    """Claim the idempotency key, durably, within `timeout` seconds.

    With `first_attempt`, a key store that keeps attempts also records the first one, unless an
    earlier request may have been executed: then a read comes first.
    """

    timeout: float
    first_attempt: bool = False


@frozen
class RecordAttempt(Command[Rejected | None]):
    """Record within `timeout` seconds, durably, that attempt `number` is about to be sent.

    The snapshot shows the payment before it; None if it was not read.
    """

    number: int
    timeout: float
    snapshot: Snapshot | None = None


@frozen
class RecordOutcome(Command[bool]):
    """Record the outcome within `timeout` seconds and release the key.

    The result is False if the lease was lost, or may have been.
    """

    result: Receipt | CountermandError
    timeout: float
    notes: LookNotes | None = None


@frozen
class GetToken(Command[TokenGranted | TokenDenied]):
    """Get a token of an API's account, other than `rejected_token`."""

    api: str
    rejected_token: str | None = field(repr=False)
    timeout: float


@frozen
class TakePlace(Command[str | None]):
    """Wait at most `timeout` seconds for a place among the requests of an API's account.

    The result is None, or why there is no place. A place lasts until the request has ended.
    """

    api: str
    timeout: float


@frozen
class SendRequest(Command[RawResponse | TransportFailure]):
    """Send the request with this token and read the whole reply, until `deadline`.

    The deadline is a moment on the monotonic clock, not a span: a process that was suspended before
    it sends must find on waking that its time is over.
    """

    call: Call[Any]
    token: str | None = field(repr=False)
    deadline: float


@frozen
class WaitToRetry(Command[bool]):
    """Take a token from the retry budget and wait; the result is False if the budget is spent.

    If the wait is not `counted`, it takes no token.
    """

    at_least: float
    jitter: float
    counted: bool = True


@frozen
class TakeRetryToken(Command[bool]):
    """Take a token from the retry budget; the result is False if the budget is spent."""


@frozen
class LinkIdentity(Command[TokenGranted | TokenDenied]):
    """Let the handler take the user through linking an identity."""

    problem: Mapping[str, Any]
    token: str | None = field(repr=False)


AnyCommand = (
    ClaimKey
    | RecordAttempt
    | RecordOutcome
    | GetToken
    | TakePlace
    | SendRequest
    | WaitToRetry
    | TakeRetryToken
    | LinkIdentity
)


@frozen
class CommandResult(Generic[R]):
    """The result of a command, and the time on both clocks when it came."""

    value: R
    monotonic: float
    wall: float


Commands = Generator[AnyCommand, CommandResult[Any], T]
"""A generator that yields commands, gets their results, and returns a `T`."""


def perform(command: Command[R]) -> Commands[CommandResult[R]]:
    """Yield a command and return its result with the result's type.

    A driver performs every command and sends every result through one channel, so the types are
    asserted here, once.
    """
    return cast("CommandResult[R]", (yield cast("AnyCommand", command)))

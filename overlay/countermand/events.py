"""What a client reports of its calls to `on_event`: frozen values, without a secret.

    def on_event(event: events.Event) -> None:
        if isinstance(event, events.CallEnded) and event.needs_person:
            page_somebody(event.key)

    client = Client(account, on_event=on_event)

A call is one `cancel`, `execute` or `resume`, or one look of `reconcile`. It reports one
`CallStarted` first and one `CallEnded` last, also if it is interrupted; in between whatever
happens. A call whose arguments are refused does not start. The function is called in the thread or
task of the call, which goes on when it returns: under asyncio it must not block. What it raises
changes nothing.

The fields of an event are also those of the log records, each with `countermand_` before it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from countermand.attempts import Sent
    from countermand.errors import Advice
    from countermand.receipt import Evidence

__all__ = [
    "AttemptEnded",
    "CallEnded",
    "CallEvent",
    "CallKind",
    "CallOutcome",
    "CallStarted",
    "Event",
    "ReadEnded",
    "RequestEnded",
    "WaitEnded",
    "WaitReason",
    "WaitStarted",
]


class CallKind(StrEnum):
    """Which method made the call."""

    CANCEL = "cancel"
    RESUME = "resume"
    LOOK = "look"
    """`reconcile`, for one key."""
    EXECUTE = "execute"


class CallOutcome(StrEnum):
    """What came of a call: the outcome of its receipt, or what its error says."""

    CANCELLED = "cancelled"
    ACCEPTED = "accepted"
    ALREADY_CANCELLED = "already cancelled"
    ANSWERED = "answered"
    """`execute` has returned a response."""
    NOT_CANCELLED = "not cancelled"
    UNKNOWN = "unknown"
    IN_PROGRESS = "in progress"
    KEY_CONFLICT = "key conflict"
    LEDGER_UNAVAILABLE = "ledger unavailable"


class WaitReason(StrEnum):
    """What a call waits for."""

    RETRY = "retry"
    """The time before the next attempt: backoff, or `Retry-After`."""
    PLACE = "place"
    """A free place among the requests under way (`Policy.concurrency`)."""
    KEY = "key"
    """Another call with the same key (`wait=True`)."""
    LOGIN = "login"
    """The linked-identity handler."""


@frozen(kw_only=True)
class CallEvent:
    """Something that happened in a call.

    Attributes:
        call: Number of the call, unique in its process.
        key: The idempotency key; None for `execute`.
        provider: Name of the provider's API, such as `unzer`.
        at: When it happened: seconds since 1970, by this host's clock. Durations are measured by
            the client's monotonic clock; something that took a while has begun at `at - seconds`.
    """

    call: int
    key: str | None
    provider: str
    at: float


@frozen(kw_only=True)
class CallStarted(CallEvent):
    """A call has begun.

    Attributes:
        kind: Which method made it.
        operation: The operation's id in the specification, such as `cancelPayment`.
        url: What is to be asked, without the query.
        destination: URL of the server. Where merchants share a server, a fingerprint of the account
            follows.
    """

    kind: CallKind
    operation: str
    url: str
    destination: str


@frozen(kw_only=True)
class RequestEnded(CallEvent):
    """A request has ended: `AttemptEnded` or `ReadEnded`.

    Attributes:
        operation: As in `CallStarted`.
        method: The HTTP method.
        url: What was asked, without the query.
        path_template: The path in the specification, such as
            `/payments/{paymentId}/authorize/cancels`.
        request: Number of the request in its call, from 1.
        resend_count: How often the same request was sent before in this call.
        sent: How far it got.
        status: The HTTP status, or None.
        problem: Why the exchange failed, as text; None if it did not.
        seconds: From connecting to the end of the answer.
    """

    operation: str
    method: str
    url: str
    path_template: str
    request: int
    resend_count: int
    sent: Sent
    status: int | None
    problem: str | None
    seconds: float


@frozen(kw_only=True)
class AttemptEnded(RequestEnded):
    """A request of the call itself has ended: one entry of `attempts`."""


@frozen(kw_only=True)
class ReadEnded(RequestEnded):
    """A request that only reads the payment, before or after the attempts, has ended."""


@frozen(kw_only=True)
class WaitStarted(CallEvent):
    """The call waits.

    Attributes:
        reason: What it waits for.
        at_most: Seconds; None if nothing limits them.
    """

    reason: WaitReason
    at_most: float | None


@frozen(kw_only=True)
class WaitEnded(CallEvent):
    """The call waits no longer.

    Attributes:
        reason: What it has waited for.
        seconds: How long.
    """

    reason: WaitReason
    seconds: float


@frozen(kw_only=True)
class CallEnded(CallEvent):
    """A call has ended, and a ledger has recorded its outcome if it works.

    Attributes:
        kind, operation, url, destination: As in `CallStarted`.
        outcome: What came of it. Of an interrupted call, what is known.
        error: Name of the error's class; None if there is no error.
        message: The error's message, or None.
        evidence: How the receipt's outcome is known; None without a receipt.
        advice: The next safe step after an unknown outcome, or None.
        needs_person: Whether a person has to find out what became of the payment, or to cancel it
            in the provider's own system.
        interrupted: Whether an exception that is none of this package's ended the call, such as
            Ctrl-C, the end of its task, or that of a callable.
        attempts: How many attempts it made. None of them, if the result was known before.
        reads: How often it read the payment.
        sent: How far the attempt got that got farthest.
        status: The HTTP status of the last attempt that has one, or None.
        seconds: How long the call took.
        budget_left: Retries that the budget of the account still permits; None without a budget.
    """

    kind: CallKind
    operation: str
    url: str
    destination: str
    outcome: CallOutcome
    error: str | None
    message: str | None
    evidence: Evidence | None
    advice: Advice | None
    needs_person: bool
    interrupted: bool
    attempts: int
    reads: int
    sent: Sent
    status: int | None
    seconds: float
    budget_left: float | None


Event = CallStarted | AttemptEnded | ReadEnded | WaitStarted | WaitEnded | CallEnded

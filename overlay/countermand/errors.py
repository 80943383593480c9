"""The errors that `cancel`, `execute` and `resume` raise.

    CountermandError                    key, cancellation, attempts, status
    ├── NotCancelled                    certainly not cancelled: the payment is unchanged
    │   ├── InvalidCancellation         refused before sending; also a ValueError
    │   ├── Unauthenticated             the provider rejects the credentials
    │   │   └── MissingLinkedIdentity   the user must log in with a third party first
    │   ├── Forbidden                   fuelling started, token used, scope missing
    │   ├── NotFound                    no such payment (or no longer cancellable: see the message)
    │   ├── AlreadyCaptured             the money has been taken
    │   ├── Declined                    the provider refused, with its code and reason
    │   ├── ManualCancellationRequired  the provider wants a person to do it
    │   ├── RateLimited                 too many requests; see retry_after
    │   ├── Misdirected                 a redirect, or an answer not from the API
    │   └── Unreachable                 no request was sent
    ├── OutcomeUnknown                  maybe cancelled; advice names the next safe step
    ├── LedgerUnavailable               the ledger failed; this call sent nothing
    ├── KeyConflict                     the key already belongs to another cancellation
    └── CancellationInProgress          another call with this key is running

The first level answers the first question: is the money still held? Every error can be pickled,
and none contains a credential.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from countermand.attempts import Attempt, RawResponse

__all__ = [
    "Advice",
    "AlreadyCaptured",
    "CancellationInProgress",
    "CountermandError",
    "Declined",
    "Forbidden",
    "InvalidCancellation",
    "KeyConflict",
    "LedgerUnavailable",
    "ManualCancellationRequired",
    "Misdirected",
    "MissingLinkedIdentity",
    "NotCancelled",
    "NotFound",
    "OutcomeUnknown",
    "RateLimited",
    "Unauthenticated",
    "Unreachable",
]


class CountermandError(Exception):
    """Base class of all errors of this package.

    Attributes:
        message: What happened, as text; `str(error)` adds the status and the key.
        key: The idempotency key of the call; None only if no call had begun.
        cancellation: The cancellation that was passed to `cancel`.
        attempts: The requests of this call, in the order they were sent.
        status: The last HTTP status received, or None.
        raw: The last reply as received, with credentials redacted, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        key: str | None = None,
        cancellation: object | None = None,
        attempts: tuple[Attempt, ...] = (),
        status: int | None = None,
        raw: RawResponse | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.key = key
        self.cancellation = cancellation
        self.attempts = attempts
        self.status = status
        self.raw = raw

    def __str__(self) -> str:
        facts = [
            f"{name} {value}"
            for name, value in (("status", self.status), ("key", self.key))
            if value is not None
        ]
        return f"{self.message} ({', '.join(facts)})" if facts else self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class NotCancelled(CountermandError):
    """The payment was certainly not cancelled."""


class InvalidCancellation(NotCancelled, ValueError):
    """An argument is invalid; nothing was sent."""


class Unauthenticated(NotCancelled):
    """The provider rejected the credentials, after one token refresh if a refresh is possible."""


class MissingLinkedIdentity(Unauthenticated):
    """The user must also log in with a third party before PACE permits the operation.

    A fresh token does not help. Source: PACE Pay and PACE Fueling, response 401, error code
    `missing-linked-identity`.

    Attributes:
        user: The user's name in the caller's system, as passed to `cancel`.
        problem: PACE's error object (id, title, detail, status, code).
        action: The step that the user has to take, as text.
    """

    def __init__(
        self,
        message: str,
        *,
        user: str | None = None,
        problem: Mapping[str, Any] | None = None,
        action: str = "Let the user log in with the third party, then cancel with the same key.",
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.user = user
        self.problem: Mapping[str, Any] = dict(problem or {})
        self.action = action


class Forbidden(NotCancelled):
    """The provider forbids the cancel: fuelling started, token used, or scope missing."""


class NotFound(NotCancelled):
    """The provider has no such payment, or no longer permits cancelling it."""


class AlreadyCaptured(NotCancelled):
    """The payment has been captured; only a refund is possible."""


class Declined(NotCancelled):
    """The provider refused the cancel.

    Attributes:
        code: The provider's error code, or None.
        reason: The provider's error message, or None.
    """

    def __init__(
        self, message: str, *, code: str | None = None, reason: str | None = None, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.code = code
        self.reason = reason


class ManualCancellationRequired(Declined):
    """A VTEX provider answered `cancel-manually`: cancel in the provider's own system."""


class RateLimited(NotCancelled):
    """Too many requests, and the required wait exceeds the deadline.

    Attributes:
        retry_after: Seconds to wait, as the provider asks; None if it named no time.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class Misdirected(NotCancelled):
    """A redirect, which is never followed, or an answer that did not come from the API.

    Attributes:
        location: Target of the redirect without its query; None if there was no redirect.
    """

    def __init__(self, message: str, *, location: str | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.location = location


class Unreachable(NotCancelled):
    """No request was sent: connection refused, unknown host, TLS failure, closed client.

    For an operation that only reads: no usable answer was received.
    """


class LedgerUnavailable(CountermandError):
    """The ledger cannot be used, so this call sent nothing.

    The result of earlier calls with the same key is recorded only in the ledger.
    """


class Advice(StrEnum):
    """The next safe step after `OutcomeUnknown`."""

    REPEAT = "repeat"
    """Cancel again with the same key: at this provider a repeat is safe."""
    READ = "read"
    """Read the payment at the provider first; do not cancel again."""
    ASK = "ask"
    """Ask the provider: its API does not show the cancel, and a repeat may cancel twice."""


class OutcomeUnknown(CountermandError):
    """The cancel may or may not have been executed.

    Attributes:
        advice: The next safe step.
        next_step: The next safe step as text.
        retry_after: Seconds to wait, as the provider asks; None if it named no time.
        earlier_references: Ids of the cancel that were read from incomplete answers.
    """

    def __init__(
        self,
        message: str,
        *,
        advice: Advice = Advice.ASK,
        next_step: str = "",
        retry_after: float | None = None,
        earlier_references: Iterable[str] = (),
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.earlier_references = tuple(earlier_references)
        self.advice = advice
        self.next_step = next_step
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{super().__str__()}. {self.next_step}".rstrip(". ") + "."


class KeyConflict(CountermandError):
    """The key already belongs to another cancellation; nothing was sent.

    Use a new key for a new cancellation.
    """


class CancellationInProgress(CountermandError):
    """Another call with the same key, or for the same payment, is running.

    The result of that call is not known here. Call again with the same key once it has ended.
    """

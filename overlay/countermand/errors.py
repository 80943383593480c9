"""What a cancel may end in when it does not end in a receipt.

    CountermandError                    key, cancellation, attempts, status
    ├── NotCancelled                    surely not cancelled: the money is as it was
    │   ├── InvalidCancellation         refused before sending; also a ValueError
    │   ├── Unauthenticated             the provider does not accept who we are
    │   │   └── MissingLinkedIdentity   the user must log in with a third party first
    │   ├── Forbidden                   fuelling started, token used, scope missing
    │   ├── NotFound                    no such payment (or no longer cancellable: see the message)
    │   ├── AlreadyCaptured             the money has been taken
    │   ├── Declined                    the provider refused, with its code and words
    │   ├── ManualCancellationRequired  the provider wants a person to do it
    │   ├── RateLimited                 too many requests; see retry_after
    │   ├── Misdirected                 a redirect, or something that is not the API
    │   └── Unreachable                 the request never got through
    ├── OutcomeUnknown                  may have been cancelled; advice says what to do next
    ├── LedgerUnavailable               the ledger cannot be used; nothing was sent by this call
    ├── KeyConflict                     this key already names another cancellation
    └── CancellationInProgress          this key is being worked on right now

The first fork answers the only question that matters at three in the morning: is the money still
held? Every error pickles, and none holds a credential.
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
    """Base of everything this package raises about a cancel.

    Attributes:
        message: What happened, in words; `str(error)` adds the status and the key.
        key: The caller's name for the intent; None only where no call had begun.
        cancellation: What was to be cancelled.
        attempts: The requests of this call, in the order they were sent.
        status: The last HTTP status that was received, if any.
        raw: The last reply as it came, if any, with credentials struck out.
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
    """Nothing was cancelled, and that is certain."""


class InvalidCancellation(NotCancelled, ValueError):
    """The input cannot be right; nothing was sent."""


class Unauthenticated(NotCancelled):
    """The provider does not accept the credentials, after one refresh where one is possible."""


class MissingLinkedIdentity(Unauthenticated):
    """The user must additionally log in with a third party before PACE lets them act.

    A fresh token does not cure this. Source: PACE Pay and PACE Fueling, response 401, error code
    `missing-linked-identity`.

    Attributes:
        user: The caller's own name for the user, as given to `cancel`.
        problem: PACE's error object (id, title, detail, status, code).
        action: What the user must do, in words.
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
    """The provider forbids it: fuelling has started, the token is used, a scope is missing."""


class NotFound(NotCancelled):
    """The provider knows no such payment, or no longer lets it be cancelled."""


class AlreadyCaptured(NotCancelled):
    """The money has already been taken; what is left is a refund."""


class Declined(NotCancelled):
    """The provider refused.

    Attributes:
        code: The provider's code, where it gave one.
        reason: The provider's words, where it gave any.
    """

    def __init__(
        self, message: str, *, code: str | None = None, reason: str | None = None, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.code = code
        self.reason = reason


class ManualCancellationRequired(Declined):
    """A VTEX provider answered `cancel-manually`: a person has to cancel at the provider."""


class RateLimited(NotCancelled):
    """Too many requests, and the wait does not fit into the deadline.

    Attributes:
        retry_after: Seconds the provider asks to wait, or None where it did not say.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class Misdirected(NotCancelled):
    """A redirect, or an answer by something that is not the API; never followed.

    Attributes:
        location: Origin and path the redirect named, without query; None where there was none.
    """

    def __init__(self, message: str, *, location: str | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.location = location


class Unreachable(NotCancelled):
    """No request ever left: refused, unknown host, TLS failure, no connection, closed client.

    For an operation that only reads: no usable answer came, whatever left.
    """


class LedgerUnavailable(CountermandError):
    """The ledger cannot be used, so nothing was sent by this call.

    What became of earlier calls under the same key, only the ledger would know.
    """


class Advice(StrEnum):
    """The next safe step after an unknown outcome."""

    REPEAT = "repeat"
    """Cancel again with the same key: at this provider a repeat does no harm."""
    READ = "read"
    """Look at the payment at the provider before anything else; do not cancel again."""
    ASK = "ask"
    """Ask the provider: its API shows nothing (or not any more), and a repeat may cancel twice."""


class OutcomeUnknown(CountermandError):
    """The cancel may or may not have been executed.

    Attributes:
        advice: The next safe step, as data.
        next_step: The same in words.
        retry_after: Seconds the provider asks to wait, or None where it did not say.
        earlier_references: Ids of the cancel that could be made out in answers that broke off.
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
    """The key already stands for another cancellation; nothing was sent."""


class CancellationInProgress(CountermandError):
    """The same key is being worked on right now; nothing was sent by this call."""

"""The errors that `cancel`, `execute` and `resume` raise.

    CountermandError                    key, cancellation, attempts, status
    ├── NotCancelled                    this cancel changed nothing, and that is proven
    │   ├── InvalidCancellation         refused before sending; also a ValueError
    │   ├── Unauthenticated             the provider rejects the credentials
    │   │   └── MissingLinkedIdentity   the user must log in with a third party first
    │   ├── Forbidden                   no longer open, fuelling started, or scope missing
    │   ├── NotFound                    no such payment (or no longer cancellable: see the message)
    │   ├── AlreadyCaptured             the money has been taken
    │   ├── Declined                    the provider refused, with its code and reason
    │   ├── ManualCancellationRequired  the provider wants a person to do it
    │   ├── RateLimited                 too many requests; see retry_after
    │   ├── Misdirected                 sent to the wrong place, and not processed there
    │   └── Unreachable                 the cancel was not sent
    ├── OutcomeUnknown                  maybe cancelled; advice names the next safe step
    ├── LedgerUnavailable               the ledger failed; this call sent nothing
    ├── KeyConflict                     the key belongs to another cancellation, account or server
    └── CancellationInProgress          another cancel with this key, or of this payment, is running

The first level answers the first question: did this cancel change anything? Every error can be
pickled, and none contains a credential.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Final

from countermand._values import to_json

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


_COMMON: Final = ("message", "next_step", "key", "cancellation", "attempts", "status")


class CountermandError(Exception):
    """Base class of all errors of this package.

    Attributes:
        message: What happened, as text, with host and path of the request where one was made;
            `str(error)` adds status, key and next step.
        next_step: What to do, as text; empty if the message says so.
        key: The idempotency key of the call; None only if no call had begun.
        cancellation: The cancellation that was passed to `cancel`.
        attempts: The requests of this call, in the order they were sent.
        status: The last HTTP status received, or None.
        raw: The last reply as received, with credentials redacted, or None.
    """

    next_step: str = ""
    _facts: ClassVar[tuple[str, ...]] = ()
    """The attributes that a subclass adds."""

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
        text = f"{self.message} ({', '.join(facts)})" if facts else self.message
        step = self.next_step.rstrip(". ")
        return f"{text.rstrip('.')}. {step}." if step else text

    def to_dict(self) -> dict[str, Any]:
        """The error as JSON types, for logs, queues and APIs, with stable field names.

        Returns:
            `error`: the name of the class. `message`, `next_step`, `key`, `status`: as the
            attributes. `cancellation`: an object with `api` and the fields of the cancellation, or
            null; a Decimal is its digits, FULL is "full". `attempts`: a list of objects with the
            fields of `Attempt`. The attributes that a class adds are fields of the same names.
            `raw` is left out: it may hold personal data.
        """
        own = (vars(kind).get("_facts", ()) for kind in reversed(type(self).__mro__))
        names = (*_COMMON, *chain.from_iterable(own))
        return {"error": type(self).__name__} | {
            name: to_json(getattr(self, name)) for name in names
        }

    def __json__(self) -> dict[str, Any]:
        return self.to_dict()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class NotCancelled(CountermandError):
    """This cancel changed nothing, and that is proven.

    Whether something else has changed the payment, it does not say: `AlreadyCaptured` is one of
    these errors.

    Attributes:
        about_payment: Whether the provider refused because of the payment's state. Then the key
            keeps the refusal: later calls with it get the same error, and nothing is sent.
    """

    _facts: ClassVar[tuple[str, ...]] = ("about_payment",)

    def __init__(self, message: str, *, about_payment: bool = False, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.about_payment = about_payment


class InvalidCancellation(NotCancelled, ValueError):
    """An argument is invalid; nothing was sent."""


class Unauthenticated(NotCancelled):
    """The provider rejected the credentials, after one token refresh if a refresh is possible."""

    next_step = "Check the account's credentials and base_url"


class MissingLinkedIdentity(Unauthenticated):
    """The user must also log in with a third party before PACE permits the operation.

    A fresh token alone does not help. Source: PACE Pay and PACE Fueling, response 401, error code
    `missing-linked-identity`.

    Attributes:
        user: The user's name in the caller's system, as passed to `cancel`.
        problem: PACE's error object (id, title, detail, status, code).
        action: The step that the user has to take, as text; also the next step.
    """

    _facts = ("user", "problem", "action")

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
        self.action = self.next_step = action


class Forbidden(NotCancelled):
    """The provider forbids the cancel: no longer open, fuelling started, or scope missing."""


class NotFound(NotCancelled):
    """The provider has no such payment, or no longer permits cancelling it."""

    next_step = "Check the ids, and the account's base_url"


class AlreadyCaptured(NotCancelled):
    """The payment has been captured; only a refund is possible."""

    next_step = "Refund the payment instead"


class Declined(NotCancelled):
    """The provider refused the cancel.

    Attributes:
        code: The provider's error code, or None.
        reason: The provider's error message, or None.
    """

    _facts = ("code", "reason")

    def __init__(
        self, message: str, *, code: str | None = None, reason: str | None = None, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.code = code
        self.reason = reason


class ManualCancellationRequired(Declined):
    """A VTEX provider answered `cancel-manually`: cancel in the provider's own system."""

    next_step = "Cancel in the provider's own system"


class RateLimited(NotCancelled):
    """Too many requests, and the required wait exceeds the deadline.

    Attributes:
        retry_after: Seconds to wait, as the provider asks; None if it named no time.
    """

    next_step = "Call again after a while"
    _facts = ("retry_after",)

    def __init__(self, message: str, *, retry_after: float | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after
        if retry_after is not None:
            self.next_step = f"Call again after {retry_after:g} seconds"


class Misdirected(NotCancelled):
    """A redirect, which is never followed, or another status that says "not processed".

    Attributes:
        location: Target of the redirect without its query; None if there was no redirect.
    """

    _facts = ("location",)

    def __init__(self, message: str, *, location: str | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.location = location


class Unreachable(NotCancelled):
    """The cancel was not sent: connection refused, unknown host, TLS failure, closed client.

    Also if the read before the cancel failed (Bento, or `Policy.look_first`).

    For an operation that only reads: no usable answer was received.
    """

    next_step = "Call again; if it goes on, check base_url and the network"


class LedgerUnavailable(CountermandError):
    """The ledger cannot be used, so this call sent nothing.

    The result of earlier calls with the same key is recorded only in the ledger.
    """

    next_step = "Call again with the same key when the ledger works"


class Advice(StrEnum):
    """The next safe step after `OutcomeUnknown`."""

    REPEAT = "repeat"
    """Cancel again with the same key: at this provider a repeat is safe."""
    READ = "read"
    """Cancel again with the same key and with no other: the call first reads the payment."""
    ASK = "ask"
    """Ask the provider: its API does not show the cancel, and a repeat may cancel twice."""


class OutcomeUnknown(CountermandError):
    """The cancel may or may not have been executed.

    Attributes:
        advice: The next safe step.
        retry_after: Seconds to wait, as the provider asks; None if it named no time.
        earlier_references: Ids of the cancel that were read from incomplete answers.
    """

    _facts = ("advice", "retry_after", "earlier_references")

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


class KeyConflict(CountermandError):
    """The key belongs to another cancellation, account or server; nothing was sent.

    Use a new key for a new cancellation, but not for the same one at another account or server.
    """

    next_step = "A new cancellation needs a new key"


class CancellationInProgress(CountermandError):
    """Another cancel with the same key, or of the same payment, is running.

    That is another call, or at Bento a refund under way. Its result is not known here. Call again
    with the same key once it has ended.
    """

    next_step = "Call again with the same key once that call has ended"

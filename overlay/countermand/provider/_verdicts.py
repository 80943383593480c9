"""What a reply means for the money. A judge maps every reply whatsoever to one of these values."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from countermand_clients.operation import Call

from countermand.attempts import RawResponse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from countermand._amounts import Full
    from countermand.errors import CountermandError, NotCancelled
    from countermand.receipt import Outcome

    pass


@frozen(kw_only=True)
class Done:
    """The provider says that it cancelled, or took the order."""

    outcome: Outcome
    reference: str | None = None
    amount: Decimal | int | Full | None = None
    response: Any = None


@frozen(kw_only=True)
class Refused:
    """The provider says that it did not act on this request."""

    error: type[NotCancelled]
    message: str
    error_fields: Mapping[str, Any] = field(factory=dict[str, Any])
    about_payment: bool = False
    """
    Whether the refusal speaks of the payment's state and not just of this request. Only such a
    refusal can say something about an earlier request that may have arrived.
    """


@frozen(kw_only=True)
class Throttled:
    """The provider did not act because there were too many requests."""

    message: str


@frozen(kw_only=True)
class TokenRejected:
    """The provider did not act because it does not accept the credentials."""

    message: str


@frozen(kw_only=True)
class LinkRequired:
    """PACE did not act because the user has to link an identity first."""

    problem: Mapping[str, Any]
    message: str = "the user has to link an identity with a third party first"


@frozen(kw_only=True)
class MaybeExecuted:
    """The provider may have acted."""

    message: str
    reference: str | None = None
    """An id of the cancel that could be made out in an answer which is not to be believed."""
    answered: bool = False
    """Whether a 2xx came back that cannot be believed; a resend is then only a way to read."""


@frozen(kw_only=True)
class NotSent:
    """Nothing left this machine."""

    message: str


@frozen(kw_only=True)
class NotRecorded:
    """Not sent, because the ledger could not record that it would be."""

    error: CountermandError

    @property
    def message(self) -> str:
        """Why."""
        return self.error.message


Verdict = (
    Done
    | Refused
    | Throttled
    | TokenRejected
    | LinkRequired
    | MaybeExecuted
    | NotSent
    | NotRecorded
)


@frozen
class Found:
    """The cancel is there."""

    done: Done


@frozen
class Refuted:
    """The payment is in a state that the cancel can neither have reached nor reach any more."""

    refused: Refused


@frozen
class Absent:
    """Everything was read, and the cancel is not there; the request may still be on its way."""

    reason: str


@frozen
class NotKnown:
    """The look proves nothing."""

    reason: str


Finding = Found | Refuted | Absent | NotKnown

ReadBack = Generator[Call[Any], RawResponse | None, Finding]
"""
Asks for one read after the other and ends in a finding. It is sent the reply to each, or None where
none could be had.
"""

"""Verdicts, one for every possible reply, and findings, one for every read."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from countermand_clients.operation import Call

from countermand.attempts import RawResponse, typed

if TYPE_CHECKING:
    from decimal import Decimal

    from countermand._amounts import Full
    from countermand.errors import CountermandError, NotCancelled
    from countermand.receipt import Outcome


@frozen(kw_only=True)
class Done:
    """The provider cancelled the payment, or accepted the cancel."""

    outcome: Outcome
    reference: str | None = None
    amount: Decimal | int | Full | None = None
    body: Any = field(default=None, alias="response")
    """The typed body, or what parses it when it is first asked for (`typed_later`)."""

    @property
    def response(self) -> Any:
        """The typed body."""
        return typed(self.body)


@frozen(kw_only=True)
class Refused:
    """The provider rejected this request and did not execute it."""

    error: type[NotCancelled]
    message: str
    error_fields: Mapping[str, Any] = field(factory=dict[str, Any])
    about_payment: bool = False
    """
    Whether the refusal describes the payment's state and not only this request. Only such a refusal
    is evidence about an earlier request that may have been executed.
    """


@frozen(kw_only=True)
class Throttled:
    """The request was not executed because of a rate limit."""

    message: str
    foreign: bool = False
    """Whether a gateway may have answered, after another copy of the request was executed.

    Gateways repeat PUT and DELETE on their own.
    """


@frozen(kw_only=True)
class TokenRejected:
    """The request was not executed because the credentials were rejected."""

    message: str
    foreign: bool = False
    """As in `Throttled`."""


@frozen(kw_only=True)
class LinkRequired:
    """PACE did not execute the request because the user lacks a linked identity."""

    problem: Mapping[str, Any]
    message: str = "the user has to link an identity with a third party first"


@frozen(kw_only=True)
class MaybeExecuted:
    """The provider may have executed the request."""

    message: str
    reference: str | None = None
    """The cancel's id, if an otherwise unusable reply shows one."""
    transient: bool = True
    """Whether a repeat may get another answer; most pages come again as they were."""
    in_progress: bool = False
    """Whether the provider says that it is at work on this request. Then a repeat, where it does no
    harm, waits until that ends or the deadline comes, and is no failed attempt."""


@frozen(kw_only=True)
class NotSent:
    """No byte of the request left this machine."""

    message: str


@frozen(kw_only=True)
class Withheld:
    """The request was not sent: the ledger could not record it, or the payment is changing."""

    error: CountermandError

    @property
    def message(self) -> str:
        """The reason."""
        return self.error.message


Verdict = (
    Done | Refused | Throttled | TokenRejected | LinkRequired | MaybeExecuted | NotSent | Withheld
)

Snapshot = Mapping[str, Any]
"""A payment as a read has shown it: a JSON object."""


@frozen
class Found:
    """The read shows that the cancel was executed."""

    done: Done


@frozen
class Refuted:
    """The read shows a state that rules out the cancel, before and after."""

    refused: Refused


@frozen
class Absent:
    """The read is complete and shows no cancel; the request may still arrive later."""

    reason: str


@frozen
class NotKnown:
    """The read proves nothing."""

    reason: str


@frozen
class Changed:
    """The read shows that money has moved, or moves: by this cancel or by another request."""

    reason: str


Finding = Found | Refuted | Absent | NotKnown | Changed

ReadBack = Generator[Call[Any], RawResponse | None, Finding]
"""
A generator that yields one read after the other and returns a finding. Each `yield` gives the
reply, or None if the read failed.
"""


@frozen
class Taken:
    """The read shows the payment as it is before the cancel is sent."""

    snapshot: Snapshot


@frozen
class Changing:
    """The read shows that another request changes the payment, so nothing may be sent now."""

    reason: str


SnapshotRead = Generator[Call[Any], RawResponse | None, Taken | Found | Changing | NotKnown]
"""As `ReadBack`, before the cancel: `Found` says that there is nothing left to cancel."""

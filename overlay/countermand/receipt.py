"""What a finished cancel leaves in the caller's hands: frozen values, no I/O."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import field, frozen

if TYPE_CHECKING:
    from decimal import Decimal

    from countermand._amounts import Full
    from countermand.attempts import Attempt, RawResponse

T = TypeVar("T")

__all__ = ["Evidence", "Outcome", "Receipt", "Response"]


class Outcome(StrEnum):
    """What became of the payment."""

    CANCELLED = "cancelled"
    ACCEPTED = "accepted"
    """The provider took the order and works on it: the result is not final."""
    ALREADY_CANCELLED = "already cancelled"


class Evidence(StrEnum):
    """How the outcome is known."""

    REPLY = "reply"
    READ_BACK = "read back"
    LEDGER = "ledger"


@frozen(kw_only=True)
class Receipt:
    """Proof that a cancel took effect, or was accepted.

    Attributes:
        outcome: What became of the payment.
        key: The caller's name for the intent, the same across all attempts.
        reference: The provider's id of the cancel; None where it gives none (PACE, Bento).
        amount: What the provider says was cancelled (Unzer: Decimal, in the currency's main unit),
            or, where it says nothing usable, what was asked (Bento: minor units, or FULL); None
            where the API knows no amount.
        evidence: How the outcome is known.
        earlier_references: Other ids that the provider gave before for the same cancel. A VTEX
            provider that does so breaks the protocol, and may have cancelled twice.
        attempts: The requests of this call, in the order they were sent.
        response: The typed body, or None where there was none or it is not the documented one.
        raw: The reply as it came.
    """

    outcome: Outcome
    key: str
    reference: str | None = None
    amount: Decimal | int | Full | None = None
    evidence: Evidence = Evidence.REPLY
    earlier_references: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    response: Any = field(default=None, repr=False)
    raw: RawResponse | None = field(default=None, repr=False)


@frozen(kw_only=True)
class Response(Generic[T]):
    """What `Client.execute` returns: the answer to one generated operation."""

    status: int
    parsed: T
    attempts: tuple[Attempt, ...]
    raw: RawResponse = field(repr=False)

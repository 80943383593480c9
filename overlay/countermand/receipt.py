"""The results of `cancel` and `execute`: `Receipt` and `Response`. Frozen values, no I/O."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from attrs import field, frozen

from countermand._values import to_json
from countermand.attempts import typed

if TYPE_CHECKING:
    from decimal import Decimal

    from countermand._amounts import Full
    from countermand.attempts import Attempt, RawResponse

T = TypeVar("T")

__all__ = ["Evidence", "Outcome", "Receipt", "Response"]

_JSON: Final = (
    "outcome",
    "key",
    "reference",
    "amount",
    "evidence",
    "earlier_references",
    "attempts",
)


class Outcome(StrEnum):
    """The state of the payment after a cancel."""

    CANCELLED = "cancelled"
    ACCEPTED = "accepted"
    """The provider accepted the cancel and is processing it: the result is not final."""
    ALREADY_CANCELLED = "already cancelled"


class Evidence(StrEnum):
    """The source of the outcome."""

    REPLY = "reply"
    READ_BACK = "read back"
    LEDGER = "ledger"


@frozen(kw_only=True)
class Receipt:
    """Proof that a cancel took effect, or was accepted.

    Attributes:
        outcome: The state of the payment.
        key: The idempotency key of the call.
        reference: The provider's id of the cancel; None if it gives none (PACE, Bento).
        amount: The amount that the provider reports as cancelled (Unzer: Decimal, in the currency's
            main unit). If it reports none, the requested amount (Bento: int in minor units, or
            FULL). None if the API has no amount.
        evidence: The source of the outcome.
        earlier_references: Other ids that the provider gave for the same cancel. A VTEX provider
            that gives two violates the protocol and may have cancelled twice.
        attempts: The requests of this call, in the order they were sent.
        raw: The reply as received, with credentials redacted; None if the ledger has none.
        response: The typed body; None if there is none or it does not match the documentation.
    """

    outcome: Outcome
    key: str
    reference: str | None = None
    amount: Decimal | int | Full | None = None
    evidence: Evidence = Evidence.REPLY
    earlier_references: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    # Generated models compare, and have no hash.
    _response: Any = field(default=None, repr=False, alias="response", hash=False)
    raw: RawResponse | None = field(default=None, repr=False)

    @property
    def response(self) -> Any:
        """The typed body, parsed when it is first asked for."""
        return typed(self._response)

    def to_dict(self) -> dict[str, Any]:
        """The receipt as JSON types, for logs, queues and APIs, with stable field names.

        Returns:
            `outcome`, `evidence`: the values of the enums. `key`, `reference`,
            `earlier_references`: as the attributes. `amount`: a Decimal as its digits, an int
            (minor units) as a number, FULL as "full", or null. `attempts`: a list of objects with
            the fields of `Attempt`. `response` and `raw` are left out: they may hold personal data.
        """
        return {name: to_json(getattr(self, name)) for name in _JSON}

    def __json__(self) -> dict[str, Any]:
        return self.to_dict()


@frozen(kw_only=True)
class Response(Generic[T]):
    """The answer to one generated operation, as `Client.execute` returns it.

    Attributes:
        status: The HTTP status.
        parsed: The typed body.
        attempts: The requests of this call, in the order they were sent.
        raw: The reply as received, with credentials redacted.
    """

    status: int
    parsed: T = field(hash=False)
    attempts: tuple[Attempt, ...]
    raw: RawResponse = field(repr=False)

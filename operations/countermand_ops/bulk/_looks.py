"""Where a payment stands before its cancel, read by the documented reads. Pure.

Each look is a generator that yields requests and gets their replies, or None where the API itself
has not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen
from countermand_clients.bento.api.transactions import get_transaction as get_bento
from countermand_clients.operation import Call
from countermand_clients.pace_pay.api.transactions import get_transaction as get_pace
from countermand_clients.unzer.api.payments import get_payment

from countermand.attempts import RawResponse
from countermand.provider import (
    Absent,
    Found,
    Proof,
    Refuted,
    Taken,
    json_object,
    object_member,
    printable,
    prove,
)
from countermand_ops._fields import MAX_DIGITS, is_short
from countermand_ops.bulk._money import Money, from_minor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.provider import BaseCancellation, Provider


MOST: Final = 10**MAX_DIGITS


class Status(StrEnum):
    """What a plan says of a payment."""

    CANCELLABLE = "cancellable"
    ALREADY_CANCELLED = "already cancelled"
    CAPTURED = "captured"
    """The money was taken: Bento's cancel refunds it, the others refuse."""
    UNREADABLE = "unreadable"
    """The read has failed, or it shows neither of the others."""
    NOT_READ = "not read"
    """The provider has no read, or it was not wanted."""


@frozen
class Look:
    """What a read has shown.

    Attributes:
        status: Where the payment stands.
        message: Why it is unreadable, or None.
        left: Amount and currency of what a whole cancel would take back.
    """

    status: Status
    message: str | None = None
    left: Money = field(factory=Money)


NOT_READ: Final = Look(Status.NOT_READ)
Reads = Generator[Call[Any], RawResponse | None, Look]
NO_KEY: Final = "countermand bulk plan"
"""Stands for the key where a read looks for a cancel of ours: there is none yet."""


def look_at(provider: Provider[Any], cancellation: BaseCancellation) -> Reads | None:
    """The reads of a payment; None if the provider has none, or the account permits none."""
    if provider.api == "bento" and provider.comparison is None:
        # The account says read=False.
        return None
    if provider.api in LOOKS:
        return LOOKS[provider.api](cancellation)
    if provider.comparison is not None:
        return _looked(provider.comparison.before(cancellation))
    if provider.read_back is not None:
        return _looked(provider.read_back(cancellation, NO_KEY))
    return None


def is_answered(reply: RawResponse | None, call: Call[Any]) -> bool:
    """Whether the API itself has answered, and no gateway in its place."""
    if reply is None:
        return False
    return prove(reply, call) in {Proof.EXECUTED, Proof.REFUSED, Proof.UNDECIDED}


def _unzer(cancellation: Any) -> Reads:
    reply = yield get_payment.call(cancellation.payment_id)
    document = _document(reply)
    if document is None:
        return Look(Status.UNREADABLE)
    amounts = object_member(document, "amount") or {}
    state = (object_member(document, "state") or {}).get("name")
    charged, remaining = _decimal(amounts.get("charged")), _decimal(amounts.get("remaining"))
    left = Money(printable(document.get("currency")), remaining)
    if state == "canceled":
        return Look(Status.ALREADY_CANCELLED, left=left)
    if remaining:
        return Look(Status.CANCELLABLE, left=left)
    if charged:
        return Look(Status.CAPTURED, left=left)
    return Look(Status.UNREADABLE, f"the payment is {state}", left)


def _bento(cancellation: Any) -> Reads:
    reply = yield get_bento.call(cancellation.order_id, cancellation.transaction_id)
    transaction = object_member(_document(reply) or {}, "data")
    if transaction is None:
        return Look(Status.UNREADABLE)
    state, currency = transaction.get("state"), printable(transaction.get("currency"))
    refunded = _whole(transaction.get("refundedAmount"))
    captured = _whole(transaction.get("capturedAmount"))
    authorized = _whole(transaction.get("authorizedAmount"))
    taken = Money(currency, _left(captured, refunded, currency))
    match state:
        case "AuthVoided":
            return Look(Status.ALREADY_CANCELLED, left=Money(currency, Decimal(0)))
        case "Refunded" if captured is not None and captured == refunded:
            return Look(Status.ALREADY_CANCELLED, left=taken)
        case "CaptureSucceeded" | "Refunded" | "RefundFailed":
            return Look(Status.CAPTURED, left=taken)
        case "AuthSucceeded":
            return Look(Status.CANCELLABLE, left=Money(currency, _left(authorized, 0, currency)))
        case _:
            return Look(Status.UNREADABLE, f"the transaction is {printable(state)}")


def _pace(cancellation: Any) -> Reads:
    """200 means captured, 410 cancelled; 404 does not say whether it can be cancelled."""
    call = get_pace.call(cancellation.transaction_id)
    reply = yield call
    if reply is None:
        return Look(Status.UNREADABLE)
    if reply.status == HTTPStatus.GONE:
        return Look(Status.ALREADY_CANCELLED)
    if reply.status == HTTPStatus.OK:
        data = object_member(json_object(reply) or {}, "data") or {}
        facts = object_member(data, "attributes") or {}
        price = _decimal(facts.get("priceIncludingVAT"))
        return Look(Status.CAPTURED, left=Money(printable(facts.get("currency")), price))
    return Look(Status.UNREADABLE, "PACE shows completed transactions only")


LOOKS: Final[Mapping[str, Callable[[Any], Reads]]] = {
    "bento": _bento,
    "pace_fueling": _pace,
    "pace_pay": _pace,
    "unzer": _unzer,
}


def _looked(reads: Generator[Call[Any], RawResponse | None, Any]) -> Reads:
    """A look by the reads that a provider offers before or after a cancel."""
    finding = yield from reads
    match finding:
        case Found():
            return Look(Status.ALREADY_CANCELLED)
        case Refuted(refused):
            return Look(Status.CAPTURED, refused.message)
        case Absent() | Taken():
            return Look(Status.CANCELLABLE)
        case _:
            return Look(Status.UNREADABLE, finding.reason)


def _document(reply: RawResponse | None) -> dict[str, Any] | None:
    """The body of a success without `errors`."""
    document = None if reply is None or not reply.is_success else json_object(reply)
    return None if document is None or document.get("errors") else document


def _decimal(value: object) -> Decimal | None:
    """An amount in the main unit; None for anything else."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0 or abs(number.adjusted()) > MAX_DIGITS:
        return None
    return number if is_short(format(number, "f")) else None


def _whole(value: object) -> int | None:
    """An amount in minor units; None for anything else."""
    return value if type(value) is int and 0 <= value < MOST else None


def _left(amount: int | None, refunded: int | None, currency: str | None) -> Decimal | None:
    """What is left in the main unit; None if that is not known."""
    if amount is None or refunded is None or refunded > amount:
        return None
    return from_minor(amount - refunded, currency)

"""Unzer: find a cancel among the transactions of a payment. Pure.

The payment lists its transactions without their references, so each cancel is read on its own.
Source: Unzer's official SDKs; see specs/unzer.yaml.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote, urlsplit

from attrs import evolve
from countermand_clients.unzer.api.payments import (
    get_authorization_cancellation,
    get_payment,
    get_payment_cancellation,
)
from countermand_clients.unzer.models.payment_transaction_type import PaymentTransactionType

from countermand.provider import (
    Absent,
    Done,
    Found,
    NotKnown,
    Proof,
    ReadBack,
    Refused,
    Refuted,
    is_true,
    json_object,
    object_list,
    object_member,
    prove,
    provider_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse


class Kind(Enum):
    """What a transaction of a payment is to the cancel of an authorization."""

    CANCEL = auto()
    """A cancel of an authorization: it may be ours."""
    OTHER = auto()
    """Something else."""


TRANSACTION_TYPES: Final[Mapping[PaymentTransactionType, Kind]] = {
    PaymentTransactionType.AUTHORIZE: Kind.OTHER,
    PaymentTransactionType.PREAUTHORIZE: Kind.OTHER,
    PaymentTransactionType.CHARGE: Kind.OTHER,
    PaymentTransactionType.CANCEL_AUTHORIZE: Kind.CANCEL,
    PaymentTransactionType.CANCEL_CHARGE: Kind.OTHER,
    PaymentTransactionType.CANCEL_PREAUTHORIZE: Kind.OTHER,
    PaymentTransactionType.CHARGEBACK: Kind.OTHER,
    PaymentTransactionType.PAYOUT: Kind.OTHER,
    PaymentTransactionType.SHIPMENT: Kind.OTHER,
    PaymentTransactionType.STRONG_CUSTOMER_AUTHENTICATION: Kind.OTHER,
    PaymentTransactionType.SCA: Kind.OTHER,
}
"""Every documented type; `cancel-charge` is a refund."""
CANCELLED: Final = "2"
"""The id of a payment's state."""
PAYMENT_ID: Final = re.compile(r"[ps]-pay-")
PATH: Final = re.compile(
    r"/payments/(?P<payment>[^/]+)/authorize(/(?P<authorization>[^/]+))?/cancels/(?P<cancel>[^/]+)\Z"
)
CANCEL_PATH: Final = re.compile(r"/authorize/(.*/)?cancels/")
"""The path of a cancel of an authorization, in the documented form or in another one."""


OTHER_PATH: Final = re.compile(
    r"/payments/[^/]+/(preauthorize(/[^/]+)?/cancels/[^/]+|[a-z-]+/[sp]-(?!cnl-)[a-z]+-[^/]+)\Z"
)
"""The path of a transaction that is no cancel of an authorization. One of a cancel below a charge
is not among them: a reversal may be listed there, too."""


def find_cancel(
    payment_id: str, marker: str, amount: Decimal | None, interpret: Callable[[RawResponse], object]
) -> ReadBack:
    """Read the payment and its cancels, and find the one with a marker.

    The failed ones, too: Unzer may have stored one without knowing its outcome. They come last,
    because the others may show that it was cancelled.

    Args:
        payment_id: The payment's id or order id, as in the cancellation.
        marker: The `paymentReference` to find.
        amount: The amount of the cancellation; None for FULL.
        interpret: Interprets a stored cancel, which has the form of a reply to a cancel request.
    """
    asked = get_payment.call(payment_id)
    payment = _payment((yield asked), asked)
    lines = payment.get("transactions") if payment else None
    if payment is None or not isinstance(lines, list):
        return NotKnown("the payment could not be read")
    if _is_other_payment(payment, payment_id):
        return NotKnown("Unzer returned another payment")
    unread = len(cast("list[object]", lines)) - len(object_list(payment, "transactions"))
    for candidate in (*_candidates(payment), *_candidates(payment, failed=True)):
        call = _read(candidate)
        reply = (yield call) if call else None
        cancel = _object(reply, call) if call else None
        reference = cancel.get("paymentReference") if cancel else None
        if reply is None or not isinstance(reference, str):
            unread += 1
        elif reference.strip().upper() == marker:
            verdict = interpret(reply)
            if isinstance(verdict, Done):
                if amount not in {None, verdict.amount}:
                    return NotKnown("the cancel with our reference has another amount")
                return Found(verdict)
            # A refused cancel of ours counts as absent: another request may still arrive. Any other
            # cancel that is not a success counts as unread.
            unread += not isinstance(verdict, Refused)
    if unread:
        return NotKnown(f"{unread} of the payment's cancels could not be read")
    if _lacks_its_cancel(payment):
        return NotKnown("the payment is cancelled, and lists no cancel")
    return Absent("none of the payment's cancels carries our reference")


def find_failed_cancel(
    payment_id: str, reference: str, interpret: Callable[[RawResponse], object]
) -> ReadBack:
    """Read the payment's cancels, and find the one with an id, which has failed.

    Args:
        payment_id: As in `find_cancel`.
        reference: The id of a cancel that Unzer has accepted.
        interpret: As in `find_cancel`.
    """
    asked = get_payment.call(payment_id)
    payment = _payment((yield asked), asked)
    if payment is None or _is_other_payment(payment, payment_id):
        return NotKnown("the payment could not be read")
    for candidate in (*_candidates(payment, failed=True), *_candidates(payment)):
        call = _read(candidate)
        reply = (yield call) if call else None
        cancel = _object(reply, call) if call else None
        if cancel is not None and reply is not None and cancel.get("id") == reference:
            verdict = interpret(reply)
            if isinstance(verdict, Refused):
                return Refuted(evolve(verdict, about_payment=True))
    return NotKnown("the payment's cancels do not show what became of the accepted one")


def _is_other_payment(payment: Mapping[str, Any], asked: str) -> bool:
    """Whether the payment's id or order id differs from the requested one."""
    by_id = PAYMENT_ID.match(asked)
    return payment.get("id" if by_id else "orderId") not in (None, "", asked)


def _lacks_its_cancel(payment: Mapping[str, Any]) -> bool:
    """Whether the payment's state is cancelled, and no transaction says by what."""
    state = object_member(payment, "state") or {}
    if provider_id(state.get("id")) != CANCELLED and state.get("name") != "canceled":
        return False
    return not any(
        "/cancels/" in _path(line.get("url")) or str(line.get("type")).startswith("cancel")
        for line in object_list(payment, "transactions")
        if line.get("status") != "error"
    )


def _candidates(payment: Mapping[str, Any], *, failed: bool = False) -> Iterator[str]:
    """The paths of all cancels that did not fail, or of those that did, without duplicates.

    A missing status may be a success, and a type and a path that nobody knows may be a cancel.
    """
    seen: set[str] = set()
    for line in object_list(payment, "transactions"):
        path = _path(line.get("url"))
        wanted = (line.get("status") == "error") is failed
        if path not in seen and wanted and _may_be_cancel(line, path):
            seen.add(path)
            yield path


def _may_be_cancel(line: Mapping[str, Any], path: str) -> bool:
    """Whether the path or the type says that it is a cancel, or neither says what it is."""
    if CANCEL_PATH.search(path):
        return True
    kind = line.get("type")
    known = TRANSACTION_TYPES.get(PaymentTransactionType(kind)) if isinstance(kind, str) else None
    if known is Kind.CANCEL:
        # SDKs list reversals below a charge, so a path does not overrule this type.
        return "/preauthorize/" not in path
    return known is None and not OTHER_PATH.search(path)


def _path(url: object) -> str:
    try:
        return urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:
        return ""


def _read(path: str) -> Call[Any] | None:
    """The request that reads a cancel by its path; None for an undocumented path."""
    found = PATH.search(path)
    if not found:
        return None
    ids = {name: unquote(part) for name, part in found.groupdict().items() if part}
    try:
        if "authorization" not in ids:
            return get_payment_cancellation.call(ids["payment"], ids["cancel"])
        return get_authorization_cancellation.call(
            ids["payment"], ids["authorization"], ids["cancel"]
        )
    except ValueError:
        return None


def _payment(reply: RawResponse | None, call: Call[Any]) -> dict[str, Any] | None:
    """The body of a payment. `isError` in it is about the read; in a cancel, about the cancel."""
    payment = _object(reply, call)
    return None if payment is None or is_true(payment.get("isError")) else payment


def _object(reply: RawResponse | None, call: Call[Any]) -> dict[str, Any] | None:
    """The body of a documented 2xx without `errors`."""
    if reply is None or prove(reply, call) is not Proof.EXECUTED:
        return None
    document = json_object(reply)
    return None if document is None or document.get("errors") else document

"""Reading back at Unzer: the payment names its cancels, each cancel shows its `paymentReference`.

A payment's list shows no reference, so it takes two steps. `amount.canceled` is no proof: it
counts refunds only, and stays at nought after a reversal. Ids such as `s-cnl-1` are unique only
under their parent, so a cancel is known by its path. The host in its url may be another one: only
the path is used, on the configured host. Source: Unzer's SDKs and their fixtures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote, urlsplit

from countermand_clients.unzer.api.payments import (
    get_authorization_cancellation,
    get_payment,
    get_payment_cancellation,
)

from countermand._body import json_object, members
from countermand._reading import Absent, Found, NotKnown, Reading
from countermand._verdicts import Done, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse

OTHERS: Final = frozenset(
    {
        "authorize",
        "cancel-charge",
        "charge",
        "chargeback",
        "payout",
        "preauthorize",
        "shipment",
        "strong_customer_authentication",
    }
)
"""Transactions that are no cancel of an authorization; `cancel-charge` is a refund."""
PAYMENT_ID: Final = re.compile(r"[ps]-pay-")
PATH: Final = re.compile(
    r"/payments/(?P<payment>[^/]+)/authorize(/(?P<authorization>[^/]+))?/cancels/(?P<cancel>[^/]+)$"
)


def find(
    payment_id: str, marker: str, amount: Decimal | None, judge: Callable[[RawResponse], object]
) -> Reading:
    """Look for the cancel that carries our marker.

    Args:
        payment_id: The payment's id or order id, as it was given.
        marker: The `paymentReference` of our cancel.
        amount: What it was to cancel; None for everything.
        judge: What a reply to the cancel itself would mean: a stored cancel has the same form.
    """
    payment = _object((yield get_payment.call(payment_id)))
    lines = payment.get("transactions") if payment else None
    if payment is None or not isinstance(lines, list):
        return NotKnown("the payment could not be read")
    if _is_another(payment, payment_id):
        return NotKnown("another payment was shown")
    unread = len(cast("list[object]", lines)) - len(members(payment, "transactions"))
    for candidate in _candidates(payment):
        call = _read(candidate)
        reply = (yield call) if call else None
        cancel = _object(reply)
        if cancel is None or reply is None:
            unread += 1
        elif cancel.get("paymentReference") == marker:
            verdict = judge(reply)
            if isinstance(verdict, Done):
                if amount not in {None, verdict.amount}:
                    return NotKnown("the cancel with our reference has another amount")
                return Found(verdict)
            # A failed attempt of ours counts for nothing: another one may be on its way.
            unread += not isinstance(verdict, Refused)
    if unread:
        return NotKnown(f"{unread} of the payment's cancels could not be read")
    return Absent("none of the payment's cancels carries our reference")


def _is_another(payment: Mapping[str, Any], asked: str) -> bool:
    """Whether a payment is not the one that was asked for, by its id or the merchant's order id."""
    by_id = PAYMENT_ID.match(asked)
    return payment.get("id" if by_id else "orderId") not in (None, "", asked)


def _candidates(payment: Mapping[str, Any]) -> Iterator[str]:
    """The paths of cancels that did not fail, each once.

    A missing status may be a success, and a type that is not known may be a cancel.
    """
    seen: set[str] = set()
    for line in members(payment, "transactions"):
        if str(line.get("type")) not in OTHERS and line.get("status") != "error":
            path = _path(line.get("url"))
            if path not in seen:
                seen.add(path)
                yield path


def _path(url: object) -> str:
    try:
        return urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:
        return ""


def _read(path: str) -> Call[Any] | None:
    """The read of a cancel by its path; None where the path is none of the documented ones."""
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


def _object(reply: RawResponse | None) -> dict[str, Any] | None:
    """The body of a 2xx that is no error."""
    document = json_object(reply) if reply is not None and reply.is_success else None
    return None if document is None or document.get("errors") else document

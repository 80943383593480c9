"""How things stand with an Unzer payment: one authorisation, and every attempt to cancel it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

import attrs

from countermand.sandbox.payments import UnzerPayment
from countermand.sandbox.records import Execution
from countermand.sandbox.world import Standing

if TYPE_CHECKING:
    from collections.abc import Callable

Status = Literal["success", "pending", "resumed", "error"]

_MESSAGES: Final[dict[str, dict[str, str]]] = {
    "success": {"code": "COR.000.100.112", "customer": "Request successfully processed"},
    "pending": {"code": "COR.000.200.000", "customer": "Transaction pending"},
    "resumed": {"code": "COR.000.200.000", "customer": "Transaction resumed"},
    "error": {"code": "API.000.000.999", "customer": "The transaction failed"},
}
_PROCESSING: Final = {"uniqueId": "31HA07BC81AB33BC5F44A2659D5E80FC", "shortId": "4017.5320.1722"}


@attrs.define
class Attempt:
    """One cancel, whatever came of it. `parent` is the path it was made through.

    `cancel_id` is unique under that parent only: the two routes each count for themselves.
    """

    cancel_id: str
    parent: str
    operation_id: str
    amount: Decimal
    reference: str
    status: Status
    date: str


class UnzerStanding(Standing[UnzerPayment]):
    """The payment's money, in the currency's major unit."""

    def __init__(self, payment: UnzerPayment) -> None:
        super().__init__(payment)
        self.authorized = Decimal(payment.amount)
        self.charged = Decimal(0)
        self.attempts: list[Attempt] = []
        self.date = _now()

    @property
    def total(self) -> Decimal:
        """What was authorised, without what was reversed."""
        return self.authorized - self._sum("success")

    @property
    def left(self) -> Decimal:
        """What a cancel may still reverse."""
        return self.total - self.charged - self._sum("pending") - self._sum("resumed")

    def state(self) -> dict[str, object]:
        """Return the amounts, as the provider writes them."""
        return self._amounts()

    def capture(self) -> None:
        """Charge all that is held; raises `ValueError` where nothing is."""
        if self.left <= 0:
            raise ValueError(f"{self.payment.handle} holds nothing to charge")
        self.charged += self.left

    def settle(self) -> tuple[Execution, ...]:
        """Book every pending cancel; returns what that reversed."""
        waiting = [item for item in self.attempts if item.status in {"pending", "resumed"}]
        for item in waiting:
            item.status = "success"
        return tuple(self.execution(item) for item in waiting)

    def attempt(
        self, parent: str, operation_id: str, amount: Decimal, reference: str, status: Status
    ) -> Attempt:
        """List a cancel, with the next id under its parent."""
        number = sum(item.parent == parent for item in self.attempts) + 1
        made = Attempt(f"s-cnl-{number}", parent, operation_id, amount, reference, status, _now())
        self.attempts.append(made)
        return made

    def execution(self, attempt: Attempt) -> Execution:
        """Return the record of a cancel that was booked."""
        return Execution(
            sequence=0,
            api="unzer",
            operation_id=attempt.operation_id,
            payment=self.payment.handle,
            identifiers=self.payment.identifiers,
            amount=_decimals(attempt.amount),
            key=attempt.reference or None,
            reference=attempt.cancel_id,
        )

    def show(self, url: Callable[[str], str]) -> dict[str, object]:
        """Return the payment as a read shows it; `url` turns a path into an address."""
        return {
            "id": self.payment.payment_id,
            "state": self._state(),
            "amount": self._amounts(),
            "currency": self.payment.currency,
            "orderId": self.payment.order_id,
            "invoiceId": "",
            "resources": self._resources(),
            "transactions": [
                _line("authorize", "success", url(self.authorization_path), self.authorized)
                | {"date": self.date},
                *(
                    _line("cancel-authorize", item.status, url(_path(item)), item.amount)
                    | {"date": item.date}
                    for item in self.attempts
                ),
            ],
        }

    def show_authorization(self) -> dict[str, object]:
        """Return the authorisation; partial cancels lower its amount."""
        return self._transaction(self.payment.authorization_id, "success", self.total, self.date)

    def show_attempt(self, attempt: Attempt) -> dict[str, object]:
        """Return one cancel, with the reference that the list of the payment leaves out."""
        shown = self._transaction(attempt.cancel_id, attempt.status, attempt.amount, attempt.date)
        return shown | {"paymentReference": attempt.reference}

    @property
    def payment_path(self) -> str:
        """The parent of cancels made through the payment."""
        return f"/payments/{self.payment.payment_id}/authorize"

    @property
    def authorization_path(self) -> str:
        """The parent of cancels made through the authorisation."""
        return f"{self.payment_path}/{self.payment.authorization_id}"

    def _sum(self, status: Status) -> Decimal:
        return sum((item.amount for item in self.attempts if item.status == status), Decimal(0))

    def _amounts(self) -> dict[str, object]:
        return {
            "total": _decimals(self.total),
            "charged": _decimals(self.charged),
            # Counts refunds only: a reversal never shows here.
            "canceled": "0.0000",
            "remaining": _decimals(self.total - self.charged),
        }

    def _state(self) -> dict[str, object]:
        if self.charged:
            return {"id": 1, "name": "completed"}
        return {"id": 0, "name": "pending"} if self.total else {"id": 2, "name": "canceled"}

    def _resources(self) -> dict[str, str]:
        resources = {"customerId": "s-cst-1", "paymentId": self.payment.payment_id}
        return {**resources, "basketId": "", "metadataId": "", "typeId": "s-crd-1"}

    def _transaction(
        self, transaction_id: str, status: Status, amount: Decimal, date: str
    ) -> dict[str, object]:
        return {
            "id": transaction_id,
            "isSuccess": status == "success",
            "isPending": status == "pending",
            "isResumed": status == "resumed",
            "isError": status == "error",
            "message": _MESSAGES[status],
            "amount": _decimals(amount),
            "currency": self.payment.currency,
            "returnUrl": "",
            "date": date,
            "resources": self._resources(),
            "orderId": self.payment.order_id,
            "paymentReference": "",
            "processing": _PROCESSING,
        }


def _line(kind: str, status: str, url: str, amount: Decimal) -> dict[str, object]:
    return {"type": kind, "status": status, "url": url, "amount": _decimals(amount)}


def _path(attempt: Attempt) -> str:
    return f"{attempt.parent}/cancels/{attempt.cancel_id}"


def _decimals(amount: Decimal) -> str:
    return f"{amount:.4f}"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")

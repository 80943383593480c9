"""How Unzer treats a cancel: booked anew each time, listed, its reference shown when asked."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs

from countermand import FULL, RawResponse, unzer
from tests.model_checking.payments import Model, Payment, says
from tests.model_checking.procedure import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand_clients.operation import Call


class Unzer(Model):
    """Each part that is left can be cancelled, by any client, any number of times."""

    api = "unzer"
    provider = unzer.PROVIDER
    cancellation = unzer.Cancellation("s-pay-1", "s-aut-1", amount=Decimal(1))
    variants = (
        "success",
        "pending unlisted",
        "resumed",
        "error first",
        "error first unlisted",
    )
    """What becomes of a cancel, and whether the list leaves its status out."""
    others_prove = False
    whole = False

    def cancel(self, payment: Payment) -> tuple[Payment, RawResponse]:
        """A cancel arrives; one that fails is listed too."""
        status = payment.variant.split()[0]
        if status == "error" and any(ours for ours, _ in payment.entries):
            status = "success"
        if payment.phase == "captured":
            return self._refused(payment, "API.340.100.018")
        if not payment.left:
            return self._refused(payment, "API.340.100.014")
        entries = (*payment.entries, (True, status))
        if status == "error":
            return attrs.evolve(payment, entries=entries), says(
                200, self._entry(entries, len(entries) - 1)
            )
        taken = payment.left if self.whole else 1
        after = attrs.evolve(
            payment,
            left=payment.left - taken,
            executed=payment.executed + 1,
            entries=entries,
        )
        return after, says(201, self._entry(entries, len(entries) - 1))

    def read(self, payment: Payment, call: Call[Any]) -> RawResponse:
        """The payment, which names its cancels, or one of them, which shows its reference."""
        if call.operation.operation_id == "getPayment":
            return says(200, {"id": "s-pay-1", "transactions": list(self._lines(payment))})
        number = int(call.path.rpartition("-")[2])
        return says(200, self._entry(payment.entries, number - 1))

    def elsewhere(self, payment: Payment) -> Iterator[Payment]:
        """Others charge it, or cancel a part, or everything."""
        if payment.phase == "open" and payment.left:
            entries = (*payment.entries, (False, "success"))
            yield attrs.evolve(payment, phase="captured")
            yield attrs.evolve(payment, left=payment.left - 1, entries=entries)
            yield attrs.evolve(payment, left=0, entries=entries, gone=True)

    def _refused(self, payment: Payment, code: str) -> tuple[Payment, RawResponse]:
        after = attrs.evolve(payment, entries=(*payment.entries, (True, "error")))
        return after, says(400, {"isError": True, "errors": [{"code": code}]})

    def _lines(self, payment: Payment) -> Iterator[dict[str, str]]:
        yield {"type": "authorize", "status": "success", "url": "/v1/payments/s-pay-1/authorize/1"}
        for number, (_, status) in enumerate(payment.entries, start=1):
            parent = "https://other.example/v1/payments/s-pay-1/authorize/s-aut-1"
            url = f"{parent}/cancels/s-cnl-{number}"
            line = {"type": "cancel-authorize", "url": url}
            unlisted = payment.variant.endswith("unlisted")
            yield line if unlisted else {**line, "status": status}

    def _entry(self, entries: tuple[tuple[bool, str], ...], index: int) -> dict[str, object]:
        ours, status = entries[index]
        return {
            "id": f"s-cnl-{index + 1}",
            "isSuccess": status == "success",
            "isPending": status == "pending",
            "isResumed": status == "resumed",
            "isError": status == "error",
            "paymentReference": unzer.payment_reference(KEY) if ours else "",
        }


class UnzerFull(Unzer):
    """A full cancel: a second one is refused, and not always ours was the first."""

    cancellation = unzer.Cancellation("s-pay-1", amount=FULL)
    others_prove = True
    whole = True

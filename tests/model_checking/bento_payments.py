"""How Bento treats a cancel that is read before and after: amounts, states and history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from countermand import FULL, RawResponse, bento
from tests.model_checking.payments import Bento, Payment, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand_clients.operation import Call

PART = 100
CAPTURED = 300
PENDING, SUCCESS, FAILURE = "pending", "Success", "Failure"


class BentoRead(Bento):
    """A refund is submitted, and finished later; others refund the same, a smaller part, or void.

    A refund of at least the asked amount by somebody else counts as `gone`: nobody can tell it from
    ours. `entries` are the refunds, each with its amount before the status.
    """

    provider = bento.PROVIDER
    variants = ("authorised", "captured", "fails", "declined in 422")
    others_prove = True

    def cancel(self, payment: Payment) -> tuple[Payment, RawResponse]:
        """A cancel arrives."""
        if payment.variant.startswith("declined"):
            refused = {"code": "PG0014", "outcome": "failedNonRetryable"}
            entries = (*payment.entries, (True, f"{PART} {FAILURE}"))
            return self._changed(payment, entries=entries), says(
                422, {"message": "Declined", "status": refused}
            )
        if payment.phase == "open":
            after = self._changed(payment, phase="cancelled", executed=payment.executed + 1)
            return after, says(202, {"data": self._data(after)})
        amount = self._amount(payment)
        if payment.phase != "captured" or not 0 < amount <= self._rest(payment):
            return payment, says(422, {"message": "Action Cannot Be Performed", "causes": []})
        entries = (*payment.entries, (True, f"{amount} {PENDING}"))
        after = self._changed(payment, entries=entries, executed=payment.executed + 1)
        return after, says(202, {"data": self._data(after)})

    def read(self, payment: Payment, call: Call[Any]) -> RawResponse:
        """The transaction, without what is submitted."""
        assert call.operation.operation_id == "getTransaction"
        return says(200, {"data": self._data(payment)})

    def elsewhere(self, payment: Payment) -> Iterator[Payment]:
        """A back office captures, voids, or submits a refund of our amount or of another."""
        if payment.phase == "open":
            yield self._changed(payment, phase="captured")
            yield self._changed(payment, phase="cancelled", gone=True)
        if payment.phase == "captured":
            for amount in (PART, PART // 2, self._rest(payment)):
                if 0 < amount <= self._rest(payment):
                    entries = (*payment.entries, (False, f"{amount} {PENDING}"))
                    yield self._changed(payment, entries=entries)

    def settles(self, payment: Payment) -> Iterator[Payment]:
        """The refunds that are submitted are finished; ours may fail."""
        if not any(status.endswith(PENDING) for _, status in payment.entries):
            return
        fails = payment.variant == "fails"
        entries = tuple(
            (ours, status.replace(PENDING, FAILURE if ours and fails else SUCCESS))
            for ours, status in payment.entries
        )
        others = sum(
            int(status.split()[0])
            for ours, status in entries
            if not ours and status.endswith(SUCCESS)
        )
        failed = payment.failed or (fails and any(ours for ours, _ in entries))
        enough = others >= self._asked
        yield self._changed(payment, entries=entries, failed=failed, gone=enough)

    @property
    def _asked(self) -> int:
        assert isinstance(self.cancellation, bento.Cancellation)
        wanted = self.cancellation.refund_amount
        return wanted if isinstance(wanted, int) else CAPTURED

    def _amount(self, payment: Payment) -> int:
        return self._rest(payment) if self._asked == CAPTURED else self._asked

    def _rest(self, payment: Payment) -> int:
        return CAPTURED - sum(
            int(status.split()[0]) for _, status in payment.entries if not status.endswith(FAILURE)
        )

    def _changed(self, payment: Payment, **facts: Any) -> Payment:
        return attrs.evolve(payment, answers=payment.answers + 1, **facts)

    def _data(self, payment: Payment) -> dict[str, Any]:
        done = [status.split() for _, status in payment.entries if not status.endswith(PENDING)]
        state = {"open": "AuthSucceeded", "cancelled": "AuthVoided"}.get(payment.phase)
        if state is None:
            state = "CaptureSucceeded"
            if done and not payment.variant.startswith("declined"):
                state = "Refunded" if done[-1][1] == SUCCESS else "RefundFailed"
            if len(done) < len(payment.entries):
                state = "Refunding"
        return {
            "orderId": "or_1",
            "transactionId": "tx_1",
            "state": state,
            "capturedAmount": CAPTURED if payment.phase == "captured" else 0,
            "refundedAmount": sum(int(amount) for amount, result in done if result == SUCCESS),
            "history": [{"action": "Refund", "result": result} for _, result in done],
            "updated": str(payment.answers),
        }


class BentoReadFull(BentoRead):
    """Everything that is left."""

    variants = ("authorised", "captured")
    cancellation = bento.Cancellation("or_1", "tx_1", refund_amount=FULL)

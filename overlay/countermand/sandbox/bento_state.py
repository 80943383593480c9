"""How things stand with a Bento transaction: states, amounts and history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from countermand.sandbox.payments import BentoPayment
from countermand.sandbox.world import Standing

APPROVED: Final = {
    "code": "PG0000",
    "description": "Approved or completed successfully",
    "outcome": "succeeded",
}
"""The status of an action that succeeded, as the provider's example words it."""

REFUNDABLE: Final = ("CaptureSucceeded", "Refunding", "Refunded")
"""The states in which some of a captured amount may be left to refund."""


class BentoStanding(Standing[BentoPayment]):
    """A transaction's money, in minor units. `pending` is submitted for refund, not yet polled."""

    def __init__(self, payment: BentoPayment) -> None:
        super().__init__(payment)
        self.phase = "AuthSucceeded"
        self.captured = self.refunded = self.pending = 0
        self.status: dict[str, str] = APPROVED
        self.busy = payment.too_many_requests
        self.created = _now()
        self.history: list[dict[str, object]] = []
        self._note("Authorize")
        if payment.captured:
            self.capture()

    @property
    def left(self) -> int:
        """What can still be refunded."""
        return self.captured - self.refunded - self.pending

    @property
    def total(self) -> int:
        """The latest amount after captures, refunds and a void."""
        if self.phase == "AuthVoided":
            return 0
        return self.payment.amount - self.refunded

    def state(self) -> dict[str, object]:
        """Return the phase and the amounts."""
        return {
            "phase": self.phase,
            "captured": self.captured,
            "refunded": self.refunded,
            "pending": self.pending,
        }

    def capture(self) -> None:
        """Capture everything; raises `ValueError` unless the transaction is just authorised."""
        if self.phase != "AuthSucceeded":
            raise ValueError(f"{self.payment.handle} is {self.phase}")
        self.phase, self.captured = "CaptureSucceeded", self.payment.amount
        self._note("Capture")

    def void(self) -> None:
        """Release an authorisation that was not captured."""
        self.phase = "AuthVoided"
        self._note("Void")

    def refund(self, amount: int) -> None:
        """Submit a refund; it is done when it has been polled, that is, settled."""
        self.phase = "Refunding"
        self.pending += amount
        self._note("Refund")

    def settle(self) -> tuple[()]:
        """Poll what was submitted; does nothing unless a refund is under way.

        Nothing is executed by this: a refund counts when it is submitted.
        """
        if self.phase == "Refunding":
            failed = self.payment.refund == "fails"
            self.refunded += 0 if failed else self.pending
            self.pending = 0
            self.phase = "RefundFailed" if failed else "Refunded"
            self.status = refused(self.payment.decline_code) if failed else APPROVED
            self._note("Poll")
        return ()

    def decline(self) -> None:
        """Note that the processor refused the cancel; the money stays where it is."""
        self.status = refused(self.payment.decline_code)
        self._note("Refund" if self.captured else "Void")

    def transaction(self) -> dict[str, object]:
        """Return the transaction as the provider shows it."""
        return {
            "orderId": self.payment.order_id,
            "transactionId": self.payment.transaction_id,
            "customerId": "cu_01H84B0452F9X02H3YSZ03RFRG",
            "totalAmount": self.total,
            "authorizedAmount": self.payment.amount,
            "capturedAmount": self.captured,
            "refundedAmount": self.refunded,
            "currency": self.payment.currency,
            "description": "A description of the transaction.",
            "state": self.phase,
            "status": self.status,
            "history": self.history,
            "created": self.created,
            "updated": self.history[-1]["created"],
        }

    def _note(self, action: str) -> None:
        self.history.append(
            {
                "amount": self.total,
                "result": "Success" if self.status is APPROVED else "Failure",
                "action": action,
                "status": self.status,
                "created": _now(),
            }
        )


def refused(code: str) -> dict[str, str]:
    """Return the status of an action that the processor refused for good."""
    return {"code": code, "description": "Refused", "outcome": "failedNonRetryable"}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

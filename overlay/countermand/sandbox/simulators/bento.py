"""Bento: void or refund a transaction, and get it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from countermand.sandbox._state.records import Execution
from countermand.sandbox._state.requests import violation
from countermand.sandbox._state.state import PaymentState
from countermand.sandbox.payments import BentoPayment
from countermand.sandbox.simulators._simulator import (
    ProviderRefusal,
    Simulator,
    bearer_account,
    bearer_token,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.sandbox._state.requests import ProviderRequest
    from countermand.sandbox._state.state import SandboxState


APPROVED: Final = {
    "code": "PG0000",
    "description": "Approved or completed successfully",
    "outcome": "succeeded",
}
"""The status of an action that succeeded, as the provider's example words it."""

REFUNDABLE: Final = ("CaptureSucceeded", "Refunding", "Refunded")
"""The states in which some of a captured amount may be left to refund."""


class BentoPaymentState(PaymentState[BentoPayment]):
    """A transaction's money, in minor units.

    `submitted` are the refunds that are not finished. The history has an entry for an action when
    it has ended: no page says when the provider adds it.
    """

    def __init__(self, payment: BentoPayment) -> None:
        super().__init__(payment)
        self.phase = "AuthSucceeded"
        self.captured = self.refunded = 0
        self.submitted: list[int] = []
        self.status: dict[str, str] = APPROVED
        self.busy = payment.too_many_requests
        self.created = self.updated = _now()
        self.history: list[dict[str, object]] = []
        self._note("Authorize")
        if payment.captured:
            self.capture()

    @property
    def pending(self) -> int:
        """The amount that is submitted for refund."""
        return sum(self.submitted)

    @property
    def refundable(self) -> int:
        """The amount that can still be refunded."""
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
        """Submit a refund; `finish_pending` finishes it."""
        self.phase, self.updated = "Refunding", _now()
        self.submitted.append(amount)

    def finish_pending(self) -> tuple[()]:
        """Finish the submitted refunds; does nothing if there are none.

        It executes nothing: a refund counts as executed when it is submitted.
        """
        failed = self.payment.refund == "fails"
        submitted, self.submitted = self.submitted, []
        for amount in submitted:
            self.refunded += 0 if failed else amount
            self.phase = "RefundFailed" if failed else "Refunded"
            self.status = refused(self.payment.decline_code) if failed else APPROVED
            self._note("Refund")
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
            "updated": self.updated,
        }

    def _note(self, action: str) -> None:
        self.updated = _now()
        self.history.append(
            {
                "amount": self.total,
                "result": "Success" if self.status is APPROVED else "Failure",
                "action": action,
                "status": self.status,
                "created": self.updated,
            }
        )


def refused(code: str) -> dict[str, str]:
    """Return the status of an action that the processor refused for good."""
    return {"code": code, "description": "Refused", "outcome": "failedNonRetryable"}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def not_found(_request: ProviderRequest) -> Response:
    """Answer a request for an unknown path."""
    return _error(404, "Resource Not Found").response


def cancel(state: SandboxState, request: ProviderRequest) -> Response:
    """Void what is authorised, refund what is captured: 202, not yet done where it is a refund."""
    _authenticate(state, request)
    if found := violation(request):
        # The page documents no 400; 422 is its status for whatever cannot be done.
        raise _error(422, "Action Cannot Be Performed", found.text)
    payment_state = _find(state, request.ids)
    _limit(payment_state)
    if payment_state.payment.decline != "never" and payment_state.phase in {
        "AuthSucceeded",
        *REFUNDABLE,
    }:
        return _declined(payment_state)
    amount = _move(payment_state, json.loads(request.body or b"{}").get("refundAmount"))
    state.executed(
        Execution(
            sequence=0,
            api="bento",
            operation_id="cancelTransaction",
            payment=payment_state.payment.handle,
            identifiers=payment_state.payment.identifiers,
            amount=str(amount),
        )
    )
    return _accepted(payment_state)


def get(state: SandboxState, request: ProviderRequest) -> Response:
    """Answer with the transaction as it is now."""
    _authenticate(state, request)
    payment_state = _find(state, request.ids)
    _limit(payment_state)
    return JSONResponse({"data": payment_state.transaction()})


def _authenticate(state: SandboxState, request: ProviderRequest) -> None:
    if not state.tokens.valid(bearer_token(request.header("authorization"))):
        raise _error(401, "Invalid Authentication Credentials")


def _find(state: SandboxState, ids: Mapping[str, str]) -> BentoPaymentState:
    found = state.find(f"bento:{ids['orderId']}:{ids['transactionId']}")
    if not isinstance(found, BentoPaymentState):
        raise _error(404, "Resource Not Found", "no such transaction of this order")
    return found


def _limit(payment_state: BentoPaymentState) -> None:
    if payment_state.busy:
        payment_state.busy -= 1
        refusal = _error(429, "Too Many Requests")
        if payment_state.payment.retry_after:
            refusal.response.headers["retry-after"] = payment_state.payment.retry_after
        raise refusal


def _move(payment_state: BentoPaymentState, wanted: int | None) -> int:
    if payment_state.phase == "AuthSucceeded":
        payment_state.void()
        return payment_state.payment.amount
    if payment_state.phase not in REFUNDABLE:
        raise _error(422, "Action Cannot Be Performed", f"the transaction is {payment_state.phase}")
    amount = payment_state.refundable if wanted is None else wanted
    if not 0 < amount <= payment_state.refundable:
        text = f"{amount} is not within the {payment_state.refundable} that are left"
        raise _error(422, "Action Cannot Be Performed", text)
    payment_state.refund(amount)
    return amount


def _declined(payment_state: BentoPaymentState) -> Response:
    payment_state.decline()
    if payment_state.payment.decline == "in-202":
        return _accepted(payment_state)
    body: dict[str, object] = {"message": "Declined", "causes": [], "status": payment_state.status}
    return JSONResponse(body, 422)


def _accepted(payment_state: BentoPaymentState) -> Response:
    return JSONResponse({"data": payment_state.transaction()}, 202)


def _error(status: int, message: str, cause: str = "") -> ProviderRefusal:
    causes: list[object] = [{"message": cause, "metadata": {}}] if cause else []
    return ProviderRefusal(JSONResponse({"message": message, "causes": causes}, status))


def _identifiers(number: int) -> dict[str, object]:
    ulid = f"01SANDB0X{number:017d}"
    return {"order_id": f"or_{ulid}", "transaction_id": f"tx_{ulid}"}


SIMULATOR: Final = Simulator(
    api="bento",
    base_path="/bento/payments/v1",
    payment=BentoPayment,
    identifiers=_identifiers,
    payment_state=BentoPaymentState,
    operations=(
        ("PUT", "/orders/{orderId}/transactions/{transactionId}/_cancel", cancel),
        ("GET", "/orders/{orderId}/transactions/{transactionId}", get),
    ),
    not_found=not_found,
    account=bearer_account("bento"),
)

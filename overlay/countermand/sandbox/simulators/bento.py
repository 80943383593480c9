"""How things stand with a Bento transaction: states, amounts and history."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from countermand.sandbox._state.records import Execution
from countermand.sandbox._state.requests import violation
from countermand.sandbox._state.state import Standing
from countermand.sandbox.payments import BentoPayment
from countermand.sandbox.simulators._simulator import RefusedError, Simulator, bearer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.sandbox._state.requests import Incoming
    from countermand.sandbox._state.state import World


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


def not_found(_incoming: Incoming) -> Response:
    """Answer for a path that Bento does not have."""
    return _error(404, "Resource Not Found").response


def cancel(world: World, incoming: Incoming) -> Response:
    """Void what is authorised, refund what is captured: 202, not yet done where it is a refund."""
    if not world.identities.valid(bearer(incoming.header("authorization"))):
        raise _error(401, "Invalid Authentication Credentials")
    if found := violation(incoming):
        # The page documents no 400; 422 is its status for whatever cannot be done.
        raise _error(422, "Action Cannot Be Performed", found.text)
    standing = _find(world, incoming.ids)
    _limit(standing)
    if standing.payment.decline != "never" and standing.phase in {"AuthSucceeded", *REFUNDABLE}:
        return _declined(standing)
    amount = _move(standing, json.loads(incoming.body or b"{}").get("refundAmount"))
    world.executed(
        Execution(
            sequence=0,
            api="bento",
            operation_id="cancelTransaction",
            payment=standing.payment.handle,
            identifiers=standing.payment.identifiers,
            amount=str(amount),
        )
    )
    return _accepted(standing)


def _find(world: World, ids: Mapping[str, str]) -> BentoStanding:
    found = world.find(f"bento:{ids['orderId']}:{ids['transactionId']}")
    if not isinstance(found, BentoStanding):
        raise _error(404, "Resource Not Found", "no such transaction of this order")
    return found


def _limit(standing: BentoStanding) -> None:
    if standing.busy:
        standing.busy -= 1
        refusal = _error(429, "Too Many Requests")
        if standing.payment.retry_after:
            refusal.response.headers["retry-after"] = standing.payment.retry_after
        raise refusal


def _move(standing: BentoStanding, wanted: int | None) -> int:
    if standing.phase == "AuthSucceeded":
        standing.void()
        return standing.payment.amount
    if standing.phase not in REFUNDABLE:
        raise _error(422, "Action Cannot Be Performed", f"the transaction is {standing.phase}")
    amount = standing.left if wanted is None else wanted
    if not 0 < amount <= standing.left:
        text = f"{amount} is not within the {standing.left} that are left"
        raise _error(422, "Action Cannot Be Performed", text)
    standing.refund(amount)
    return amount


def _declined(standing: BentoStanding) -> Response:
    standing.decline()
    if standing.payment.decline == "in-202":
        return _accepted(standing)
    body: dict[str, object] = {"message": "Declined", "causes": [], "status": standing.status}
    return JSONResponse(body, 422)


def _accepted(standing: BentoStanding) -> Response:
    return JSONResponse({"data": standing.transaction()}, 202)


def _error(status: int, message: str, cause: str = "") -> RefusedError:
    causes: list[object] = [{"message": cause, "metadata": {}}] if cause else []
    return RefusedError(JSONResponse({"message": message, "causes": causes}, status))


def _identifiers(number: int) -> dict[str, object]:
    ulid = f"01SANDB0X{number:017d}"
    return {"order_id": f"or_{ulid}", "transaction_id": f"tx_{ulid}"}


SIMULATOR: Final = Simulator(
    api="bento",
    base_path="/bento/payments/v1",
    payment=BentoPayment,
    identifiers=_identifiers,
    standing=BentoStanding,
    operations=(("PUT", "/orders/{orderId}/transactions/{transactionId}/_cancel", cancel),),
    not_found=not_found,
)

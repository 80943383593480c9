"""A VTEX payment provider, which replays its stored answer to a `requestId` byte for byte."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response

from countermand.sandbox._state.records import Execution
from countermand.sandbox._state.requests import violation
from countermand.sandbox._state.state import PaymentState
from countermand.sandbox._state.tokens import VTEX_APP_KEY, VTEX_APP_TOKEN
from countermand.sandbox.payments import VtexPayment
from countermand.sandbox.simulators._simulator import ProviderRefusal, Simulator, account_class

if TYPE_CHECKING:
    from countermand.provider import Account, TokenSource
    from countermand.sandbox._state.requests import ProviderRequest
    from countermand.sandbox._state.state import SandboxState


class VtexPaymentState(PaymentState[VtexPayment]):
    """State of a payment, and the stored answers by `requestId`."""

    def __init__(self, payment: VtexPayment) -> None:
        super().__init__(payment)
        self.phase = "authorized"
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.minted = 0

    def state(self) -> dict[str, object]:
        """Return the phase and the request ids that were answered."""
        return {"phase": self.phase, "answered": list(self.answers)}

    def capture(self) -> None:
        """Settle the payment; raises `ValueError` if it is cancelled."""
        if self.phase == "cancelled":
            raise ValueError(f"{self.payment.handle} is cancelled")
        self.phase = "settled"

    def mint(self) -> str:
        """Return a new id of a cancellation."""
        self.minted += 1
        name = f"{self.payment.handle}/{self.minted}"
        return uuid.uuid5(uuid.NAMESPACE_URL, name).hex.upper()


def not_found(_request: ProviderRequest) -> Response:
    """Answer a request for an unknown path."""
    return JSONResponse({"message": "not found", "code": "not-found"}, 404)


def cancel(state: SandboxState, request: ProviderRequest) -> Response:
    """Cancel a payment: a non-null `cancellationId` says so; a repeat gets the stored answer."""
    _authenticate(request)
    if found := violation(request):
        raise _refused(400, found.text)
    order: dict[str, Any] = json.loads(request.body)
    if order["paymentId"] != request.ids["paymentId"]:
        raise _refused(400, "the paymentId of the body is not that of the path")
    payment_state = state.find(f"vtex:{order['paymentId']}")
    if not isinstance(payment_state, VtexPaymentState):
        return _json(200, _failure(order, "cancel-failed", "no such payment"))
    stored = payment_state.answers.get(order["requestId"])
    if stored is None or (payment_state.payment.naive and payment_state.phase == "cancelled"):
        stored = _decide(state, payment_state, order)
        payment_state.answers[order["requestId"]] = stored
    return Response(stored[1], stored[0], media_type="application/json")


def _decide(
    state: SandboxState, payment_state: VtexPaymentState, order: dict[str, Any]
) -> tuple[int, bytes]:
    payment = payment_state.payment
    if payment.manual_status:
        body = _failure(order, "cancel-manually", "Cancellation should be done manually")
        return payment.manual_status, json.dumps(body).encode()
    if payment_state.phase == "settled" or (
        payment_state.phase == "cancelled" and not payment.naive
    ):
        body = _failure(order, "cancel-failed", f"the payment is {payment_state.phase}")
        return 200, json.dumps(body).encode()
    cancellation_id = payment_state.mint()
    if payment_state.phase != "cancelled":
        _execute(state, payment_state, order, cancellation_id)
    body = {**_failure(order, None, None), "cancellationId": cancellation_id}
    return 200, json.dumps(body).encode()


def _execute(
    state: SandboxState,
    payment_state: VtexPaymentState,
    order: dict[str, Any],
    cancellation_id: str,
) -> None:
    payment_state.phase = "cancelled"
    state.executed(
        Execution(
            sequence=0,
            api="vtex",
            operation_id="cancelPayment",
            payment=payment_state.payment.handle,
            identifiers=payment_state.payment.identifiers,
            amount=None if order.get("value") is None else str(order["value"]),
            key=order["requestId"],
            reference=cancellation_id,
        )
    )


def _authenticate(request: ProviderRequest) -> None:
    pairs = [
        (request.header(f"x-{party}-api-appkey"), request.header(f"x-{party}-api-apptoken"))
        for party in ("vtex", "provider")
    ]
    if (VTEX_APP_KEY, VTEX_APP_TOKEN) not in pairs:
        raise _refused(401, "application key or token is missing or unknown")


def _failure(order: dict[str, Any], code: str | None, message: str | None) -> dict[str, object]:
    return {
        "paymentId": order["paymentId"],
        "message": message,
        "code": code,
        "cancellationId": None,
        "requestId": order["requestId"],
    }


def _json(status: int, body: object) -> Response:
    return JSONResponse(body, status)


def _refused(status: int, message: str) -> ProviderRefusal:
    return ProviderRefusal(JSONResponse({"message": message, "code": "refused"}, status))


def _identifiers(number: int) -> dict[str, object]:
    unique = uuid.uuid5(uuid.NAMESPACE_URL, f"countermand-sandbox/{number}")
    return {"payment_id": unique.hex.upper(), "authorization_id": f"AUT-{number:010d}"}


def _account(base_url: str, _token: TokenSource) -> Account:
    return account_class("vtex")(base_url, VTEX_APP_KEY, VTEX_APP_TOKEN)


SIMULATOR: Final = Simulator(
    api="vtex",
    base_path="/vtex",
    payment=VtexPayment,
    identifiers=_identifiers,
    payment_state=VtexPaymentState,
    operations=(("POST", "/payments/{paymentId}/cancellations", cancel),),
    not_found=not_found,
    account=_account,
)

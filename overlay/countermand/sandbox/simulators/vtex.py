"""A VTEX payment provider, which replays its stored answer to a `requestId` byte for byte."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response

from countermand.sandbox._state.records import Execution
from countermand.sandbox._state.requests import violation
from countermand.sandbox._state.state import Standing
from countermand.sandbox._state.tokens import VTEX_APP_KEY, VTEX_APP_TOKEN
from countermand.sandbox.payments import VtexPayment
from countermand.sandbox.simulators._simulator import RefusedError, Simulator

if TYPE_CHECKING:
    from countermand import vtex
    from countermand.provider._accounts import Account, TokenSource
    from countermand.sandbox._state.requests import Incoming
    from countermand.sandbox._state.state import World


class VtexStanding(Standing[VtexPayment]):
    """How things stand with a payment, and every answer that was given about it."""

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


def not_found(_incoming: Incoming) -> Response:
    """Answer for a path that the provider does not have."""
    return JSONResponse({"message": "not found", "code": "not-found"}, 404)


def cancel(world: World, incoming: Incoming) -> Response:
    """Cancel a payment: a non-null `cancellationId` says so; a repeat gets the stored answer."""
    _authenticate(incoming)
    if found := violation(incoming):
        raise _refused(400, found.text)
    order: dict[str, Any] = json.loads(incoming.body)
    if order["paymentId"] != incoming.ids["paymentId"]:
        raise _refused(400, "the paymentId of the body is not that of the path")
    standing = world.find(f"vtex:{order['paymentId']}")
    if not isinstance(standing, VtexStanding):
        return _json(200, _failure(order, "cancel-failed", "no such payment"))
    stored = standing.answers.get(order["requestId"])
    if stored is None or (standing.payment.naive and standing.phase == "cancelled"):
        stored = _decide(world, standing, order)
        standing.answers[order["requestId"]] = stored
    return Response(stored[1], stored[0], media_type="application/json")


def _decide(world: World, standing: VtexStanding, order: dict[str, Any]) -> tuple[int, bytes]:
    payment = standing.payment
    if payment.manual_status:
        body = _failure(order, "cancel-manually", "Cancellation should be done manually")
        return payment.manual_status, json.dumps(body).encode()
    if standing.phase == "settled" or (standing.phase == "cancelled" and not payment.naive):
        body = _failure(order, "cancel-failed", f"the payment is {standing.phase}")
        return 200, json.dumps(body).encode()
    cancellation_id = standing.mint()
    if standing.phase != "cancelled":
        _execute(world, standing, order, cancellation_id)
    body = {**_failure(order, None, None), "cancellationId": cancellation_id}
    return 200, json.dumps(body).encode()


def _execute(
    world: World, standing: VtexStanding, order: dict[str, Any], cancellation_id: str
) -> None:
    standing.phase = "cancelled"
    world.executed(
        Execution(
            sequence=0,
            api="vtex",
            operation_id="cancelPayment",
            payment=standing.payment.handle,
            identifiers=standing.payment.identifiers,
            amount=None if order.get("value") is None else str(order["value"]),
            key=order["requestId"],
            reference=cancellation_id,
        )
    )


def _authenticate(incoming: Incoming) -> None:
    pairs = [
        (incoming.header(f"x-{party}-api-appkey"), incoming.header(f"x-{party}-api-apptoken"))
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


def _refused(status: int, message: str) -> RefusedError:
    return RefusedError(JSONResponse({"message": message, "code": "refused"}, status))


def _identifiers(number: int) -> dict[str, object]:
    unique = uuid.uuid5(uuid.NAMESPACE_URL, f"countermand-sandbox/{number}")
    return {"payment_id": unique.hex.upper(), "authorization_id": f"AUT-{number:010d}"}


def _account(kind: type[vtex.Account], base_url: str, _token: TokenSource) -> Account:
    return kind(base_url, VTEX_APP_KEY, VTEX_APP_TOKEN)


SIMULATOR: Final = Simulator(
    api="vtex",
    base_path="/vtex",
    payment=VtexPayment,
    identifiers=_identifiers,
    standing=VtexStanding,
    operations=(("POST", "/payments/{paymentId}/cancellations", cancel),),
    not_found=not_found,
    account=_account,
)

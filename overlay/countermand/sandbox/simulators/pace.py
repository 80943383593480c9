"""Shared by PACE Pay and PACE Fueling: transactions, tokens and JSON:API errors.

The errors have the form of the operations' pages and of the provider's published server framework.
Its authentication layer answers in plain text unless `Accept` is exactly JSON:API.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final, Literal

from starlette.responses import JSONResponse, PlainTextResponse, Response

from countermand.sandbox._state.records import Execution
from countermand.sandbox._state.state import PaymentState, SandboxState
from countermand.sandbox.payments import PacePayment
from countermand.sandbox.simulators._simulator import ProviderRefusal, bearer_token

if TYPE_CHECKING:
    from countermand.sandbox._state.requests import ProviderRequest

MEDIA_TYPE: Final = "application/vnd.api+json"
"""JSON:API, the media type of every PACE error."""

PROBLEM_ID: Final = "cbgmhslmp1o9or9kh1p0"
"""The request id that the provider's own example prints."""

MISSING_LINKED_IDENTITY: Final = {
    "errors": [
        {
            "id": PROBLEM_ID,
            "title": "Missing linked identity for authorized access",
            "detail": (
                "Linked identity is needed to access this resource, "
                "please check why the user does not have a linked identity"
            ),
            "status": "401",
            "code": "missing-linked-identity",
        }
    ]
}
"""The body of the special 401, word for word as both operations' pages print it."""


class PacePaymentState(PaymentState[PacePayment]):
    """State of a transaction; `phase` moves only forward."""

    def __init__(self, payment: PacePayment) -> None:
        super().__init__(payment)
        self.phase: Literal["open", "fueling", "captured", "cancelled"] = "open"
        self.token_revoked = False

    def state(self) -> dict[str, object]:
        """Return the phase, and whether the payment token was revoked."""
        return {"phase": self.phase, "token_revoked": self.token_revoked}

    def capture(self) -> None:
        """Complete the transaction; raises `ValueError` if it is cancelled."""
        self._advance("captured")

    def start_fueling(self) -> None:
        """Use the payment token at the pump; raises `ValueError` if it is cancelled."""
        self._advance("fueling")

    def _advance(self, phase: Literal["fueling", "captured"]) -> None:
        if self.phase == "cancelled":
            raise ValueError(f"{self.payment.handle} is cancelled")
        self.phase = phase


def identifiers(number: int) -> dict[str, object]:
    """Generate the ids of a transaction; all are at one gas station."""
    unique = uuid.uuid5(uuid.NAMESPACE_URL, f"countermand-sandbox/{number}")
    station = uuid.uuid5(uuid.NAMESPACE_URL, "countermand-sandbox/gas-station")
    return {"transaction_id": str(unique), "gas_station_id": str(station)}


def problem(status: int, title: str, detail: str, *, parameter: str = "") -> ProviderRefusal:
    """Return a refusal with one JSON:API error object."""
    error: dict[str, object] = {"id": PROBLEM_ID, "title": title, "detail": detail}
    error["status"] = str(status)
    if parameter:
        error["source"] = {"parameter": parameter}
    return ProviderRefusal(JSONResponse({"errors": [error]}, status, media_type=MEDIA_TYPE))


def not_found(_request: ProviderRequest) -> Response:
    """Answer a request for an unknown path."""
    return problem(404, "Resource not found", "there is nothing here").response


def authorize(state: SandboxState, request: ProviderRequest, scope: str) -> None:
    """Check token, linked identity and scope, in this order; raises `ProviderRefusal`."""
    tokens = state.tokens
    value = bearer_token(request.header("authorization"))
    token = tokens.find(value)
    json = request.header("accept") == MEDIA_TYPE and not (token and token.plain_errors)
    if not value:
        raise _refused(401, "Unauthorized", "Unauthorized", json=json)
    if token is None or not tokens.valid(value):
        raise _refused(401, "Unauthorized", "user token is invalid", json=json)
    if not tokens.linked(token):
        raise ProviderRefusal(JSONResponse(MISSING_LINKED_IDENTITY, 401, media_type=MEDIA_TYPE))
    if scope not in token.scopes:
        text = f'Forbidden - requires scope "{scope}"'
        raise _refused(403, "Forbidden", text, json=json)


def transaction(state: SandboxState, request: ProviderRequest) -> PacePaymentState:
    """Return the transaction that the path names; raises `ProviderRefusal` with 404."""
    # Upper and lower case are the same UUID, as at the provider.
    found = state.find(f"pace:{request.ids['transactionId'].lower()}")
    if not isinstance(found, PacePaymentState):
        raise problem(404, "Resource not found", "no such transaction")
    return found


def cancel(state: SandboxState, payment_state: PacePaymentState, api: str) -> Response:
    """Cancel an open transaction, and record the execution."""
    payment_state.phase = "cancelled"
    payment = payment_state.payment
    state.executed(
        Execution(
            sequence=0,
            api=api,
            operation_id="cancelTransaction",
            payment=payment.handle,
            identifiers=payment.identifiers,
        )
    )
    return Response(status_code=204)


def _refused(status: int, title: str, text: str, *, json: bool) -> ProviderRefusal:
    if json:
        return problem(status, title, text)
    return ProviderRefusal(PlainTextResponse(text, status))

"""PACE Pay: cancel a pre-authorised transaction, and read a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from countermand.sandbox._state.requests import violation
from countermand.sandbox.payments import PacePayment
from countermand.sandbox.simulators import pace
from countermand.sandbox.simulators._simulator import Simulator, bearer_account

if TYPE_CHECKING:
    from countermand.sandbox._state.requests import ProviderRequest
    from countermand.sandbox._state.state import SandboxState

_ADMITS_ERRORS: Final = (pace.MEDIA_TYPE, "application/*", "*/*")


def cancel(state: SandboxState, request: ProviderRequest) -> Response:
    """Cancel an open transaction and revoke its token: 204, and 204 again on a repeat."""
    pace.authorize(state, request, "pay:transactions:cancel")
    _check_accept(request)
    _check(request)
    payment_state = pace.transaction(state, request)
    if payment_state.phase == "cancelled":
        return Response(status_code=204)
    if payment_state.phase != "open":
        raise pace.problem(403, "Forbidden", "the transaction is not open any more")
    payment_state.token_revoked = True
    return pace.cancel(state, payment_state, "pace_pay")


def get_transaction(state: SandboxState, request: ProviderRequest) -> Response:
    """Show a completed transaction: 200; 404 while it is open; 410 or 404 when cancelled.

    The page lists neither 400, 415 nor 422 for it, so an invalid request is answered with 404.
    """
    pace.authorize(state, request, "pay:transactions:read")
    _check_accept(request)
    if found := violation(request):
        raise pace.problem(404, "Resource not found", found.text, parameter=found.parameter)
    payment_state = pace.transaction(state, request)
    if payment_state.phase == "captured":
        return JSONResponse(
            _document(payment_state.payment.transaction_id), media_type=pace.MEDIA_TYPE
        )
    if payment_state.phase == "cancelled" and payment_state.payment.read_when_cancelled == 410:  # noqa: PLR2004  # an HTTP status
        raise pace.problem(410, "Resource is gone", "the transaction was cancelled")
    raise pace.problem(404, "Resource not found", "no such completed transaction")


def _check_accept(request: ProviderRequest) -> None:
    accepted = [item.partition(";")[0].strip() for item in request.header("accept").split(",")]
    if not any(item in _ADMITS_ERRORS for item in accepted):
        raise pace.problem(406, "Not acceptable", f"Accept must admit {pace.MEDIA_TYPE}")


def _check(request: ProviderRequest) -> None:
    if request.header("content-type") not in {"", pace.MEDIA_TYPE}:
        raise pace.problem(415, "Unsupported media type", f"only {pace.MEDIA_TYPE}")
    if found := violation(request):
        raise pace.problem(400, "Bad request", found.text, parameter=found.parameter)
    if request.body:
        raise pace.problem(422, "Unprocessable entity", "the operation takes no body")


def _document(transaction_id: str) -> dict[str, object]:
    attributes = {
        "createdAt": "2024-05-14T09:12:44Z",
        "currency": "EUR",
        "priceIncludingVAT": 65.49,
    }
    return {"data": {"type": "transaction", "id": transaction_id, "attributes": attributes}}


SIMULATOR: Final = Simulator(
    api="pace_pay",
    base_path="/pay/2024-1",
    payment=PacePayment,
    identifiers=pace.identifiers,
    payment_state=pace.PacePaymentState,
    operations=(
        ("POST", "/transactions/{transactionId}/cancel", cancel),
        ("GET", "/transactions/{transactionId}", get_transaction),
    ),
    not_found=pace.not_found,
    account=bearer_account("pace_pay"),
)

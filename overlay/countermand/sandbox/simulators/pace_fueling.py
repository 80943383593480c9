"""PACE Fueling: cancel a pre-authorised or an unattended transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from countermand.sandbox._state.requests import violation
from countermand.sandbox.payments import PacePayment
from countermand.sandbox.simulators import pace
from countermand.sandbox.simulators._simulator import Simulator, bearer_account

if TYPE_CHECKING:
    from countermand.sandbox._state.requests import ProviderRequest
    from countermand.sandbox._state.state import SandboxState
    from countermand.sandbox.simulators.pace import PacePaymentState


def cancel(state: SandboxState, request: ProviderRequest) -> Response:
    """Cancel a transaction: 403 once fuelling started, or 404 once an unattended one is captured.

    The page lists neither 400 nor 422, so an id that is not a UUID is answered with 404.
    """
    pace.authorize(state, request, "fueling:transactions:delete")
    if found := violation(request):
        raise pace.problem(404, "Resource not found", found.text, parameter=found.parameter)
    payment_state = pace.transaction(state, request)
    if payment_state.payment.gas_station_id.lower() != request.ids["gasStationId"].lower():
        raise pace.problem(404, "Resource not found", "no such transaction at this gas station")
    if payment_state.phase == "cancelled":
        return _again(payment_state.payment.repeat_at_fueling)
    _check_open(payment_state)
    return pace.cancel(state, payment_state, "pace_fueling")


def _check_open(payment_state: PacePaymentState) -> None:
    if payment_state.payment.kind == "unattended":
        if payment_state.phase == "captured":
            raise pace.problem(404, "Resource not found", "the payment went through already")
    elif payment_state.phase != "open":
        raise pace.problem(403, "Forbidden", "the fueling process has already started")


def _again(status: int) -> Response:
    if status == 204:  # noqa: PLR2004  # an HTTP status
        return Response(status_code=204)
    raise pace.problem(status, "Already cancelled", "the transaction is cancelled")


SIMULATOR: Final = Simulator(
    api="pace_fueling",
    base_path="/fueling/2024-4",
    payment=PacePayment,
    identifiers=pace.identifiers,
    payment_state=pace.PacePaymentState,
    operations=(("DELETE", "/gas-stations/{gasStationId}/transactions/{transactionId}", cancel),),
    not_found=pace.not_found,
    account=bearer_account("pace_fueling"),
)

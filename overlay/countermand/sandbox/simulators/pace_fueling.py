"""PACE Fueling: cancelling an authorised transaction, under two regimes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from countermand.sandbox._state.requests import violation
from countermand.sandbox.payments import PacePayment
from countermand.sandbox.simulators import pace
from countermand.sandbox.simulators._simulator import Simulator

if TYPE_CHECKING:
    from countermand.sandbox._state.requests import Incoming
    from countermand.sandbox._state.state import World
    from countermand.sandbox.simulators.pace import PaceStanding


def cancel(world: World, incoming: Incoming) -> Response:
    """Cancel a transaction: 403 once fuelling started, or 404 once an unattended one is captured.

    The page lists neither 400 nor 422, so an id that is no UUID is simply not found.
    """
    pace.authorize(world, incoming, "fueling:transactions:delete")
    if found := violation(incoming):
        raise pace.problem(404, "Resource not found", found.text, parameter=found.parameter)
    standing = pace.transaction(world, incoming)
    if standing.payment.gas_station_id.lower() != incoming.ids["gasStationId"].lower():
        raise pace.problem(404, "Resource not found", "no such transaction at this gas station")
    if standing.phase == "cancelled":
        return _again(standing.payment.repeat_at_fueling)
    _check_open(standing)
    return pace.cancel(world, standing, "pace_fueling")


def _check_open(standing: PaceStanding) -> None:
    if standing.payment.kind == "unattended":
        if standing.phase == "captured":
            raise pace.problem(404, "Resource not found", "the payment went through already")
    elif standing.phase != "open":
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
    standing=pace.PaceStanding,
    operations=(("DELETE", "/gas-stations/{gasStationId}/transactions/{transactionId}", cancel),),
    not_found=pace.not_found,
)

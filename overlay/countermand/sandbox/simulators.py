"""Every API that the sandbox plays. A new provider is a module of its own and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from countermand.sandbox import bento, pace_fueling, pace_pay, unzer, vtex

if TYPE_CHECKING:
    from countermand.sandbox.simulator import Simulator

SIMULATORS: Final[dict[str, Simulator[Any]]] = {
    simulator.api: simulator
    for simulator in (
        pace_pay.SIMULATOR,
        pace_fueling.SIMULATOR,
        bento.SIMULATOR,
        unzer.SIMULATOR,
        vtex.SIMULATOR,
    )
}
"""By the name that `Operation.api` gives an API."""

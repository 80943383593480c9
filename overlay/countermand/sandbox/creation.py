"""Putting a new payment into the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countermand.sandbox.payments import build
from countermand.sandbox.simulators import SIMULATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.sandbox.payments import Payment
    from countermand.sandbox.world import World


def create(world: World, api: str, settings: Mapping[str, object]) -> Payment:
    """Make a payment that can be cancelled at an API, and return it; missing ids are made up.

    Raises `ValueError` for an unknown API, setting or value, and for ids that are taken.
    """
    if api not in SIMULATORS:
        raise ValueError(f"{api!r} is not one of {', '.join(SIMULATORS)}")
    simulator = SIMULATORS[api]
    made_up = simulator.identifiers(world.number())
    payment: Payment = build(simulator.payment, {**made_up, **settings})
    world.add(simulator.standing(payment))
    return payment

"""Putting a new payment into the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countermand.sandbox.bento_state import BentoStanding
from countermand.sandbox.pace import PaceStanding
from countermand.sandbox.payments import BentoPayment, PacePayment, UnzerPayment
from countermand.sandbox.unzer_state import UnzerStanding
from countermand.sandbox.vtex import VtexStanding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.sandbox.payments import Payment
    from countermand.sandbox.world import Standing, World


def create(world: World, api: str, settings: Mapping[str, object]) -> Payment:
    """Make a payment that can be cancelled at an API, and return it.

    Raises `ValueError` for an unknown API, setting or value, and for ids that are taken.
    """
    payment = world.new_payment(api, settings)
    world.add(_standing(payment))
    return payment


def _standing(payment: Payment) -> Standing[Payment]:
    if isinstance(payment, PacePayment):
        return PaceStanding(payment)
    if isinstance(payment, BentoPayment):
        return BentoStanding(payment)
    if isinstance(payment, UnzerPayment):
        return UnzerStanding(payment)
    return VtexStanding(payment)

"""The providers of the sandbox: five simulators, and those of other distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from countermand._entry_points import load_registered, registrations
from countermand.sandbox.payments import build
from countermand.sandbox.simulators import bento, pace_fueling, pace_pay, unzer, vtex
from countermand.sandbox.simulators._simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.provider import Account, TokenSource
    from countermand.sandbox._state.state import SandboxState
    from countermand.sandbox.payments import Payment

GROUP: Final = "countermand.simulators"
"""The entry point group in which other distributions register their simulators."""

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
"""The simulators of this distribution by API. No other distribution may register their names."""

BASE_PATHS: Final = {api: simulator.base_path for api, simulator in SIMULATORS.items()}
"""The path that stands for the server URL of each of these."""


def simulators() -> dict[str, Simulator[Any]]:
    """Every simulator by its API: the five, and those that other distributions register.

    Raises `ProviderError` where a registration is broken or not unique.
    """
    names = dict.fromkeys((*SIMULATORS, *registrations(GROUP)))
    return {api: _simulator(api) for api in names}


def _simulator(api: str) -> Simulator[Any]:
    """The simulator of an API; raises `LookupError` for an unknown one."""
    kind: type[Simulator[Any]] = Simulator
    registered = load_registered(GROUP, api, kind, reserved=SIMULATORS)
    if registered is not None:
        return registered
    if api not in SIMULATORS:
        known = ", ".join((*SIMULATORS, *registrations(GROUP)))
        raise LookupError(f"{api!r} is not one of {known}")
    return SIMULATORS[api]


def base_url(origin: str, api: str) -> str:
    """Return what an account of this API takes as its base URL.

    Raises `LookupError` for an unknown API.
    """
    return origin + _simulator(api).base_path


def account(api: str, base_url: str, token: TokenSource) -> Account:
    """Return the account of an API with credentials that the sandbox accepts.

    `token` is for the providers that take a bearer token. Raises `LookupError` for an unknown API.
    """
    return _simulator(api).account(base_url, token)


def create(state: SandboxState, api: str, settings: Mapping[str, object]) -> Payment:
    """Make a payment that can be cancelled at an API, and return it; missing ids are made up.

    Raises `ValueError` for an unknown API, setting or value, and for ids that are taken.
    """
    try:
        simulator = _simulator(api)
    except LookupError as unknown:
        raise ValueError(str(unknown)) from None
    made_up = simulator.identifiers(state.number())
    payment: Payment = build(simulator.payment, {**made_up, **settings})
    state.add(simulator.payment_state(payment))
    return payment

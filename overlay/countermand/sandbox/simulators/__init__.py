"""Every API that the sandbox plays. A new provider is a module of its own and a line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from countermand.sandbox.payments import build
from countermand.sandbox.simulators import bento, pace_fueling, pace_pay, unzer, vtex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.provider import Account, TokenSource
    from countermand.sandbox._state.state import SandboxState
    from countermand.sandbox.payments import Payment
    from countermand.sandbox.simulators._simulator import Simulator

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

BASE_PATHS: Final = {api: simulator.base_path for api, simulator in SIMULATORS.items()}
"""The path that stands for each API's server URL, by the name that `Operation.api` gives it."""


def base_url(origin: str, api: str) -> str:
    """Return what an account of this API takes as its base URL.

    Raises `LookupError` for an API that the sandbox does not play.
    """
    if api not in BASE_PATHS:
        raise LookupError(f"{api!r} is not one of {', '.join(BASE_PATHS)}")
    return origin + BASE_PATHS[api]


def account(api: str, base_url: str, token: TokenSource) -> Account:
    """Return the account of an API with credentials that the sandbox accepts.

    `token` is for the providers that take a bearer token. Raises `LookupError` for an unknown API.
    """
    simulator = SIMULATORS[api]
    # Not at the top: the sandbox serves any HTTP client, and needs the package's own only here.
    module = import_module(f"countermand.{api}")
    return simulator.account(module.Account, base_url, token)


def create(state: SandboxState, api: str, settings: Mapping[str, object]) -> Payment:
    """Make a payment that can be cancelled at an API, and return it; missing ids are made up.

    Raises `ValueError` for an unknown API, setting or value, and for ids that are taken.
    """
    if api not in SIMULATORS:
        raise ValueError(f"{api!r} is not one of {', '.join(SIMULATORS)}")
    simulator = SIMULATORS[api]
    made_up = simulator.identifiers(state.number())
    payment: Payment = build(simulator.payment, {**made_up, **settings})
    state.add(simulator.payment_state(payment))
    return payment

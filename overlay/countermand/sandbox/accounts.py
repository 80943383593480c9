"""Ready-made accounts for the sandbox's providers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from countermand.sandbox.simulators import SIMULATORS

if TYPE_CHECKING:
    from countermand._accounts import Account, TokenSource


def account(api: str, base_url: str, token: TokenSource) -> Account:
    """Return the account of an API with credentials that the sandbox accepts.

    `token` is for the providers that take a bearer token. Raises `LookupError` for an unknown API.
    """
    simulator = SIMULATORS[api]
    # Not at the top: the sandbox serves any HTTP client, and needs the package's own only here.
    module = import_module(f"countermand.{api}")
    return simulator.account(module.Account, base_url, token)

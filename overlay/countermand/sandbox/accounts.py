"""Ready-made accounts for the sandbox's providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countermand.sandbox.identity import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._accounts import Account, TokenSource


def account(api: str, base_url: str, token: TokenSource) -> Account:
    """Return the account of an API with credentials that the sandbox accepts.

    `token` is for the three providers that take a bearer token. Raises `LookupError` for an unknown
    API.
    """
    # Not at the top: the sandbox serves any HTTP client, and needs the package's own only here.
    from countermand import bento, pace_fueling, pace_pay, unzer, vtex  # noqa: PLC0415

    makers: dict[str, Callable[[], Account]] = {
        "pace_pay": lambda: pace_pay.Account(token, base_url),
        "pace_fueling": lambda: pace_fueling.Account(token, base_url),
        "bento": lambda: bento.Account(token, base_url),
        "unzer": lambda: unzer.Account(UNZER_PRIVATE_KEY, base_url),
        "vtex": lambda: vtex.Account(base_url, VTEX_APP_KEY, VTEX_APP_TOKEN),
    }
    return makers[api]()

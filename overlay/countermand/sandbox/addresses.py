"""Under which paths of one origin the five providers answer."""

from __future__ import annotations

from typing import Final

BASE_PATHS: Final = {
    "pace_pay": "/pay/2024-1",
    "pace_fueling": "/fueling/2024-4",
    "bento": "/bento/payments/v1",
    "unzer": "/unzer/v1",
    "vtex": "/vtex",
}
"""The path that stands for each API's server URL, by the name that `Operation.api` gives it."""


def base_url(origin: str, api: str) -> str:
    """Return what an account of this API takes as its base URL.

    Raises `LookupError` for an API that the sandbox does not play.
    """
    if api not in BASE_PATHS:
        raise LookupError(f"{api!r} is not one of {', '.join(BASE_PATHS)}")
    return origin + BASE_PATHS[api]

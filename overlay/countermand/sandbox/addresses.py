"""Under which paths of one origin the providers answer."""

from __future__ import annotations

from typing import Final

from countermand.sandbox.simulators import SIMULATORS

BASE_PATHS: Final = {api: simulator.base_path for api, simulator in SIMULATORS.items()}
"""The path that stands for each API's server URL, by the name that `Operation.api` gives it."""


def base_url(origin: str, api: str) -> str:
    """Return what an account of this API takes as its base URL.

    Raises `LookupError` for an API that the sandbox does not play.
    """
    if api not in BASE_PATHS:
        raise LookupError(f"{api!r} is not one of {', '.join(BASE_PATHS)}")
    return origin + BASE_PATHS[api]

"""Every test of this folder that asks for `flavour` runs blocking and with asyncio."""

import pytest

from tests.support.flavours import FLAVOURS, Flavour


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Blocking or asyncio."""
    chosen: Flavour = request.param
    return chosen

"""A sandbox and a fault proxy for the folder; every test makes payments and users of its own."""

from collections.abc import Iterator

import pytest

from countermand.sandbox import FaultProxy, Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[FaultProxy]:
    """A proxy with an empty script."""
    with FaultProxy(sandbox.url) as running:
        yield running

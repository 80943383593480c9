"""The sandbox for the folder; every test makes payments of its own."""

from collections.abc import Iterator

import pytest

from countermand.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox."""
    with Sandbox() as running:
        yield running

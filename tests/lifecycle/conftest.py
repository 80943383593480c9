"""A sandbox for the folder, and what every test of it needs."""

from collections.abc import Iterator

import pytest

from countermand.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox; every test makes payments and users of its own in it."""
    with Sandbox() as running:
        yield running

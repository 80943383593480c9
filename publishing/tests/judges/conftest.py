"""The sandbox that all judges look at, and a fault proxy for each test that wants one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from countermand.sandbox import FaultProxy, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox; every test makes payments of its own in it."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[FaultProxy]:
    """A fault proxy in front of the sandbox, with an empty script."""
    with FaultProxy(sandbox.url) as running:
        yield running

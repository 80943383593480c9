"""One sandbox and one plain client for this folder, and a proxy for each test that wants one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
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


@pytest.fixture(scope="session")
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A plain client at the sandbox's origin."""
    with httpx.Client(base_url=sandbox.url, timeout=5.0, trust_env=False) as client:
        yield client

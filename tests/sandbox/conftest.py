"""A sandbox whose answers are checked against the specifications, and a plain client for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from countermand.sandbox import FaultProxy, Sandbox
from tests.support.answer_checks import checked_answers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox; an undescribed answer of any sandbox fails the module."""
    with checked_answers(), Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A plain client at the sandbox's origin."""
    with httpx.Client(base_url=sandbox.url, timeout=30.0, trust_env=False) as client:
        yield client


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[FaultProxy]:
    """A fault proxy whose own code is measured: here it is what is tested."""
    with FaultProxy(sandbox.url) as running:
        yield running

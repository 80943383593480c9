"""Fixtures of many folders: the sandbox, a fault proxy, and both kinds of client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import coverage
import pytest

from countermand.sandbox import FaultProxy, Sandbox
from tests.support.flavours import FLAVOURS, Flavour

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKER = "PYTEST_XDIST_WORKER" in os.environ

if WORKER:
    # Coverage measures this process, which pytest-xdist started, and not those that tests start.
    os.environ.pop("COVERAGE_PROCESS_START", None)


def pytest_sessionfinish() -> None:
    """Save what was measured while there is time: pytest-xdist ends its processes after a while."""
    if WORKER and (measuring := coverage.Coverage.current()):
        measuring.save()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox; every test makes payments and users of its own in it."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[FaultProxy]:
    """A fault proxy in front of the sandbox, with an empty script."""
    with FaultProxy(sandbox.url) as running:
        yield running


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Blocking or asyncio."""
    chosen: Flavour = request.param
    return chosen

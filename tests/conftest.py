"""What tests of many folders stand on: the five providers, and a proxy that breaks the wire."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from countermand.sandbox import FaultProxy, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

if "PYTEST_XDIST_WORKER" in os.environ:
    # Coverage measures this process, which pytest-xdist started, and not those that tests start.
    os.environ.pop("COVERAGE_PROCESS_START", None)


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

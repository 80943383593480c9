"""Fixtures of many folders: the sandbox, a fault proxy, and both kinds of client."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import coverage
import pytest

from countermand.sandbox import FaultProxy, Sandbox
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.tracing import tracing_suspended

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKER = "PYTEST_XDIST_WORKER" in os.environ

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell ignores Ctrl-C for what it starts in the background, and so would the programs that
    # tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

if WORKER:
    # Coverage measures this process, which pytest-xdist started, and not those that tests start.
    os.environ.pop("COVERAGE_PROCESS_START", None)


def pytest_sessionfinish() -> None:
    """Save what was measured while there is time: pytest-xdist ends its processes after a while."""
    if WORKER and (measuring := coverage.Coverage.current()):
        measuring.save()


@pytest.fixture
def untraced() -> Iterator[None]:
    """Measure no coverage: for simulations of many steps, whose lines other tests cover."""
    with tracing_suspended():
        yield


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox; every test makes payments and users of its own in it."""
    with ExitStack() as stack:
        with tracing_suspended():
            running = stack.enter_context(Sandbox())
        yield running


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[FaultProxy]:
    """A fault proxy in front of the sandbox, with an empty script."""
    with ExitStack() as stack:
        with tracing_suspended():
            running = stack.enter_context(FaultProxy(sandbox.url))
        yield running


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Blocking or asyncio."""
    chosen: Flavour = request.param
    return chosen

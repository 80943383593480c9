"""Fixtures of many folders: the sandbox, a fault proxy, and both kinds of client."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import coverage
import pytest

import countermand
import countermand_ops
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


def pytest_sessionstart(session: pytest.Session) -> None:
    """Measure no coverage in the process that only hands tests out and prints their results."""
    distributes = session.config.pluginmanager.hasplugin("dsession")
    if distributes and (measuring := coverage.Coverage.current()):
        measuring.stop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Measure how our modules are imported, but not how tests are: that takes a third longer."""
    if coverage.Coverage.current():
        for package in (countermand, countermand_ops):
            for module in walk_packages(package.__path__, f"{package.__name__}."):
                import_module(module.name)
    with tracing_suspended():
        if WORKER:
            _import_tests(session.config)
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest test: at the end the other processes would wait for it."""
    if WORKER:
        items.sort(key=lambda item: item.path.name != "test_celery_workers.py")


def _import_tests(config: pytest.Config) -> None:
    """Import the test modules in another order in each process of pytest-xdist.

    In a new checkout pytest compiles each of them, which takes half of a collection. In one order
    all processes would compile the same module at the same time; so each finds what others wrote.
    """
    modules = _modules(config)
    share = len(modules) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    first = share * int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    for module in modules[first:] + modules[:first]:
        # The collection imports it again, and reports the error.
        with suppress(Exception):
            import_module(module)


def _modules(config: pytest.Config) -> list[str]:
    """The names of the test modules below the paths of the command line."""
    left_out = [Path(each).resolve() for each in config.getoption("ignore") or ()]
    files: list[Path] = []
    for argument in config.args:
        path = Path(argument.partition("::")[0]).resolve()
        files += [path] if path.is_file() else sorted(path.rglob("test_*.py"))
    root = Path(__file__).parents[1]
    return [
        ".".join(file.relative_to(root).with_suffix("").parts)
        for file in files
        if not any(file.is_relative_to(each) for each in left_out)
    ]


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

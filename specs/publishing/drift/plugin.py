"""A pytest plugin that records the sandbox: `-p specs.publishing.drift.plugin --har FILE`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from specs.publishing.drift import har
from specs.publishing.drift.recorder import recording

if TYPE_CHECKING:
    from specs.publishing.drift.recorder import Tape

_RUNNING: Final = pytest.StashKey[tuple[ExitStack, "Tape"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the name of the file."""
    parser.addoption("--har", metavar="FILE", type=Path, help="write the sandbox's traffic there")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to record."""
    stack = ExitStack()
    config.stash[_RUNNING] = stack, stack.enter_context(recording())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Write down what was recorded."""
    stack, tape = config.stash[_RUNNING]
    stack.close()
    if file := config.getoption("--har"):
        har.write(file, tape.exchanges)

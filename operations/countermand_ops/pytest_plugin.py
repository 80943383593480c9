"""Fixtures for your tests: `countermand_sandbox` and `countermand_faults`.

pytest finds them by itself where this distribution is installed with its extra `sandbox`. They are
plain fixtures, so they serve tests of any kind: asyncio's, anyio's, and those of pytest-xdist,
where each process has a sandbox of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand.sandbox import FaultProxy, Sandbox

__all__ = ["countermand_faults", "countermand_sandbox"]


@pytest.fixture(scope="session")
def countermand_sandbox() -> Iterator[Sandbox]:
    """The five providers on loopback, with real state: a `countermand.sandbox.Sandbox`.

    It runs until the tests are over; each test makes payments of its own.
    """
    # Not before: this module is loaded in every run of pytest.
    from countermand.sandbox import Sandbox  # noqa: PLC0415

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def countermand_faults(countermand_sandbox: Sandbox) -> Iterator[FaultProxy]:
    """A proxy in front of `countermand_sandbox`: a `countermand.sandbox.FaultProxy`.

    Its script is empty at the beginning of each test.
    """
    from countermand.sandbox import FaultProxy  # noqa: PLC0415 - as above

    with FaultProxy(countermand_sandbox.url) as proxy:
        yield proxy

"""Traffic for the tests of this folder: one round of all doors, recorded once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from countermand.sandbox import Sandbox
from countermand.sandbox.simulators import BASE_PATHS
from specs.publishing.drift import har, rounds
from specs.publishing.drift.described import Description
from specs.publishing.drift.recorder import recording

if TYPE_CHECKING:
    from specs.publishing.drift.recorder import Tape


@pytest.fixture(scope="session")
def tape() -> Tape:
    """What the rounds recorded."""
    with recording() as running, Sandbox() as sandbox:
        rounds.go(sandbox)
    return running


@pytest.fixture
def entries(tape: Tape) -> list[dict[str, Any]]:
    """The same as entries of a HAR; each test has its own, to be spoilt."""
    found: list[dict[str, Any]] = har.archive(tape.exchanges)["log"]["entries"]
    return found


@pytest.fixture(scope="session")
def descriptions() -> dict[str, Description]:
    """The five specifications."""
    return {api: Description.of(api) for api in BASE_PATHS}


@pytest.fixture(scope="session")
def bases() -> dict[str, str]:
    """Where they are found in the recordings."""
    return {api: har.ORIGIN + path for api, path in BASE_PATHS.items()}

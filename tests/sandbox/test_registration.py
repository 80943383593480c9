"""Another distribution registers a simulator by an entry point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from countermand.provider import ProviderError
from countermand.sandbox import Sandbox, SandboxState
from countermand.sandbox.simulators import base_url, create, simulators
from tests.support.distributions import installer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.distributions import Install

SIMULATOR: Final = """
from attrs import evolve
from countermand.sandbox.simulators.vtex import SIMULATOR

SIMULATOR = evolve(SIMULATOR, api="other_pay", base_path="/other-pay")
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs distributions that register a simulator."""
    yield from installer(tmp_path, monkeypatch, "countermand.simulators", SIMULATOR)


def test_a_registered_simulator_stands_beside_the_five(install: Install) -> None:
    """The sandbox has its base URL and makes its payments."""
    five = list(simulators())
    install("other-pay", "other_pay = third_party:SIMULATOR")
    assert list(simulators()) == [*five, "other_pay"]
    with Sandbox() as sandbox:
        assert sandbox.base_url("other_pay") == f"{sandbox.url}/other-pay"
        assert sandbox.create_payment("other_pay").identifiers
    with pytest.raises(LookupError, match=r"'paypal' is not one of .*vtex, other_pay"):
        base_url("http://127.0.0.1:1", "paypal")


def test_a_broken_simulator_names_the_distribution(install: Install) -> None:
    """The sandbox does not start without it silently."""
    install("other-pay", "vtex = third_party:SIMULATOR")
    with pytest.raises(ProviderError, match=r"^other-pay registers 'vtex' in countermand\.simul"):
        Sandbox()
    with pytest.raises(ValueError, match="other-pay registers 'vtex'"):
        create(SandboxState(), "vtex", {})

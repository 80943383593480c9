"""One plain client for this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand.sandbox import Sandbox


@pytest.fixture(scope="session")
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A plain client at the sandbox's origin."""
    with httpx.Client(base_url=sandbox.url, timeout=5.0, trust_env=False) as client:
        yield client

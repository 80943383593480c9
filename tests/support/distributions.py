"""Distributions that are installed for the length of a test."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from countermand._entry_points import registrations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    Install = Callable[..., None]


def installer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: str, source: str
) -> Iterator[Install]:
    """Yield a function that installs as pip would: module, metadata and entry points.

    Args:
        tmp_path: Where the distributions stand.
        monkeypatch: Puts them on the path.
        group: The group of their entry points.
        source: What the module `third_party` holds unless the test says otherwise.
    """

    def installed(distribution: str, entry: str, source: str = source) -> None:
        folder = tmp_path / distribution
        metadata = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Name: {distribution}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")
        (folder / "third_party.py").write_text(source)
        monkeypatch.syspath_prepend(folder)
        registrations.cache_clear()

    yield installed
    monkeypatch.undo()
    registrations.cache_clear()
    sys.modules.pop("third_party", None)

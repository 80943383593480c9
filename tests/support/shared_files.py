"""Files that the processes of one test run make once, whoever needs them first."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The path of a file or folder that `make` has made at the path that it is given."""
    own = factory.getbasetemp()
    # The folders of pytest-xdist's processes lie side by side in the run's folder.
    folder = own.parent if own.name.startswith("popen-") else own
    found = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            # What another process has begun and not finished is made anew.
            made = factory.mktemp(name) / name
            make(made)
            made.rename(found)
    return found

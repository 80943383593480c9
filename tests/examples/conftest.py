"""The programs of examples/ as modules, and a sandbox for them."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Load = Callable[[str], ModuleType]

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Import a program as its own folder sees it: `load("fastapi/service")`."""

    def loaded(name: str) -> ModuleType:
        folder, _, module = name.partition("/")
        monkeypatch.syspath_prepend(EXAMPLES / folder)
        for path in (EXAMPLES / folder).glob("*.py"):
            monkeypatch.delitem(sys.modules, path.stem, raising=False)
        return importlib.import_module(module)

    return loaded

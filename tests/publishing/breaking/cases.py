"""The specification that tests start from, and the catalogue of changes to it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Edit = Callable[[Any], object]

FOLDER = Path(__file__).parent
BASE = yaml.safe_load((FOLDER / "base.yaml").read_text(encoding="utf-8"))
CATALOGUE = yaml.safe_load((FOLDER / "cases.yaml").read_text(encoding="utf-8"))


def document() -> Any:
    """The specification, version 1.2.3."""
    return copy.deepcopy(BASE)


def cancel(d: Any) -> Any:
    """The operation that cancels."""
    return d["paths"]["/things/{thingId}/cancels"]["post"]

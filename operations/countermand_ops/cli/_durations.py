"""Spans of time as people write them: 45s, 30m, 12h, 90d, 2w."""

from __future__ import annotations

import re
from typing import Final

import typer

UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
FORM: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhdw]?)")


def to_seconds(text: str) -> float:
    """The seconds of a span; a number without a unit is in seconds.

    Raises:
        typer.BadParameter: it has another form.
    """
    found = FORM.fullmatch(text)
    if found is None:
        raise typer.BadParameter(
            f"{text!r} must be a number and a unit, such as 45s, 30m, 12h or 90d"
        )
    return float(found[1]) * UNITS[found[2]]

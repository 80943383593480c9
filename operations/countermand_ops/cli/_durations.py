"""Spans of time as people write them: 45s, 30m, 12h, 90d, 2w."""

from __future__ import annotations

import re
from typing import Final

import typer

UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
MOST: Final = 5200 * UNITS["w"]
"""Seconds: a hundred years. The system's clocks end somewhere behind it."""
FORM: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhdw]?)")


def to_seconds(text: str) -> float:
    """The seconds of a span; a number without a unit is in seconds.

    Raises:
        typer.BadParameter: it has another form, or is 0 or longer than 100 years.
    """
    found = FORM.fullmatch(text)
    if found is None:
        raise typer.BadParameter(
            f"{text!r} must be a number and a unit, such as 45s, 30m, 12h or 90d"
        )
    seconds = float(found[1]) * UNITS[found[2]]
    if not 0 < seconds <= MOST:
        raise typer.BadParameter(f"{text!r} must be longer than 0s and at most 5200w")
    return seconds

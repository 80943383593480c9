"""Whole numbers as JSON Schema knows them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, StrictInt


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer = Annotated[StrictInt, BeforeValidator(_whole)]
"""An integer, however it is written: 12 and 12.0 are the same number in JSON Schema, and some JSON
writers write the second. Text, `true` and 12.5 are none."""

"""Amounts: exact types only, and "everything" is a word of its own."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from decimal import Decimal


class Full(Enum):
    """The type of `FULL`."""

    FULL = "full"

    def __repr__(self) -> str:
        return "FULL"


FULL: Final[Literal[Full.FULL]] = Full.FULL
"""All that is left. At Unzer and Bento an absent amount means this, so it is never implied."""


def format_amount(amount: Decimal) -> str:
    """The amount's digits as given, without an exponent: Decimal("1E+1") becomes "10"."""
    return format(amount, "f")

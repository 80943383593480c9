"""`FULL`, the amount for "all that is left", and the formatting of decimal amounts."""

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
"""The whole remaining amount. Unzer and Bento cancel everything if a request has no amount, so an
absent amount has to be written as FULL."""


MAX_DECIMALS: Final = 4
"""As Unzer documents its amounts."""


def format_amount(amount: Decimal) -> str:
    """Return the digits of an amount without an exponent: Decimal("1E+1") becomes "10".

    Zeros after the fourth decimal are left out, because Unzer takes four decimals.
    """
    whole, point, decimals = format(amount, "f").partition(".")
    return whole + point + decimals[:MAX_DECIMALS] + decimals[MAX_DECIMALS:].rstrip("0")

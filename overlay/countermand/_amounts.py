"""Amounts: exact types only, and "everything" is a word of its own."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final, Literal

from countermand.errors import InvalidCancellation

MAX_INTEGER_DIGITS: Final = 15
UNZER_DECIMALS: Final = 4


class Full(Enum):
    """The type of `FULL`."""

    FULL = "full"

    def __repr__(self) -> str:
        return "FULL"


FULL: Final[Literal[Full.FULL]] = Full.FULL
"""All that is left. At Unzer and Bento an absent amount means this, so it is never implied."""


def decimal_amount(name: str, amount: object) -> Decimal | Full:
    """An amount in the currency's main unit, or FULL.

    Raises:
        InvalidCancellation: for float, bool and every other type; for NaN, infinity, zero and
            negative amounts; for more than four decimals (Unzer's amounts have four).
    """
    if isinstance(amount, Full):
        return amount
    if isinstance(amount, bool) or not isinstance(amount, (Decimal, int)):
        raise InvalidCancellation(
            f"{name} must be a Decimal, an int or FULL, not {type(amount).__name__}"
        )
    exact = Decimal(amount)
    if not exact.is_finite() or exact <= 0:
        raise InvalidCancellation(f"{name} must be a positive number, not {_shown(exact)}")
    exponent = exact.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > UNZER_DECIMALS:
        raise InvalidCancellation(f"{name} has more than {UNZER_DECIMALS} decimals")
    if exact.adjusted() >= MAX_INTEGER_DIGITS:
        raise InvalidCancellation(f"{name} is absurdly large")
    return exact


def minor_units(name: str, amount: object) -> int | Full:
    """An amount in the currency's minor unit (cents, pence), or FULL.

    Raises:
        InvalidCancellation: for everything but a positive int of at most 15 digits.
    """
    if isinstance(amount, Full):
        return amount
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise InvalidCancellation(
            f"{name} must be an int in minor units or FULL, not {type(amount).__name__}"
        )
    if amount <= 0:
        raise InvalidCancellation(f"{name} must be positive")
    if amount >= 10**MAX_INTEGER_DIGITS:
        raise InvalidCancellation(f"{name} is absurdly large")
    return amount


def plain(amount: Decimal) -> str:
    """The amount's digits as given, without an exponent: Decimal("1E+1") becomes "10"."""
    return format(amount, "f")


def _shown(amount: Decimal) -> str:
    text = str(amount)
    return text if len(text) <= MAX_INTEGER_DIGITS else f"{text[:MAX_INTEGER_DIGITS]}..."

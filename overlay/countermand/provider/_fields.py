"""Identifiers: what may stand in a path, checked before anything is sent."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from hashlib import sha256
from typing import Final

from countermand._amounts import Full
from countermand.errors import InvalidCancellation

UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_KEY_LENGTH: Final = 255
_NOT_HEADER_SAFE: Final = {"Cc": "a control character", "Cs": "a lone surrogate"}


def validate_id(name: str, value: object) -> str:
    """An identifier that reaches the provider as it is.

    Raises:
        InvalidCancellation: when it is not a str, is empty, has a control character or a lone
            surrogate, or is `.` or `..` (which would climb to another resource).
    """
    if not isinstance(value, str):
        raise InvalidCancellation(f"{name} must be a str, not {type(value).__name__}")
    if not value:
        raise InvalidCancellation(f"{name} must not be empty")
    if value in {".", ".."}:
        raise InvalidCancellation(f"{name} must not be a dot segment")
    for character in value:
        complaint = _NOT_HEADER_SAFE.get(unicodedata.category(character))
        if complaint:
            raise InvalidCancellation(f"{name} contains {complaint}: U+{ord(character):04X}")
    return value


def validate_uuid(name: str, value: object) -> str:
    """An identifier in the form of a UUID, in the caller's own letter case (PACE).

    Raises:
        InvalidCancellation: as `identifier`, and when it is not a UUID.
    """
    checked = validate_id(name, value)
    if not UUID.fullmatch(checked):
        raise InvalidCancellation(
            f"{name} must be a UUID such as c3f037ea-492e-4033-9b4b-4efc7beca16c"
        )
    return checked


def validate_key(value: object) -> str:
    """The caller's name for an intent.

    Raises:
        InvalidCancellation: as `identifier`, and when it is longer than 255 characters.
    """
    checked = validate_id("key", value)
    if len(checked) > MAX_KEY_LENGTH:
        raise InvalidCancellation(f"key is longer than {MAX_KEY_LENGTH} characters")
    return checked


def is_storable(text: str) -> bool:
    """Whether every database can store a text: not with a NUL or a lone surrogate."""
    return not any(word == "\0" or unicodedata.category(word) == "Cs" for word in text)


DIGITS: Final = 32


def derive_provider_key(purpose: str, key: str) -> str:
    """32 upper-case hexadecimal digits for a key, the form VTEX's own examples have.

    `purpose` keeps the values of two providers apart. The form is part of the public contract: a
    changed digit would make a provider execute an old cancel again.
    """
    digest = sha256(f"countermand/{purpose}/{key}".encode()).hexdigest()
    return digest[:DIGITS].upper()


MAX_INTEGER_DIGITS: Final = 15
UNZER_DECIMALS: Final = 4


def validate_decimal_amount(name: str, amount: object) -> Decimal | Full:
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


def validate_minor_units(name: str, amount: object) -> int | Full:
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


def _shown(amount: Decimal) -> str:
    text = str(amount)
    return text if len(text) <= MAX_INTEGER_DIGITS else f"{text[:MAX_INTEGER_DIGITS]}..."

"""Fields of cancellations: validators for ids, keys and amounts, and keys for providers."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from hashlib import sha256
from typing import Final

from countermand._amounts import MAX_DECIMALS, Full
from countermand.errors import InvalidCancellation
from countermand.provider._bodies import UNSTORABLE

UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_KEY_LENGTH: Final = 255
SHOWN_CHARACTERS: Final = 20
"""Of a key that is too long, a message shows so many."""
_NOT_HEADER_SAFE: Final = {"Cc": "a control character", "Cs": "a lone surrogate"}


def validate_id(name: str, value: object) -> str:
    """Validate an id, and return it unchanged.

    Raises:
        InvalidCancellation: when it is not a str, is empty, has a control character or a lone
            surrogate, or is `.` or `..` (URL libraries resolve these to another resource); or when
            it is a subclass of str that prints as another text.
    """
    if not isinstance(value, str):
        raise InvalidCancellation(f"{name} must be a str, not {type(value).__name__}")
    # A ledger stores the one text, and a path or a provider's key would hold the other.
    if type(value) is not str and {str(value), f"{value}"} != {str.__str__(value)}:
        raise InvalidCancellation(
            f"{name} must be a plain str, not {type(value).__name__}, which prints as another "
            "text; of an Enum, pass the value"
        )
    if not value:
        raise InvalidCancellation(f"{name} must not be empty")
    if value in {".", ".."}:
        raise InvalidCancellation(f"{name} must not be a dot segment")
    if value.isascii() and value.isprintable():
        return value
    for character in value:
        fault = _NOT_HEADER_SAFE.get(unicodedata.category(character))
        if fault:
            raise InvalidCancellation(f"{name} contains {fault}: U+{ord(character):04X}")
    return value


def validate_uuid(name: str, value: object) -> str:
    """Validate a UUID (PACE's ids), and return it in the caller's letter case.

    Raises:
        InvalidCancellation: as `validate_id`, and when it is not a UUID.
    """
    checked = validate_id(name, value)
    if not UUID.fullmatch(checked):
        raise InvalidCancellation(
            f"{name} must be a UUID such as c3f037ea-492e-4033-9b4b-4efc7beca16c"
        )
    return checked


def validate_key(value: object) -> str:
    """Validate an idempotency key, and return it unchanged.

    Raises:
        InvalidCancellation: as `validate_id`, and when it is blank or longer than 255 characters.
    """
    if isinstance(value, str) and not is_short_key(value):
        raise InvalidCancellation(
            f"key is longer than {MAX_KEY_LENGTH} characters: it has {len(value)}, and begins with "
            f"{value[:SHOWN_CHARACTERS]!r}"
        )
    checked = validate_id("key", value)
    if not checked.strip():
        raise InvalidCancellation("key must not be blank")
    return checked


def is_short_key(value: object) -> bool:
    """Whether a value is a text that is short enough for a key."""
    return isinstance(value, str) and len(value) <= MAX_KEY_LENGTH


def is_storable(text: str) -> bool:
    """Whether every database can store a text."""
    return UNSTORABLE.search(text) is None


DIGITS: Final = 32


def derive_provider_key(purpose: str, key: str) -> str:
    """Derive the key that a provider gets from the caller's idempotency key.

    The result has 32 upper-case hexadecimal digits, as in VTEX's examples. `purpose`, such as
    `vtex/requestId`, makes the keys of two providers differ. The derivation is part of the public
    contract: with a changed key, a provider would execute an old cancel again.
    """
    digest = sha256(f"countermand/{purpose}/{key}".encode()).hexdigest()
    return digest[:DIGITS].upper()


MAX_INTEGER_DIGITS: Final = 15


def validate_decimal_amount(name: str, amount: object) -> Decimal | Full:
    """Validate an amount in the currency's main unit, or FULL.

    Raises:
        InvalidCancellation: for float, bool and every other type; for NaN, infinity, zero and
            negative amounts; for more than four decimals, zeros at their end apart (Unzer's
            amounts have four).
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
    if _decimals(exact) > MAX_DECIMALS:
        raise InvalidCancellation(f"{name} has more than {MAX_DECIMALS} decimals")
    if exact.adjusted() >= MAX_INTEGER_DIGITS:
        raise InvalidCancellation(
            f"{name} has more than {MAX_INTEGER_DIGITS} digits before the decimal point"
        )
    return exact


def validate_minor_units(name: str, amount: object) -> int | Full:
    """Validate an amount in the currency's minor unit (cents, pence), or FULL.

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
        raise InvalidCancellation(f"{name} has more than {MAX_INTEGER_DIGITS} digits")
    return amount


def _decimals(amount: Decimal) -> int:
    """How many decimals a finite amount has; zeros at their end do not count."""
    _, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    shown = "".join(map(str, digits))
    return -exponent - (len(shown) - len(shown.rstrip("0")))


def _shown(amount: Decimal) -> str:
    text = str(amount)
    return text if len(text) <= MAX_INTEGER_DIGITS else f"{text[:MAX_INTEGER_DIGITS]}..."

"""Identifiers: what may stand in a path, checked before anything is sent."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from countermand.errors import InvalidCancellation

UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_KEY_LENGTH: Final = 255
_UNSENDABLE: Final = {"Cc": "a control character", "Cs": "a lone surrogate"}


def identifier(name: str, value: object) -> str:
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
        complaint = _UNSENDABLE.get(unicodedata.category(character))
        if complaint:
            raise InvalidCancellation(f"{name} contains {complaint}: U+{ord(character):04X}")
    return value


def uuid(name: str, value: object) -> str:
    """An identifier in the form of a UUID, in the caller's own letter case (PACE).

    Raises:
        InvalidCancellation: as `identifier`, and when it is not a UUID.
    """
    checked = identifier(name, value)
    if not UUID.fullmatch(checked):
        raise InvalidCancellation(
            f"{name} must be a UUID such as c3f037ea-492e-4033-9b4b-4efc7beca16c"
        )
    return checked


def key(value: object) -> str:
    """The caller's name for an intent.

    Raises:
        InvalidCancellation: as `identifier`, and when it is longer than 255 characters.
    """
    checked = identifier("key", value)
    if len(checked) > MAX_KEY_LENGTH:
        raise InvalidCancellation(f"key is longer than {MAX_KEY_LENGTH} characters")
    return checked


def storable(words: str) -> bool:
    """Whether every database can store a text: not with a NUL or a lone surrogate."""
    return not any(word == "\0" or unicodedata.category(word) == "Cs" for word in words)

"""What a provider sees of a key: derived, so that it is the same on every machine."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

DIGITS: Final = 32


def derived(purpose: str, key: str) -> str:
    """32 upper-case hexadecimal digits for a key, the form VTEX's own examples have.

    `purpose` keeps the values of two providers apart. The form is part of the public contract: a
    changed digit would make a provider execute an old cancel again.
    """
    digest = sha256(f"countermand/{purpose}/{key}".encode()).hexdigest()
    return digest[:DIGITS].upper()

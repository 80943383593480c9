"""Enumerations of values that a provider sends."""

from enum import StrEnum
from typing import Self


class OpenStrEnum(StrEnum):
    """Documented values by name; any other value becomes a member named `UNKNOWN` that keeps it.

    Providers add values without notice, and a new one must not turn a success into an exception.
    Unknown members compare, hash, print, copy and pickle by their value; iteration leaves them out.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = "UNKNOWN"
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the specification documents this value."""
        return self.value in type(self)._value2member_map_

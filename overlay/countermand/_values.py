"""Values in other forms: their kind in a message, and their JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from types import ModuleType
from typing import Any, cast

from attrs import fields, has


def kind_of(value: object) -> str:
    """What was passed in place of the right thing; never the value, which may be a secret."""
    match value:
        case type():
            return f"the class {value.__name__}"
        case ModuleType():
            return f"the module {value.__name__}"
        case _:
            return type(value).__name__


def require_number(name: str, value: object) -> None:
    """Refuse what is no number of seconds.

    Raises:
        TypeError: it is none; a bool is none, either.
        ValueError: it is an integer that is too large for a float.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, not {kind_of(value)}")
    try:
        float(value)
    except OverflowError:
        raise ValueError(f"{name} must be a number of seconds that fits into a float") from None


def to_json(value: object) -> Any:
    """A value as JSON types: a Decimal is its digits, an enum its value, a tuple a list.

    A frozen value is an object with its fields by name, `api` first where it has one.
    """
    match value:
        case None | bool() | float():
            return value
        case Enum():
            return to_json(value.value)
        case str() | int():
            return value
        case Decimal():
            return format(value, "f")
        case Mapping():
            entries = cast("Mapping[object, object]", value)
            return {str(name): to_json(entry) for name, entry in entries.items()}
        case Iterable():
            return [to_json(entry) for entry in cast("Iterable[object]", value)]
        case _:
            return _object(value)


def _object(value: object) -> Any:
    kind: type = type(value)
    if not has(kind):
        return str(value)
    # The name of a cancellation's API belongs to its class.
    names = ["api"] if hasattr(value, "api") else []
    names += [field.name for field in fields(kind)]
    return {name: to_json(getattr(value, name)) for name in names}

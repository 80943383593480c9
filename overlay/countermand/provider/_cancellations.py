"""The base of every `Cancellation`: a stable form for storage and comparison."""

from __future__ import annotations

import abc
import json
from decimal import Decimal
from hashlib import sha256
from typing import Any, ClassVar, Self

from attrs import fields, frozen

from countermand._amounts import FULL, Full, format_amount
from countermand._values import kind_of
from countermand.errors import InvalidCancellation


@frozen
class BaseCancellation(abc.ABC):
    """A frozen, validated order to cancel one payment at one provider.

    A subclass is a frozen attrs class. It sets `api` and defines `payment_key`; without
    `payment_key`, making an instance raises TypeError. Its fields hold str, int, bool, Decimal,
    None or `FULL`.
    """

    api: ClassVar[str]
    """The name of the API, as in `Provider.api` and `Operation.api`."""

    @property
    @abc.abstractmethod
    def payment_key(self) -> tuple[str, ...]:
        """The ids that identify the payment at the provider, and nothing else.

        Two cancellations of one payment have equal keys, whatever their amounts. The client locks
        the payment by this key while a cancel runs that could disturb another one.
        """

    def to_dict(self) -> dict[str, Any]:
        """The cancellation as JSON values; `from_dict` restores it."""
        values = {field.name: _to_json(getattr(self, field.name)) for field in fields(type(self))}
        return {"api": self.api, **values}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """Restore a cancellation from `to_dict`'s values.

        Raises:
            InvalidCancellation: the values are invalid, or belong to another provider.
        """
        if not isinstance(stored, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidCancellation(f"a stored cancellation is a dict, not {kind_of(stored)}")
        if stored.get("api") != cls.api:
            raise InvalidCancellation(f"not a cancellation of {cls.api}: {stored.get('api')!r}")
        try:
            values = {name: _from_json(value) for name, value in stored.items() if name != "api"}
            return cls(**values)
        except (TypeError, ArithmeticError) as invalid:
            raise InvalidCancellation(f"not a stored cancellation: {invalid}") from None

    @property
    def fingerprint(self) -> str:
        """A digest that is equal for equal cancellations, on every machine.

        Fields that are None are left out, so that a field of a later version changes no digest.
        """
        content = {
            name: _canonical(name, value)
            for name, value in self.to_dict().items()
            if value is not None
        }
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _to_json(value: object) -> object:
    match value:
        case Full():
            return {"amount": "full"}
        case Decimal():
            return {"amount": format_amount(value)}
        case _:
            return value


def _from_json(value: object) -> object:
    match value:
        case {"amount": "full"}:
            return FULL
        case {"amount": str(digits)}:
            return Decimal(digits)
        case _:
            return value


def _canonical(name: str, value: object) -> object:
    """One notation for equal amounts: 10, 10.0 and 10.00 are one cancellation."""
    match value:
        case {"amount": str(digits)}:
            return {"amount": _strip_trailing_zeros(digits)}
        case int() if name == "amount":
            return {"amount": str(value)}
        case _:
            return value


def _strip_trailing_zeros(digits: str) -> str:
    # Not Decimal.normalize(): that rounds to the precision of the caller's decimal context.
    return digits.rstrip("0").rstrip(".") if "." in digits else digits

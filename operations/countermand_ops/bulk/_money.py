"""Amounts in the main unit of their currency, their totals, and limits to them. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final

from attrs import define, evolve, field, frozen

from countermand_ops.bulk._errors import BulkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from countermand.provider import BaseCancellation

CURRENCY: Final = re.compile("[A-Z]{3}")
LIMIT: Final = re.compile(r"([A-Z]{3}):([0-9]+(?:\.[0-9]+)?)")
MINOR_UNITS: Final = {"bento": "refund_amount", "vtex": "value"}
"""The argument of a cancellation that is an amount in minor units. Elsewhere it is `amount`."""
DEFAULT_DIGITS: Final = 2
EXACT: Final = Context(prec=400)
"""More digits than amounts have, and their sums."""
DIGITS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
"""Digits of the minor unit where they are not two. Source: ISO 4217, list one."""
DIGITS_OF: Final = {code: digits for digits, codes in DIGITS.items() for code in codes.split()}


@frozen
class Money:
    """An amount in the main unit of a currency; None where one of them is not known."""

    currency: str | None = None
    amount: Decimal | None = None

    def tidy(self) -> Money:
        """The same with as many digits as the currency has, if it loses none: 10.00, not 10.0."""
        if self.currency is None or self.amount is None:
            return self
        digits = Decimal(1).scaleb(-DIGITS_OF.get(self.currency, DEFAULT_DIGITS))
        rounded = self.amount.quantize(digits, context=EXACT)
        return evolve(self, amount=rounded) if rounded == self.amount else self


def from_minor(amount: int, currency: str | None) -> Decimal | None:
    """An amount of minor units in the main unit; None without a currency."""
    if currency is None:
        return None
    return Decimal(amount).scaleb(-DIGITS_OF.get(currency, DEFAULT_DIGITS), EXACT)


def requested_amount(cancellation: BaseCancellation, currency: str | None) -> Decimal | None:
    """The amount that a cancellation names; None if it names none, or all that is left."""
    name = MINOR_UNITS.get(cancellation.api, "amount")
    amount = getattr(cancellation, name, None)
    if cancellation.api in MINOR_UNITS:
        return from_minor(amount, currency) if isinstance(amount, int) else None
    return Decimal(amount) if isinstance(amount, (int, Decimal)) else None


@define
class Sums:
    """Rows and sums of money of one kind.

    Attributes:
        rows: How many rows.
        amounts: The sum in each currency.
        unknown: Rows whose amount or currency is not known.
    """

    rows: int = 0
    amounts: defaultdict[str, Decimal] = field(factory=lambda: defaultdict[str, Decimal](Decimal))
    unknown: int = 0

    def add(self, money: Money) -> None:
        """Count a row."""
        self.rows += 1
        if money.currency is None or money.amount is None:
            self.unknown += 1
        else:
            amount = EXACT.add(self.amounts[money.currency], money.amount)
            self.amounts[money.currency] = amount

    def to_dict(self) -> dict[str, object]:
        """JSON types."""
        amounts = {code: format(total, "f") for code, total in sorted(self.amounts.items())}
        return {"rows": self.rows, "amounts": amounts, "unknown": self.unknown}


def read_limits(texts: Iterable[str]) -> dict[str, Decimal]:
    """The greatest permitted sums by currency.

    Raises:
        BulkError: a text has another form.
    """
    limits: dict[str, Decimal] = {}
    for text in texts:
        found = LIMIT.fullmatch(text)
        if found is None:
            raise BulkError(f"{text!r} must be a currency and an amount, such as EUR:10000")
        limits[found[1]] = Decimal(found[2])
    return limits


def require_within(
    limits: Mapping[str, Decimal], sums: Mapping[str, Decimal], unknown: int
) -> None:
    """Refuse a plan that could move more than is permitted.

    Args:
        limits: The greatest permitted sums by currency; without any, nothing is refused.
        sums: The sums of the plan by currency.
        unknown: Rows whose amount or currency is not known.

    Raises:
        BulkError: it could.
    """
    if not limits:
        return
    if unknown:
        raise BulkError(
            f"--max-amount needs the amount and the currency of every row, and {unknown} rows lack "
            "one: add the columns currency and payment_amount, or plan with reads"
        )
    for currency, total in sorted(sums.items()):
        if currency not in limits:
            raise BulkError(
                f"the plan has {currency} {total:,f}: add --max-amount {currency}:{total:f}"
            )
        if total > limits[currency]:
            raise BulkError(
                f"the plan has {currency} {total:,f}, more than the permitted {limits[currency]:,f}"
            )

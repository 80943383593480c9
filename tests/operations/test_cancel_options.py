"""The options of `cancel`: made from the fields of each provider's `Cancellation`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from attrs import field, frozen

from countermand import FULL, bento, pace_fueling, pace_pay, unzer, vtex
from countermand.provider import BaseCancellation
from countermand_ops._fields import FieldError, build_cancellation, field_options

if TYPE_CHECKING:
    from enum import Enum

    from countermand_ops._fields import FieldOption

OPTIONS: dict[Any, dict[str, tuple[str, bool]]] = {
    pace_pay: {"--transaction-id": ("TEXT", True)},
    pace_fueling: {"--gas-station-id": ("TEXT", True), "--transaction-id": ("TEXT", True)},
    bento: {
        "--order-id": ("TEXT", True),
        "--transaction-id": ("TEXT", True),
        "--refund-amount": ("1000|full", True),
    },
    unzer: {
        "--payment-id": ("TEXT", True),
        "--authorization-id": ("TEXT", False),
        "--amount": ("10.00|full", True),
    },
    vtex: {
        "--payment-id": ("TEXT", True),
        "--authorization-id": ("TEXT", False),
        "--transaction-id": ("TEXT", False),
        "--tid": ("TEXT", False),
        "--nsu": ("TEXT", False),
        "--value": ("1000", False),
        "--sandbox-mode": ("true|false|TEXT", False),
    },
}


@frozen
class Odd(BaseCancellation):
    """No section that says what the arguments are."""

    api: ClassVar[str] = "odd"
    reason: str
    _mark: str = ""
    mood: Enum | None = None
    flag: bool = field(default=False)
    counted: int = field(default=0, init=False)

    @property
    def payment_key(self) -> tuple[str, ...]:
        """The reason."""
        return (self.reason,)


def option_of(kind: type[BaseCancellation], name: str) -> FieldOption:
    """The option for an argument of a class."""
    return next(each for each in field_options(kind, ()) if each.name == name)


@pytest.mark.parametrize("provider", OPTIONS, ids=lambda module: module.PROVIDER.api)
def test_every_field_has_an_option(provider: Any) -> None:
    """With the forms of its value, whether it is required, and what the class says of it."""
    found = field_options(provider.Cancellation, ())
    shown = {each.option: (each.metavar, each.required) for each in found}
    assert shown == OPTIONS[provider]
    assert all(each.help for each in found)


def test_help_goes_on_over_several_lines() -> None:
    """As the docstring does."""
    amount = option_of(bento.Cancellation, "refund_amount")
    assert amount.help.startswith("The amount to refund, in minor units, or FULL. The provider ig")
    assert amount.help.endswith("and voids the whole authorization.")


@pytest.mark.parametrize(
    ("kind", "name", "text", "value"),
    [
        (unzer.Cancellation, "amount", "10.00", Decimal("10.00")),
        (unzer.Cancellation, "amount", "10", Decimal(10)),
        (unzer.Cancellation, "amount", "Full", FULL),
        (bento.Cancellation, "refund_amount", "500", 500),
        (bento.Cancellation, "refund_amount", "full", FULL),
        (unzer.Cancellation, "payment_id", "full", "full"),
        (unzer.Cancellation, "payment_id", "007", "007"),
        (vtex.Cancellation, "value", "500", 500),
        (vtex.Cancellation, "sandbox_mode", "true", True),
        (vtex.Cancellation, "sandbox_mode", "false", False),
        (vtex.Cancellation, "sandbox_mode", "yes", "yes"),
        (Odd, "mood", "calm", "calm"),
        (Odd, "flag", "true", True),
    ],
)
def test_a_text_becomes_a_value_of_the_field(
    kind: type[BaseCancellation], name: str, text: str, value: object
) -> None:
    """Exactly: a Decimal keeps its digits, an id its zeros."""
    parsed = option_of(kind, name).parse(text)
    assert (parsed, type(parsed)) == (value, type(value))
    assert str(parsed) == str(value)


@pytest.mark.parametrize(
    ("kind", "name", "text", "form"),
    [
        (bento.Cancellation, "refund_amount", "1.5", "a whole number such as 1000 or full"),
        (bento.Cancellation, "refund_amount", "1e3", "a whole number such as 1000 or full"),
        (bento.Cancellation, "refund_amount", "1_000", "a whole number such as 1000 or full"),
        (unzer.Cancellation, "amount", "10,00", "a number such as 10.00 or full"),
        (unzer.Cancellation, "amount", "1_0", "a number such as 10.00 or full"),
        (unzer.Cancellation, "amount", "-1", "a number such as 10.00 or full"),
        (unzer.Cancellation, "amount", "NaN", "a number such as 10.00 or full"),
        (unzer.Cancellation, "amount", "\u0661\u0660", "a number such as 10.00 or full"),
        (unzer.Cancellation, "amount", "", "a number such as 10.00 or full"),
        (vtex.Cancellation, "value", "full", "a whole number such as 1000"),
        (Odd, "flag", "ja", "true or false"),
    ],
)
def test_a_number_is_never_guessed_or_rounded(
    kind: type[BaseCancellation], name: str, text: str, form: str
) -> None:
    """Money moves by it; the message has the right form."""
    with pytest.raises(FieldError) as refused:
        option_of(kind, name).parse(text)
    assert str(refused.value) == f"{text!r} must be {form}"


def test_an_odd_class_gets_options_all_the_same() -> None:
    """A name that is taken is changed, and names that only type checkers know are not needed."""
    options = field_options(Odd, ["--reason"])
    names = [each.option for each in options]
    assert names == ["--cancellation-reason", "--mark", "--mood", "--flag"]
    assert [each.metavar for each in options] == ["TEXT", "TEXT", "TEXT", "true|false"]
    made = build_cancellation(Odd, options, {"reason": "r", "mark": "m", "mood": None})
    assert made == Odd("r", "m")

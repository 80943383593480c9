"""The fields of a provider's `Cancellation` as options or columns, and their values as text."""

from __future__ import annotations

import inspect
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import attrs

from countermand import FULL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from countermand.provider import BaseCancellation

FLAGS: Final = {"true": True, "false": False}
WHOLE: Final = re.compile(r"[0-9]+")
DECIMAL: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
MAX_DIGITS: Final = 100
"""Digits of a number, before the point and after it. No amount and no id has as many."""
ARGUMENT: Final = re.compile(r"(\w+)(?: \(.*\))?:\s+(.+)")
"""A line of the docstring's section Args."""


class FieldError(ValueError):
    """A text is no value of its field; nothing was sent.

    Attributes:
        option: The option of the field, such as `--payment-id`.
    """

    def __init__(self, message: str, option: str) -> None:
        super().__init__(message)
        self.option = option


@attrs.frozen
class FieldOption:
    """An option for one field of a cancellation.

    Attributes:
        name: The name of the argument of the class.
        option: The option, such as `--payment-id`.
        kinds: The names of the field's types: `str`, `int`, `bool`, `Decimal`, `Full`, `None`.
        required: Whether the class has no default for it.
        help: What the class says of it.
    """

    name: str
    option: str
    kinds: frozenset[str]
    required: bool
    help: str

    @property
    def metavar(self) -> str:
        """The forms of a value."""
        forms = {"Decimal": "10.00", "int": "1000", "Full": "full", "bool": "true|false"}
        # A Decimal field takes an int as well, but one example is enough.
        kinds = self.kinds - {"int"} if "Decimal" in self.kinds else self.kinds
        found = [form for kind, form in forms.items() if kind in kinds]
        return "|".join([*found, "TEXT"] if "str" in kinds or not found else found)

    def parse(self, text: str) -> object:
        """The value that a text stands for. A number is never rounded.

        Raises:
            FieldError: it has none of the forms.
        """
        number = "int" in self.kinds or "Decimal" in self.kinds
        if number and DECIMAL.fullmatch(text) and not is_short(text):
            raise FieldError(f"must have at most {MAX_DIGITS} digits", self.option)
        if "Full" in self.kinds and text.lower() == FULL.value:
            return FULL
        if "bool" in self.kinds and text in FLAGS:
            return FLAGS[text]
        if "Decimal" in self.kinds and DECIMAL.fullmatch(text):
            return Decimal(text)
        if "int" in self.kinds and WHOLE.fullmatch(text):
            return int(text)
        if "str" in self.kinds or not self.kinds & {"Decimal", "int", "bool", "Full"}:
            return text
        raise FieldError(f"{text!r} must be {self._forms}", self.option)

    @property
    def _forms(self) -> str:
        number = "a whole number such as 1000" if "int" in self.kinds else ""
        forms = {
            "a number such as 10.00" if "Decimal" in self.kinds else number: True,
            "true or false": "bool" in self.kinds,
            "full": "Full" in self.kinds,
        }
        return " or ".join(form for form, fits in forms.items() if form and fits)


def is_short(number: str) -> bool:
    """Whether a number has not more digits than an amount may have."""
    return all(len(digits) <= MAX_DIGITS for digits in number.split("."))


def field_options(kind: type[BaseCancellation], reserved: Iterable[str]) -> tuple[FieldOption, ...]:
    """The options for a class of cancellations.

    Args:
        kind: The class.
        reserved: Options that have another meaning; a field of that name becomes
            `--cancellation-...`.
    """
    helps = _argument_helps(kind)
    taken = set(reserved)
    return tuple(
        FieldOption(
            name=field.alias,
            option=_option(field.alias, taken),
            kinds=_kinds(field.type),
            required=field.default is attrs.NOTHING,
            help=helps.get(field.alias, ""),
        )
        for field in attrs.fields(kind)
        if field.init
    )


def build_cancellation(
    kind: type[BaseCancellation], options: Iterable[FieldOption], texts: Mapping[str, str | None]
) -> BaseCancellation:
    """Make a cancellation of the texts of its options, by the names of its arguments.

    Raises:
        FieldError: a text has the wrong form.
        InvalidCancellation: the class refuses a value.
    """
    values: dict[str, Any] = {}
    for each in options:
        text = texts.get(each.name)
        if text is not None:
            values[each.name] = each.parse(text)
    return kind(**values)


def _option(name: str, taken: set[str]) -> str:
    option = f"--{name.replace('_', '-')}"
    return f"--cancellation-{option[2:]}" if option in taken else option


def _kinds(annotation: object) -> frozenset[str]:
    """The names in an annotation.

    It may be a text with names that only type checkers import, so it is not evaluated.
    """
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return frozenset(re.findall(r"\w+", text))


def _argument_helps(kind: type) -> dict[str, str]:
    """What the section Args of a docstring in Google's style says of each argument."""
    _, _, section = inspect.cleandoc(kind.__doc__ or "").partition("\nArgs:\n")
    section, _, _ = section.partition("\n\n")
    joined = re.sub(r"\n {5,}", " ", section)
    found = (ARGUMENT.match(line.strip()) for line in joined.splitlines())
    return {each[1]: each[2] for each in found if each}

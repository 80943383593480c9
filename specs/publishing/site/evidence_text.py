"""Says in sentences what a reply proves and what an absent amount means.

As in `facts_text`, a fact without words fails the build.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import attrs
from attrs.validators import in_, instance_of, matches_re, optional

from specs.publishing.site import TEXTS

NO_VALUE: Final = object()
"""Stands where a sign compares with no value; null is one."""

UNITS: Final[dict[str, str]] = TEXTS["units"]
ABSENT: Final[dict[str, str]] = TEXTS["absent"]
POINTER: Final = r"(/[^/]*)*"


def _code(text: str) -> str:
    return f"`{text}`"


@attrs.frozen(kw_only=True)
class Sign:
    """A form of reply: a status, a value at a pointer, or both."""

    status: str = attrs.field(
        default="any", converter=str, validator=matches_re("any|[1-5](XX|[0-9]{2})")
    )
    pointer: str | None = attrs.field(default=None, validator=optional(matches_re(POINTER)))
    equals: Any = NO_VALUE
    values: list[Any] = attrs.field(factory=list, validator=instance_of(list))
    pattern: str | None = attrs.field(default=None, validator=optional(instance_of(str)))
    type: str | None = attrs.field(default=None, validator=optional(in_(("array", "object"))))

    def __attrs_post_init__(self) -> None:
        compared = self.values or self.equals is not NO_VALUE or self.pattern or self.type
        if (self.pointer is None) is bool(compared):
            raise ValueError("a sign has a pointer and what stands there, or neither")

    def place(self) -> str:
        """What must be where in the body, as the end of a condition; empty if nothing must."""
        if self.pointer is None:
            return ""
        return f" where {_code(self.pointer) if self.pointer else 'the body'} {self._condition()}"

    def _condition(self) -> str:
        if self.pattern is not None:
            return f"matches {_code(self.pattern)}"
        if self.type is not None:
            return f"is an {self.type}"
        return f"is {_either(self.values if self.equals is NO_VALUE else [self.equals])}"


@attrs.frozen(kw_only=True)
class Echo:
    """A member of a reply that repeats a value of the request."""

    pointer: str = attrs.field(validator=matches_re(POINTER))
    location: str = attrs.field(validator=in_(("body", "path")))
    name: str = attrs.field(validator=instance_of(str))
    required: bool = attrs.field(default=False, validator=instance_of(bool))

    def text(self) -> str:
        """The member and what it repeats."""
        need = "must repeat" if self.required else "repeats, if it is there,"
        return f"{_code(self.pointer)} {need} {TEXTS['places'][self.location].format(self.name)}"


def _signs(nodes: Any) -> tuple[Sign, ...]:
    return tuple(Sign(**node) for node in nodes)


def _echoes(nodes: Any) -> tuple[Echo, ...]:
    return tuple(
        Echo(**{"location" if name == "in" else name: value for name, value in node.items()})
        for node in nodes
    )


def _codes(nodes: Any) -> tuple[str, ...]:
    return tuple(str(node) for node in nodes)


@attrs.frozen(kw_only=True)
class Evidence:
    """What a reply proves, checked."""

    executed: tuple[Sign, ...] = attrs.field(default=(), converter=_signs)
    not_executed: tuple[Sign, ...] = attrs.field(default=(), converter=_signs)
    undecided: tuple[Sign, ...] = attrs.field(default=(), converter=_signs)
    echo: tuple[Echo, ...] = attrs.field(default=(), converter=_echoes)
    state: tuple[str, ...] = attrs.field(default=(), converter=_codes)


@attrs.frozen(kw_only=True)
class Money:
    """How a cancel says how much, checked."""

    amount: str | None = attrs.field(validator=optional(matches_re(POINTER)))
    unit: str | None = attrs.field(default=None, validator=optional(in_(UNITS)))
    absent: str = attrs.field(validator=in_(ABSENT))
    source: str = attrs.field(default="", validator=instance_of(str))

    def __attrs_post_init__(self) -> None:
        """Refuse an amount without a unit, and a unit or an absence without an amount."""
        if len({self.amount is None, self.unit is None, self.absent == "none"}) > 1:
            raise ValueError("an amount, its unit and what its absence means go together")


def evidence(node: Any) -> Evidence:
    """Check one `evidence` value.

    Raises:
        TypeError, ValueError, AttributeError: it holds something that has no words.
    """
    return Evidence(**{name.replace("-", "_"): value for name, value in node.items()})


def proofs(known: Evidence) -> tuple[tuple[str, str], ...]:
    """What replies prove: the question and its answer in Markdown, in the order of reading."""
    return tuple(
        (title, f"{opening}{'; '.join(parts)}.")
        for (title, opening), parts in zip(
            TEXTS["proofs"].values(), map(tuple, _parts(known)), strict=True
        )
        if parts
    )


def _parts(known: Evidence) -> Iterator[Iterator[str]]:
    yield from map(_conditions, (known.executed, known.undecided, known.not_executed))
    yield map(Echo.text, known.echo)
    yield map(_code, known.state)


def _conditions(signs: tuple[Sign, ...]) -> Iterator[str]:
    """Each form of body once, with the statuses that it counts under, in the order of the signs."""
    by_place: dict[str, list[str]] = {}
    for sign in signs:
        by_place.setdefault(sign.place(), []).append(sign.status)
    before = ""
    for place, statuses in by_place.items():
        said = "any status" if "any" in statuses else " or ".join(map(_code, statuses))
        yield f"or{place}" if place and said == before else f"{said}{place}"
        before = said


def amount(known: Money) -> str:
    """What an amount counts, and what a cancel without one cancels."""
    if known.amount is None or known.unit is None:
        return ABSENT[known.absent]
    return f"The amount at {_code(known.amount)} counts {UNITS[known.unit]}: {ABSENT[known.absent]}"


def _either(values: list[Any]) -> str:
    return " or ".join(_code(v if isinstance(v, str) else json.dumps(v)) for v in values)

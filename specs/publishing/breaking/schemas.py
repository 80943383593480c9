"""Schemas, compared by what they let through in the direction in which they are used."""

import enum
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from specs.publishing.breaking.examples import KEYS as EXAMPLES
from specs.publishing.breaking.examples import compare_examples
from specs.publishing.breaking.places import (
    ABSENT,
    TEXT,
    Place,
    became,
    escaped,
    expanded,
    pairs,
    same,
    unruled,
)
from specs.publishing.breaking.verdicts import Change


class Way(enum.StrEnum):
    """The direction in which a value travels."""

    REQUEST = "request"
    RESPONSE = "response"


LOWER: Final = (
    "minLength",
    "minItems",
    "minProperties",
    "minContains",
    "minimum",
    "exclusiveMinimum",
)
UPPER: Final = (
    "maxLength",
    "maxItems",
    "maxProperties",
    "maxContains",
    "maximum",
    "exclusiveMaximum",
)
OTHER: Final = ("pattern", "multipleOf", "const", "uniqueItems")
# Annotations of the specification that tools make types of.
FORMATS: Final = (
    "format",
    "contentEncoding",
    "contentMediaType",
    "readOnly",
    "writeOnly",
    "nullable",
)
DEFAULTS: Final[Mapping[str, Any]] = {
    "minLength": 0,
    "minItems": 0,
    "minProperties": 0,
    "uniqueItems": False,
    "readOnly": False,
    "writeOnly": False,
    "nullable": False,
}
"""What a keyword that is left out means, where it means a value."""
# Keywords whose every change may let through more or less; nobody here needs to know which.
OPAQUE: Final = (
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "patternProperties",
    "prefixItems",
    "dependentSchemas",
    "dependentRequired",
    "unevaluatedItems",
    "unevaluatedProperties",
)
COMBINED: Final = ("oneOf", "anyOf", "allOf")
RULED: Final = frozenset(
    {
        *LOWER,
        *UPPER,
        *OTHER,
        *FORMATS,
        *OPAQUE,
        *COMBINED,
        *EXAMPLES,
        "type",
        "enum",
        "x-open",
        "required",
        "properties",
        "additionalProperties",
        "items",
        "default",
        "discriminator",
        "deprecated",
        "$defs",
    }
)


@attrs.frozen
class Schemas:
    """Compares schemas that travel one way; remembers what it has compared, as schemas recur."""

    way: Way
    _seen: set[tuple[str, str]] = attrs.field(factory=set, init=False)

    def compare(self, base: Place, head: Place) -> Iterator[Change]:
        """Every change from one schema to the other, down to the leaves."""
        if base.beside or head.beside:
            yield from self.compare(base.siblings, head.siblings)
        if (base.pointer, head.pointer) in self._seen:
            return
        self._seen.add((base.pointer, head.pointer))
        if base and head and base.name != head.name:
            yield Change(head.pointer, "schema-renamed", became(base.name, head.name))
        if not isinstance(base.node, Mapping) or not isinstance(head.node, Mapping):
            yield from self._truth(base, head)
            return
        yield from self._type(base, head)
        yield from self._enum(base, head)
        yield from self._limits(base, head)
        yield from self._fields(base, head)
        yield from self._parts(base, head)
        yield from self._combined(base, head)
        yield from self._annotations(base, head)
        yield from compare_examples(base, head)
        yield from unruled(base, head, RULED)

    def _kind(self, what: str) -> str:
        return f"{self.way}-{what}"

    def _truth(self, base: Place, head: Place) -> Iterator[Change]:
        """A schema that is only true or false, on one side at least; absent means true."""
        before, after = (
            (True if p.node is ABSENT or _wordy(p.node) else p.node) for p in (base, head)
        )
        if same(before, after):
            return
        narrower = before is True or after is False
        what = "limit-narrowed" if narrower else "limit-widened"
        yield Change(head.pointer, self._kind(what), became(base.node, head.node))

    def _type(self, base: Place, head: Place) -> Iterator[Change]:
        before, after = (_types(place.value("type", ABSENT)) for place in (base, head))
        if before == after:
            return
        what = "type-changed"
        if after < before:
            what = "type-narrowed"
        elif before < after:
            what = "type-widened"
        detail = became(base.value("type", ABSENT), head.value("type", ABSENT))
        yield Change(f"{head.pointer}/type", self._kind(what), detail)

    def _enum(self, base: Place, head: Place) -> Iterator[Change]:
        before, after = base.value("enum"), head.value("enum")
        pointer = f"{head.pointer}/enum"
        opens = bool(head.value("x-open"))
        if bool(base.value("x-open")) is not opens:
            kind = "enum-opened" if opens else "enum-closed"
            if self.way is Way.REQUEST:
                kind = self._kind(f"limit-{'widened' if opens else 'narrowed'}")
            yield Change(f"{head.pointer}/x-open", kind)
        if before is None or after is None:
            if before != after:
                what = "limit-narrowed" if before is None else "limit-widened"
                yield Change(pointer, self._kind(what), became(before, after))
            return
        is_open = self.way is Way.RESPONSE and base.value("x-open") is True
        added = "open-enum-value-added" if is_open else self._kind("enum-value-added")
        yield from (Change(pointer, added, str(value)) for value in _without(after, before))
        removed = self._kind("enum-value-removed")
        yield from (Change(pointer, removed, str(value)) for value in _without(before, after))

    def _limits(self, base: Place, head: Place) -> Iterator[Change]:
        for key in (*LOWER, *UPPER, *OTHER, *OPAQUE):
            before, after = _values(key, base, head)
            # What is behind a reference matters as well, wherever no rule looks into it.
            parts = [expanded(p.child(key)) for p in (base, head)] if key in OPAQUE else []
            if same(*parts) if parts else same(before, after):
                continue
            what = f"limit-{_direction(key, before, after)}"
            yield Change(f"{head.pointer}/{key}", self._kind(what), became(before, after))

    def _fields(self, base: Place, head: Place) -> Iterator[Change]:
        had, has = set(base.value("required", ())), set(head.value("required", ()))
        shut = ("additionalProperties", "unevaluatedProperties")
        closed = self.way is Way.RESPONSE and any(base.value(key) is False for key in shut)
        for name, before, after in pairs(base.child("properties"), head.child("properties")):
            pointer = f"{head.pointer}/properties/{escaped(name)}"
            if not before and closed:
                yield Change(pointer, "closed-response-field-added")
            if not before and name in has:
                yield Change(f"{head.pointer}/required", self._kind("field-added-required"), name)
            elif not before:
                if not closed:
                    yield Change(pointer, self._kind("field-added"))
            elif not after:
                yield Change(pointer, self._kind("field-removed"))
            else:
                yield from self.compare(before, after)
        # A field that came or went has been reported as such.
        both = _names(base) & _names(head) | (had ^ has) - _names(base) - _names(head)
        for what, names in (("became-required", has - had), ("became-optional", had - has)):
            for name in sorted(names & both):
                yield Change(f"{head.pointer}/required", self._kind(f"field-{what}"), name)

    def _parts(self, base: Place, head: Place) -> Iterator[Change]:
        for key in ("items", "additionalProperties"):
            before, after = base.child(key), head.child(key)
            if before or after:
                yield from self.compare(before, after)

    def _combined(self, base: Place, head: Place) -> Iterator[Change]:
        for key in COMBINED:
            before, after = base.child(key), head.child(key)
            # Of allOf every part must hold: one more lets through less, as elsewhere one fewer.
            gone, came = "alternative-removed", "alternative-added"
            if key == "allOf":
                gone, came = "limit-widened", "limit-narrowed"
            elif not before or not after:
                gone, came = "type-widened", "type-narrowed"
            old, new = _alternatives(before, after), _alternatives(after, before)
            for name in sorted(old.keys() & new.keys()):
                yield from self.compare(old[name], new[name])
            pointer = f"{head.pointer}/{key}"
            yield from (Change(pointer, self._kind(gone), n) for n in sorted(old.keys() - new))
            yield from (Change(pointer, self._kind(came), n) for n in sorted(new.keys() - old))

    def _annotations(self, base: Place, head: Place) -> Iterator[Change]:
        rules = [("default", "default-changed"), ("discriminator", "discriminator-changed")]
        for key, what in [*rules, *((key, "format-changed") for key in FORMATS)]:
            before, after = _values(key, base, head)
            if not same(before, after):
                yield Change(f"{head.pointer}/{key}", self._kind(what), became(before, after))
        yield from deprecations(base, head)


def deprecations(base: Place, head: Place) -> Iterator[Change]:
    """Whether something was declared deprecated, or no longer is."""
    before, after = bool(base.value("deprecated")), bool(head.value("deprecated"))
    if before is not after:
        kind = "deprecated" if after else "text-changed"
        yield Change(f"{head.pointer}/deprecated", kind, became(before, after))


def _wordy(node: Any) -> bool:
    """Whether a schema lets through everything, because it has words only."""
    return isinstance(node, Mapping) and node.keys() <= TEXT


def _values(key: str, *places: Place) -> tuple[Any, ...]:
    return tuple(place.value(key, DEFAULTS.get(key, ABSENT)) for place in places)


def _without(values: list[Any], others: list[Any]) -> list[Any]:
    return [value for value in values if not any(same(value, other) for other in others)]


def _types(value: Any) -> frozenset[str]:
    if value is ABSENT:
        return frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
    names = frozenset(value if isinstance(value, list) else [value])
    return names | {"integer"} if "number" in names else names


def _direction(key: str, before: Any, after: Any) -> str:
    """Whether a limit lets through less than before, or more, or something else."""
    if key in OPAQUE:
        return "changed"
    if before is ABSENT or after is ABSENT:
        return "narrowed" if before is ABSENT else "widened"
    if key == "uniqueItems":
        return "narrowed" if after else "widened"
    numbers = isinstance(before, int | float) and isinstance(after, int | float)
    if key in OTHER or not numbers:
        return "changed"
    return "narrowed" if (key in LOWER) is (after > before) else "widened"


def _names(place: Place) -> set[str]:
    return set(place.child("properties").keys())


def _alternatives(place: Place, other: Place) -> dict[str, Place]:
    """The parts by the name of what they refer to; parts without a name by their position.

    Those without a name that stand unchanged on the other side, in whatever order, are left out.
    """
    there = [expanded(part) for part in other.entries() if not part.name]
    found: dict[str, Place] = {}
    nameless = 0
    for part in place.entries():
        if not part.name and any(same(expanded(part), each) for each in there):
            continue
        nameless += not part.name
        name = part.name or f"number {nameless}"
        while name in found:
            name += ", again"
        found[name] = part
    return found

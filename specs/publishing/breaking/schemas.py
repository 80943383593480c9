"""Schemas, compared by the values that they allow in the direction in which they are used."""

import enum
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from specs.publishing.breaking.members import (
    DEPRECATED,
    TEXT,
    became,
    compare_examples,
    compare_members,
    pairs,
    reordered,
    unruled,
)
from specs.publishing.breaking.verdicts import Change
from specs.publishing.document import ABSENT, KEYWORDS, Node, escaped, expanded, same


class Direction(enum.StrEnum):
    """The direction in which a value is sent."""

    REQUEST = "request"
    RESPONSE = "response"


EFFECTS: Final = [
    (key, facts["effect"], facts.get("absent", ABSENT))
    for key, facts in KEYWORDS.items()
    if "effect" in facts
]
COMBINED: Final = ("oneOf", "anyOf", "allOf")
PARTS: Final = ("items", "additionalProperties")
RULED: Final = frozenset(key for key, facts in KEYWORDS.items() if facts.get("ruled", True))
TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")


@attrs.frozen
class Schemas:
    """Compares the schemas of one direction, each pair once, as schemas recur."""

    direction: Direction
    _seen: set[tuple[str, str]] = attrs.field(factory=set, init=False)

    def compare(self, base: Node, head: Node) -> Iterator[Change]:
        """Every change from one schema to the other, down to the leaves."""
        if base.beside or head.beside:
            yield from self.compare(base.siblings, head.siblings)
        if (base.pointer, head.pointer) in self._seen:
            return
        self._seen.add((base.pointer, head.pointer))
        if base and head and base.name != head.name:
            yield Change(head.pointer, "schema-renamed", became(base.name, head.name))
        if not isinstance(base.raw, Mapping) or not isinstance(head.raw, Mapping):
            yield from self._boolean(base, head)
            return
        yield from self._type(base, head)
        yield from self._enum(base, head)
        yield from self._keywords(base, head)
        yield from self._fields(base, head)
        for key in PARTS:
            if key in base or key in head:
                yield from self.compare(base.child(key), head.child(key))
        yield from self._combined(base, head)
        yield from compare_members(base, head, DEPRECATED)
        yield from compare_examples(base, head)
        yield from unruled(base, head, RULED)

    def _change(self, pointer: str, what: str, detail: str = "") -> Change:
        return Change(pointer, f"{self.direction}-{what}", detail)

    def _boolean(self, base: Node, head: Node) -> Iterator[Change]:
        """Compare a schema that is only true or false, on one side at least; absent means true."""
        before, after = (
            True if node.raw is ABSENT or _allows_all(node.raw) else node.raw
            for node in (base, head)
        )
        if not same(before, after):
            narrower = before is True or after is False
            what = "limit-narrowed" if narrower else "limit-widened"
            yield self._change(head.pointer, what, became(base.raw, head.raw))

    def _type(self, base: Node, head: Node) -> Iterator[Change]:
        before, after = (_types(node.get("type", TYPES)) for node in (base, head))
        if before != after:
            what = "type-narrowed" if after < before else "type-changed"
            what = "type-widened" if before < after else what
            detail = became(base.get("type", ABSENT), head.get("type", ABSENT))
            yield self._change(f"{head.pointer}/type", what, detail)

    def _enum(self, base: Node, head: Node) -> Iterator[Change]:
        before, after = base.get("enum"), head.get("enum")
        pointer = f"{head.pointer}/enum"
        was_open, is_open = bool(base.get("x-open")), bool(head.get("x-open"))
        if was_open is not is_open:
            kind = "enum-opened" if is_open else "enum-closed"
            if self.direction is Direction.REQUEST:
                kind = f"request-limit-{'widened' if is_open else 'narrowed'}"
            yield Change(f"{head.pointer}/x-open", kind)
        if before is None or after is None:
            if before != after:
                what = "limit-narrowed" if before is None else "limit-widened"
                yield self._change(pointer, what, became(before, after))
            return
        expected = was_open and self.direction is Direction.RESPONSE
        added = "open-enum-value-added" if expected else f"{self.direction}-enum-value-added"
        removed = f"{self.direction}-enum-value-removed"
        yield from (Change(pointer, added, str(value)) for value in _without(after, before))
        yield from (Change(pointer, removed, str(value)) for value in _without(before, after))

    def _keywords(self, base: Node, head: Node) -> Iterator[Change]:
        for key, effect, absent in EFFECTS:
            before, after = (node.get(key, absent) for node in (base, head))
            # No other rule looks behind the references of an opaque keyword.
            opaque = effect == "opaque"
            values = (expanded(n.child(key)) for n in (base, head)) if opaque else (before, after)
            if not same(*values):
                what = _what(effect, before, after)
                yield self._change(f"{head.pointer}/{key}", what, became(before, after))

    def _fields(self, base: Node, head: Node) -> Iterator[Change]:
        had, has = set(base.get("required", ())), set(head.get("required", ()))
        shut = ("additionalProperties", "unevaluatedProperties")
        closed = self.direction is Direction.RESPONSE and any(base.get(k) is False for k in shut)
        old, new = base.child("properties"), head.child("properties")
        for name, before, after in pairs(old, new):
            pointer = f"{head.pointer}/properties/{escaped(name)}"
            if before and after:
                yield from self.compare(before, after)
            elif before:
                yield self._change(pointer, "field-removed")
            else:
                if closed:
                    yield Change(pointer, "closed-response-field-added")
                if name in has:
                    yield self._change(f"{head.pointer}/required", "field-added-required", name)
                elif not closed:
                    yield self._change(pointer, "field-added")
        # An added or removed field has been reported as such.
        moved = set(old.names) ^ set(new.names)
        for what, names in (("became-required", has - had), ("became-optional", had - has)):
            for name in sorted(names - moved):
                yield self._change(f"{head.pointer}/required", f"field-{what}", name)

    def _combined(self, base: Node, head: Node) -> Iterator[Change]:
        for key in COMBINED:
            before, after = base.child(key), head.child(key)
            # All parts of allOf must hold: one more allows less, where elsewhere one fewer does.
            removed, added = "alternative-removed", "alternative-added"
            if key == "allOf":
                removed, added = "limit-widened", "limit-narrowed"
            elif not before or not after:
                removed, added = "type-widened", "type-narrowed"
            old, new = _alternatives(before, after), _alternatives(after, before)
            for name in sorted(old.keys() & new.keys()):
                yield from self.compare(old[name], new[name])
            pointer = f"{head.pointer}/{key}"
            yield from (self._change(pointer, removed, n) for n in sorted(old.keys() - new))
            yield from (self._change(pointer, added, n) for n in sorted(new.keys() - old))
            if key != "allOf" and reordered(_texts(before), _texts(after)):
                yield self._change(pointer, "alternatives-reordered")


def _allows_all(raw: Any) -> bool:
    """Whether a schema allows every value, because it has text only."""
    return isinstance(raw, Mapping) and raw.keys() <= TEXT


def _without(values: list[Any], others: list[Any]) -> list[Any]:
    return [value for value in values if not any(same(value, other) for other in others)]


def _types(value: Any) -> frozenset[str]:
    names = frozenset([value] if isinstance(value, str) else value)
    return names | {"integer"} if "number" in names else names


def _what(effect: str, before: Any, after: Any) -> str:
    """What a changed keyword means: the second half of a kind of change."""
    if effect in {"format", "default", "discriminator"}:
        return f"{effect}-changed"
    if effect == "opaque":
        return "limit-changed"
    if before is ABSENT or after is ABSENT:
        return "limit-narrowed" if before is ABSENT else "limit-widened"
    numbers = isinstance(before, int | float) and isinstance(after, int | float)
    if effect == "other" or not numbers:
        return "limit-changed"
    # A flag is a number too: one that is set allows less.
    return "limit-widened" if (effect == "upper") is (after > before) else "limit-narrowed"


def _texts(node: Node) -> list[str]:
    """The parts by the name of their reference, or else by what they say."""
    return [part.name or json.dumps(expanded(part), sort_keys=True) for part in node.entries]


def _alternatives(node: Node, other: Node) -> dict[str, Node]:
    """The parts by the name of their reference; parts without a reference by their position.

    Those without a name that are unchanged on the other side, in any order, are left out.
    """
    there = [expanded(part) for part in other.entries if not part.name]
    found: dict[str, Node] = {}
    nameless = 0
    for part in node.entries:
        if not part.name and any(same(expanded(part), each) for each in there):
            continue
        nameless += not part.name
        name = part.name or f"number {nameless}"
        while name in found:
            name += ", again"
        found[name] = part
    return found

"""Comparisons that fit the members of any object: by a table, by name, and for all the rest."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import attrs

from specs.publishing.breaking.verdicts import Change
from specs.publishing.document import ABSENT, Node, expanded, same

TEXT: Final = frozenset({"description", "x-source", "summary", "title", "externalDocs", "$comment"})
"""Members that are text only, wherever they stand."""
EXAMPLES: Final = ("example", "examples")
LONGEST: Final = 80

T = TypeVar("T")
Kind = str | Callable[[Any, Any], str]
"""A kind of change, or the way to tell it from the values before and after."""


@attrs.frozen
class Rule:
    """How one member is compared: only the normalized part of its value counts."""

    kind: Kind
    default: Any = ABSENT
    normalized: Callable[[Any], Any] = attrs.field(default=lambda value: value)


def switch(kind_on: str, kind_off: str) -> Rule:
    """The rule for a member that is true or false, and false if absent."""
    return Rule(lambda _, after: kind_on if after else kind_off, default=False, normalized=bool)


DEPRECATED: Final = {"deprecated": switch("deprecated", "text-changed")}


def compare_members(
    base: Node, head: Node, rules: Mapping[str, Rule | str], detail: str = ""
) -> Iterator[Change]:
    """Compare the members that a table names; a kind alone is a rule without a default."""
    for key, given in rules.items():
        rule = Rule(given) if isinstance(given, str) else given
        before, after = (
            ABSENT if (value := node.get(key, rule.default)) is ABSENT else rule.normalized(value)
            for node in (base, head)
        )
        if not same(before, after):
            kind = rule.kind if isinstance(rule.kind, str) else rule.kind(before, after)
            values = became(base.get(key, rule.default), head.get(key, rule.default))
            yield Change(f"{head.pointer}/{key}", kind, detail + values)


def compare_named(
    old: Mapping[str, Node],
    new: Mapping[str, Node],
    kinds: tuple[str, str],
    both: Callable[[Node, Node], Iterator[Change]],
) -> Iterator[Change]:
    """Compare nodes by name: `kinds` are those of one that is added and of one that is removed."""
    added, removed = kinds
    for name in dict.fromkeys([*old, *new]):
        if name not in old:
            yield Change(new[name].pointer, added, name)
        elif name not in new:
            yield Change(old[name].pointer, removed, name)
        else:
            yield from both(old[name], new[name])


def reordered(old: Iterable[T], new: Iterable[T]) -> bool:
    """Whether those on both sides come in another order."""
    before, after = list(old), list(new)
    return [each for each in before if each in after] != [each for each in after if each in before]


def lowered(node: Node) -> dict[str, Node]:
    """The members of an object whose names are the same in any letter case."""
    return {name.lower(): member for name, member in node.members.items()}


def pairs(base: Node, head: Node) -> Iterator[tuple[str, Node, Node]]:
    """Members of either side by name, those of the base first; absent nodes where one lacks."""
    for key in dict.fromkeys([*base.names, *head.names]):
        yield key, base.child(key), head.child(key)


def rest(base: Node, head: Node, known: Collection[str]) -> Iterator[Change]:
    """Changes of members that the caller has no rule for: text, extensions, the unknown."""
    if base.beside or head.beside:
        yield from unruled(base.siblings, head.siblings, ())
    yield from unruled(base, head, known)


def unruled(base: Node, head: Node, known: Collection[str]) -> Iterator[Change]:
    """The same without the members beside a reference, for callers who have rules for those."""
    for key, before, after in pairs(base, head):
        if key in known or same(expanded(before), expanded(after)):
            continue
        kind = "extension-changed" if key.startswith("x-") else "unclassified"
        kind = "text-changed" if key in TEXT else kind
        yield Change(after.pointer, kind, became(before.raw, after.raw))


def compare_examples(base: Node, head: Node) -> Iterator[Change]:
    """The examples of a media type, parameter, header or schema."""
    # Without a name nobody can ask for one of them, so none can be missed.
    unnamed = Rule(lambda before, _: "example-added" if before is ABSENT else "example-changed")
    yield from compare_members(base, head, {"example": unnamed})
    before, after = base.child("examples"), head.child("examples")
    if isinstance(before.raw, list) or isinstance(after.raw, list):
        yield from compare_members(base, head, {"examples": unnamed})
        return
    kinds = "example-added", "example-removed"
    yield from compare_named(before.members, after.members, kinds, _named_example)


def _named_example(base: Node, head: Node) -> Iterator[Change]:
    rules = {"value": "example-changed", "externalValue": "example-changed"}
    yield from compare_members(base, head, rules)
    yield from rest(base, head, rules)


def became(before: Any, after: Any) -> str:
    """The old and the new value, for a report."""
    return f"{_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    if value is ABSENT or value is None:
        return "nothing" if value is ABSENT else "null"
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

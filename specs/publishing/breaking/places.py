"""Nodes of a document together with where they stand."""

import contextlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import attrs

from specs.publishing.breaking.verdicts import Change

TEXT: Final = frozenset({"description", "summary", "title", "externalDocs", "$comment"})
"""Members that are words only, wherever they stand."""

ABSENT: Final = object()
"""Stands for a member that is not there; null is a value."""


class DanglingReferenceError(Exception):
    """A reference leads nowhere in its file, or out of it; the message names it."""


@attrs.frozen(eq=False)
class Place:
    """A node, where it is defined, and the document that it is part of.

    References are followed: a place never is one. `name` is the last reference on the way, so that
    a renamed component can be told from a changed one; `beside` is what stands next to a reference
    on the way, which in a schema of OpenAPI 3.1 counts like the rest of it.
    """

    root: Any = attrs.field(repr=False)
    pointer: str = "#"
    node: Any = attrs.field(default=ABSENT, repr=False)
    name: str = ""
    beside: "Place | None" = attrs.field(default=None, repr=False)

    def __bool__(self) -> bool:
        """Whether there is such a node."""
        return self.node is not ABSENT

    def __contains__(self, key: str) -> bool:
        """Whether the node has such a member."""
        return isinstance(self.node, Mapping) and key in self.node

    def child(self, key: str | int) -> "Place":
        """A member or entry, references followed; an absent place if there is none.

        Raises:
            DanglingReferenceError: a reference leads nowhere.
        """
        pointer = f"{self.pointer}/{escaped(key)}"
        if isinstance(self.node, Mapping):
            node = self.node.get(key, ABSENT)
        elif isinstance(self.node, list) and isinstance(key, int) and key < len(self.node):
            node = self.node[key]
        else:
            node = ABSENT
        return _followed(self.root, pointer, node)

    def value(self, key: str, default: Any = None) -> Any:
        """A member's plain value."""
        return self.node.get(key, default) if isinstance(self.node, Mapping) else default

    @property
    def siblings(self) -> "Place":
        """What stands beside the reference that led here; an empty object if nothing does."""
        return self.beside or Place(self.root, self.pointer, {})

    def keys(self) -> list[str]:
        """The members' names; none if the node is no object."""
        return list(self.node) if isinstance(self.node, Mapping) else []

    def entries(self) -> list["Place"]:
        """The entries of a list; none if the node is no list."""
        return [self.child(i) for i in range(len(self.node))] if isinstance(self.node, list) else []


def document(node: Any) -> Place:
    """The place of a whole document."""
    return Place(node, "#", node)


def escaped(key: str | int) -> str:
    """A key as a part of a JSON pointer, RFC 6901."""
    return str(key).replace("~", "~0").replace("/", "~1")


def short(value: Any) -> str:
    """A value for one line of a report."""
    if value is ABSENT or value is None:
        return "nothing" if value is ABSENT else "null"
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def became(before: Any, after: Any) -> str:
    """`a` became `b`, for a report."""
    return f"{short(before)} → {short(after)}"


def pairs(base: Place, head: Place) -> Iterator[tuple[str, Place, Place]]:
    """Members of either side by name, those of the base first; an absent place where one lacks."""
    for key in dict.fromkeys([*base.keys(), *head.keys()]):
        yield key, base.child(key), head.child(key)


def rest(base: Place, head: Place, known: Collection[str]) -> Iterator[Change]:
    """Changes of members that the caller has no rule for: words, extensions, the unknown."""
    if base.beside or head.beside:
        yield from unruled(base.siblings, head.siblings, ())
    yield from unruled(base, head, known)


def unruled(base: Place, head: Place, known: Collection[str]) -> Iterator[Change]:
    """The same without what stands beside a reference, for callers who have rules for that."""
    for key, before, after in pairs(base, head):
        if key in known or same(expanded(before), expanded(after)):
            continue
        kind = "unclassified"
        if key in TEXT:
            kind = "text-changed"
        elif key.startswith("x-"):
            kind = "extension-changed"
        yield Change(after.pointer, kind, became(before.node, after.node))


def same(before: Any, after: Any) -> bool:
    """Whether two values are the same JSON: to Python `1` is `true`, to JSON it is not."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(same(before[k], after[k]) for k in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(same, before, after))
    return isinstance(before, bool) is isinstance(after, bool) and bool(before == after)


def expanded(place: Place) -> list[Any]:
    """A node, what stands beside its reference, and whatever they refer to, directly or not."""
    found: dict[str, Any] = {}
    waiting = [place.node, place.siblings.node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, Mapping):
            waiting += node.values()
            name = node.get("$ref")
            if isinstance(name, str) and name.startswith("#/") and name not in found:
                # In an example or an extension it may be a mere value.
                with contextlib.suppress(DanglingReferenceError):
                    found[name] = _at(place.root, name)
                    waiting.append(found[name])
    return [place.node, place.siblings.node, found]


_LONGEST: Final = 80


def _followed(root: Any, pointer: str, node: Any) -> Place:
    name, seen, start, beside = "", set[str](), pointer, list[Any]()
    while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
        name = node["$ref"]
        if name in seen or not name.startswith("#/"):
            raise DanglingReferenceError(f"{name} at {pointer}")
        seen.add(name)
        beside += [{key: value for key, value in node.items() if key != "$ref"}]
        node, pointer = _at(root, name), name
    others = [each for each in beside if each]
    if not others:
        return Place(root, pointer, node, name)
    # Every one of several has to hold.
    every = others[0] if len(others) == 1 else {"allOf": others}
    return Place(root, pointer, node, name, Place(root, start, every))


def _at(root: Any, reference: str) -> Any:
    node = root
    for part in reference.removeprefix("#/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(key)] if isinstance(node, list) else node[key]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise DanglingReferenceError(reference) from error
    return node

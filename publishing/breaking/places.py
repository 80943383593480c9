"""Nodes of a document together with where they stand."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import attrs

from publishing.breaking.verdicts import Change

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
    a renamed component can be told from a changed one.
    """

    root: Any = attrs.field(repr=False)
    pointer: str = "#"
    node: Any = attrs.field(default=ABSENT, repr=False)
    name: str = ""

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
    for key, before, after in pairs(base, head):
        if key in known or before.node == after.node:
            continue
        kind = "unclassified"
        if key in TEXT:
            kind = "text-changed"
        elif key.startswith("x-"):
            kind = "extension-changed"
        yield Change(after.pointer, kind, became(before.node, after.node))


_LONGEST: Final = 80


def _followed(root: Any, pointer: str, node: Any) -> Place:
    name, seen = "", set[str]()
    while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
        name = node["$ref"]
        if name in seen or not name.startswith("#/"):
            raise DanglingReferenceError(f"{name} at {pointer}")
        seen.add(name)
        node, pointer = _at(root, name), name
    return Place(root, pointer, node, name)


def _at(root: Any, reference: str) -> Any:
    node = root
    for part in reference.removeprefix("#/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(key)] if isinstance(node, list) else node[key]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise DanglingReferenceError(reference) from error
    return node

"""OpenAPI documents: nodes with their JSON pointers, references followed, and operations."""

import contextlib
import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import yaml

from specs.publishing import PublishingError

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

KEYWORDS: Final[Mapping[str, Mapping[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("keywords.yaml").read_text(encoding="utf-8")
)
"""What is known of each keyword of a schema."""

ABSENT: Final = object()
"""Stands for a member that is not there; null is a value."""


class DanglingReferenceError(PublishingError):
    """A reference leads nowhere in its file, or out of it; the message names it."""


@attrs.frozen(eq=False)
class Node:
    """A value, the pointer where it is defined, and the document that it is part of.

    References are followed: a node never is one. `name` is the last reference on the way, so that
    a renamed component can be told from a changed one. `beside` holds the members next to a
    reference on the way: in a schema of OpenAPI 3.1 they count like the rest of it.
    """

    root: Any = attrs.field(repr=False)
    pointer: str = "#"
    raw: Any = attrs.field(default=ABSENT, repr=False)
    name: str = ""
    beside: "Node | None" = attrs.field(default=None, repr=False)

    @classmethod
    def document(cls, raw: Any) -> "Node":
        """The node of a whole document."""
        return cls(raw, "#", raw)

    def __bool__(self) -> bool:
        """Whether there is such a node."""
        return self.raw is not ABSENT

    def __contains__(self, key: str) -> bool:
        """Whether the node has such a member."""
        return isinstance(self.raw, Mapping) and key in self.raw

    def child(self, key: str | int) -> "Node":
        """A member or entry, references followed; an absent node if there is none."""
        raw = self.get(str(key), ABSENT)
        if isinstance(self.raw, list) and isinstance(key, int) and key < len(self.raw):
            raw = self.raw[key]
        return _followed(self.root, f"{self.pointer}/{escaped(key)}", raw)

    def get(self, key: str, default: Any = None) -> Any:
        """A member's plain value."""
        return self.raw.get(key, default) if isinstance(self.raw, Mapping) else default

    @property
    def siblings(self) -> "Node":
        """The members beside the reference that led here; an empty object if there are none."""
        return self.beside or Node(self.root, self.pointer, {})

    @property
    def names(self) -> list[str]:
        """The names of the members; none if the node is no object."""
        return list(self.raw) if isinstance(self.raw, Mapping) else []

    @property
    def members(self) -> dict[str, "Node"]:
        """The members by name; none if the node is no object."""
        return {name: self.child(name) for name in self.names}

    @property
    def entries(self) -> list["Node"]:
        """The entries of a list; none if the node is no list."""
        return [self.child(i) for i in range(len(self.raw))] if isinstance(self.raw, list) else []


@attrs.frozen(eq=False)
class Operation:
    """One operation with the address that it stands under."""

    method: str
    path: str
    node: Node
    item: Node

    @property
    def id(self) -> str:
        """Its operationId, or method and path where it has none."""
        return str(self.node.get("operationId") or self.address)

    @property
    def address(self) -> str:
        """Method and path, for a report."""
        return f"{self.method.upper()} {self.path}"

    @property
    def route(self) -> tuple[str, str]:
        """Method and path without the names of its parameters, which are not sent."""
        return self.method, re.sub(r"\{[^}]*\}", "{}", self.path)

    @property
    def parameters(self) -> list[Node]:
        """Its parameters, those of its path first."""
        return [*self.item.child("parameters").entries, *self.node.child("parameters").entries]

    @property
    def body(self) -> Node:
        """Its request body; absent where it takes none."""
        return self.node.child("requestBody")

    @property
    def responses(self) -> dict[str, Node]:
        """Its responses by status."""
        return self.node.child("responses").members


def operations(document: Node) -> list[Operation]:
    """Every operation, in the order of the document."""
    return [
        Operation(method, path, item.child(method), item)
        for path, item in document.child("paths").members.items()
        for method in METHODS
        if method in item
    ]


def parsed(text: bytes | str) -> Any:
    """The plain values of a YAML document."""
    # libyaml, where PyYAML was built with it, is ten times as fast.
    safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=safe)  # noqa: S506


@functools.cache
def read(text: bytes) -> Node:
    """Read a document that is to be published."""
    try:
        root = parsed(text)
        same_in_json = json.loads(json.dumps(root, allow_nan=False)) == root
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise PublishingError(f"cannot be read as YAML that is JSON too: {error}") from error
    if not same_in_json or not isinstance(root, dict):
        raise PublishingError("has a key that is not text; quote the statuses")
    return Node.document(root)


def escaped(key: str | int) -> str:
    """A key as a part of a JSON pointer, RFC 6901."""
    return str(key).replace("~", "~0").replace("/", "~1")


def same(before: Any, after: Any) -> bool:
    """Whether two values are the same JSON: to Python `1` is `true`, to JSON it is not."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(same(before[k], after[k]) for k in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(same, before, after))
    return isinstance(before, bool) is isinstance(after, bool) and bool(before == after)


def expanded(node: Node) -> list[Any]:
    """A value, the members beside its reference, and all that they refer to, directly or not."""
    found: dict[str, Any] = {}
    waiting = [node.raw, node.siblings.raw]
    while waiting:
        raw = waiting.pop()
        if isinstance(raw, list):
            waiting += raw
        elif isinstance(raw, Mapping):
            waiting += raw.values()
            name = raw.get("$ref")
            if isinstance(name, str) and name.startswith("#/") and name not in found:
                # In an example or an extension it may be a mere value.
                with contextlib.suppress(DanglingReferenceError):
                    found[name] = lookup(node.root, name)
                    waiting.append(found[name])
    return [node.raw, node.siblings.raw, found]


def _followed(root: Any, pointer: str, raw: Any) -> Node:
    name, start, seen, beside = "", pointer, set[str](), list[Any]()
    while isinstance(raw, Mapping) and isinstance(raw.get("$ref"), str):
        name = raw["$ref"]
        if name in seen or not name.startswith("#/"):
            raise DanglingReferenceError(f"{name} at {pointer}")
        seen.add(name)
        beside += [others] if (others := {k: v for k, v in raw.items() if k != "$ref"}) else []
        raw, pointer = lookup(root, name), name
    if not beside:
        return Node(root, pointer, raw, name)
    # Every one of several has to hold.
    every = beside[0] if len(beside) == 1 else {"allOf": beside}
    return Node(root, pointer, raw, name, Node(root, start, every))


def lookup(root: Any, reference: str) -> Any:
    """The value that a JSON pointer leads to, with or without its leading `#`."""
    raw = root
    for part in reference.removeprefix("#").removeprefix("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            raw = raw[int(key)] if isinstance(raw, list) else raw[key]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise DanglingReferenceError(reference) from error
    return raw

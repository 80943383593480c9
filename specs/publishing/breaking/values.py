"""Parameters, headers and media types: all that carries a value with a schema."""

import re
from collections.abc import Iterator
from typing import Any, Final

from specs.publishing.breaking.members import (
    DEPRECATED,
    EXAMPLES,
    became,
    compare_examples,
    compare_members,
    compare_named,
    lowered,
    reordered,
    rest,
    switch,
)
from specs.publishing.breaking.schemas import Schemas
from specs.publishing.breaking.verdicts import Change
from specs.publishing.document import ABSENT, Node, Operation, expanded, same

SERIALIZATION: Final = ("style", "explode", "allowReserved", "allowEmptyValue", "content")
RULED: Final = (*SERIALIZATION, *EXAMPLES, "name", "in", "required", "schema", "deprecated")


def compare_parameters(base: Operation, head: Operation, schemas: Schemas) -> Iterator[Change]:
    """The parameters of an operation, those of its path included."""
    old, new = _declared(base), _declared(head)
    if reordered(old, new):
        names = (", ".join(str(node.get("name")) for node in each.values()) for each in (old, new))
        yield Change(f"{head.node.pointer}/parameters", "parameters-reordered", became(*names))
    removed = {key: node for key, node in old.items() if key not in new}
    added = {key: node for key, node in new.items() if key not in old}
    for key in old.keys() & new.keys():
        yield from _parameter(old[key], new[key], schemas)
    for (where, name), node in list(removed.items()):
        moved = next((key for key in added if key[1].lower() == name.lower()), None)
        if moved is None:
            yield Change(node.pointer, "parameter-removed", str(node.get("name")))
            continue
        target = added.pop(moved)
        detail = f"{node.get('name')}: {became(where, moved[0])}"
        yield Change(target.pointer, "parameter-moved", detail)
        yield from _parameter(node, target, schemas)
    for node in added.values():
        kind = "parameter-added-required" if node.get("required") else "parameter-added"
        yield Change(node.pointer, kind, str(node.get("name")))


def compare_headers(base: Node, head: Node, schemas: Schemas) -> Iterator[Change]:
    """The headers of a response."""

    def both(before: Node, after: Node) -> Iterator[Change]:
        yield from _carrier(before, after, "header", "response-header", schemas)

    old, new = lowered(base), lowered(head)
    due = {name for name, node in new.items() if name not in old and node.get("required")}
    yield from (Change(new[name].pointer, "response-header-added-required", name) for name in due)
    kinds = "response-header-added", "response-header-removed"
    optional = {name: node for name, node in new.items() if name not in due}
    yield from compare_named(old, optional, kinds, both)


def compare_content(base: Node, head: Node, schemas: Schemas) -> Iterator[Change]:
    """The media types of a body, which are the same in any letter case: RFC 9110, 8.3.1."""

    def both(before: Node, after: Node) -> Iterator[Change]:
        yield from schemas.compare(before.child("schema"), after.child("schema"))
        if not same(*(expanded(side.child("encoding")) for side in (before, after))):
            detail = became(before.get("encoding"), after.get("encoding"))
            yield Change(f"{after.pointer}/encoding", "request-encoding-changed", detail)
        yield from compare_examples(before, after)
        yield from rest(before, after, ("schema", "encoding", *EXAMPLES))

    old, new = lowered(base), lowered(head)
    what = f"{schemas.direction}-media-type"
    yield from compare_named(old, new, (f"{what}-added", f"{what}-removed"), both)
    if reordered(old, new):
        yield Change(head.pointer, f"{what}s-reordered", became(", ".join(old), ", ".join(new)))


def _declared(operation: Operation) -> dict[tuple[str, str], Node]:
    """Parameters by location and name; those of a path by their position in it."""
    positions = re.findall(r"\{([^}]*)\}", operation.path)
    found: dict[tuple[str, str], Node] = {}
    # An operation's own parameter replaces that of its path.
    for node in operation.parameters:
        where, name = str(node.get("in")), str(node.get("name"))
        if where == "path" and name in positions:
            name = f"{{{positions.index(name)}}}"
        found[where, name.lower() if where == "header" else name] = node
    return found


def _parameter(base: Node, head: Node, schemas: Schemas) -> Iterator[Change]:
    where = str(head.get("in"))
    if where == "path":
        yield from compare_members(base, head, {"name": "path-parameter-renamed"})
    yield from _carrier(base, head, where, "parameter", schemas)


def _carrier(base: Node, head: Node, where: str, what: str, schemas: Schemas) -> Iterator[Change]:
    """Compare what a parameter and a header have in common."""
    required = switch(f"{what}-became-required", f"{what}-became-optional")
    yield from compare_members(base, head, {"required": required, **DEPRECATED})
    written = "parameter-serialization" if what == "parameter" else "response-format"
    # A moved one is written in the way of its new location; only a stated difference is news.
    before, after = _serialization(base, where), _serialization(head, where)
    for key in SERIALIZATION:
        if before[key] != after[key]:
            detail = became(before[key], after[key])
            yield Change(f"{head.pointer}/{key}", f"{written}-changed", detail)
    yield from schemas.compare(_schema(base), _schema(head))
    if "content" in base and "content" in head:
        yield from compare_content(base.child("content"), head.child("content"), schemas)
    yield from compare_examples(base, head)
    yield from rest(base, head, RULED)


def _serialization(node: Node, where: str) -> dict[str, Any]:
    """The members that say how a value is written, with OpenAPI's defaults for a location."""
    style = node.get("style", "form" if where in {"query", "cookie"} else "simple")
    return {
        "style": style,
        "explode": bool(node.get("explode", style == "form")),
        "allowReserved": bool(node.get("allowReserved")),
        "allowEmptyValue": bool(node.get("allowEmptyValue")),
        "content": next(map(str.lower, node.child("content").names), ABSENT),
    }


def _schema(node: Node) -> Node:
    """The schema of the value: its own, or that of its one media type."""
    media = (each.child("schema") for each in node.child("content").members.values())
    return node.child("schema") or next(media, Node(node.root))

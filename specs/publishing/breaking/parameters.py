"""Parameters of operations."""

import re
from collections.abc import Iterator
from typing import Final

from specs.publishing.breaking.examples import KEYS as EXAMPLES
from specs.publishing.breaking.examples import compare_examples
from specs.publishing.breaking.media import compare_content
from specs.publishing.breaking.places import Place, became, rest
from specs.publishing.breaking.schemas import Schemas, deprecations
from specs.publishing.breaking.verdicts import Change
from specs.publishing.breaking.writing import described, written

Key = tuple[str, str]
Holder = tuple[str, Place, Place]
"""A path, its item and the operation: where parameters are declared."""

WRITTEN: Final = ("style", "explode", "allowReserved", "allowEmptyValue", "content")
RULED: Final = (*WRITTEN, *EXAMPLES, "name", "in", "required", "schema", "deprecated")


def compare_parameters(base: Holder, head: Holder, schemas: Schemas) -> Iterator[Change]:
    """The parameters of an operation, those of its path included."""
    old, new = _declared(base), _declared(head)
    gone = {key: place for key, place in old.items() if key not in new}
    came = {key: place for key, place in new.items() if key not in old}
    for key in old.keys() & new.keys():
        yield from _compare(old[key], new[key], schemas)
    moves = {one: other for one in gone for other in came if one[1].lower() == other[1].lower()}
    for one, other in moves.items():
        detail = f"{gone[one].value('name')}: {became(one[0], other[0])}"
        yield Change(came[other].pointer, "parameter-moved", detail)
        yield from _compare(gone[one], came[other], schemas)
    for key, place in gone.items():
        if key not in moves:
            yield Change(place.pointer, "parameter-removed", str(place.value("name")))
    for key, place in came.items():
        if key not in moves.values():
            kind = "parameter-added-required" if place.value("required") else "parameter-added"
            yield Change(place.pointer, kind, str(place.value("name")))


def _declared(holder: Holder) -> dict[Key, Place]:
    """Parameters by where they travel and under which name; those of a path by their position."""
    path, item, operation = holder
    positions = re.findall(r"\{([^}]*)\}", path)
    found: dict[Key, Place] = {}
    # An operation's own parameter takes the place of its path's.
    for place in (*item.child("parameters").entries(), *operation.child("parameters").entries()):
        where, name = str(place.value("in")), str(place.value("name"))
        if where == "path" and name in positions:
            name = f"{{{positions.index(name)}}}"
        found[where, name.lower() if where == "header" else name] = place
    return found


def _compare(base: Place, head: Place, schemas: Schemas) -> Iterator[Change]:
    names = base.value("name"), head.value("name")
    if names[0] != names[1] and head.value("in") == "path":
        yield Change(head.pointer, "path-parameter-renamed", became(*names))
    required = bool(head.value("required"))
    if bool(base.value("required")) is not required:
        kind = f"parameter-became-{'required' if required else 'optional'}"
        yield Change(f"{head.pointer}/required", kind, str(names[1]))
    # One that moved is written as is usual there; only what is stated beyond that is news.
    before, after = (written(place, str(head.value("in"))) for place in (base, head))
    for key in WRITTEN:
        if before[key] != after[key]:
            kind = "parameter-serialization-changed"
            yield Change(f"{head.pointer}/{key}", kind, became(before[key], after[key]))
    yield from schemas.compare(described(base), described(head))
    if "content" in base and "content" in head:
        yield from compare_content(base.child("content"), head.child("content"), schemas)
    yield from compare_examples(base, head)
    yield from deprecations(base, head)
    yield from rest(base, head, RULED)

"""Operations: address, parameters, bodies, answers."""

import re
from collections.abc import Iterator
from typing import Final

import attrs

from specs.publishing.breaking.answers import compare_responses
from specs.publishing.breaking.facts import FACTS, compare_facts
from specs.publishing.breaking.media import compare_content
from specs.publishing.breaking.parameters import compare_parameters
from specs.publishing.breaking.places import Place, became, rest
from specs.publishing.breaking.schemas import Schemas, Way, deprecations
from specs.publishing.breaking.security import compare_requirements
from specs.publishing.breaking.servers import compare_servers
from specs.publishing.breaking.verdicts import Change

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PATH_RULED: Final = (*METHODS, "parameters", "servers")
RULED: Final = (
    "operationId",
    "tags",
    "parameters",
    "requestBody",
    "responses",
    "security",
    "servers",
    "deprecated",
    FACTS,
)


@attrs.frozen(eq=False)
class Operation:
    """One operation with the address that it stands under."""

    method: str
    path: str
    place: Place
    item: Place

    @property
    def id(self) -> str:
        """Its operationId, or method and path where it has none."""
        return str(self.place.value("operationId") or self.address)

    @property
    def address(self) -> str:
        """Method and path, for a report."""
        return f"{self.method.upper()} {self.path}"

    @property
    def route(self) -> tuple[str, str]:
        """Method and path without the names of its parameters, which do not travel."""
        return self.method, re.sub(r"\{[^}]*\}", "{}", self.path)


def operations(paths: Place) -> list[Operation]:
    """Every operation, in the order of the document."""
    return [
        Operation(method, path, item.child(method), item)
        for path, item in ((path, paths.child(path)) for path in paths.keys())  # noqa: SIM118
        for method in METHODS
        if method in item
    ]


def compare_operations(base: Place, head: Place) -> Iterator[Change]:
    """All operations, paired by their address, or else by their operationId."""
    old = {operation.route: operation for operation in operations(base)}
    new = {operation.route: operation for operation in operations(head)}
    moved = _moved(old, new)
    # One pair for all operations: what they share is compared once.
    schemas = Schemas(Way.REQUEST), Schemas(Way.RESPONSE)
    for route, operation in old.items():
        if route in new:
            yield from _compare(operation, new[route], *schemas)
        elif operation.id in moved:
            target = moved[operation.id]
            detail = became(operation.address, target.address)
            yield Change(operation.place.pointer, "operation-moved", detail)
            yield from _compare(operation, target, *schemas)
        else:
            yield Change(operation.place.pointer, "operation-removed", operation.id)
    for route, operation in new.items():
        if route not in old and operation.id not in moved:
            yield Change(operation.place.pointer, "operation-added", operation.id)
    yield from _items(base, head)


def _moved(
    old: dict[tuple[str, str], Operation], new: dict[tuple[str, str], Operation]
) -> dict[str, Operation]:
    gone = {operation.id for route, operation in old.items() if route not in new}
    return {o.id: o for route, o in new.items() if route not in old and o.id in gone}


def _items(base: Place, head: Place) -> Iterator[Change]:
    """What a path itself says, beside its operations and their shared parameters."""
    for path in base.keys():  # noqa: SIM118 - a place is no mapping
        if path in head:
            before, after = base.child(path), head.child(path)
            yield from rest(before, after, PATH_RULED)
            yield from compare_servers(before, after)
    yield from rest(base, head, [k for k in (*base.keys(), *head.keys()) if k.startswith("/")])


def _compare(base: Operation, head: Operation, sent: Schemas, read: Schemas) -> Iterator[Change]:
    before, after = base.place, head.place
    if before.value("operationId") != after.value("operationId"):
        yield Change(f"{after.pointer}/operationId", "operation-renamed", became(base.id, head.id))
    if (before.value("tags") or []) != (after.value("tags") or []):
        detail = became(before.value("tags"), after.value("tags"))
        yield Change(f"{after.pointer}/tags", "operation-tag-changed", detail)
    yield from compare_facts(before, after)
    yield from compare_requirements(before, after)
    yield from compare_servers(before, after)
    yield from compare_parameters(
        (base.path, base.item, before), (head.path, head.item, after), sent
    )
    yield from _body(before, after, sent)
    yield from compare_responses(before.child("responses"), after.child("responses"), read)
    yield from deprecations(before, after)
    yield from rest(before, after, RULED)


def _body(base: Place, head: Place, schemas: Schemas) -> Iterator[Change]:
    before, after = base.child("requestBody"), head.child("requestBody")
    if not before and not after:
        return
    required = bool(after.value("required"))
    if not before:
        kind = "request-body-added-required" if required else "request-body-added"
        yield Change(after.pointer, kind)
    elif not after:
        yield Change(before.pointer, "request-body-removed")
    else:
        if bool(before.value("required")) is not required:
            kind = f"request-body-became-{'required' if required else 'optional'}"
            yield Change(f"{after.pointer}/required", kind)
        yield from compare_content(before.child("content"), after.child("content"), schemas)
        yield from rest(before, after, ("required", "content"))

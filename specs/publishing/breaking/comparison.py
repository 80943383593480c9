"""Two versions of one specification, compared: document, operations, responses, servers."""

from collections.abc import Iterator
from typing import Any, Final

from specs.publishing.breaking.facts import FACTS, compare_facts
from specs.publishing.breaking.members import (
    DEPRECATED,
    Rule,
    became,
    compare_members,
    compare_named,
    pairs,
    rest,
    switch,
)
from specs.publishing.breaking.schemas import Direction, Schemas
from specs.publishing.breaking.security import compare_requirements, compare_schemes
from specs.publishing.breaking.values import compare_content, compare_headers, compare_parameters
from specs.publishing.breaking.verdicts import Change
from specs.publishing.document import METHODS, Node, Operation, operations, same


def _dialect(before: Any, after: Any) -> str:
    # 3.1.1 explains 3.1.0; 3.2 is another dialect.
    alike = str(before).split(".")[:2] == str(after).split(".")[:2]
    return "text-changed" if alike else "openapi-version-changed"


DOCUMENT: Final[dict[str, Rule | str]] = {"openapi": Rule(_dialect), "tags": "text-changed"}
INFO: Final = {
    "title": "title-changed",
    "license": "license-changed",
    "contact": "text-changed",
    "termsOfService": "text-changed",
}
FAILURES: Final = "45d"
"""The first letters of statuses of failures, `default` among them."""
OPERATION: Final[dict[str, Rule | str]] = {
    "operationId": "operation-renamed",
    "tags": Rule("operation-tag-changed", default=(), normalized=list),
    **DEPRECATED,
}
BODY: Final = {"required": switch("request-body-became-required", "request-body-became-optional")}


def compare(base: Any, head: Any) -> list[Change]:
    """Every change between two documents but that of `info.version`, in the order of pointers."""
    found = sorted(set(_compare(Node.document(base), Node.document(head))))
    if not found and not same(_without_version(base), _without_version(head)):
        # All that an operation uses has been compared, so nothing follows from the difference:
        # a default that is spelt out, or something that no operation uses.
        found = [Change("#", "equivalent")]
    return found


def _compare(base: Node, head: Node) -> Iterator[Change]:
    yield from compare_members(base, head, DOCUMENT)
    information = base.child("info"), head.child("info")
    yield from compare_members(*information, INFO)
    yield from rest(*information, (*INFO, "version"))
    yield from _servers(base, head)
    yield from _operations(base, head)
    old, new = base.child("components"), head.child("components")
    yield from compare_schemes(old.child("securitySchemes"), new.child("securitySchemes"))
    names = old.child("schemas").members, new.child("schemas").members
    # The schemas themselves are compared where an operation uses them.
    yield from compare_named(*names, ("schema-added", "schema-removed"), lambda *_: iter(()))
    yield from rest(base, head, (*DOCUMENT, "info", "servers", "security", "paths", "components"))


def _without_version(raw: Any) -> Any:
    info = {key: value for key, value in raw.get("info", {}).items() if key != "version"}
    return {**raw, "info": info}


def _operations(base: Node, head: Node) -> Iterator[Change]:
    """All operations, paired by their address, or else by their operationId."""
    old = {operation.route: operation for operation in operations(base)}
    new = {operation.route: operation for operation in operations(head)}
    paths = base.child("paths"), head.child("paths")
    ids = {operation.id for route, operation in old.items() if route not in new}
    moved = {o.id: o for route, o in new.items() if route not in old and o.id in ids}
    # One pair for all operations: shared schemas are compared once.
    schemas = Schemas(Direction.REQUEST), Schemas(Direction.RESPONSE)
    for route, operation in old.items():
        if route in new:
            yield from _operation(operation, new[route], *schemas)
        elif operation.id in moved:
            target = moved[operation.id]
            detail = became(operation.address, target.address)
            yield Change(operation.node.pointer, "operation-moved", detail)
            yield from _operation(operation, target, *schemas)
        else:
            yield Change(operation.node.pointer, "operation-removed", operation.id)
    for route, operation in new.items():
        if route not in old and operation.id not in moved:
            yield Change(operation.node.pointer, "operation-added", operation.id)
    # The members of a path beside its operations and their shared parameters.
    for path, before, after in pairs(*paths):
        if before and after and path.startswith("/"):
            yield from rest(before, after, (*METHODS, "parameters", "servers"))
            yield from _servers(before, after)
    yield from rest(*paths, [k for each in paths for k in each.names if k.startswith("/")])


def _operation(
    base: Operation, head: Operation, sent: Schemas, received: Schemas
) -> Iterator[Change]:
    before, after = base.node, head.node
    yield from compare_members(before, after, OPERATION)
    yield from compare_facts(before, after)
    yield from compare_requirements(before, after)
    yield from _servers(before, after)
    yield from compare_parameters(base, head, sent)
    yield from _body(base.body, head.body, sent)
    yield from _responses(before.child("responses"), after.child("responses"), received)
    others = ("parameters", "requestBody", "responses", "security", "servers", FACTS)
    yield from rest(before, after, (*OPERATION, *others))


def _body(base: Node, head: Node, schemas: Schemas) -> Iterator[Change]:
    if base and head:
        yield from compare_members(base, head, BODY)
        yield from compare_content(base.child("content"), head.child("content"), schemas)
        yield from rest(base, head, ("required", "content"))
    elif head:
        kind = "request-body-added-required" if head.get("required") else "request-body-added"
        yield Change(head.pointer, kind)
    elif base:
        yield Change(base.pointer, "request-body-removed")


def _responses(base: Node, head: Node, schemas: Schemas) -> Iterator[Change]:
    for status, before, after in pairs(base, head):
        if not before:
            ranged, fallback = base.child(f"{status[0]}XX"), base.child("default")
            # One more failure is news; one more success is a success that no reader expects.
            known = status[0] in FAILURES or ranged
            kind = "response-added" if known else "response-added-success"
            yield Change(f"{head.pointer}/{status}", kind, status)
            # Until now it was one of a range, and readers expect what the range promised.
            if ranged or fallback:
                promised = _response(status, ranged or fallback, after, schemas)
                # The examples of the range are still there.
                yield from (each for each in promised if not each.kind.startswith("example-"))
        elif not after:
            yield Change(f"{base.pointer}/{status}", "response-removed", status)
        else:
            yield from _response(status, before, after, schemas)


def _response(status: str, base: Node, head: Node, schemas: Schemas) -> Iterator[Change]:
    yield from compare_headers(base.child("headers"), head.child("headers"), schemas)
    before, after = base.child("content"), head.child("content")
    if after.names and not before.names and status[0] not in FAILURES:
        yield Change(after.pointer, "response-body-added", ", ".join(after.names))
    else:
        yield from compare_content(before, after, schemas)
    yield from rest(base, head, ("headers", "content"))


def _servers(base: Node, head: Node) -> Iterator[Change]:
    """The servers of a document, a path or an operation; the first one is the default."""
    old, new = ({str(s.get("url")): s for s in n.child("servers").entries} for n in (base, head))
    pointer = f"{head.pointer}/servers"
    first = next(iter(old), "nothing"), next(iter(new), "nothing")
    if first[0] != first[1]:
        yield Change(pointer, "default-server-changed", became(*first))
    yield from (Change(pointer, "server-removed", url) for url in old if url not in new)
    yield from (Change(pointer, "server-added", url) for url in new if url not in old)
    for url in old.keys() & new.keys():
        yield from _variables(old[url].child("variables"), new[url].child("variables"))
        yield from rest(old[url], new[url], ("url", "variables"))


def _variables(base: Node, head: Node) -> Iterator[Change]:
    rule = Rule("server-variable-changed", None, _unordered)
    rules: dict[str, Rule | str] = {"default": rule, "enum": rule}
    for name, before, after in pairs(base, head):
        yield from compare_members(before, after, rules, f"{name}: ")
        yield from rest(before, after, rules)


def _unordered(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list) else value

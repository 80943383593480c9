"""Two versions of one specification, compared."""

from collections.abc import Iterator
from typing import Any, Final

from specs.publishing.breaking.operations import compare_operations
from specs.publishing.breaking.places import Place, became, document, pairs, rest, same
from specs.publishing.breaking.security import compare_schemes
from specs.publishing.breaking.servers import compare_servers
from specs.publishing.breaking.verdicts import Change

RULED: Final = ("openapi", "info", "servers", "tags", "security", "paths", "components")
INFO_RULED: Final = ("version", "license", "contact", "termsOfService")


def compare(base: Any, head: Any) -> list[Change]:
    """Every change between two documents but that of `info.version`, in the order of their places.

    Raises:
        DanglingReferenceError: a reference leads nowhere in one of them.
    """
    found = sorted(set(_compare(document(base), document(head))))
    if not found and not same(_without_version(base), _without_version(head)):
        # Whatever an operation uses has been compared, so nothing follows from the difference:
        # a default that is spelt out, or something that no operation uses.
        found = [Change("#", "equivalent")]
    return found


def _compare(base: Place, head: Place) -> Iterator[Change]:
    dialects = str(base.value("openapi")), str(head.value("openapi"))
    if dialects[0] != dialects[1]:
        # 3.1.1 explains 3.1.0; 3.2 is another dialect.
        alike = dialects[0].split(".")[:2] == dialects[1].split(".")[:2]
        kind = "text-changed" if alike else "openapi-version-changed"
        yield Change("#/openapi", kind, became(*dialects))
    yield from _information(base.child("info"), head.child("info"))
    yield from compare_servers(base, head)
    if base.value("tags") != head.value("tags"):
        yield Change("#/tags", "text-changed")
    yield from compare_operations(base.child("paths"), head.child("paths"))
    old, new = base.child("components"), head.child("components")
    yield from compare_schemes(old.child("securitySchemes"), new.child("securitySchemes"))
    yield from _schema_names(old.child("schemas"), new.child("schemas"))
    yield from rest(base, head, RULED)


def _information(base: Place, head: Place) -> Iterator[Change]:
    if base.value("license") != head.value("license"):
        detail = became(base.value("license"), head.value("license"))
        yield Change("#/info/license", "license-changed", detail)
    for key in ("contact", "termsOfService"):
        if base.value(key) != head.value(key):
            yield Change(f"#/info/{key}", "text-changed")
    yield from rest(base, head, INFO_RULED)


def _schema_names(base: Place, head: Place) -> Iterator[Change]:
    for name, before, after in pairs(base, head):
        if not before or not after:
            kind = "schema-added" if after else "schema-removed"
            yield Change((after or before).pointer, kind, name)


def _without_version(node: Any) -> Any:
    info = {key: value for key, value in node.get("info", {}).items() if key != "version"}
    return {**node, "info": info}

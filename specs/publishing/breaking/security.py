"""Credentials: the alternatives that an operation accepts, and how each credential is sent."""

from collections.abc import Iterator
from typing import Final

from specs.publishing.breaking.members import (
    Rule,
    became,
    compare_members,
    compare_named,
    pairs,
    rest,
)
from specs.publishing.breaking.verdicts import Change
from specs.publishing.document import Node

Alternative = frozenset[tuple[str, str]]
"""Its schemes, each with an empty text and once more with each of its scopes."""

ANONYMOUS: Final[Alternative] = frozenset()
CHANGED: Final = "security-scheme-changed"
SCHEME: Final[dict[str, Rule | str]] = {
    **dict.fromkeys(("type", "in", "name", "bearerFormat", "openIdConnectUrl"), CHANGED),
    # RFC 9110, section 11.1: in any letter case.
    "scheme": Rule(CHANGED, default="", normalized=lambda name: str(name).lower()),
}
FLOW: Final[dict[str, Rule | str]] = {
    **dict.fromkeys(("authorizationUrl", "tokenUrl", "refreshUrl"), CHANGED)
}


def compare_requirements(base: Node, head: Node) -> Iterator[Change]:
    """The alternatives that an operation accepts, stated there or for the whole document."""
    before, after = alternatives(base), alternatives(head)
    pointer = f"{head.pointer}/security"
    if before != after and set(before) == set(after):
        yield Change(pointer, "security-reordered", became(_shown(before), _shown(after)))
    elif (ANONYMOUS in before) is not (ANONYMOUS in after):
        kind = "security-removed" if ANONYMOUS in after else "security-added"
        yield Change(pointer, kind, became(_shown(before), _shown(after)))
    else:
        added = [each for each in after if each not in before]
        for each in added:
            relations = (_relation(other, each) for other in before)
            relation = next(filter(None, relations), "alternative-added")
            yield Change(pointer, f"security-{relation}", _shown([each]))
        for each in before:
            if each not in after and not any(_relation(each, other) for other in added):
                yield Change(pointer, "security-alternative-removed", _shown([each]))


def alternatives(operation: Node) -> list[Alternative]:
    """The alternative requirements of an operation; one is enough, and none is one empty one."""
    stated = operation.get("security")
    if stated is None:
        stated = operation.root.get("security")
    found = [
        frozenset((name, scope) for name, scopes in each.items() for scope in ("", *(scopes or ())))
        for each in stated or [{}]
    ]
    # Named twice, it is still one.
    return list(dict.fromkeys(found))


def compare_schemes(base: Node, head: Node) -> Iterator[Change]:
    """How each credential is sent; an added scheme shows in the requirements."""
    kept = {name: node for name, node in head.members.items() if name in base}
    yield from compare_named(base.members, kept, (CHANGED, CHANGED), _scheme)


def _scheme(base: Node, head: Node) -> Iterator[Change]:
    yield from compare_members(base, head, SCHEME)
    for _, before, after in pairs(base.child("flows"), head.child("flows")):
        if before and after:
            yield from compare_members(before, after, FLOW)
            scopes = before.child("scopes").members, after.child("scopes").members
            yield from compare_named(*scopes, ("scope-added", CHANGED), _scope)
            yield from rest(before, after, (*FLOW, "scopes"))
        else:
            yield Change(after.pointer, CHANGED, became(before.raw, after.raw))
    yield from rest(base, head, (*SCHEME, "flows"))


def _scope(base: Node, head: Node) -> Iterator[Change]:
    if base.raw != head.raw:
        yield Change(head.pointer, "text-changed", became(base.raw, head.raw))


def _relation(before: Alternative, after: Alternative) -> str:
    """Whether one alternative demands less or more of the same than another; empty if neither."""
    if not before or not after:
        return ""
    return "weakened" if after < before else "strengthened" if before < after else ""


def _shown(found: list[Alternative]) -> str:
    return " or ".join(
        " and ".join(f"{name} {scope}".strip() for name, scope in sorted(each)) or "nothing"
        for each in found
    )

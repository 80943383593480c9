"""Credentials: which alternatives an operation takes, and how each one travels."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from specs.publishing.breaking.places import ABSENT, Place, became, pairs, rest
from specs.publishing.breaking.verdicts import Change

Alternative = frozenset[tuple[str, frozenset[str]]]

ANONYMOUS: Final[Alternative] = frozenset()


def compare_requirements(base: Place, head: Place) -> Iterator[Change]:
    """The alternatives that an operation takes, whether stated there or for the whole document."""
    before, after = alternatives(base), alternatives(head)
    pointer = f"{head.pointer}/security"
    if set(before) == set(after):
        if before != after:
            yield Change(pointer, "security-reordered", became(_shown(before), _shown(after)))
        return
    for kind, detail in _verdicts(before, after):
        yield Change(pointer, kind, detail)


def alternatives(operation: Place) -> list[Alternative]:
    """What an operation asks for: one of these; nothing at all is one empty alternative."""
    stated = operation.value("security")
    if stated is None:
        stated = operation.root.get("security")
    found = [
        frozenset((scheme, frozenset(scopes or ())) for scheme, scopes in alternative.items())
        for alternative in stated or [{}]
    ]
    # Named twice, it is still one.
    return list(dict.fromkeys(found))


def compare_schemes(base: Place, head: Place) -> Iterator[Change]:
    """How each credential travels; a scheme that comes shows in the requirements."""
    for name, before, after in pairs(base, head):
        if before and after:
            yield from _scheme(before, after)
        elif before:
            # Whoever still asks for it no longer says how it travels.
            yield Change(before.pointer, "security-scheme-changed", became(name, ABSENT))


def _scheme(base: Place, head: Place) -> Iterator[Change]:
    for key in ("type", "scheme", "in", "name", "bearerFormat", "openIdConnectUrl"):
        before, after = base.value(key), head.value(key)
        if key == "scheme":
            # RFC 9110, section 11.1: in any letter case.
            before, after = str(before).lower(), str(after).lower()
        if before != after:
            detail = became(base.value(key), head.value(key))
            yield Change(f"{head.pointer}/{key}", "security-scheme-changed", detail)
    for _, before, after in pairs(base.child("flows"), head.child("flows")):
        yield from _flow(before, after)
    known = ("type", "scheme", "in", "name", "bearerFormat", "openIdConnectUrl", "flows")
    yield from rest(base, head, known)


def _flow(base: Place, head: Place) -> Iterator[Change]:
    addresses = ("authorizationUrl", "tokenUrl", "refreshUrl")
    if not base or not head or any(base.value(a) != head.value(a) for a in addresses):
        detail = became(base.node, head.node)
        yield Change(head.pointer, "security-scheme-changed", detail)
        return
    for scope, before, after in pairs(base.child("scopes"), head.child("scopes")):
        if not before or not after:
            kind = "scope-added" if after else "security-scheme-changed"
            yield Change(after.pointer, kind, scope)
        elif before.node != after.node:
            yield Change(after.pointer, "text-changed", became(before.node, after.node))
    yield from rest(base, head, (*addresses, "scopes"))


def _verdicts(before: list[Alternative], after: list[Alternative]) -> Iterator[tuple[str, str]]:
    """What became of each alternative, as kind and detail."""
    if (ANONYMOUS in before) is not (ANONYMOUS in after):
        kind = "security-removed" if ANONYMOUS in after else "security-added"
        yield kind, became(_shown(before), _shown(after))
        return
    gone = [alternative for alternative in before if alternative not in after]
    came = [alternative for alternative in after if alternative not in before]
    for alternative in came:
        relation = next(
            (r for r in (_relation(other, alternative) for other in before) if r),
            "alternative-added",
        )
        yield f"security-{relation}", _shown([alternative])
    for alternative in gone:
        if not any(_relation(alternative, other) for other in came):
            yield "security-alternative-removed", _shown([alternative])


def _relation(before: Alternative, after: Alternative) -> str:
    """Whether one alternative asks for less or more of the same than another; empty if neither."""
    less, more = _covers(before, after), _covers(after, before)
    if less is more:
        return ""
    return "weakened" if less else "strengthened"


def _covers(greater: Alternative, lesser: Alternative) -> bool:
    """Whether whoever brings the greater one brings all that the lesser one asks for."""
    brought: Mapping[str, frozenset[str]] = dict(greater)
    return bool(lesser) and all(
        scheme in brought and scopes <= brought[scheme] for scheme, scopes in lesser
    )


def _shown(found: list[Alternative]) -> str:
    return " or ".join(
        " and ".join(sorted(_one(*part) for part in alternative)) or "nothing"
        for alternative in found
    )


def _one(scheme: str, scopes: frozenset[Any]) -> str:
    return f"{scheme} ({', '.join(sorted(scopes))})" if scopes else scheme

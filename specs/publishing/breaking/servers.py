"""Servers: the first one is what a caller gets who names none."""

from collections.abc import Iterator
from typing import Any

from specs.publishing.breaking.places import Place, became, pairs, rest
from specs.publishing.breaking.verdicts import Change


def compare_servers(base: Place, head: Place) -> Iterator[Change]:
    """The servers that a document, a path or an operation names."""
    old, new = (place.child("servers").entries() for place in (base, head))
    before, after = ([server.value("url") for server in servers] for servers in (old, new))
    pointer = f"{head.pointer}/servers"
    if before[:1] != after[:1]:
        detail = became(*(urls[0] if urls else "nothing" for urls in (before, after)))
        yield Change(pointer, "default-server-changed", detail)
    yield from (Change(pointer, "server-removed", url) for url in before if url not in after)
    yield from (Change(pointer, "server-added", url) for url in after if url not in before)
    known = {server.value("url"): server for server in new}
    for server in old:
        if server.value("url") in known:
            yield from _server(server, known[server.value("url")])


def _server(base: Place, head: Place) -> Iterator[Change]:
    for name, before, after in pairs(base.child("variables"), head.child("variables")):
        for key in ("default", "enum"):
            if _unordered(before.value(key)) != _unordered(after.value(key)):
                detail = f"{name}, {key}: {became(before.value(key), after.value(key))}"
                yield Change(f"{after.pointer}/{key}", "server-variable-changed", detail)
        yield from rest(before, after, ("default", "enum"))
    yield from rest(base, head, ("url", "variables"))


def _unordered(value: Any) -> Any:
    return set(map(str, value)) if isinstance(value, list) else value

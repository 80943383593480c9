"""`x-countermand`: what a client obeys when it cannot tell whether a request was carried out."""

from collections.abc import Iterator
from typing import Any, Final

from specs.publishing.breaking.places import ABSENT, Place, became, rest
from specs.publishing.breaking.verdicts import Change

FACTS: Final = "x-countermand"
HARM: Final = ("none", "unknown", "again")
"""What a repeat does, from harmless to harmful; what nobody knows counts as nearly harmful."""
UNKNOWN: Final = "unknown"
RULED: Final = ("effect", "repeat", "key", "marker", "read-back")


def compare_facts(base: Place, head: Place) -> Iterator[Change]:
    """The facts of one operation, before and after."""
    before, after = base.child(FACTS), head.child(FACTS)
    if not before or not after:
        if before or after:
            yield Change(after.pointer, "facts-added" if after else "facts-removed")
        return
    if before.value("effect") != after.value("effect"):
        detail = became(before.value("effect"), after.value("effect"))
        yield Change(f"{after.pointer}/effect", "effect-changed", detail)
    yield from _repeat(before.child("repeat"), after.child("repeat"))
    places = [(name, before.value(name), after.value(name)) for name in ("key", "marker")]
    yield from _lifetime(f"{after.pointer}/key/lifetime", *places[0][1:])
    for name, old, new in places:
        yield from _place(name, after.pointer, _without_lifetime(old), _without_lifetime(new))
    yield from _read_back(after.pointer, before.value("read-back"), after.value("read-back"))
    yield from rest(before, after, RULED)


def _repeat(base: Place, head: Place) -> Iterator[Change]:
    before, after = base.value("effect", UNKNOWN), head.value("effect", UNKNOWN)
    if before != after:
        known = before in HARM and after in HARM
        better = known and HARM.index(after) < HARM.index(before)
        kind = "repeat-better" if better else "repeat-worse"
        yield Change(f"{head.pointer}/effect", kind, became(before, after))
    # YAML reads an unquoted status as a number.
    before, after = (str(place.value("answer", UNKNOWN)) for place in (base, head))
    if before != after:
        kind = "answer-changed"
        if after == UNKNOWN:
            kind = "answer-withdrawn"
        elif before == UNKNOWN:
            kind = "answer-promised"
        yield Change(f"{head.pointer}/answer", kind, became(before, after))
    yield from rest(base, head, ("effect", "answer"))


def _lifetime(pointer: str, before: Any, after: Any) -> Iterator[Change]:
    """For how long the key is known again; without a number, no source limits it."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    old, new = before.get("lifetime", ABSENT), after.get("lifetime", ABSENT)
    if old == new:
        return
    shorter = old is ABSENT or (new is not ABSENT and new < old)
    kind = "key-lifetime-shorter" if shorter else "key-lifetime-longer"
    yield Change(pointer, kind, became(old, new))


def _without_lifetime(place: Any) -> Any:
    if not isinstance(place, dict):
        return place
    return {name: value for name, value in place.items() if name != "lifetime"}


def _place(name: str, pointer: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    what = "changed"
    if before is None or after is None:
        what = "added" if before is None else "removed"
    detail = became(*(ABSENT if place is None else place for place in (before, after)))
    yield Change(f"{pointer}/{name}", f"{name}-{what}", detail)


def _read_back(pointer: str, before: Any, after: Any) -> Iterator[Change]:
    old, new = before or [], after or []
    place = f"{pointer}/read-back"
    yield from (Change(place, "read-back-removed", name) for name in old if name not in new)
    yield from (Change(place, "read-back-added", name) for name in new if name not in old)
    kept = [name for name in new if name in old]
    if kept != [name for name in old if name in new]:
        yield Change(place, "read-back-reordered", became(old, new))

"""`x-countermand`: the facts that a client relies on where an outcome is unknown."""

from collections.abc import Iterator
from typing import Any, Final

from specs.publishing.breaking.evidence import compare_evidence
from specs.publishing.breaking.members import Rule, became, compare_members, reordered, rest
from specs.publishing.breaking.verdicts import Change
from specs.publishing.document import ABSENT, Node

FACTS: Final = "x-countermand"
UNKNOWN: Final = "unknown"
HARM: Final = ("none", UNKNOWN, "again")
"""The effects of a repeat, from harmless to harmful; an unknown one counts as nearly harmful."""


def compare_facts(base: Node, head: Node) -> Iterator[Change]:
    """The facts of one operation, before and after."""
    before, after = base.child(FACTS), head.child(FACTS)
    if not before or not after:
        if before or after:
            yield Change(after.pointer, "facts-added" if after else "facts-removed")
        return
    yield from compare_members(before, after, RULES)
    for name, rules in (("key", LIFETIME), ("money", SOURCE)):
        if name in before and name in after:
            yield from compare_members(before.child(name), after.child(name), rules)
    yield from _repeat(before.child("repeat"), after.child("repeat"))
    yield from _read_back(before, after)
    yield from compare_evidence(before.child("evidence"), after.child("evidence"))
    yield from rest(before, after, (*RULES, "repeat", "read-back", "evidence"))


def _repeat(base: Node, head: Node) -> Iterator[Change]:
    """A repeat, and that of a cancel of the whole amount, which is the same unless stated."""
    yield from compare_members(base, head, REPEAT)
    yield from rest(base, head, (*REPEAT, "full"))
    if "full" in base or "full" in head:
        whole = base.child("full") or base, head.child("full") or head
        yield from compare_members(*whole, REPEAT, "the whole amount: ")
        yield from rest(*whole, (*REPEAT, "full"))


def _read_back(base: Node, head: Node) -> Iterator[Change]:
    old, new = base.get("read-back") or [], head.get("read-back") or []
    pointer = f"{head.pointer}/read-back"
    yield from (Change(pointer, "read-back-removed", name) for name in old if name not in new)
    yield from (Change(pointer, "read-back-added", name) for name in new if name not in old)
    if reordered(old, new):
        yield Change(pointer, "read-back-reordered", became(old, new))


def _presence(name: str) -> Rule:
    """The rule for a field; the lifetime of a key and the source of money have their own rules."""

    def kind(before: Any, after: Any) -> str:
        added, removed = before is ABSENT, after is ABSENT
        return f"{name}-{'added' if added else 'removed' if removed else 'changed'}"

    words = ("lifetime", "source")
    return Rule(kind, normalized=lambda field: {k: v for k, v in field.items() if k not in words})


def _effect(before: Any, after: Any) -> str:
    known = before in HARM and after in HARM
    return f"repeat-{'better' if known and HARM.index(after) < HARM.index(before) else 'worse'}"


def _answer(before: str, after: str) -> str:
    if after == UNKNOWN:
        return "answer-withdrawn"
    return "answer-promised" if before == UNKNOWN else "answer-changed"


def _lifetime(before: Any, after: Any) -> str:
    """The provider knows a key again for this time; without a number, no source limits it."""
    shorter = before is ABSENT or (after is not ABSENT and after < before)
    return f"key-lifetime-{'shorter' if shorter else 'longer'}"


RULES: Final[dict[str, Rule | str]] = {
    "effect": "effect-changed",
    "key": _presence("key"),
    "marker": _presence("marker"),
    "money": _presence("money"),
}
LIFETIME: Final = {"lifetime": Rule(_lifetime)}
SOURCE: Final = {"source": "text-changed"}
REPEAT: Final = {
    "effect": Rule(_effect, default=UNKNOWN),
    # YAML reads an unquoted status as a number.
    "answer": Rule(_answer, default=UNKNOWN, normalized=str),
}

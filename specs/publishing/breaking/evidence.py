"""The part of `x-countermand` that says what a reply proves."""

import json
from collections.abc import Iterator
from typing import Any, Final

from specs.publishing.breaking.members import became, rest
from specs.publishing.breaking.verdicts import Change
from specs.publishing.document import Node

LISTS: Final = {
    "executed": "execution-sign",
    "not-executed": "refusal-sign",
    "undecided": "undecided-words",
    "echo": "echo",
    "state": "state-code",
}
"""The kinds of change begin with these names. The order of a list means nothing."""


def compare_evidence(base: Node, head: Node) -> Iterator[Change]:
    """The evidence of one operation, before and after; nothing is compared with none."""
    if not base or not head:
        if base or head:
            yield Change(head.pointer, "evidence-added" if head else "evidence-removed")
        return
    for name, kind in LISTS.items():
        old, new = ({_form(each): each for each in node.get(name) or []} for node in (base, head))
        pointer = f"{head.pointer}/{name}"
        removed = [each for form, each in old.items() if form not in new]
        added = [each for form, each in new.items() if form not in old]
        yield from (Change(pointer, f"{kind}-removed", became(each, "none")) for each in removed)
        yield from (Change(pointer, f"{kind}-added", became("none", each)) for each in added)
    yield from rest(base, head, LISTS)


def _form(entry: Any) -> str:
    """The entry in one spelling: a status as text, a default left out, members in order."""
    if not isinstance(entry, dict):
        return str(entry)
    told = {name: value for name, value in entry.items() if (name, value) != ("required", False)}
    if "status" in told:
        told["status"] = str(told["status"])
    return json.dumps(told, sort_keys=True)

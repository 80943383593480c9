"""Answers: statuses, headers, bodies."""

from collections.abc import Iterator
from typing import Final

from specs.publishing.breaking.examples import KEYS as EXAMPLES
from specs.publishing.breaking.examples import compare_examples
from specs.publishing.breaking.media import compare_content
from specs.publishing.breaking.places import Place, became, pairs, rest
from specs.publishing.breaking.schemas import Schemas, deprecations
from specs.publishing.breaking.verdicts import Change
from specs.publishing.breaking.writing import described, written

FAILURES: Final = "45d"
"""How statuses of failures begin, `default` among them."""
HEADER_RULED: Final = (*EXAMPLES, "required", "schema", "content", "deprecated", "style", "explode")


def compare_responses(base: Place, head: Place, schemas: Schemas) -> Iterator[Change]:
    """The answers to an operation, by status."""
    for status, before, after in pairs(base, head):
        if not before:
            ranged, spared = base.child(f"{status[0]}XX"), base.child("default")
            # One more way to fail is news; one more way to succeed is a success that nobody knows.
            known = status[0] in FAILURES or ranged
            kind = "response-added" if known else "response-added-success"
            yield Change(f"{head.pointer}/{status}", kind, status)
            # Until now it was one of a range, and readers take it for what the range promised.
            if ranged or spared:
                promised = _answer(status, ranged or spared, after, schemas)
                # Its examples are still there under the range.
                yield from (each for each in promised if not each.kind.startswith("example-"))
        elif not after:
            yield Change(f"{base.pointer}/{status}", "response-removed", status)
        else:
            yield from _answer(status, before, after, schemas)


def _answer(status: str, base: Place, head: Place, schemas: Schemas) -> Iterator[Change]:
    yield from _headers(base.child("headers"), head.child("headers"), schemas)
    before, after = base.child("content"), head.child("content")
    if after.keys() and not before.keys() and status[0] not in FAILURES:
        yield Change(after.pointer, "response-body-added", ", ".join(after.keys()))
    else:
        yield from compare_content(before, after, schemas)
    yield from rest(base, head, ("headers", "content"))


def _headers(base: Place, head: Place, schemas: Schemas) -> Iterator[Change]:
    old = {name.lower(): base.child(name) for name in base.keys()}  # noqa: SIM118
    new = {name.lower(): head.child(name) for name in head.keys()}  # noqa: SIM118
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            kind = "response-header-added" if name in new else "response-header-removed"
            yield Change((new.get(name) or old[name]).pointer, kind, name)
        else:
            yield from _header(old[name], new[name], schemas)


def _header(base: Place, head: Place, schemas: Schemas) -> Iterator[Change]:
    required = bool(head.value("required"))
    if bool(base.value("required")) is not required:
        kind = f"response-header-became-{'required' if required else 'optional'}"
        yield Change(f"{head.pointer}/required", kind)
    before, after = written(base, "header"), written(head, "header")
    for key in ("style", "explode", "content"):
        if before[key] != after[key]:
            detail = became(before[key], after[key])
            yield Change(f"{head.pointer}/{key}", "response-format-changed", detail)
    yield from schemas.compare(described(base), described(head))
    if "content" in base and "content" in head:
        yield from compare_content(base.child("content"), head.child("content"), schemas)
    yield from compare_examples(base, head)
    yield from deprecations(base, head)
    yield from rest(base, head, HEADER_RULED)

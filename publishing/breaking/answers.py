"""Answers: statuses, headers, bodies."""

from collections.abc import Iterator
from typing import Final

from publishing.breaking.examples import KEYS as EXAMPLES
from publishing.breaking.examples import compare_examples
from publishing.breaking.media import compare_content
from publishing.breaking.places import ABSENT, Place, became, pairs, rest
from publishing.breaking.schemas import Schemas, deprecations
from publishing.breaking.verdicts import Change

HEADER_RULED: Final = (*EXAMPLES, "required", "schema", "content", "deprecated", "style", "explode")


def compare_responses(base: Place, head: Place, schemas: Schemas) -> Iterator[Change]:
    """The answers to an operation, by status."""
    for status, before, after in pairs(base, head):
        if not before:
            # One more way to fail is news; one more way to succeed is a success that nobody knows.
            kind = "response-added" if status[0] in "45d" else "response-added-success"
            yield Change(f"{head.pointer}/{status}", kind, status)
        elif not after:
            yield Change(f"{base.pointer}/{status}", "response-removed", status)
        else:
            yield from _headers(before.child("headers"), after.child("headers"), schemas)
            yield from compare_content(before.child("content"), after.child("content"), schemas)
            yield from rest(before, after, ("headers", "content"))


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
    for key in ("style", "explode"):
        before, after = base.value(key, ABSENT), head.value(key, ABSENT)
        if before != after:
            detail = became(before, after)
            yield Change(f"{head.pointer}/{key}", "response-format-changed", detail)
    yield from schemas.compare(base.child("schema"), head.child("schema"))
    yield from compare_content(base.child("content"), head.child("content"), schemas)
    yield from compare_examples(base, head)
    yield from deprecations(base, head)
    yield from rest(base, head, HEADER_RULED)

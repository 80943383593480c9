"""Examples, which mocks answer with and fixtures are made of."""

from collections.abc import Iterator

from specs.publishing.breaking.places import Place, became, pairs, rest, same
from specs.publishing.breaking.verdicts import Change

KEYS = ("example", "examples")


def compare_examples(base: Place, head: Place) -> Iterator[Change]:
    """The examples of a media type, parameter, header or schema."""
    yield from _unnamed(base.child("example"), head.child("example"))
    before, after = base.child("examples"), head.child("examples")
    if isinstance(before.node, list) or isinstance(after.node, list):
        yield from _unnamed(before, after)
        return
    for _, one, other in pairs(before, after):
        yield from _named(one, other)


def _named(base: Place, head: Place) -> Iterator[Change]:
    if not base or not head:
        yield Change(
            (head or base).pointer,
            "example-added" if head else "example-removed",
        )
        return
    for key in ("value", "externalValue"):
        before, after = base.value(key), head.value(key)
        if not same(before, after):
            yield Change(head.pointer, "example-changed", became(before, after))
    yield from rest(base, head, ("value", "externalValue"))


def _unnamed(base: Place, head: Place) -> Iterator[Change]:
    if same(base.node, head.node):
        return
    # Without a name nobody can ask for one of them, so none can be missed.
    kind = "example-changed" if base else "example-added"
    yield Change(head.pointer if head else base.pointer, kind, became(base.node, head.node))

"""Media types of bodies."""

from collections.abc import Iterator

from specs.publishing.breaking.examples import KEYS as EXAMPLES
from specs.publishing.breaking.examples import compare_examples
from specs.publishing.breaking.places import Place, became, expanded, rest, same
from specs.publishing.breaking.schemas import Schemas
from specs.publishing.breaking.verdicts import Change


def compare_content(base: Place, head: Place, schemas: Schemas) -> Iterator[Change]:
    """The forms in which a body may come."""
    # Media types are the same in any letter case: RFC 9110, section 8.3.1.
    old = {name.lower(): base.child(name) for name in base.keys()}  # noqa: SIM118
    new = {name.lower(): head.child(name) for name in head.keys()}  # noqa: SIM118
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            kind = f"{schemas.way}-media-type-{'added' if name in new else 'removed'}"
            yield Change((new.get(name) or old[name]).pointer, kind, name)
            continue
        before, after = old[name], new[name]
        yield from schemas.compare(before.child("schema"), after.child("schema"))
        if not same(*(expanded(side.child("encoding")) for side in (before, after))):
            detail = became(before.value("encoding"), after.value("encoding"))
            yield Change(f"{after.pointer}/encoding", "request-encoding-changed", detail)
        yield from compare_examples(before, after)
        yield from rest(before, after, ("schema", "encoding", *EXAMPLES))

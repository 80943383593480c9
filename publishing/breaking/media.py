"""Media types of bodies."""

from collections.abc import Iterator

from publishing.breaking.examples import KEYS as EXAMPLES
from publishing.breaking.examples import compare_examples
from publishing.breaking.places import Place, became, pairs, rest
from publishing.breaking.schemas import Schemas
from publishing.breaking.verdicts import Change


def compare_content(base: Place, head: Place, schemas: Schemas) -> Iterator[Change]:
    """The forms in which a body may come."""
    for media_type, before, after in pairs(base, head):
        if not before or not after:
            kind = f"{schemas.way}-media-type-{'added' if after else 'removed'}"
            yield Change((after or before).pointer, kind, media_type)
            continue
        yield from schemas.compare(before.child("schema"), after.child("schema"))
        if before.value("encoding") != after.value("encoding"):
            detail = became(before.value("encoding"), after.value("encoding"))
            yield Change(f"{after.pointer}/encoding", "request-encoding-changed", detail)
        yield from compare_examples(before, after)
        yield from rest(before, after, ("schema", "encoding", *EXAMPLES))

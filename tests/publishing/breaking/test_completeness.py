"""Nothing that is changed in a real specification is overlooked, wherever it stands."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from specs.publishing.breaking.comparison import compare
from specs.publishing.breaking.places import DanglingReferenceError

SPECS = Path(__file__).parents[3] / "specs"
Steps = tuple[str | int, ...]

# Every so-many-th place, so that the whole takes seconds; prime, to meet all kinds of places.
STRIDE = 7


def steps(node: Any, so_far: Steps = ()) -> Iterator[Steps]:
    """The way to every node."""
    nodes = enumerate(node) if isinstance(node, list) else ()
    for key, value in node.items() if isinstance(node, dict) else nodes:
        yield (*so_far, key)
        yield from steps(value, (*so_far, key))


def same(way: Steps) -> bool:
    """Whether nothing follows from taking the node away: a default that is spelt out."""
    return way[-1] in {"required", "answer", "effect", "repeat", "read-back"}


def without(document: Any, way: Steps) -> Any:
    """The document with one node taken away."""
    changed = copy.deepcopy(document)
    holder = changed
    for key in way[:-1]:
        holder = holder[key]
    del holder[way[-1]]
    return changed


@pytest.mark.parametrize("name", ["bento", "pace-fueling", "pace-pay", "unzer", "vtex"])
def test_whatever_is_taken_away_is_seen(name: str) -> None:
    """No rule has to be written for a change to be reported; what no rule knows is the worst."""
    document = yaml.safe_load((SPECS / f"{name}.yaml").read_text(encoding="utf-8"))
    # Aliases become copies, so that a change is made in one place only.
    document = yaml.safe_load(yaml.dump(document, Dumper=_Plain))
    overlooked = []
    for way in [way for way in steps(document) if "version" not in way][::STRIDE]:
        try:
            seen = compare(document, without(document, way))
        except DanglingReferenceError:
            # Somebody refers to it: such a document cannot be compared at all.
            continue
        if not seen or (seen[0].kind == "equivalent" and not same(way)):
            overlooked.append(way)
    assert overlooked == []


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the interface is PyYAML's.
        return True

"""Every change is seen as what it is: breaking or not, for whom, and due for which version."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from specs.publishing.breaking.changelogs import Version
from specs.publishing.breaking.comparison import compare
from specs.publishing.breaking.verdicts import VERDICTS, Audience, Level, due_level
from specs.publishing.document import DanglingReferenceError
from tests.publishing.breaking.cases import CATALOGUE, document
from tests.publishing.changes import changed

SPECS = Path(__file__).parents[3] / "specs"
CASES = {
    name: (members, group["expected"])
    for group in CATALOGUE
    for name, members in group["changes"].items()
}
Steps = tuple[str | int, ...]


def tidy(d: Any) -> None:
    """Remove schemas without a reference to them, as the project rules demand."""
    schemas = d["components"]["schemas"]
    while left := [name for name in schemas if f"'#/components/schemas/{name}'" not in str(d)]:
        for name in left:
            del schemas[name]


@pytest.mark.parametrize("name", CASES)
def test_a_change_gets_its_verdict(name: str) -> None:
    """It has the kinds and breaks the audiences of the catalogue, and no others."""
    members, expected = CASES[name]
    older = changed(document(), members.get("before", {}))
    newer = changed(older, {way: value for way, value in members.items() if way != "before"})
    tidy(newer)
    found = compare(older, newer)
    assert {change.kind for change in found} == set(expected["kinds"].split())
    broken = {audience.name.lower() for change in found for audience in change.verdict.breaks}
    assert broken == set(expected["breaks"].split())
    assert str(Version(1, 2, 3).raised(due_level(found))) == expected["due"]


def test_a_breaking_kind_breaks_some_audience() -> None:
    """A kind is major if and only if it breaks an audience, and the README explains them all."""
    policy = (SPECS / "README.md").read_text(encoding="utf-8")
    assert all(audience.value in policy for audience in Audience)
    for kind, verdict in VERDICTS.items():
        assert bool(verdict.breaks) is (verdict.due is Level.MAJOR), kind
        assert verdict.why


def test_every_kind_is_in_the_catalogue() -> None:
    """The table has no verdict that nothing leads to; test_check.py has those of whole files."""
    whole = {"api-removed", "api-renamed", "layout-changed", "workflow-changed"}
    seen = {kind for group in CATALOGUE for kind in group["expected"]["kinds"].split()}
    assert set(VERDICTS) - seen == whole | {"workflow-removed"}


def steps(node: Any, so_far: Steps = ()) -> Iterator[Steps]:
    """The keys that lead to every node."""
    nodes = enumerate(node) if isinstance(node, list) else ()
    for key, value in node.items() if isinstance(node, dict) else nodes:
        yield (*so_far, key)
        yield from steps(value, (*so_far, key))


def without(whole: Any, way: Steps) -> Any:
    """A document without one node; only the nodes on the way are copied."""
    changed = copy.copy(whole)
    if len(way) > 1:
        changed[way[0]] = without(whole[way[0]], way[1:])
    else:
        del changed[way[0]]
    return changed


@pytest.mark.parametrize(
    "name",
    [
        "pace-fueling",
        *(
            pytest.param(name, marks=pytest.mark.exhaustive)
            for name in ("bento", "pace-pay", "unzer", "vtex")
        ),
    ],
)
def test_no_removal_in_a_real_specification_is_overlooked(name: str) -> None:
    """A change needs no rule to be reported. Every 23rd node, so that it takes seconds."""
    whole = yaml.safe_load((SPECS / f"{name}.yaml").read_text(encoding="utf-8"))
    overlooked = []
    # A default that is spelt out may go without a change of meaning.
    spelt = {"required", "answer", "effect", "repeat", "read-back"}
    for way in [way for way in steps(whole) if "version" not in way][::23]:
        try:
            seen = compare(whole, without(whole, way))
        except DanglingReferenceError:
            # Another node refers to it: such a document cannot be compared at all.
            continue
        if not seen or (seen[0].kind == "equivalent" and way[-1] not in spelt):
            overlooked.append(way)
    assert overlooked == []

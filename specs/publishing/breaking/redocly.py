"""Redocly's `diff`, the second judge: no verdict of its own may be missing from ours."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from specs.publishing import node
from specs.publishing.breaking.verdicts import Audience, Change, Level

C, R, S, G, T = Audience

OVERRULED: Final[Mapping[tuple[str, str], str]] = {
    ("enum-values-added", "open-enum-value-added"): (
        "Redocly does not know x-open, by which readers take any value"
    ),
}
"""Where ours is milder on purpose: Redocly's rule and our kind, with the reason."""

BREAKS: Final[Mapping[str, frozenset[Audience]]] = {
    "enum-values-added": frozenset({R, G}),
    "enum-values-removed": frozenset({C, G}),
    "media-type-removed": frozenset({C, R, G}),
    "operation-id-changed": frozenset({G}),
    "operation-removed": frozenset({C, R, G}),
    "parameter-became-required": frozenset({C, G}),
    "parameter-removed": frozenset({C, G}),
    "parameter-serialization-changed": frozenset({C, S, G}),
    "path-removed": frozenset({C, R, G}),
    "property-removed": frozenset({C, R, G}),
    "request-body-became-required": frozenset({C, G}),
    "request-body-removed": frozenset({C, G}),
    "required-properties-added": frozenset({C, G}),
    "required-properties-removed": frozenset({R, G}),
    "response-header-removed": frozenset({R}),
    "response-removed": frozenset({R, G}),
    "schema-combinator-changed": frozenset({C, R, G}),
    "schema-constraint-changed": frozenset({C, R}),
    "schema-type-changed": frozenset({C, R, G}),
    "security-requirement-changed": frozenset({C, G}),
    "security-scheme-changed": frozenset({C, S, G}),
    "server-removed": frozenset({C}),
}
"""Whom each of Redocly's rules is about; it does not say so itself."""


class RedoclyError(Exception):
    """Redocly could not compare; the message is what it said."""


@attrs.frozen(order=True)
class Opinion:
    """One verdict of Redocly's: where, by which rule, in which words, and how grave."""

    pointers: tuple[str, ...]
    rule: str
    message: str
    due: Level

    @property
    def breaks(self) -> frozenset[Audience]:
        """Whom it is about; a rule that is new to us is about everybody."""
        return BREAKS.get(self.rule, frozenset(Audience))


def opinions(base: bytes, head: bytes) -> list[Opinion]:
    """What Redocly says about two versions of a file, as far as it has a verdict.

    Raises:
        RedoclyError: it did not run to its end.
        MissingToolError: it is not installed.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "base.yaml").write_bytes(base)
        (folder / "head.yaml").write_bytes(head)
        asked = ("base.yaml", "head.yaml", "--format", "json", "--fail-on", "none")
        ended = node.run("redocly", "diff", *asked, folder=folder)
    try:
        report = json.loads(ended.stdout)
    except ValueError as error:
        raise RedoclyError(ended.stderr or ended.stdout) from error
    return read(report)


def read(report: Any) -> list[Opinion]:
    """The verdicts in Redocly's JSON report."""
    return sorted(
        Opinion(_pointers(change), verdict["ruleId"], verdict["message"], _level(verdict))
        for change in report["changes"]
        for verdict in change["verdicts"]
    )


def unmatched(found: Iterable[Opinion], changes: Iterable[Change]) -> list[Opinion]:
    """The verdicts for which ours have nothing as grave at the same place."""
    ours = list(changes)
    return [
        opinion
        for opinion in found
        if not any(_answers(change, opinion) for change in ours if _near(change, opinion))
    ]


def _answers(change: Change, opinion: Opinion) -> bool:
    return change.due >= opinion.due or (opinion.rule, change.kind) in OVERRULED


def _near(change: Change, opinion: Opinion) -> bool:
    """Whether both speak of one place: the same node, or a node and something in or around it."""
    if change.pointer == "#":
        # What is said of the whole file says nothing about its parts.
        return False
    return any(
        f"{pointer}/".startswith(f"{change.pointer}/")
        or change.pointer.rpartition("/")[0] == pointer
        for pointer in opinion.pointers
    )


def _level(verdict: Mapping[str, str]) -> Level:
    return Level[verdict["impact"].upper()]


def _pointers(change: Mapping[str, Any]) -> tuple[str, ...]:
    """Where the change stands: by its path from the operation, and where that is defined."""
    sides = [change[side]["pointer"] for side in ("base", "revision") if side in change]
    named = change["path"] + (f"/{change['property']}" if "property" in change else "")
    return tuple(sorted({named, *sides}))

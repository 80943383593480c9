"""Reads what the site is made of: the files for machines that are in the tree already."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from specs.publishing import document
from specs.publishing.site import TEXTS, facts_text

Node = Mapping[str, Any]
NAMES: Final = TEXTS["names"]
DANGER: Final = ("none", "unknown", "again")
"""What a repeat does, from harmless to harmful."""


@attrs.frozen(eq=False)
class Operation(document.Operation):
    """One call of an API with its facts; the method is in upper case."""

    facts: facts_text.Facts

    @property
    def summary(self) -> str:
        """The call in a few words."""
        return str(self.node.get("summary"))


@attrs.frozen(kw_only=True)
class Version:
    """One published version of an API's specification; `files` are its entries of the index."""

    name: str
    version: str
    date: str
    document: Node
    operations: tuple[Operation, ...]
    files: tuple[Node, ...]


@attrs.frozen(kw_only=True)
class Api(Version):
    """An API: its newest version and all others; `label` is the name that a reader knows."""

    label: str
    versions: tuple[Version, ...]
    changelog: str
    workflow: Node
    outcomes: Mapping[str, Node]
    """What each answer to a cancel proves, by the operation's id."""

    def cancels(self) -> tuple[Operation, ...]:
        """The calls that move money."""
        return tuple(each for each in self.operations if each.facts.cancels)

    def chief(self) -> Operation:
        """The most dangerous cancel, for a place that has room for one."""
        return max(self.cancels(), key=lambda each: DANGER.index(each.facts.repeat))


def apis(out: Path) -> tuple[Api, ...]:
    """Every API that the index lists, those with a known name first and in that order."""
    index = json.loads((out / "index.json").read_text(encoding="utf-8"))
    listed = {each["name"]: each for each in index["apis"]}
    order = dict.fromkeys((*NAMES, *listed))
    return tuple(_api(out, listed[name], index["files"]) for name in order if name in listed)


def _api(out: Path, entry: Node, files: list[Node]) -> Api:
    name, latest = entry["name"], entry["latest"]
    versions = tuple(_version(out, name, each, files) for each in entry["versions"])
    (newest,) = (each for each in versions if each.version == latest)
    workflow = (out / name / latest / "arazzo.yaml").read_text(encoding="utf-8")
    table = out / name / latest / "outcomes.json"
    told = json.loads(table.read_text(encoding="utf-8"))["operations"] if table.exists() else []
    return Api(
        **attrs.asdict(newest, recurse=False),
        label=NAMES.get(name, str(name)),
        versions=versions,
        changelog=(out / entry["changelog"]).read_text(encoding="utf-8"),
        workflow=document.parsed(workflow),
        outcomes={each["operationId"]: each for each in told},
    )


def _version(out: Path, name: str, entry: Node, files: list[Node]) -> Version:
    folder = entry["path"]
    root = json.loads((out / folder / "openapi.json").read_text(encoding="utf-8"))
    return Version(
        name=name,
        version=entry["version"],
        date=entry["date"],
        document=root,
        operations=tuple(_operations(name, root)),
        files=tuple(each for each in files if each["path"].startswith(folder)),
    )


def _operations(api: str, root: Node) -> Iterator[Operation]:
    for each in document.operations(document.Node.document(root)):
        known = facts_text.facts(each.node.get("x-countermand"), f"{api}, {each.id}")
        yield Operation(each.method.upper(), each.path, each.node, each.item, known)

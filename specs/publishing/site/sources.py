"""Reads what the site is made of: the files for machines that are in the tree already."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import yaml

from specs.publishing.site import facts_text

Node = Mapping[str, Any]
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
NAMES: Final = {
    "pace-pay": "PACE Pay",
    "pace-fueling": "PACE Fueling",
    "bento": "Bento",
    "unzer": "Unzer",
    "vtex": "VTEX",
}
"""How a reader calls the APIs that have a name other than their file's."""

DANGER: Final = ("none", "unknown", "again")
"""What a repeat does, from harmless to harmful."""


@attrs.frozen(kw_only=True)
class Operation:
    """One call of an API, with the node of the specification that describes it."""

    id: str
    method: str
    path: str
    facts: facts_text.Facts
    node: Node

    @property
    def summary(self) -> str:
        """The call in a few words."""
        return str(self.node["summary"])


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

    def cancels(self) -> tuple[Operation, ...]:
        """The calls that move money."""
        return tuple(each for each in self.operations if each.facts.cancels)

    def chief(self) -> Operation:
        """The most dangerous cancel, for a place that has room for one.

        Raises:
            ValueError: the API cancels nothing.
        """
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
    return Api(
        **attrs.asdict(newest, recurse=False),
        label=NAMES.get(name, str(name)),
        versions=versions,
        changelog=(out / entry["changelog"]).read_text(encoding="utf-8"),
        workflow=yaml.safe_load(workflow),
    )


def _version(out: Path, name: str, entry: Node, files: list[Node]) -> Version:
    folder = entry["path"]
    document = json.loads((out / folder / "openapi.json").read_text(encoding="utf-8"))
    return Version(
        name=name,
        version=entry["version"],
        date=entry["date"],
        document=document,
        operations=tuple(_operations(name, document)),
        files=tuple(each for each in files if each["path"].startswith(folder)),
    )


def _operations(api: str, document: Node) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                node = item[method]
                name = node["operationId"]
                yield Operation(
                    id=name,
                    method=method.upper(),
                    path=path,
                    facts=facts_text.facts(node.get("x-countermand"), f"{api}, {name}"),
                    node=node,
                )


def resolved(document: Node, node: Node) -> Node:
    """Follow a node's local references to what they stand for."""
    while "$ref" in node:
        node = resolve(document, node["$ref"].removeprefix("#"))
    return node


def resolve(document: Node, pointer: str) -> Any:
    """Follow a JSON Pointer (RFC 6901) through mappings and lists."""
    node: Any = document
    for part in pointer.removeprefix("/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node

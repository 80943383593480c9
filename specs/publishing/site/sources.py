"""Reads what the site is made of: the files for machines that are in the tree already."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import yaml

from specs.publishing.site import words

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

    api: str
    id: str
    method: str
    path: str
    facts: words.Facts
    node: Mapping[str, Any]

    @property
    def summary(self) -> str:
        """The call in a few words."""
        return str(self.node["summary"])


@attrs.frozen(kw_only=True)
class File:
    """A file that can be downloaded; the path is relative to the root of the site."""

    path: str
    media_type: str
    size: int
    sha256: str
    role: str


@attrs.frozen(kw_only=True)
class Edition:
    """One version of one specification, as it is published."""

    api: str
    version: str
    date: str
    document: Mapping[str, Any]
    operations: tuple[Operation, ...]
    files: tuple[File, ...]


@attrs.frozen(kw_only=True)
class Api:
    """One API and everything that the site says about it."""

    name: str
    newest: Edition
    editions: tuple[Edition, ...]
    changelog: str
    workflow: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The name that a reader knows."""
        return NAMES.get(self.name, self.name)

    @property
    def version(self) -> str:
        """The newest version of the specification."""
        return self.newest.version

    @property
    def document(self) -> Mapping[str, Any]:
        """The newest version of the specification itself."""
        return self.newest.document

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The calls of the newest version."""
        return self.newest.operations

    def cancels(self) -> tuple[Operation, ...]:
        """The calls that move money."""
        return tuple(each for each in self.operations if each.facts.cancels)

    def chief(self) -> Operation:
        """The call that stands for the API where there is room for one: the most dangerous.

        Raises:
            ValueError: the API cancels nothing.
        """
        return max(self.cancels(), key=lambda each: DANGER.index(each.facts.repeat))


def apis(out: Path) -> tuple[Api, ...]:
    """Every API that the index lists, those with a known name first and in that order."""
    index = _index(out)
    order = list(NAMES)
    found = sorted(
        index["apis"],
        key=lambda api: order.index(api["name"]) if api["name"] in order else len(order),
    )
    listed = files(out)
    return tuple(_api(out, entry, listed) for entry in found)


def _api(out: Path, entry: Mapping[str, Any], listed: tuple[File, ...]) -> Api:
    name, latest = entry["name"], entry["latest"]
    editions = tuple(_edition(out, name, each, listed) for each in entry["versions"])
    (newest,) = (each for each in editions if each.version == latest)
    workflow = out / name / latest / "arazzo.yaml"
    return Api(
        name=name,
        newest=newest,
        editions=editions,
        changelog=(out / entry["changelog"]).read_text(encoding="utf-8"),
        workflow=yaml.safe_load(workflow.read_text(encoding="utf-8")),
    )


def _edition(out: Path, api: str, entry: Mapping[str, Any], listed: tuple[File, ...]) -> Edition:
    folder = entry["path"]
    document = json.loads((out / folder / "openapi.json").read_text(encoding="utf-8"))
    return Edition(
        api=api,
        version=entry["version"],
        date=entry["date"],
        document=document,
        operations=tuple(_operations(api, document)),
        files=tuple(each for each in listed if each.path.startswith(folder)),
    )


def _operations(api: str, document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                node = item[method]
                yield Operation(
                    api=api,
                    id=node["operationId"],
                    method=method.upper(),
                    path=path,
                    facts=words.facts(
                        node.get("x-countermand"), f"{api}, {node.get('operationId')}"
                    ),
                    node=node,
                )


def resolved(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a node's local references to what they stand for."""
    while "$ref" in node:
        target: Any = document
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def files(out: Path) -> tuple[File, ...]:
    """What the index lists."""
    return tuple(
        File(
            path=entry["path"],
            media_type=entry["mediaType"],
            size=entry["size"],
            sha256=entry["sha256"],
            role=entry["role"],
        )
        for entry in _index(out)["files"]
    )


def _index(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((out / "index.json").read_text(encoding="utf-8"))
    return content

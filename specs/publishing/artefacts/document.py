"""An OpenAPI document as the other modules look into it."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import attrs
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, Any]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class DocumentError(ValueError):
    """A document that cannot be published as it is; the message names the place."""


@attrs.frozen
class Operation:
    """One operation.

    Args:
        path: The template of its path.
        method: In lower case.
        node: Its object in the document, with the parameters of its path item put in front.
    """

    path: str
    method: str
    node: Node = attrs.field(repr=False)

    @property
    def id(self) -> str:
        """Its operationId."""
        return str(self.node["operationId"])


@attrs.frozen(slots=False)
class Document:
    """One OpenAPI document, read from YAML."""

    root: Node = attrs.field(repr=False)

    @property
    def version(self) -> str:
        """The version of the document, `info.version`."""
        return str(self.root["info"]["version"])

    def resolved(self, node: Node) -> Node:
        """Follow local references until something else than a reference is found.

        Raises:
            DocumentError: the reference leads out of the document, or nowhere.
        """
        while "$ref" in node:
            node = self._at(node["$ref"])
        return node

    def _at(self, reference: str) -> Node:
        node: Any = self.root
        if not reference.startswith("#/"):
            raise DocumentError(f"a reference out of the document: {reference}")
        for part in reference.removeprefix("#/").split("/"):
            try:
                node = node[part.replace("~1", "/").replace("~0", "~")]
            except (KeyError, TypeError):
                raise DocumentError(f"a reference to nowhere: {reference}") from None
        found: Node = node
        return found

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the order of the file."""
        return tuple(self._operations())

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.root.get("paths", {}).items():
            shared = item.get("parameters", [])
            for method in METHODS:
                if method in item:
                    node = item[method]
                    parameters = [*shared, *node.get("parameters", [])]
                    yield Operation(path, method, {**node, "parameters": parameters})

    def parameters(self, operation: Operation) -> list[Node]:
        """An operation's parameters, references followed."""
        return [self.resolved(each) for each in operation.node["parameters"]]

    def responses(self, operation: Operation) -> dict[str, Node]:
        """An operation's responses by status, references followed."""
        return {s: self.resolved(each) for s, each in operation.node["responses"].items()}

    def request_body(self, operation: Operation) -> Node:
        """An operation's request body, references followed; empty where it takes none."""
        return self.resolved(operation.node.get("requestBody", {}))

    @property
    def schemas(self) -> dict[str, Node]:
        """Every named schema, in the order of the file."""
        found: dict[str, Node] = self.root.get("components", {}).get("schemas", {})
        return found


def read(text: bytes) -> Document:
    """Read a document.

    Raises:
        DocumentError: it is not YAML, or says in YAML what JSON cannot say the same way: a key that
            is not text, a date, a number that is none.
    """
    try:
        root = yaml.safe_load(text)
        same = json.loads(json.dumps(root, allow_nan=False)) == root
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise DocumentError(f"cannot be read as YAML that is JSON too: {error}") from error
    if not same or not isinstance(root, dict):
        raise DocumentError("has a key that is not text; quote the statuses")
    return Document(root)

"""Specifications as values that the rules can look into."""

import json
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import attrs
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).parents[2] / "specs"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Node = dict[str, Any]


@attrs.frozen(eq=False, slots=False)
class Spec:
    """One specification, with all of them by name for references between files."""

    name: str
    node: Node
    library: Mapping[str, Node] = attrs.field(factory=dict, repr=False)

    def at(self, reference: str) -> Any:
        """Return what a local reference names.

        Raises:
            KeyError: there is no such node.
        """
        node: Any = self.node
        for part in reference.removeprefix("#/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    def resolved(self, node: Node) -> Node:
        """Follow local references until something else than a reference is found."""
        while "$ref" in node:
            node = self.at(node["$ref"])
        return node

    @cached_property
    def operations(self) -> tuple["Operation", ...]:
        """Every operation, in the order of the file."""
        return tuple(
            Operation(self, path, method, item[method])
            for path, item in self.node.get("paths", {}).items()
            for method in METHODS
            if method in item
        )

    @cached_property
    def schemas(self) -> tuple["Schema", ...]:
        """Every named schema, in the order of the file."""
        named = self.node.get("components", {}).get("schemas", {})
        return tuple(Schema(self, name, node) for name, node in named.items())

    @cached_property
    def asked(self) -> frozenset[str]:
        """Names of the schemas that a request can contain."""
        return self._reached(
            [o.node.get("requestBody", {}) for o in self.operations]
            + [o.node.get("parameters", []) for o in self.operations]
        )

    @cached_property
    def answered(self) -> frozenset[str]:
        """Names of the schemas that a response can contain."""
        return self._reached([o.node.get("responses", {}) for o in self.operations])

    def _reached(self, roots: list[Any]) -> frozenset[str]:
        seen: set[str] = set()
        todo = list(roots)
        while todo:
            for key, value in walk(todo.pop()):
                if key == "$ref" and value not in seen:
                    seen.add(value)
                    todo.append(self.at(value))
        prefix = "#/components/schemas/"
        return frozenset(ref.removeprefix(prefix) for ref in seen if ref.startswith(prefix))

    def violations(self, schema: Node, value: Any) -> list[str]:
        """Say how a value breaks a schema of this file; nothing if it keeps it."""
        # The registry knows the file by an address, so local references become absolute ones.
        absolute = json.dumps(schema).replace('"$ref": "#/', '"$ref": "urn:spec#/')
        validator = Draft202012Validator(
            json.loads(absolute),
            registry=self._registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        return [f"{e.json_path}: {e.message}" for e in validator.iter_errors(value)]

    @cached_property
    def _registry(self) -> Registry[Any]:
        resource = DRAFT202012.create_resource(self.node)
        registry: Registry[Any] = Registry().with_resource("urn:spec", resource)
        return registry


@attrs.frozen(eq=False)
class Operation:
    """One operation of a specification."""

    spec: Spec = attrs.field(repr=False)
    path: str
    method: str
    node: Node = attrs.field(repr=False)

    @property
    def id(self) -> str:
        """How tests name the operation, for example `unzer:cancelPayment`."""
        return f"{self.spec.name}:{self.node.get('operationId', self.method + ' ' + self.path)}"

    @property
    def parameters(self) -> list[Node]:
        """The operation's parameters, references followed."""
        return [self.spec.resolved(p) for p in self.node.get("parameters", [])]

    @property
    def responses(self) -> dict[str, Node]:
        """The operation's responses by status, references followed."""
        return {str(s): self.spec.resolved(r) for s, r in self.node.get("responses", {}).items()}

    @property
    def request_content(self) -> dict[str, Node]:
        """The request body's media types; nothing for an operation without a body."""
        return dict(self.spec.resolved(self.node.get("requestBody", {})).get("content", {}))

    def names(self, location: str) -> Iterator[set[str]]:
        """The names that a request has in a place, one set for each form of its body."""
        if location != "body":
            yield {p["name"] for p in self.parameters if p["in"] == location}
            return
        if not self.request_content:
            yield set()
        for media in self.request_content.values():
            yield set(self.spec.resolved(media.get("schema", {})).get("properties", {}))

    @property
    def contents(self) -> Iterator[tuple[str, str, Node]]:
        """Every body, as where it stands, its media type and its node."""
        for media_type, media in self.request_content.items():
            yield "the request", media_type, media
        for status, response in self.responses.items():
            for media_type, media in response.get("content", {}).items():
                yield f"response {status}", media_type, media


@attrs.frozen(eq=False)
class Schema:
    """One named schema of a specification."""

    spec: Spec = attrs.field(repr=False)
    name: str
    node: Node = attrs.field(repr=False)

    @property
    def id(self) -> str:
        """How tests name the schema, for example `unzer:Cancellation`."""
        return f"{self.spec.name}:{self.name}"


def walk(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key with its value, at any depth."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


@cache
def load_all() -> tuple[Spec, ...]:
    """Read every specification of the repository, once."""
    nodes = {
        path.stem: yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for path in sorted(FOLDER.glob("*.yaml"))
    }
    return tuple(Spec(name, node, nodes) for name, node in nodes.items())


def load(name: str) -> Spec:
    """Return one specification by the name of its file, for example `pace-pay`.

    Raises:
        KeyError: there is no such file.
    """
    return {spec.name: spec for spec in load_all()}[name]

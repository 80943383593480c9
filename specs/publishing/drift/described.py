"""What a specification describes, in the form in which traffic is compared with it."""

from __future__ import annotations

import copy
import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote

import attrs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from countermand import specs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

Node = dict[str, Any]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_ROOT: Final = "urn:description"


@attrs.frozen(eq=False, slots=False)
class Description:
    """One specification, closed: an object takes no member that is not described.

    A specification leaves its objects open, because a reader has to take what comes. What is seen
    of a provider is another matter: there, a member that nobody described is news.
    """

    api: str
    document: Node = attrs.field(repr=False)

    @classmethod
    def of(cls, api: str) -> Description:
        """The published specification of an API."""
        return cls(api, closed(specs.load(api)))

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, those with fewer placeholders first."""
        found = [
            Operation(self, method.upper(), path, item[method], item.get("parameters", []))
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        ]
        return tuple(sorted(found, key=lambda operation: operation.path.count("{")))

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that a request is for, or None."""
        return next((found for found in self.at(path) if found.method == method), None)

    def at(self, path: str) -> Iterator[Operation]:
        """The operations of an address, whatever their methods."""
        return (operation for operation in self.operations if operation.ids(path) is not None)

    def resolved(self, node: Node) -> Node:
        """Follow references until something else than a reference is found."""
        while "$ref" in node:
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    @cached_property
    def _registry(self) -> Registry[Any]:
        resource = DRAFT202012.create_resource(self.document)
        registry: Registry[Any] = Registry().with_resource(_ROOT, resource)
        return registry

    def wrong(self, schema: Node, value: object) -> str:
        """What is wrong with a value, empty where nothing is."""
        anchored = json.loads(json.dumps(schema).replace('"#/', f'"{_ROOT}#/'))
        validator = Draft202012Validator(
            anchored,
            registry=self._registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        error = best_match(validator.iter_errors(value))
        return _words(error) if error else ""

    def wrong_text(self, schema: Node, text: str) -> str:
        """What is wrong with the value of a parameter or header, which arrives as text."""
        kind = self.resolved(schema).get("type", "string")
        if kind == "string":
            return self.wrong(schema, text)
        try:
            return self.wrong(schema, json.loads(text))
        except ValueError:
            return f"{text!r} is not of type {kind}"

    def wrong_body(self, media: Node, media_type: str, text: str) -> str:
        """What is wrong with a body of a described media type."""
        schema = media.get("schema", {})
        if media_type == "application/x-www-form-urlencoded":
            return self.wrong(schema, dict(parse_qsl(text, keep_blank_values=True)))
        if not media_type.endswith("json"):
            return self.wrong(schema, text)
        try:
            return self.wrong(schema, json.loads(text))
        except ValueError as error:
            return f"it is no JSON: {error}"


@attrs.frozen(eq=False, slots=False)
class Operation:
    """One operation of a specification."""

    description: Description = attrs.field(repr=False)
    method: str
    path: str
    node: Node = attrs.field(repr=False)
    shared: list[Node] = attrs.field(repr=False)

    @property
    def name(self) -> str:
        """Its operationId."""
        found: str = self.node["operationId"]
        return found

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = re.split(r"\{([^}]+)\}", self.path)
        groups = (f"(?P<{p}>[^/]+)" if i % 2 else re.escape(p) for i, p in enumerate(parts))
        return re.compile("".join(groups))

    def ids(self, path: str) -> dict[str, str] | None:
        """The path parameters, decoded; None where the path is another one."""
        match = self._pattern.fullmatch(path)
        return match and {name: unquote(value) for name, value in match.groupdict().items()}

    def parameters(self, location: str) -> dict[str, Node]:
        """The parameters of a location by name; those of headers in lower case."""
        both = (
            self.description.resolved(p) for p in (*self.shared, *self.node.get("parameters", []))
        )
        return {
            (p["name"].lower() if location == "header" else p["name"]): p
            for p in both
            if p["in"] == location
        }

    @property
    def body(self) -> Node:
        """The description of the request's body, empty where it takes none."""
        return self.description.resolved(self.node.get("requestBody", {}))

    @cached_property
    def responses(self) -> dict[str, Node]:
        """The responses by status."""
        described = self.node["responses"].items()
        return {str(status): self.description.resolved(node) for status, node in described}

    def response(self, status: int) -> tuple[str, Node] | None:
        """The response that describes a status, with the key it stands under; None where none."""
        keys = (str(status), f"{status // 100}XX", "default")
        return next(((key, self.responses[key]) for key in keys if key in self.responses), None)

    @cached_property
    def credentials(self) -> tuple[frozenset[str], ...]:
        """The header fields that carry credentials: one set for each way to be let in."""
        schemes = self.description.document.get("components", {}).get("securitySchemes", {})
        return tuple(
            frozenset(_field(self.description.resolved(schemes[name])) for name in alternative)
            for alternative in self.node.get("security", [])
        )


def closed(document: Node) -> Node:
    """A copy in which every object with described members takes no others."""
    made = copy.deepcopy(document)
    for node in _objects(made):
        if "properties" in node and not {"additionalProperties", "unevaluatedProperties"} & set(
            node
        ):
            node["unevaluatedProperties"] = False
    return made


def _objects(node: object) -> Iterator[Node]:
    if isinstance(node, dict):
        # What an example shows under such a name is no schema.
        for key, value in node.items():
            if key not in {"example", "examples", "enum", "const", "default"}:
                yield from _objects(value)
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from _objects(item)


def _field(scheme: Node) -> str:
    name: str = scheme["name"] if scheme["type"] == "apiKey" else "authorization"
    return name.lower()


def _words(error: ValidationError) -> str:
    where = "/".join(str(part) for part in error.absolute_path)
    return f"{where or 'the whole'}: {error.message[:300]}"

"""The components' schemas as plain JSON Schema 2020-12, for whoever does not speak OpenAPI.

OpenAPI 3.1 schemas are JSON Schema with a vocabulary on top. What that adds is taken away, so that
strict validators accept the files:

* `discriminator`, `xml`, `externalDocs`: no part of what is valid; left out.
* `example`: becomes `examples`.
* `x-open: true`: the listed values are the documented ones and any other is to be taken too. Plain
  JSON Schema has no word for it, and a bare `enum` would refuse what a reader must take. It becomes
  `anyOf` the listed values or any value of the type, which generators show as such.
* every other `x-`: left out.

A keyword that is neither JSON Schema nor one of these is an error: nothing gets lost unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from specs.publishing.artefacts.document import Document, DocumentError, Node
from specs.publishing.artefacts.tree import SCHEMA_JSON, File, json_file

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
PREFIX: Final = "#/components/schemas/"

MAPS: Final = frozenset({"properties", "patternProperties", "dependentSchemas"})
LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SINGLE: Final = frozenset(
    {
        *("items", "contains", "additionalProperties", "propertyNames"),
        *("unevaluatedItems", "unevaluatedProperties", "not", "if", "then", "else"),
    }
)
VALUES: Final = frozenset(
    {
        *("type", "enum", "const", "default", "examples", "title", "description", "$comment"),
        *("deprecated", "readOnly", "writeOnly", "format", "pattern", "minLength", "maxLength"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minItems", "maxItems", "uniqueItems", "minContains", "maxContains"),
        *("required", "minProperties", "maxProperties", "dependentRequired"),
        *("contentEncoding", "contentMediaType"),
    }
)
"""Keywords whose values are no schemas."""
OPENAPI_ONLY: Final = frozenset({"discriminator", "xml", "externalDocs"})

Address = Callable[[str], str]
"""Where the schema of a name is found from where the reference stands."""


def in_files(name: str) -> str:
    """The address of a schema beside the one that refers to it."""
    return f"{name}.json"


def in_bundle(name: str) -> str:
    """The address of a schema in the same file."""
    return f"#/$defs/{name}"


def convert(node: Any, address: Address) -> Any:
    """Turn an OpenAPI 3.1 schema into one of JSON Schema 2020-12.

    Raises:
        DocumentError: it has a keyword that neither of the two knows, or refers to something else
            than a named schema.
    """
    if not isinstance(node, dict):
        return node
    result: Node = {}
    for keyword, value in node.items():
        result.update(_converted(keyword, value, address))
    return _opened(result) if node.get("x-open") else result


def _converted(keyword: str, value: Any, address: Address) -> Node:
    if keyword == "$ref":
        return {"$ref": address(_name(value))}
    if keyword in MAPS:
        return {keyword: {name: convert(each, address) for name, each in value.items()}}
    if keyword in LISTS:
        return {keyword: [convert(each, address) for each in value]}
    if keyword in SINGLE:
        return {keyword: convert(value, address)}
    if keyword == "example":
        return {"examples": [value]}
    if keyword in VALUES:
        return {keyword: value}
    if keyword in OPENAPI_ONLY or keyword.startswith("x-"):
        return {}
    raise DocumentError(f"a keyword that JSON Schema does not have: {keyword}")


def _name(reference: str) -> str:
    name = reference.removeprefix(PREFIX)
    if name == reference or "/" in name:
        raise DocumentError(f"a schema that has no name of its own: {reference}")
    return name


def _opened(schema: Node) -> Node:
    """Let a schema with an enum take any other value of its type too."""
    if "enum" not in schema or "anyOf" in schema:
        raise DocumentError("x-open needs an enum, and no anyOf beside it")
    listed = {"enum": schema.pop("enum")}
    rest = {"type": schema["type"]} if "type" in schema else True
    comment = "The listed values are the documented ones; a reader takes any other too."
    return {**schema, "$comment": comment, "anyOf": [listed, rest]}


def files(document: Document, folder: str, identity: str) -> Iterator[File]:
    """Yield one file per named schema, and one that holds them all.

    A file's `$id` is its own name, so the set can be loaded from a disk, from any address and into
    a registry. The bundle has a URN and refers within itself only.

    Args:
        document: Where the schemas come from.
        folder: Where they go.
        identity: What the bundle is called all over the world.
    """
    for name, node in document.schemas.items():
        head = {"$schema": DIALECT, "$id": in_files(name), "title": name}
        body = convert(node, in_files)
        yield json_file(f"{folder}/{name}.json", {**head, **body}, "json-schema", SCHEMA_JSON)
    definitions = {
        name: {"title": name, **convert(node, in_bundle)} for name, node in document.schemas.items()
    }
    bundle = {
        "$schema": DIALECT,
        "$id": identity,
        "title": document.root["info"]["title"],
        "description": "Every named schema of the specification, to be referred to by name.",
        "$defs": definitions,
    }
    yield json_file(f"{folder}/bundle.json", bundle, "json-schema-bundle", SCHEMA_JSON)

"""The components' schemas as plain JSON Schema 2020-12, for tools that cannot read OpenAPI.

OpenAPI 3.1 schemas are JSON Schema with a vocabulary on top. Its keywords are left out, so that
strict validators accept the files; `example` becomes `examples`. `x-open: true` says that a reader
accepts other values than the listed ones. Plain JSON Schema has no word for it, and a bare `enum`
would refuse the others. It becomes `anyOf` the listed values or any value of the type, which
generators show as such. An unknown keyword is an error, so that none is lost unseen.
"""

from collections.abc import Iterator
from typing import Any, Final

from specs.publishing import PublishingError
from specs.publishing.artefacts.tree import SCHEMA_JSON, File, json_file
from specs.publishing.document import KEYWORDS, Node

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
PREFIX: Final = "#/components/schemas/"

IN_FILES: Final = "{}.json"
"""The address of a schema beside the one that refers to it."""
IN_BUNDLE: Final = "#/$defs/{}"
"""The address of a schema in the same file."""


def convert(schema: Any, address: str) -> Any:
    """Turn an OpenAPI 3.1 schema, or a list of them, into JSON Schema 2020-12."""
    if isinstance(schema, list):
        return [convert(each, address) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        result.update(_converted(keyword, value, address))
    return _opened(result) if schema.get("x-open") else result


def _converted(keyword: str, value: Any, address: str) -> dict[str, Any]:
    if keyword == "$ref":
        name = value.removeprefix(PREFIX)
        if name == value or "/" in name:
            raise PublishingError(f"a schema that has no name of its own: {value}")
        return {"$ref": address.format(name)}
    holds = KEYWORDS.get(keyword, {}).get("holds")
    if holds == "named":
        return {keyword: {name: convert(each, address) for name, each in value.items()}}
    if holds == "schema":
        return {keyword: convert(value, address)}
    if keyword == "example":
        return {"examples": [value]}
    if holds == "value":
        return {keyword: value}
    if holds == "openapi" or keyword.startswith("x-"):
        return {}
    raise PublishingError(f"a keyword that JSON Schema does not have: {keyword}")


def _opened(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a schema with an enum accept any other value of its type too."""
    if "enum" not in schema or "anyOf" in schema:
        raise PublishingError("x-open needs an enum, and no anyOf beside it")
    listed = {"enum": schema.pop("enum")}
    rest = {"type": schema["type"]} if "type" in schema else True
    comment = "The listed values are the documented ones; a reader takes any other too."
    return {**schema, "$comment": comment, "anyOf": [listed, rest]}


def files(document: Node, folder: str, identity: str) -> Iterator[File]:
    """Yield one file per named schema, and one that holds them all.

    A file's `$id` is its own name, so the set can be loaded from a disk, from any address and into
    a registry. The bundle has the URN `identity` and refers within itself only.
    """
    schemas = document.child("components").get("schemas", {})
    for name, schema in schemas.items():
        head = {"$schema": DIALECT, "$id": IN_FILES.format(name), "title": name}
        body = convert(schema, IN_FILES)
        yield json_file(f"{folder}/{name}.json", {**head, **body}, "json-schema", SCHEMA_JSON)
    bundle = {
        "$schema": DIALECT,
        "$id": identity,
        "title": document.root["info"]["title"],
        "description": "Every named schema of the specification, to be referred to by name.",
        "$defs": {n: {"title": n, **convert(each, IN_BUNDLE)} for n, each in schemas.items()},
    }
    yield json_file(f"{folder}/bundle.json", bundle, "json-schema-bundle", SCHEMA_JSON)

"""The components as JSON Schema."""

from __future__ import annotations

import copy
import json
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from specs.publishing import PublishingError, node
from specs.publishing.artefacts.schemas import IN_BUNDLE, IN_FILES, convert
from specs.publishing.document import Node, operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specs.publishing.artefacts.versions import Api

AJV = Path(__file__).with_name("ajv.cjs")
CHECKER = Draft202012Validator.FORMAT_CHECKER


@cache
def load(path: Path) -> Any:
    """Read a JSON file, once."""
    return json.loads(path.read_text(encoding="utf-8"))


def retrieve(uri: str) -> Resource[Any]:
    """Read a schema from the disk, as any resolver of file addresses does."""
    return Resource.from_contents(load(Path(unquote(urlsplit(uri).path))))


def from_files(folder: Path, name: str) -> Draft202012Validator:
    """A validator that finds the other schemas beside the one that it starts from."""
    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # attrs alias
    start = (folder / "schemas" / f"{name}.json").as_uri()
    # The address that a file was read from is the base of its relative `$id`.
    return Draft202012Validator({"$ref": start}, registry=registry, format_checker=CHECKER)


def from_bundle(folder: Path, name: str) -> Draft202012Validator:
    """A validator that knows the bundle only."""
    bundle = load(folder / "schemas/bundle.json")
    registry: Registry[Any] = Resource.from_contents(bundle) @ Registry()
    reference = {"$ref": f"{bundle['$id']}#/$defs/{name}"}
    return Draft202012Validator(reference, registry=registry, format_checker=CHECKER)


def from_document(document: Node, name: str) -> Draft202012Validator:
    """A validator of the specification as it is, OpenAPI's own words included."""
    registry: Registry[Any] = Registry().with_resource(
        "urn:spec", DRAFT202012.create_resource(document.root)
    )
    reference = {"$ref": f"urn:spec#/components/schemas/{name}"}
    return Draft202012Validator(reference, registry=registry, format_checker=CHECKER)


def schemas(document: Node) -> dict[str, Any]:
    """The named schemas of a specification."""
    found: dict[str, Any] = document.child("components").get("schemas")
    return found


def examples(document: Node) -> Iterator[tuple[str, Any]]:
    """Yield every example of a named schema, and every example of a body, with the schema."""
    for name, schema in schemas(document).items():
        for value in schema.get("examples", []):
            yield name, value
    for operation in operations(document):
        for body in (operation.body, *operation.responses.values()):
            for media in body.child("content").members.values():
                name = media.get("schema")["$ref"].rpartition("/")[2]
                for example in media.child("examples").members.values():
                    yield name, example.get("value")


def mutations(value: Any) -> Iterator[Any]:
    """Yield variants of a value, each broken in one place or with one thing more."""
    yield from (None, [], {}, 0, -1.5, "", "another text", True)
    if isinstance(value, dict):
        yield {**value, "unheardOf": 1}
        for key, inner in value.items():
            yield {k: v for k, v in value.items() if k != key}
            for changed in mutations(inner):
                yield {**value, key: changed}
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            for changed in mutations(inner):
                yield [*value[:number], changed, *value[number + 1 :]]


def closed(schema: Any) -> Any:
    """A converted schema with open enums closed again, to compare it with its origin."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if "reader takes any other" in str(result.get("$comment")):
        result.pop("$comment")
        result.update(result.pop("anyOf")[0])
    return result


def test_there_is_one_file_per_named_schema(folder: Path, api: Api) -> None:
    """And the bundle has the same names."""
    names = set(schemas(api.newest.document))
    assert {path.stem for path in (folder / "schemas").iterdir()} == names | {"bundle"}
    assert set(load(folder / "schemas/bundle.json")["$defs"]) == names


def test_the_verdict_is_that_of_the_specification(folder: Path, api: Api, tmp_path: Path) -> None:
    """Over its examples, which are valid, and over thousands of broken values.

    Only the open enums are set aside, which have a test of their own.
    """
    document = api.newest.document
    shut = tmp_path / "schemas"
    shut.mkdir()
    for path in (folder / "schemas").iterdir():
        (shut / path.name).write_text(json.dumps(closed(load(path))), encoding="utf-8")
    verdicts = {True: 0, False: 0}
    unique = {f"{name} {json.dumps(value)}": (name, value) for name, value in examples(document)}
    for name, example in unique.values():
        original = from_document(document, name)
        ours = (from_files(tmp_path, name), from_bundle(tmp_path, name))
        for each in (original, *ours):
            each.validate(example)
        for value in mutations(copy.deepcopy(example)):
            verdict = original.is_valid(value)
            verdicts[verdict] += 1
            assert [each.is_valid(value) for each in ours] == [verdict, verdict], (name, value)
    assert min(verdicts.values()) > 10


def test_a_strict_validator_of_another_language_takes_them(folder: Path) -> None:
    """Ajv in strict mode refuses keywords it does not know, and checks the formats."""
    done = subprocess.run(
        ["node", str(AJV), str(folder / "schemas")],
        env={**node.environment(), "NODE_PATH": str(node.FOLDER / "node_modules")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    count = len(list((folder / "schemas").iterdir())) - 1
    assert f"{2 * count} schemas" in done.stdout


def test_an_open_enum_takes_another_value_and_a_closed_one_does_not(
    tree: Path, apis: tuple[Api, ...]
) -> None:
    """`x-open` is heeded, not just removed: a reader must not refuse what may come."""
    seen = set()
    for api in apis:
        for name, schema in schemas(api.newest.document).items():
            if "enum" in schema:
                is_open = schema.get("x-open", False)
                validator = from_files(tree / api.newest.folder, name)
                assert validator.is_valid("never heard of") == is_open, (api.name, name)
                assert not validator.is_valid(1)
                seen.add(is_open)
    assert seen == {True, False}


@pytest.mark.parametrize("address", [IN_FILES, IN_BUNDLE])
def test_what_openapi_adds_is_translated(address: Any) -> None:
    """Properties that are called like a keyword are no keywords."""
    schema = {
        "type": "object",
        "example": {"example": "a"},
        "discriminator": {"propertyName": "kind"},
        "xml": {"name": "x"},
        "externalDocs": {"url": "https://docs.example"},
        "x-anything": 1,
        "properties": {
            "example": {"type": "string"},
            "x-open": {"$ref": "#/components/schemas/Other"},
            "discriminator": {"oneOf": [{"const": {"example": 1}}, {"not": {"x-open": False}}]},
        },
    }
    assert convert(schema, address) == {
        "type": "object",
        "examples": [{"example": "a"}],
        "properties": {
            "example": {"type": "string"},
            "x-open": {"$ref": address.format("Other")},
            "discriminator": {"oneOf": [{"const": {"example": 1}}, {"not": {}}]},
        },
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "nullable": True},
        {"$ref": "#/components/parameters/A"},
        {"$ref": "#/components/schemas/A/properties/b"},
        {"$ref": "other.json"},
        {"properties": {"a": {"items": {"typ": "string"}}}},
        {"x-open": True, "type": "string"},
    ],
)
def test_what_cannot_be_translated_is_refused(schema: Any) -> None:
    """An unknown keyword would be lost unseen."""
    with pytest.raises(PublishingError):
        convert(schema, IN_FILES)

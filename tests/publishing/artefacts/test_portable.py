"""The portable edition: what generators stumble over is gone, and nothing else is."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import validate

from specs.publishing import PublishingError
from specs.publishing.artefacts.portable import FORM, GIVEN_UP, OPEN, PREFIX, portable
from specs.publishing.document import Node, lookup, operations, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specs.publishing.artefacts.versions import Api

GONE = {"anyOf", "oneOf", "allOf", "not", "const", "x-open", "examples", "if", "$defs"}


@pytest.fixture
def made(folder: Path) -> Any:
    """The portable document of the specification in turn, as it is published."""
    return json.loads((folder / "portable/openapi.json").read_text(encoding="utf-8"))


def schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema of a document, however deep."""
    waiting = [*value["components"]["schemas"].values(), *_roots(value)]
    while waiting:
        schema = waiting.pop()
        yield schema
        waiting += schema.get("properties", {}).values()
        waiting += [schema["items"]] if "items" in schema else []


def _roots(value: Any) -> Iterator[dict[str, Any]]:
    """The schemas of parameters, headers and bodies."""
    if isinstance(value, list):
        for each in value:
            yield from _roots(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == "schema":
                yield each
            elif key not in ("example", "examples", "schemas") and not key.startswith("x-"):
                yield from _roots(each)


def bodies(document: Node) -> Iterator[tuple[str, str, str, Node]]:
    """Every body: the operation, `request` or the status, the media type and its node."""
    for operation in operations(document):
        for place, message in {"request": operation.body, **operation.responses}.items():
            for media_type, media in message.child("content").members.items():
                yield operation.id, place, media_type, media


def violations(document: Any, schema: Any, value: Any) -> list[str]:
    """What OpenAPI 3.0 has against a value."""
    # References lead from the root of what is judged.
    whole = {**schema, "components": document["components"]}
    judge = OAS30Validator(whole, format_checker=oas30_format_checker)
    return [error.message for error in judge.iter_errors(value)]


def test_it_is_valid_openapi_3_0_and_the_same_in_both_forms(folder: Path, made: Any) -> None:
    """As a validator of the standard sees it; and beside it lies the one for trying out."""
    validate(made)
    assert made["openapi"] == "3.0.3"
    text = (folder / "portable/openapi.yaml").read_bytes()
    assert parsed(text) == made
    assert (folder.parent / "portable/openapi.yaml").read_bytes() == text


def test_nothing_is_left_that_generators_stumble_over(made: Any) -> None:
    """One type for each value, one object for each name, a closed list only where one sends it."""
    for schema in schemas(made):
        assert not GONE & schema.keys()
        assert isinstance(schema.get("type", ""), str)
        assert schema.get("format") == "int64" or schema.get("type") != "integer"
        assert schema.get("type") != "string" or "minimum" not in schema
        assert "$ref" not in schema or list(schema) == ["$ref"]
    objects = made["components"]["schemas"]
    assert {each["type"] for each in objects.values()} == {"object"}
    assert len({name.casefold() for name in objects}) == len(objects)


def test_every_example_of_a_body_is_valid_in_it(api: Api, made: Any) -> None:
    """All that the exact edition shows; plain text is described where there is no JSON only."""
    there = {each[:3]: each[3] for each in bodies(Node.document(made))}
    seen = 0
    for operation, place, media_type, media in bodies(api.newest.document):
        target = there.get((operation, place, media_type))
        if target is None:
            assert media_type == "text/plain"
            continue
        for name, example in media.child("examples").members.items():
            value = example.get("value")
            assert violations(made, target.get("schema"), value) == [], (operation, place, name)
            seen += 1
    assert seen


def test_every_example_of_an_object_is_valid_in_it(api: Api, made: Any) -> None:
    """Also of those objects that stand for several."""
    exact = api.newest.document.child("components").get("schemas")
    for name in made["components"]["schemas"]:
        for value in exact[name].get("examples", []):
            assert violations(made, {"$ref": PREFIX + name}, value) == [], name


def test_json_comes_first_and_a_form_has_its_body(made: Any) -> None:
    """A client that asks for the first type, or for all of them, asks for JSON."""
    contents: dict[tuple[str, str], dict[str, Any]] = {}
    for operation, place, media_type, media in bodies(Node.document(made)):
        contents.setdefault((operation, place), {})[media_type] = media.get("schema")
    for found in contents.values():
        first, *others = found
        assert first.endswith("json")
        assert others in ([], [FORM])
        assert FORM not in found or found[FORM] == found[first]


def test_a_list_that_may_grow_names_its_values(api: Api, made: Any) -> None:
    """For people in the description, for programs in a member of its own."""
    exact = api.newest.document.child("components").get("schemas")
    expected = [schema["enum"] for schema in exact.values() if schema.get("x-open")]
    found = [schema for schema in schemas(made) if OPEN in schema]
    for schema in found:
        assert schema["type"] == "string"
        assert all(f"`{value}`" in schema["description"] for value in schema[OPEN])
        assert violations(made, schema, "somethingNew") == []
    assert all(values in [schema[OPEN] for schema in found] for values in expected)


def test_an_answer_may_hold_more_and_a_request_holds_what_it_held(api: Api, made: Any) -> None:
    """A misspelt member of a request stays an error."""
    exact = api.newest.document.child("components").get("schemas")
    for _, place, _, media in bodies(Node.document(made)):
        name = media.get("schema")["$ref"].removeprefix(PREFIX)
        expected = exact[name].get("additionalProperties") if place == "request" else True
        assert made["components"]["schemas"][name].get("additionalProperties") is expected


def test_no_member_of_an_answer_is_required_that_may_be_null(made: Any) -> None:
    """What must be there is never null."""
    for schema in made["components"]["schemas"].values():
        for name in schema.get("required", ()):
            assert "nullable" not in schema["properties"][name]


def test_all_else_is_that_of_the_exact_edition(api: Api, made: Any) -> None:
    """Addresses, credentials, facts, parameters, statuses; and it says what it gives up."""
    exact = api.newest.document.root
    assert GIVEN_UP.strip() in made["info"]["description"]
    assert made["info"]["title"] == exact["info"]["title"]
    assert made["servers"] == exact["servers"]
    assert made["components"]["securitySchemes"] == exact["components"]["securitySchemes"]
    pairs = zip(operations(Node.document(made)), operations(api.newest.document), strict=True)
    for mine, other in pairs:
        assert mine.address == other.address
        for fact in ("operationId", "summary", "security", "x-countermand"):
            assert mine.node.get(fact) == other.node.get(fact)
        assert list(mine.responses) == list(other.responses)
        names = [[(p.get("in"), p.get("name")) for p in each.parameters] for each in (mine, other)]
        assert names[0] == names[1]


TOY: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1.0.0", "description": "D.", "license": {"name": "MIT"}},
    "paths": {
        "/a": {
            "get": {
                "responses": {
                    "200": {"content": {"text/json": {"schema": {"$ref": f"{PREFIX}Choice"}}}}
                }
            }
        }
    },
    "components": {
        "schemas": {
            "Choice": {"anyOf": [{"$ref": f"{PREFIX}One"}, {"$ref": f"{PREFIX}Other"}]},
            "One": {
                "type": "object",
                "required": ["id", "kind"],
                "properties": {"id": {"type": "string"}, "kind": {"type": "string", "const": "a"}},
            },
            "Other": {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"type": "string"}, "size": {"type": ["integer", "null"]}},
            },
        }
    },
}


def test_a_choice_of_objects_becomes_one_object() -> None:
    """With all members, and required only what all of them require."""
    made = portable(Node.document(TOY))["components"]["schemas"]
    assert list(made) == ["Choice"]
    assert made["Choice"]["required"] == ["kind"]
    assert made["Choice"]["properties"]["size"] == {
        "type": "integer",
        "nullable": True,
        "format": "int64",
    }
    assert made["Choice"]["properties"]["kind"][OPEN] == ["a"]


@pytest.mark.parametrize(
    ("pointer", "value", "said"),
    [
        ("One/properties/size", {"type": "string"}, "the member size differs"),
        ("One/properties/more", {"$ref": f"{PREFIX}oNE"}, "cannot tell apart"),
        (
            "One/properties/more",
            {"type": "string", "enum": ["pay-out", "PAYOUT"]},
            "cannot tell apart",
        ),
    ],
)
def test_what_has_no_portable_form_is_refused(pointer: str, value: Any, said: str) -> None:
    """Objects that contradict each other, and names that a language would fold into one."""
    root = copy.deepcopy(TOY)
    root["components"]["schemas"]["oNE"] = {"type": "object"}
    root["paths"]["/a"]["get"]["responses"]["201"] = {
        "content": {"text/json": {"schema": {"$ref": f"{PREFIX}One"}}}
    }
    *parents, last = pointer.split("/")
    lookup(root, PREFIX + "/".join(parents))[last] = value
    with pytest.raises(PublishingError, match=said):
        portable(Node.document(root))


def test_a_choice_within_a_choice_is_refused() -> None:
    """Its members would be lost."""
    root = copy.deepcopy(TOY)
    named = root["components"]["schemas"]
    named["More"], named["Other"] = named["Other"], {"anyOf": [{"$ref": f"{PREFIX}More"}]}
    with pytest.raises(PublishingError, match="a choice within a choice"):
        portable(Node.document(root))

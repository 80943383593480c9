"""Every change is seen as what it is: breaking or not, for whom, and due for which version."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from specs.publishing.breaking.changelogs import Version
from specs.publishing.breaking.comparison import compare
from specs.publishing.breaking.verdicts import VERDICTS, Audience, Level, due_level
from specs.publishing.document import DanglingReferenceError
from tests.publishing.breaking.cases import (
    CATALOGUE,
    Edit,
    answered,
    asked,
    body,
    cancel,
    changed,
    document,
    done,
    parameter,
    purge,
    schema,
)

SPECS = Path(__file__).parents[3] / "specs"
CASES = {
    name: (members, group["expected"])
    for group in CATALOGUE
    for name, members in group["changes"].items()
}
Steps = tuple[str | int, ...]


def tidy(d: Any) -> None:
    """Remove schemas without a reference to them, as the project rules demand."""
    schemas = d["components"]["schemas"]
    while left := [name for name in schemas if f"'#/components/schemas/{name}'" not in str(d)]:
        for name in left:
            del schemas[name]


@pytest.mark.parametrize("name", CASES)
def test_a_change_gets_its_verdict(name: str) -> None:
    """It has the kinds and breaks the audiences of the catalogue, and no others."""
    members, expected = CASES[name]
    newer = changed(members)
    tidy(newer)
    found = compare(document(), newer)
    assert {change.kind for change in found} == set(expected["kinds"].split())
    broken = {audience.name.lower() for change in found for audience in change.verdict.breaks}
    assert broken == set(expected["breaks"].split())
    assert str(Version(1, 2, 3).raised(due_level(found))) == expected["due"]


def test_a_breaking_kind_breaks_some_audience() -> None:
    """A kind is major if and only if it breaks an audience, and the README explains them all."""
    policy = (SPECS / "README.md").read_text(encoding="utf-8")
    assert all(audience.value in policy for audience in Audience)
    for kind, verdict in VERDICTS.items():
        assert bool(verdict.breaks) is (verdict.due is Level.MAJOR), kind
        assert verdict.why


def test_every_kind_is_in_the_catalogue() -> None:
    """The table has no verdict that nothing leads to; test_check.py has those of whole files."""
    whole = {"api-removed", "api-renamed", "layout-changed", "workflow-changed"}
    seen = {kind for group in CATALOGUE for kind in group["expected"]["kinds"].split()}
    assert set(VERDICTS) - seen == whole | {"workflow-removed"}


def prepared(prepare: Edit, change: Edit) -> set[str]:
    """The kinds of changes that are seen when both versions are prepared first."""
    base, head = document(), document()
    for each in (base, head):
        prepare(each)
    change(head)
    return {found.kind for found in compare(base, head)}


def nothing(d: Any) -> None:
    """Leave the document as it is."""


OTHER = {
    "description": "Words.",
    "content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}},
}
HIDDEN = {"$ref": "#/components/schemas/Hidden"}


def answers(d: Any) -> Any:
    """The responses to the cancel."""
    return cancel(d)["responses"]


def ranged(status: str, covered: str) -> Edit:
    """Describe the response of one status for a range."""
    return lambda d: answers(d).update({covered: answers(d).pop(status)})


def separate(covered: str, *, examples: bool = False) -> Edit:
    """Describe 404 apart from its range, with examples of its own or without."""

    def change(d: Any) -> None:
        answers(d)["404"] = copy.deepcopy(answers(d)[covered])
        if examples:
            (media,) = answers(d)["404"]["content"].values()
            media["examples"] = {"missing": {"summary": "Missing", "value": {"code": "E404"}}}

    return change


def hidden(d: Any) -> None:
    """Add a schema that only a reference leads to."""
    text = {"type": "string", "description": "A text."}
    made = {"type": "object", "description": "Hidden.", "properties": {"a": text}}
    d["components"]["schemas"]["Hidden"] = made


def behind(keyword: str, value: Any) -> Edit:
    """Refer to the hidden schema by a keyword of a response."""

    def prepare(d: Any) -> None:
        hidden(d)
        schema(d, "Cancel")[keyword] = value

    return prepare


def called_back(d: Any) -> None:
    """Describe a callback among the components."""
    hidden(d)
    content = {"application/json": {"schema": HIDDEN}}
    answer = {"operationId": "onDone", "requestBody": {"content": content}, "responses": {}}
    d["components"]["callbacks"] = {"Done": {"{$request.body#/url}": {"post": answer}}}
    cancel(d)["callbacks"] = {"done": {"$ref": "#/components/callbacks/Done"}}


def readdressed(d: Any) -> None:
    """Give the callback another address."""
    component = d["components"]["callbacks"]["Done"]
    component["{$request.body#/other}"] = component.pop("{$request.body#/url}")


def linked(d: Any) -> None:
    """Describe a link among the components."""
    done(d)["links"] = {"get": {"$ref": "#/components/links/Get"}}
    d["components"]["links"] = {"Get": {"operationId": "getThing"}}


def encoded(d: Any) -> None:
    """Describe a header of a part of a form."""
    d["components"]["headers"] = {"E": {"schema": {"type": "string"}}}
    form = body(d)["application/x-www-form-urlencoded"]
    form["encoding"] = {"requestId": {"headers": {"X": {"$ref": "#/components/headers/E"}}}}


def path_item(d: Any) -> None:
    """Describe a path among the components."""
    d["components"]["pathItems"] = {"Things": d["paths"]["/things"]}
    d["paths"]["/things"] = {"$ref": "#/components/pathItems/Things"}


def itself(d: Any) -> None:
    """Let two schemas refer to themselves, one of them behind a keyword without a rule."""
    behind("not", HIDDEN)(d)
    for name in ("Hidden", "Thing"):
        again = {"$ref": f"#/components/schemas/{name}", "description": "Again."}
        schema(d, name)["properties"]["again"] = again


def choices(d: Any) -> Any:
    """The variable of the first server."""
    return d["servers"][0]["variables"]["host"]


def retyped(d: Any) -> None:
    """Change the type of the one field of the hidden schema."""
    schema(d, "Hidden")["properties"]["a"].update(type="integer")


def field(holder: Edit, **keywords: Any) -> Edit:
    """Add or change the field `n` of a request or a response."""
    return lambda d: holder(d).setdefault("n", {"description": "N."}).update(keywords)  # type: ignore[attr-defined]


def example(d: Any) -> Any:
    """The value of a named example."""
    return d["components"]["examples"]["Done"]["value"]


def noted(value: Any) -> Edit:
    """Give the cancel an extension."""
    return lambda d: cancel(d).update({"x-note": value})


NEW_STATUS = {"response-added"}
GAINED = {"response-media-type-added"}
PREPARED: dict[str, tuple[Edit, Edit, set[str]]] = {
    # A status that is taken out of a range was promised by the range.
    "4XX-same": (ranged("404", "4XX"), separate("4XX"), NEW_STATUS),
    "4XX-examples": (ranged("404", "4XX"), separate("4XX", examples=True), NEW_STATUS),
    "default-same": (ranged("404", "default"), separate("default"), NEW_STATUS),
    "2XX-same": (
        lambda d: answers(d).update({"2XX": done(d)}),
        lambda d: answers(d).update({"202": done(d)}),
        NEW_STATUS,
    ),
    "no-range": (
        nothing,
        lambda d: answers(d).update({"202": done(d)}),
        {"response-added-success"},
    ),
    # A body is news where a failure was empty, and breaks where a success was.
    "body-of-a-success": (
        nothing,
        lambda d: purge(d)["responses"]["204"].update(content=OTHER["content"]),
        {"response-body-added"},
    ),
    "body-of-a-failure": (
        lambda d: purge(d)["responses"].update({"409": {"description": "Not now."}}),
        lambda d: purge(d)["responses"]["409"].update(content=OTHER["content"]),
        GAINED,
    ),
    # What stands behind a reference counts wherever the reference stands.
    **{
        f"behind-{keyword}": (behind(keyword, value), retyped, {"response-limit-changed"})
        for keyword, value in {
            "not": HIDDEN,
            "if": HIDDEN,
            "propertyNames": HIDDEN,
            "unevaluatedProperties": HIDDEN,
            "patternProperties": {"^x": HIDDEN},
            "dependentSchemas": {"id": HIDDEN},
            "prefixItems": [HIDDEN],
            "contains": {"items": HIDDEN},
        }.items()
    },
    "callback-address": (called_back, readdressed, {"unclassified"}),
    "callback-schema": (called_back, retyped, {"unclassified"}),
    "link": (
        linked,
        lambda d: d["components"]["links"]["Get"].update(operationId="purgeThing"),
        {"unclassified"},
    ),
    "encoding": (
        encoded,
        lambda d: d["components"]["headers"]["E"]["schema"].update(type="integer"),
        {"request-encoding-changed"},
    ),
    # OpenAPI gives members beside any other reference no meaning, so the worst is assumed.
    "path-item-operation": (
        path_item,
        lambda d: d["paths"]["/things"].update(post={"operationId": "make", "responses": {}}),
        {"unclassified"},
    ),
    "path-item-text": (
        path_item,
        lambda d: d["paths"]["/things"].update(summary="S"),
        {"text-changed"},
    ),
    "reference-as-a-value": (
        noted({"like": {"$ref": "#/nowhere"}}),
        noted({"like": {"$ref": "#/elsewhere"}}),
        {"extension-changed"},
    ),
    "recursive-schemas": (itself, nothing, set()),
    "recursive-change": (
        itself,
        lambda d: schema(d, "Hidden").pop("type"),
        {"response-limit-changed"},
    ),
    # JSON tells numbers from truth values, Python does not.
    "example-1-true": (
        lambda d: example(d).update(n=1),
        lambda d: example(d).update(n=True),
        {"example-changed"},
    ),
    "default-0-false": (
        field(asked, default=0),
        field(asked, default=False),
        {"request-default-changed"},
    ),
    "const-1-true": (field(asked, const=1), field(asked, const=True), {"request-limit-changed"}),
    "enum-0-false": (
        field(answered, enum=[0, 2]),
        field(answered, enum=[0, 2, False]),
        {"response-enum-value-added"},
    ),
    "extension-1-true": (noted({"n": 1}), noted({"n": True}), {"extension-changed"}),
    "server-choices-order": (
        lambda d: choices(d).update(enum=["api.example", "b.example"]),
        lambda d: choices(d)["enum"].reverse(),
        {"equivalent"},
    ),
    "server-choices": (
        lambda d: choices(d).update(enum=["api.example", "b.example"]),
        lambda d: choices(d)["enum"].append("c.example"),
        {"server-variable-changed"},
    ),
    # Parts without a name are recognised by their content, in any order.
    **{
        f"{keyword}-{'order' if kinds == {'equivalent'} else 'changed'}": (
            field(answered, **{keyword: [{"type": "string"}, {"type": "integer"}]}),
            field(answered, **{keyword: [{"type": "integer"}, other]}),
            kinds,
        )
        for keyword in ("oneOf", "anyOf", "allOf")
        for other, kinds in (
            ({"type": "string"}, {"equivalent"}),
            ({"type": "null"}, {"response-type-changed"}),
        )
    },
    **{
        f"closed-by-{keyword}": (
            lambda d, keyword=keyword: schema(d, "Cancel").update({keyword: False}),  # type: ignore[misc]
            field(answered, type="string"),
            {"closed-response-field-added"},
        )
        for keyword in ("additionalProperties", "unevaluatedProperties")
    },
}


@pytest.mark.parametrize("name", PREPARED)
def test_a_prepared_document_gets_the_kinds_of_its_change(name: str) -> None:
    """Ranges, references, recursion, truth values and alternatives that the catalogue lacks."""
    prepare, change, kinds = PREPARED[name]
    assert prepared(prepare, change) == kinds


@pytest.mark.parametrize("covered", ["4XX", "default"])
def test_a_status_that_differs_from_its_range_breaks_readers(covered: str) -> None:
    """A reader of the range expects its body."""
    seen = prepared(ranged("404", covered), lambda d: answers(d).update({"404": OTHER}))
    assert {"response-added", "response-type-changed"} <= seen


@pytest.mark.parametrize(
    "change",
    [
        lambda d: parameter(d, 1).update(style="form"),
        lambda d: parameter(d, 1).update(explode=True),
        lambda d: parameter(d, 1).update(allowReserved=False),
        lambda d: parameter(d, 2).update(style="simple", explode=False),
        lambda d: d["components"]["parameters"]["ThingId"].update(style="simple"),
        lambda d: done(d)["headers"]["X-Words"].update(style="simple", explode=False),
        lambda d: schema(d, "Things").update(uniqueItems=False, minItems=0),
        lambda d: answered(d)["amount"].update(minLength=0),
        lambda d: answered(d)["amount"].update(readOnly=False, writeOnly=False, nullable=False),
        lambda d: answered(d)["amount"].update(deprecated=False),
        lambda d: d["components"]["securitySchemes"]["basic"].update(scheme="Basic"),
        lambda d: body(d).update({"Application/JSON": body(d).pop("application/json")}),
        lambda d: schema(d, "Level")["enum"].reverse(),
        lambda d: cancel(d)["security"].append({"basic": []}),
        lambda d: schema(d, "Outcome")["oneOf"].reverse(),
    ],
)
def test_a_default_that_is_spelt_out_changes_no_meaning(change: Edit) -> None:
    """Neither does letter case where it does not count, or order where there is none."""
    assert prepared(nothing, change) == {"equivalent"}


@pytest.mark.parametrize(
    "change",
    [
        lambda d: parameter(d, 1).update(style="spaceDelimited"),
        lambda d: parameter(d, 1).update(explode=False),
        lambda d: schema(d, "Things").update(uniqueItems=True),
        lambda d: answered(d)["amount"].update(minLength=1),
        lambda d: answered(d)["amount"].update(readOnly=True),
        lambda d: d["components"]["securitySchemes"]["basic"].update(scheme="Bearer"),
    ],
)
def test_another_value_than_the_default_is_breaking(change: Edit) -> None:
    """The same keywords with another value break some audience."""
    assert any(VERDICTS[kind].breaks for kind in prepared(nothing, change))


def steps(node: Any, so_far: Steps = ()) -> Iterator[Steps]:
    """The keys that lead to every node."""
    nodes = enumerate(node) if isinstance(node, list) else ()
    for key, value in node.items() if isinstance(node, dict) else nodes:
        yield (*so_far, key)
        yield from steps(value, (*so_far, key))


def without(whole: Any, way: Steps) -> Any:
    """A document without one node; only the nodes on the way are copied."""
    changed = copy.copy(whole)
    if len(way) > 1:
        changed[way[0]] = without(whole[way[0]], way[1:])
    else:
        del changed[way[0]]
    return changed


@pytest.mark.parametrize("name", ["bento", "pace-fueling", "pace-pay", "unzer", "vtex"])
def test_no_removal_in_a_real_specification_is_overlooked(name: str) -> None:
    """A change needs no rule to be reported. Every 23rd node, so that it takes seconds."""
    whole = yaml.safe_load((SPECS / f"{name}.yaml").read_text(encoding="utf-8"))
    overlooked = []
    # A default that is spelt out may go without a change of meaning.
    spelt = {"required", "answer", "effect", "repeat", "read-back"}
    for way in [way for way in steps(whole) if "version" not in way][::23]:
        try:
            seen = compare(whole, without(whole, way))
        except DanglingReferenceError:
            # Another node refers to it: such a document cannot be compared at all.
            continue
        if not seen or (seen[0].kind == "equivalent" and way[-1] not in spelt):
            overlooked.append(way)
    assert overlooked == []

"""What is behind a reference counts wherever the reference stands."""

from typing import Any

import pytest

from specs.publishing.breaking.verdicts import Level
from tests.publishing.breaking.changes import body, cancel, done, schema
from tests.publishing.breaking.comparisons import Edit, kinds, level, nothing

HIDDEN = {"$ref": "#/components/schemas/Hidden"}
DONE = {"$ref": "#/components/callbacks/Done"}


def hidden(d: Any) -> None:
    """Describe what only a reference leads to."""
    text = {"type": "string", "description": "A text."}
    d["components"]["schemas"]["Hidden"] = {
        "type": "object",
        "description": "Hidden.",
        "properties": {"a": text},
    }


def behind(keyword: str, value: Any) -> Edit:
    """Refer to it by a keyword that no rule looks into."""

    def prepare(d: Any) -> None:
        hidden(d)
        schema(d, "Cancel")[keyword] = value

    return prepare


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("not", HIDDEN),
        ("if", HIDDEN),
        ("propertyNames", HIDDEN),
        ("unevaluatedProperties", HIDDEN),
        ("patternProperties", {"^x": HIDDEN}),
        ("dependentSchemas", {"id": HIDDEN}),
        ("prefixItems", [HIDDEN]),
        ("contains", {"items": HIDDEN}),
    ],
)
def test_a_keyword_means_what_its_reference_means(keyword: str, value: Any) -> None:
    """The document says the same two words, and something else."""
    seen = kinds(
        behind(keyword, value),
        lambda d: schema(d, "Hidden")["properties"]["a"].update(type="integer"),
    )
    assert seen == {"response-limit-changed"}


def test_a_reference_that_leads_back_to_itself_ends() -> None:
    """A schema may speak of itself, and is compared once."""

    def prepare(d: Any) -> None:
        behind("not", HIDDEN)(d)
        schema(d, "Hidden")["properties"]["again"] = {**HIDDEN, "description": "Again."}
        schema(d, "Thing")["properties"]["again"] = {
            "$ref": "#/components/schemas/Thing",
            "description": "Again.",
        }

    assert kinds(prepare, nothing) == set()
    assert level(prepare, lambda d: schema(d, "Hidden").pop("type")) is Level.MAJOR


def called_back(d: Any) -> None:
    """Describe a callback that stands among the components."""
    hidden(d)
    content = {"application/json": {"schema": HIDDEN}}
    answer = {"operationId": "onDone", "requestBody": {"content": content}, "responses": {}}
    d["components"]["callbacks"] = {"Done": {"{$request.body#/url}": {"post": answer}}}
    cancel(d)["callbacks"] = {"done": DONE}


def readdressed(d: Any) -> None:
    """Call back somewhere else."""
    component = d["components"]["callbacks"]["Done"]
    component["{$request.body#/other}"] = component.pop("{$request.body#/url}")


def linked(d: Any) -> None:
    """Describe a link that stands among the components."""
    done(d)["links"] = {"get": {"$ref": "#/components/links/Get"}}
    d["components"]["links"] = {"Get": {"operationId": "getThing"}}


def encoded(d: Any) -> None:
    """Describe a header of a part of a form."""
    d["components"]["headers"] = {"E": {"schema": {"type": "string"}}}
    form = body(d)["application/x-www-form-urlencoded"]
    form["encoding"] = {"requestId": {"headers": {"X": {"$ref": "#/components/headers/E"}}}}


@pytest.mark.parametrize(
    ("prepare", "change", "kind"),
    [
        (called_back, readdressed, "unclassified"),
        (called_back, lambda d: schema(d, "Hidden").update(required=["a"]), "unclassified"),
        (
            linked,
            lambda d: d["components"]["links"]["Get"].update(operationId="purgeThing"),
            "unclassified",
        ),
        (
            encoded,
            lambda d: d["components"]["headers"]["E"]["schema"].update(type="integer"),
            "request-encoding-changed",
        ),
    ],
)
def test_a_component_that_no_schema_leads_to_is_compared(
    prepare: Edit, change: Edit, kind: str
) -> None:
    """Callbacks, links and encodings are used where they are referred to."""
    assert kinds(prepare, change) == {kind}


def test_whatever_stands_beside_any_other_reference_is_the_worst() -> None:
    """OpenAPI gives it no meaning there, so nobody knows what a reader makes of it."""

    def prepare(d: Any) -> None:
        d["components"]["pathItems"] = {"Things": d["paths"]["/things"]}
        d["paths"]["/things"] = {"$ref": "#/components/pathItems/Things"}

    added = {"operationId": "makeThing", "responses": {}}
    assert kinds(prepare, lambda d: d["paths"]["/things"].update(post=added)) == {"unclassified"}
    assert kinds(prepare, lambda d: d["paths"]["/things"].update(summary="S")) == {"text-changed"}


def test_a_reference_in_a_value_is_a_value() -> None:
    """An extension may hold what only looks like a reference."""
    seen = kinds(
        lambda d: d.update({"x-note": {"like": {"$ref": "#/nowhere"}}}),
        lambda d: d["x-note"].update(like={"$ref": "#/elsewhere"}),
    )
    assert seen == {"extension-changed"}

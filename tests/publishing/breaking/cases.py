"""The catalogue: every kind of change with examples of it, the audiences, and the version due."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Edit = Callable[[Any], object]

BASE = yaml.safe_load(Path(__file__).with_name("base.yaml").read_text(encoding="utf-8"))


def document() -> Any:
    """The specification that tests start from."""
    return copy.deepcopy(BASE)


MAJOR, MINOR, PATCH = "2.0.0", "1.3.0", "1.2.4"
POST = "/things/{thingId}/cancels"
GET = "/things/{thingId}"


def cancel(d: Any) -> Any:
    """The operation that cancels."""
    return d["paths"][POST]["post"]


def facts(d: Any) -> Any:
    """Its `x-countermand`."""
    return cancel(d)["x-countermand"]


def listing(d: Any) -> Any:
    """The operation that lists."""
    return d["paths"]["/things"]["get"]


def purge(d: Any) -> Any:
    """The operation without `x-countermand`, body and credential."""
    return d["paths"][GET]["delete"]


def body(d: Any) -> Any:
    """The media types of its request."""
    return cancel(d)["requestBody"]["content"]


def done(d: Any) -> Any:
    """Its answer 200."""
    return cancel(d)["responses"]["200"]


def schema(d: Any, name: str) -> Any:
    """A named schema."""
    return d["components"]["schemas"][name]


def asked(d: Any) -> Any:
    """The fields of the request."""
    return schema(d, "CancelRequest")["properties"]


def answered(d: Any) -> Any:
    """The fields of the answer."""
    return schema(d, "Cancel")["properties"]


def parameter(d: Any, number: int) -> Any:
    """The query parameter, 1, or the header, 2."""
    return cancel(d)["parameters"][number]


def rename_schema(d: Any) -> None:
    """Rename the schema of the answer."""
    d["components"]["schemas"]["Cancellation"] = d["components"]["schemas"].pop("Cancel")
    for media in done(d)["content"].values():
        media["schema"] = {"$ref": "#/components/schemas/Cancellation"}


def rename_path_parameter(d: Any) -> None:
    """Rename the id in the address."""
    d["paths"] = {path.replace("thingId", "id"): item for path, item in d["paths"].items()}
    d["components"]["parameters"]["ThingId"]["name"] = "id"


def move(d: Any) -> None:
    """Put the cancel under another address."""
    d["paths"]["/things/{thingId}/_cancel"] = d["paths"].pop(POST)


def copy_operation(d: Any) -> None:
    """Add one more read."""
    again = {**d["paths"]["/things"]["get"], "operationId": "listOldThings"}
    d["paths"]["/old-things"] = {"get": again}


NEW = {"type": "string", "description": "New."}
PARAMETER = {"name": "page", "in": "query", "schema": {"type": "string"}, "description": "A page."}
FORM = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/CancelForm"}}}}
FAILED = {"description": "It went wrong."}
BANK = {"name": "bank", "in": "query", "required": True, "schema": {"type": "string"}}
THIRD = "#/components/schemas/CancelForm"


REASON = "#/components/schemas/Reason"
LEVEL = "#/components/schemas/Level"


def sent(**beside: Any) -> Any:
    """Put members beside the reference to a schema that callers send."""
    return lambda d: asked(d).update(reason={"$ref": REASON, **beside})


def read(**beside: Any) -> Any:
    """Put members beside the reference to a schema that callers read."""
    return lambda d: schema(d, "Thing")["properties"].update(level={"$ref": LEVEL, **beside})


CASES: dict[tuple[str, str, str], dict[str, Edit]] = {
    ("security-removed", "callers generated servers", MAJOR): {
        "a security requirement is removed": lambda d: cancel(d).update(security=[]),
        "the security requirements are left out": lambda d: cancel(d).pop("security"),
        "an empty alternative makes credentials optional": lambda d: cancel(d)["security"].append(
            {}
        ),
    },
    ("security-weakened", "callers generated servers", MAJOR): {
        "half of a pair of credentials is enough": lambda d: cancel(d)["security"][0].pop("appKey"),
        "a scope is no longer needed": lambda d: cancel(d)["security"][0].update(oauth2=[]),
    },
    ("security-strengthened", "callers", MAJOR): {
        "one more scope is needed": lambda d: cancel(d)["security"][0]["oauth2"].append(
            "things:read"
        ),
    },
    ("security-alternative-removed", "callers generated", MAJOR): {
        "an alternative goes": lambda d: cancel(d)["security"].pop(),
    },
    ("security-alternative-added", "servers", MAJOR): {
        "an alternative comes": lambda d: d["paths"][GET]["get"]["security"].append({"appKey": []}),
    },
    ("security-reordered", "generated", MAJOR): {
        "another alternative comes first": lambda d: cancel(d)["security"].reverse(),
    },
    ("security-scheme-changed", "callers generated servers", MAJOR): {
        "a key travels in another header": lambda d: d["components"]["securitySchemes"][
            "appKey"
        ].update(name="X-App-Key"),
        "a credential is no longer described": lambda d: d["components"]["securitySchemes"].pop(
            "appKey"
        ),
    },
    ("scope-added", "", MINOR): {
        "a scope may be asked for": lambda d: d["components"]["securitySchemes"]["oauth2"]["flows"][
            "clientCredentials"
        ]["scopes"].update({"things:all": "All."}),
    },
    ("repeat-worse", "retriers", MAJOR): {
        "a repeat cancels again": lambda d: facts(d)["repeat"].update(effect="again"),
        "a read's repeat is no longer known to do no harm": lambda d: d["paths"][GET]["get"][
            "x-countermand"
        ]["repeat"].update(effect="unknown"),
    },
    ("repeat-better", "", MINOR): {
        "a repeat is known to do no harm": lambda d: facts(d)["repeat"].update(effect="none"),
    },
    ("answer-withdrawn", "retriers", MAJOR): {
        "the second answer proves nothing any more": lambda d: facts(d)["repeat"].update(
            answer="unknown"
        ),
    },
    ("answer-changed", "retriers servers", MAJOR): {
        "the second answer is another one": lambda d: facts(d)["repeat"].update(answer="409"),
    },
    ("key-lifetime-shorter", "retriers", MAJOR): {
        "the key is known for an hour only": lambda d: facts(d)["key"].update(lifetime=3600),
    },
    ("key-lifetime-longer", "", MINOR): {
        "no source limits any longer for how long the key is known": lambda d: facts(d)["key"].pop(
            "lifetime"
        ),
    },
    ("key-removed", "retriers", MAJOR): {
        "the key goes": lambda d: facts(d).pop("key"),
    },
    ("key-changed", "retriers servers", MAJOR): {
        "the key stands elsewhere": lambda d: facts(d)["key"].update(
            {"in": "header", "name": "X-Trace"}
        ),
    },
    ("marker-removed", "retriers", MAJOR): {
        "the marker goes": lambda d: facts(d).pop("marker"),
    },
    ("marker-changed", "retriers servers", MAJOR): {
        "the marker is another field": lambda d: facts(d).update(
            marker={"in": "body", "name": "requestId"}
        ),
    },
    ("read-back-removed", "retriers", MAJOR): {
        "a read goes that showed what became of it": lambda d: facts(d)["read-back"].remove(
            "getThing"
        ),
    },
    ("read-back-added", "", MINOR): {
        "one more read shows what became of it": lambda d: facts(d)["read-back"].append(
            "other#getOther"
        ),
    },
    ("read-back-reordered", "", MINOR): {
        "another read comes first": lambda d: facts(d)["read-back"].reverse(),
    },
    ("effect-changed", "callers retriers servers", MAJOR): {
        "a cancel is called a read": lambda d: facts(d).update(effect="read"),
    },
    ("facts-removed", "generated retriers", MAJOR): {
        "nothing is said of repeats any more": lambda d: cancel(d).pop("x-countermand"),
    },
    ("default-server-changed", "callers generated", MAJOR): {
        "another server comes first": lambda d: d["servers"].reverse(),
    },
    ("default-server-changed server-added server-removed", "callers generated", MAJOR): {
        "the default server moves": lambda d: d["servers"][0].update(url="https://{host}/v2"),
    },
    ("server-removed", "callers", MAJOR): {
        "a server goes": lambda d: d["servers"].pop(),
    },
    ("server-added", "", MINOR): {
        "a server comes": lambda d: d["servers"].append(
            {"url": "https://other.example", "description": "Other"}
        ),
    },
    ("server-variable-changed", "callers generated", MAJOR): {
        "a variable of a server has another default": lambda d: d["servers"][0]["variables"][
            "host"
        ].update(default="api.test"),
    },
    ("example-changed", "", MINOR): {
        "an example changes": lambda d: d["components"]["examples"]["Done"]["value"].update(
            amount="2.00"
        ),
        "an example of a parameter changes": lambda d: parameter(d, 1).update(example=False),
    },
    ("example-removed", "servers", MAJOR): {
        "an example goes": lambda d: body(d)["application/json"].pop("examples"),
    },
    ("example-added", "", PATCH): {
        "an example comes": lambda d: body(d)["application/json"]["examples"].update(
            all={"summary": "All", "value": {"requestId": "r-1"}}
        ),
        "a use of a schema has an example": read(examples=["low"]),
    },
    ("text-changed", "", PATCH): {
        "a description changes": lambda d: cancel(d).update(description="Cancels."),
        "the words of an example change": lambda d: d["components"]["examples"]["Done"].update(
            summary="Done."
        ),
        "a use of a schema is described": read(description="How."),
    },
    ("equivalent", "", PATCH): {
        "a schema that nothing uses changes": lambda d: d["components"].update(
            links={"Unused": {"description": "Unused."}}
        ),
    },
    ("unclassified", "callers generated readers retriers servers", MAJOR): {
        "something changes that no rule knows": lambda d: cancel(d).update(callbacks={"done": {}}),
    },
    ("extension-changed", "", MINOR): {
        "an extension changes": lambda d: d.update({"x-audience": "public"}),
    },
    ("license-changed", "", MINOR): {
        "the licence changes": lambda d: d["info"]["license"].update(
            name="BSD", identifier="BSD-3-Clause"
        ),
    },
    ("operation-removed schema-removed", "callers generated readers", MAJOR): {
        "an operation goes": lambda d: d["paths"].pop("/things"),
    },
    ("operation-added", "", MINOR): {
        "an operation comes": copy_operation,
    },
    ("operation-moved", "callers generated servers", MAJOR): {
        "an operation moves": move,
    },
    ("operation-renamed", "generated", MAJOR): {
        "an operation is called otherwise": lambda d: cancel(d).update(
            operationId="cancelOneThing"
        ),
    },
    ("operation-tag-changed", "generated", MAJOR): {
        "an operation has another tag": lambda d: cancel(d).update(tags=["cancels"]),
    },
    ("deprecated", "", MINOR): {
        "an operation is deprecated": lambda d: cancel(d).update(deprecated=True),
        "a use of a schema is deprecated": sent(deprecated=True),
    },
    ("path-parameter-renamed", "generated", MAJOR): {
        "a parameter of the address is called otherwise": rename_path_parameter,
    },
    ("parameter-moved", "callers generated servers", MAJOR): {
        "a parameter moves from the query to a header": lambda d: parameter(d, 1).update(
            {"in": "header"}
        ),
    },
    ("parameter-became-required", "callers generated", MAJOR): {
        "a parameter becomes required": lambda d: parameter(d, 1).update(required=True),
    },
    ("parameter-became-optional", "servers", MAJOR): {
        "a parameter becomes optional": lambda d: parameter(d, 2).update(required=False),
    },
    ("parameter-removed", "callers generated", MAJOR): {
        "a parameter goes": lambda d: cancel(d)["parameters"].pop(1),
    },
    ("parameter-added", "", MINOR): {
        "an optional parameter comes": lambda d: cancel(d)["parameters"].append(PARAMETER),
    },
    ("parameter-added-required", "callers generated servers", MAJOR): {
        "a required parameter comes": lambda d: cancel(d)["parameters"].append(BANK),
    },
    ("request-limit-narrowed", "callers", MAJOR): {
        "an id may be shorter only": lambda d: d["components"]["parameters"]["ThingId"][
            "schema"
        ].update(maxLength=10),
        "a pattern of a request comes": lambda d: asked(d)["reference"].update(pattern="^[a-z]"),
        "a sent value gets shorter": sent(maxLength=3),
    },
    ("parameter-serialization-changed", "callers generated servers", MAJOR): {
        "a parameter is written otherwise": lambda d: parameter(d, 1).update(style="pipeDelimited"),
        "a parameter is written as JSON": lambda d: parameter(d, 1).update(
            content={"application/json": {"schema": parameter(d, 1).pop("schema")}}
        ),
    },
    ("request-field-became-required", "callers generated", MAJOR): {
        "a request field becomes required": lambda d: schema(d, "CancelRequest")["required"].append(
            "amount"
        ),
    },
    ("request-field-became-optional", "generated servers", MAJOR): {
        "a request field becomes optional": lambda d: schema(d, "CancelRequest").pop("required"),
    },
    ("request-field-added", "", MINOR): {
        "a request field comes": lambda d: asked(d).update(new=NEW),
    },
    ("request-field-added-required", "callers generated servers", MAJOR): {
        "a required request field comes": lambda d: (
            asked(d).update(new=NEW),
            schema(d, "CancelRequest")["required"].append("new"),
        ),
    },
    ("request-field-removed", "callers generated", MAJOR): {
        "a request field goes": lambda d: asked(d).pop("notify"),
    },
    ("request-enum-value-removed", "callers generated", MAJOR): {
        "a value of a request's enum goes": lambda d: schema(d, "Reason")["enum"].pop(),
    },
    ("request-enum-value-added", "generated servers", MAJOR): {
        "a value of a request's enum comes": lambda d: schema(d, "Reason")["enum"].append("OTHER"),
    },
    ("request-limit-widened", "servers", MAJOR): {
        "an enum of a request opens": lambda d: schema(d, "Reason").update({"x-open": True}),
        "a request may be longer": lambda d: asked(d)["requestId"].update(maxLength=50),
        "a request takes unknown fields": lambda d: schema(d, "CancelRequest").pop(
            "additionalProperties"
        ),
    },
    ("request-type-narrowed", "callers generated", MAJOR): {
        "a request field takes one type fewer": lambda d: asked(d)["amount"].update(type="string"),
    },
    ("request-type-widened", "generated servers", MAJOR): {
        "a request field may be null": lambda d: asked(d)["reference"].update(
            type=["string", "null"]
        ),
    },
    ("request-limit-changed", "callers servers", MAJOR): {
        "a pattern of a request changes": lambda d: asked(d)["amount"].update(pattern="^[0-9]+$"),
    },
    ("request-default-changed", "callers servers", MAJOR): {
        "a default of a request changes": lambda d: asked(d)["notify"].update(default=True),
        "a sent value gets another default": sent(default="ERROR"),
    },
    ("request-format-changed", "callers generated servers", MAJOR): {
        "a format of a request changes": lambda d: asked(d)["due"].update(format="date-time"),
    },
    ("request-alternative-removed schema-removed", "callers generated", MAJOR): {
        "a form of a request goes": lambda d: schema(d, "Way")["oneOf"].pop(),
    },
    ("request-alternative-added", "generated servers", MAJOR): {
        "a form of a request comes": lambda d: schema(d, "Way")["oneOf"].append({"$ref": THIRD}),
    },
    ("request-discriminator-changed", "callers generated servers", MAJOR): {
        "forms of a request are told apart otherwise": lambda d: schema(d, "Way")[
            "discriminator"
        ].update(propertyName="type"),
    },
    ("request-media-type-removed", "callers generated", MAJOR): {
        "a media type of a request goes": lambda d: body(d).pop(
            "application/x-www-form-urlencoded"
        ),
    },
    ("request-media-type-added", "", MINOR): {
        "a media type of a request comes": lambda d: body(d).update(
            {"application/cbor": {"schema": {"$ref": THIRD}}}
        ),
    },
    ("request-body-became-optional", "servers", MAJOR): {
        "a body becomes optional": lambda d: cancel(d)["requestBody"].pop("required"),
    },
    ("request-body-removed schema-removed", "callers generated", MAJOR): {
        "a body goes": lambda d: d["paths"][POST]["post"].pop("requestBody"),
    },
    ("response-enum-value-added", "generated readers", MAJOR): {
        "a value of a closed enum of an answer comes": lambda d: schema(d, "Level")["enum"].append(
            "middle"
        ),
    },
    ("open-enum-value-added", "", MINOR): {
        "a value of an open enum of an answer comes": lambda d: schema(d, "State")["enum"].append(
            "stuck"
        ),
    },
    ("response-enum-value-removed", "generated servers", MAJOR): {
        "a value of an answer's enum goes": lambda d: schema(d, "State")["enum"].pop(),
    },
    ("enum-opened", "generated readers", MAJOR): {
        "an enum of an answer opens": lambda d: schema(d, "Level").update({"x-open": True}),
        "a read value may be any": read(**{"x-open": True}),
    },
    ("enum-closed", "generated servers", MAJOR): {
        "an enum of an answer closes": lambda d: schema(d, "State").pop("x-open"),
    },
    ("response-field-removed", "generated readers", MAJOR): {
        "a field of an answer goes": lambda d: answered(d).pop("amount"),
    },
    ("response-field-added", "", MINOR): {
        "a field of an answer comes": lambda d: answered(d).update(new=NEW),
    },
    ("response-field-added-required", "servers", MAJOR): {
        "a required field of an answer comes": lambda d: (
            answered(d).update(new=NEW),
            schema(d, "Cancel")["required"].append("new"),
        ),
    },
    ("response-field-became-required", "servers", MAJOR): {
        "a field of an answer becomes required": lambda d: schema(d, "Cancel")["required"].append(
            "amount"
        ),
        "a field of a read value is required": lambda d: schema(d, "Things").update(
            items={"$ref": "#/components/schemas/Thing", "required": ["state"]}
        ),
    },
    ("response-field-became-optional", "generated readers", MAJOR): {
        "a field of an answer becomes optional": lambda d: schema(d, "Cancel").pop("required"),
    },
    ("response-type-widened", "generated readers", MAJOR): {
        "a field of an answer may be null": lambda d: answered(d)["amount"].update(
            type=["string", "null"]
        ),
    },
    ("response-type-narrowed", "generated servers", MAJOR): {
        "a field of an answer is never null": lambda d: answered(d)["note"].update(type="string"),
        "a read value is one of some": read(oneOf=[{"const": "low"}]),
    },
    ("response-type-changed", "generated readers servers", MAJOR): {
        "a field of an answer has another type": lambda d: answered(d)["amount"].update(
            type="integer"
        ),
    },
    ("response-format-changed", "generated readers servers", MAJOR): {
        "a format of an answer changes": lambda d: answered(d)["date"].pop("format"),
        "a header of an answer is written as JSON": lambda d: done(d)["headers"]["X-Words"].update(
            content={"application/json": {"schema": done(d)["headers"]["X-Words"].pop("schema")}}
        ),
        "a read value is read only": read(readOnly=True),
        "a read value has a format": read(format="uri"),
    },
    ("response-limit-widened", "readers", MAJOR): {
        "an answer may be longer": lambda d: answered(d)["id"].update(maxLength=80),
    },
    ("response-limit-narrowed", "servers", MAJOR): {
        "an answer may only be shorter": lambda d: answered(d)["id"].update(maxLength=20),
        "an answer takes no unknown fields": lambda d: schema(d, "Cancel").update(
            additionalProperties=False
        ),
        "a read value is said to be fewer": read(enum=["low"]),
        "a read value has a length": read(minLength=9),
    },
    ("response-removed", "generated readers servers", MAJOR): {
        "a status goes": lambda d: cancel(d)["responses"].pop("404"),
    },
    ("response-added", "", MINOR): {
        "one more way to fail is documented": lambda d: cancel(d)["responses"].update(
            {"409": FAILED}
        ),
    },
    ("response-added-success", "generated readers", MAJOR): {
        "one more way to succeed comes": lambda d: cancel(d)["responses"].update({"202": FAILED}),
    },
    ("response-added-success response-removed", "generated readers servers", MAJOR): {
        "success has another status": lambda d: cancel(d)["responses"].update(
            {"202": cancel(d)["responses"].pop("200")}
        ),
    },
    ("response-header-removed", "readers", MAJOR): {
        "a header of an answer goes": lambda d: done(d).pop("headers"),
    },
    ("response-header-became-optional", "readers", MAJOR): {
        "a header of an answer becomes optional": lambda d: done(d)["headers"]["X-Remaining"].pop(
            "required"
        ),
    },
    ("response-media-type-removed", "generated readers", MAJOR): {
        "a media type of an answer goes": lambda d: done(d)["content"].pop(
            "application/vnd.thing+json"
        ),
    },
    ("schema-added schema-removed schema-renamed", "generated", MAJOR): {
        "a schema is called otherwise": rename_schema,
    },
    ("answer-promised", "", MINOR): {
        "a repeat's answer is known": lambda d: listing(d)["x-countermand"]["repeat"].update(
            answer="same"
        ),
    },
    ("key-added", "", MINOR): {
        "a key is taken": lambda d: listing(d)["x-countermand"].update(
            key={"in": "query", "name": "page"}
        ),
    },
    ("marker-added", "", MINOR): {
        "a marker is stored": lambda d: listing(d)["x-countermand"].update(
            marker={"in": "query", "name": "page"}
        ),
    },
    ("facts-added", "", MINOR): {
        "something is said of repeats": lambda d: purge(d).update(
            {"x-countermand": listing(d)["x-countermand"]}
        ),
    },
    ("security-added", "callers generated", MAJOR): {
        "a credential is needed": lambda d: purge(d).update(security=[{"basic": []}]),
    },
    ("request-body-added", "", MINOR): {
        "a body may be sent": lambda d: purge(d).update(requestBody=FORM),
    },
    ("request-body-added-required", "callers generated servers", MAJOR): {
        "a body has to be sent": lambda d: purge(d).update(requestBody={"required": True, **FORM}),
    },
    ("request-body-became-required", "callers generated", MAJOR): {
        "a body can no longer be left out": lambda d: d["paths"]["/things/purges"]["post"][
            "requestBody"
        ].update(required=True),
    },
    ("request-encoding-changed", "callers generated servers", MAJOR): {
        "a form is encoded otherwise": lambda d: body(d)[
            "application/x-www-form-urlencoded"
        ].update(encoding={"requestId": {"explode": False}}),
    },
    ("request-type-changed", "callers generated servers", MAJOR): {
        "a request field has another type": lambda d: asked(d)["reference"].update(type="integer"),
    },
    ("response-alternative-added", "generated readers", MAJOR): {
        "a form of an answer comes": lambda d: schema(d, "Outcome")["oneOf"].append(
            {"$ref": "#/components/schemas/Failure"}
        ),
    },
    ("response-alternative-removed schema-removed", "generated servers", MAJOR): {
        "a form of an answer goes": lambda d: schema(d, "Outcome")["oneOf"].pop(0),
    },
    ("response-discriminator-changed", "generated readers servers", MAJOR): {
        "forms of an answer are told apart otherwise": lambda d: schema(d, "Outcome").pop(
            "discriminator"
        ),
    },
    ("response-default-changed", "readers servers", MAJOR): {
        "a default of an answer changes": lambda d: answered(d)["note"].update(default="none"),
    },
    ("response-header-added", "", MINOR): {
        "a header of an answer comes": lambda d: done(d)["headers"].update(
            {"X-New": {"schema": NEW}}
        ),
    },
    ("response-header-became-required", "servers", MAJOR): {
        "a header of an answer becomes required": lambda d: done(d)["headers"]["X-Words"].update(
            required=True
        ),
    },
    ("response-limit-changed", "readers servers", MAJOR): {
        "a pattern of an answer changes": lambda d: done(d)["headers"]["X-Words"]["schema"].update(
            pattern="^[A-Z]"
        ),
        "a read value is not another": read(**{"not": {"const": "high"}}),
    },
    ("response-body-added", "generated readers", MAJOR): {
        "an empty answer gets a body": lambda d: purge(d)["responses"]["204"].update(
            content=FORM["content"]
        ),
    },
    ("closed-response-field-added", "generated readers", MAJOR): {
        "a field comes to a closed answer": lambda d: schema(d, "GoodOutcome")["properties"].update(
            new=NEW
        ),
    },
    ("response-media-type-added", "", MINOR): {
        "a media type of an answer comes": lambda d: done(d)["content"].update(
            {"application/cbor": {"schema": {"$ref": THIRD}}}
        ),
    },
    ("openapi-version-changed", "generated", MAJOR): {
        "the document is written in another dialect": lambda d: d.update(openapi="3.2.0"),
    },
}
"""Kinds, audiences and version due, with the changes that lead to them."""

"""What tests change in the specification, and by which ways they get there."""

from typing import Any

import attrs

from tests.publishing.breaking.repositories import Change

MAJOR, MINOR, PATCH = "2.0.0", "1.3.0", "1.2.4"
EVERYBODY = "callers generated readers retriers servers"
POST = "/things/{thingId}/cancels"
GET = "/things/{thingId}"


@attrs.frozen
class Case:
    """A change, the kinds that must be seen, whom it breaks, and the version that is due."""

    name: str
    change: Change
    kinds: str
    breaks: str
    due: str


def cancel(d: Any) -> Any:
    """The operation that cancels."""
    return d["paths"][POST]["post"]


def facts(d: Any) -> Any:
    """What it says of itself."""
    return cancel(d)["x-countermand"]


def listing(d: Any) -> Any:
    """The operation that lists."""
    return d["paths"]["/things"]["get"]


def purge(d: Any) -> Any:
    """The operation that says nothing of itself, takes no body and needs no credential."""
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
    """Call the answer otherwise."""
    d["components"]["schemas"]["Cancellation"] = d["components"]["schemas"].pop("Cancel")
    for media in done(d)["content"].values():
        media["schema"] = {"$ref": "#/components/schemas/Cancellation"}


def rename_path_parameter(d: Any) -> None:
    """Call the id in the address otherwise."""
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

"""Changes beside and behind references, in OpenAPI 3.1 as grave as any others."""

from typing import Any

from tests.publishing.breaking.changes import MAJOR, MINOR, PATCH, Case, asked, schema

REASON = "#/components/schemas/Reason"
LEVEL = "#/components/schemas/Level"


def sent(**beside: Any) -> Any:
    """Put something beside the reference to what callers send."""
    return lambda d: asked(d).update(reason={"$ref": REASON, **beside})


def read(**beside: Any) -> Any:
    """Put something beside the reference to what callers read."""
    return lambda d: schema(d, "Thing")["properties"].update(level={"$ref": LEVEL, **beside})


READERS = "generated readers servers"

CASES = [
    Case(
        "a sent value gets shorter", sent(maxLength=3), "request-limit-narrowed", "callers", MAJOR
    ),
    Case(
        "a sent value gets another default",
        sent(default="ERROR"),
        "request-default-changed",
        "callers servers",
        MAJOR,
    ),
    Case(
        "a read value is said to be fewer",
        read(enum=["low"]),
        "response-limit-narrowed",
        "servers",
        MAJOR,
    ),
    Case(
        "a read value has a length", read(minLength=9), "response-limit-narrowed", "servers", MAJOR
    ),
    Case(
        "a read value is read only", read(readOnly=True), "response-format-changed", READERS, MAJOR
    ),
    Case(
        "a read value has a format", read(format="uri"), "response-format-changed", READERS, MAJOR
    ),
    Case(
        "a read value is not another",
        read(**{"not": {"const": "high"}}),
        "response-limit-changed",
        "readers servers",
        MAJOR,
    ),
    Case(
        "a read value may be any",
        read(**{"x-open": True}),
        "enum-opened",
        "generated readers",
        MAJOR,
    ),
    Case(
        "a read value is one of some",
        read(oneOf=[{"const": "low"}]),
        "response-type-narrowed",
        "generated servers",
        MAJOR,
    ),
    Case(
        "a field of a read value is required",
        lambda d: schema(d, "Things").update(
            items={"$ref": "#/components/schemas/Thing", "required": ["state"]}
        ),
        "response-field-became-required",
        "servers",
        MAJOR,
    ),
    Case("a use of a schema is deprecated", sent(deprecated=True), "deprecated", "", MINOR),
    Case("a use of a schema has an example", read(examples=["low"]), "example-added", "", PATCH),
    Case("a use of a schema is described", read(description="How."), "text-changed", "", PATCH),
]

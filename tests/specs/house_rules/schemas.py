"""Rules about one named schema."""

import re
from collections.abc import Callable, Iterator

from tests.specs.reading import Node, Schema

SchemaRule = Callable[[Schema], list[str]]

# Longer enums are tables of codes; their values are listed, not retold.
RETOLD = 12
# The provider's side of these APIs is this one: their requests come from a caller that evolves.
SERVED = frozenset({"vtex"})
COMPOUND = ("properties", "enum", "oneOf", "anyOf", "allOf", "additionalProperties")


def schema_is_described(schema: Schema) -> list[str]:
    """The schema says what it stands for."""
    return [] if schema.node.get("description") else ["there is no description; say what it is"]


def properties_are_described(schema: Schema) -> list[str]:
    """Every property says what it holds, itself or through the schema that it refers to."""
    return [
        f"property {name} has no description; say what it holds"
        for name, node in _properties(schema)
        if not (node.get("description") or schema.spec.resolved(node).get("description"))
    ]


def schema_has_examples(schema: Schema) -> list[str]:
    """The schema shows at least one value."""
    return [] if schema.node.get("examples") else ["there are no examples; add one under examples"]


def schema_examples_are_valid(schema: Schema) -> list[str]:
    """What a reader copies works, for the schema and for its properties."""
    named = [(schema.name, schema.node), *_properties(schema)]
    return [
        f"an example of {name} is not valid, {wrong}; correct the example or the schema"
        for name, node in named
        for example in node.get("examples", [])
        for wrong in schema.spec.violations(node, example)
    ]


def nothing_is_inline(schema: Schema) -> list[str]:
    """Objects and enums have names; generated types would be numbered otherwise."""
    return [
        f"{name} has an inline schema; name it in components and refer to it"
        for name, node in _parts(schema)
        if any(key in node for key in COMPOUND)
    ]


def response_enum_is_open(schema: Schema) -> list[str]:
    """A new value from the provider breaks no reader."""
    if "enum" not in schema.node or schema.name not in schema.spec.answered:
        return []
    if schema.node.get("x-open") is True:
        return []
    return ["this enum is read from responses and closed; add x-open: true"]


def request_enum_is_closed(schema: Schema) -> list[str]:
    """Nobody sends a value that is not documented."""
    if "enum" in schema.node and schema.name in schema.spec.asked and "x-open" in schema.node:
        return ["this enum is sent in requests and marked x-open; remove the mark"]
    return []


def request_object_is_closed(schema: Schema) -> list[str]:
    """A misspelt field of a request is refused; at a money call it would mean something else.

    Where this side is the server, it is open instead: the caller may send more than is documented.
    """
    if not _is_object(schema) or schema.name not in schema.spec.asked:
        return []
    closed = schema.node.get("additionalProperties", True) is not True
    if schema.spec.name in SERVED:
        complaint = "this object is received in requests and closed; remove additionalProperties"
        return [complaint] if closed else []
    if schema.node.get("additionalProperties") is False:
        return []
    return ["this object is sent in requests and open; add additionalProperties: false"]


def response_object_is_open(schema: Schema) -> list[str]:
    """A new field from the provider breaks no reader."""
    if not _is_object(schema) or schema.name not in schema.spec.answered:
        return []
    if schema.node.get("additionalProperties", True) is True:
        return []
    return ["this object is read from responses and closed; remove additionalProperties"]


def requests_and_responses_share_nothing(schema: Schema) -> list[str]:
    """No schema has to be open and closed at once."""
    if schema.name not in schema.spec.asked & schema.spec.answered:
        return []
    return ["this schema is both sent and read; make two, a closed one and an open one"]


def name_differs_from_properties(schema: Schema) -> list[str]:
    """No property is called like its schema; openapi-python-client's variables would clash."""
    clash = [n for n, _ in _properties(schema) if _snake(n) == _snake(schema.name)]
    return [f"property {name} is called like its schema; rename the schema" for name in clash]


def kinds_are_told_by_const(schema: Schema) -> list[str]:
    """Each alternative of a oneOf has a required constant, and the last one catches the rest."""
    alternatives = [schema.spec.resolved(a) for a in schema.node.get("oneOf", [])]
    complaints = [
        f"alternative {number} has no required property with a const; add the kind's name"
        for number, node in enumerate(alternatives[:-1], start=1)
        if not set(_constants(node)) & set(node.get("required", []))
    ]
    if alternatives and _constants(alternatives[-1]):
        complaints.append("an unknown kind fits no alternative; add one that takes any other kind")
    return complaints


def enum_values_are_explained(schema: Schema) -> list[str]:
    """The description names each value of a short enum."""
    values = schema.node.get("enum", [])
    if len(values) > RETOLD:
        return []
    text = schema.node.get("description", "")
    return [
        f"the description does not mention `{v}`; explain it"
        for v in values
        if f"`{v}`" not in text
    ]


def required_properties_exist(schema: Schema) -> list[str]:
    """What is required is also described; a slip would demand what nobody can know."""
    unknown = set(schema.node.get("required", [])) - set(schema.node.get("properties", {}))
    return [
        f"required names {name}; describe that property or correct the name" for name in unknown
    ]


def name_is_a_noun_in_capitals(schema: Schema) -> list[str]:
    """Schema names become class names in every language."""
    if re.fullmatch(r"([A-Z][a-z0-9]+)+", schema.name):
        return []
    return [f"{schema.name} is not UpperCamelCase; rename it"]


def _is_object(schema: Schema) -> bool:
    return schema.node.get("type") == "object"


def _properties(schema: Schema) -> list[tuple[str, Node]]:
    return list(schema.node.get("properties", {}).items())


def _parts(schema: Schema) -> Iterator[tuple[str, Node]]:
    for name, node in _properties(schema):
        yield name, node
        yield f"{name}[]", node.get("items", {})
    yield "items", schema.node.get("items", {})
    for key in ("oneOf", "anyOf", "allOf"):
        for node in schema.node.get(key, []):
            yield key, {} if "$ref" in node else {"properties": node}


def _constants(node: Node) -> list[str]:
    return [name for name, part in node.get("properties", {}).items() if "const" in part]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


SCHEMA_RULES: tuple[SchemaRule, ...] = (
    schema_is_described,
    properties_are_described,
    schema_has_examples,
    schema_examples_are_valid,
    nothing_is_inline,
    response_enum_is_open,
    request_enum_is_closed,
    request_object_is_closed,
    response_object_is_open,
    requests_and_responses_share_nothing,
    name_differs_from_properties,
    kinds_are_told_by_const,
    enum_values_are_explained,
    required_properties_exist,
    name_is_a_noun_in_capitals,
)

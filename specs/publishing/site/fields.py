"""Lists an API's parameters, fields and codes for the page that explains each of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from specs.publishing.site.sources import Api, resolved

Node = Mapping[str, Any]
CODE: Final = re.compile(r"`([^`\s]+)`")
OTHERWISE: Final = re.compile(r"(?:and|are|counts|of|or|the)\b")
"""How words begin that follow a code and go on about something else."""
LENGTHS: Final = {"minLength": "at least {} characters", "maxLength": "at most {} characters"}
LIMITS: Final = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


@attrs.frozen(kw_only=True)
class Field:
    """One member of a schema, or one parameter.

    Args:
        name: As it travels.
        anchor: Its id on the page.
        type: Its type in words.
        target: The schema that its type names, if any.
        required: Whether it must be there.
        note: What else holds, such as limits.
        values: The values that are listed for it.
        description: Markdown.
        origin: Where a parameter stands, such as `path`; empty for a member.
    """

    name: str
    anchor: str
    type: str
    target: str | None
    required: bool
    note: str
    values: tuple[str, ...]
    description: str
    origin: str = ""


@attrs.frozen(kw_only=True)
class Schema:
    """A named schema: an object with fields, a list of values, or a choice among others."""

    name: str
    anchor: str
    description: str
    fields: tuple[Field, ...]
    values: tuple[str, ...]
    open: bool
    choices: tuple[str, ...]
    closed: bool


def schemas(api: Api) -> tuple[Schema, ...]:
    """Every named schema, in the order of the file."""
    found: dict[str, Node] = api.document["components"]["schemas"]
    return tuple(_schema(name, node) for name, node in found.items())


def parameters(api: Api) -> tuple[Field, ...]:
    """Every parameter once, by its place and name."""
    found: dict[tuple[str, str], Field] = {}
    for operation in api.operations:
        for reference in operation.node.get("parameters", []):
            node = resolved(api.document, reference)
            found.setdefault((node["in"], node["name"]), _parameter(node))
    return tuple(found.values())


@attrs.frozen(kw_only=True)
class Code:
    """A code or a listed value: what it means, and the anchor of the text that says so."""

    value: str
    meaning: str
    anchor: str


def codes(api: Api) -> tuple[Code, ...]:
    """The codes and listed values that a message may hold.

    They are the values of enumerations, and what the description of a field called `code` sets in
    code type.
    """
    found: dict[str, Code] = {}
    for schema in schemas(api):
        for value in schema.values:
            found.setdefault(value, _code(value, schema.description, schema.anchor))
        for field in schema.fields:
            if field.name == "code":
                for value in CODE.findall(field.description):
                    found.setdefault(value, _code(value, field.description, field.anchor))
    return tuple(found.values())


def _code(value: str, text: str, anchor: str) -> Code:
    """Take the words that follow the value, up to the next sign, for what it means."""
    said = re.search(rf"`{re.escape(value)}`:?\s+(?:is\s+)?([^`,;.]+)", text)
    meaning = re.sub(r"\s+", " ", said[1]).strip() if said else ""
    if not meaning or OTHERWISE.match(meaning):
        meaning = f"a value of {anchor.split('-', 1)[1]}"
    return Code(value=value, meaning=meaning, anchor=anchor)


def slot(name: str) -> str:
    """A name as a part of an id."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name)


def _schema(name: str, node: Node) -> Schema:
    required = node.get("required", [])
    members: Mapping[str, Node] = node.get("properties", {})
    choices = [each["$ref"] for word in ("oneOf", "anyOf") for each in node.get(word, [])]
    return Schema(
        name=name,
        anchor=f"schema-{slot(name)}",
        description=node.get("description", ""),
        fields=tuple(
            _field(member, value, f"field-{slot(name)}.{slot(member)}", member in required)
            for member, value in members.items()
        ),
        values=tuple(str(value) for value in node.get("enum", [])),
        open=bool(node.get("x-open")),
        choices=tuple(_named(reference) for reference in choices),
        closed=node.get("additionalProperties") is False,
    )


def _parameter(node: Node) -> Field:
    field = _field(
        node["name"],
        {**node["schema"], "description": node.get("description", "")},
        f"parameter-{slot(node['in'])}-{slot(node['name'])}",
        bool(node.get("required")),
    )
    return attrs.evolve(field, origin=node["in"])


def _field(name: str, node: Node, anchor: str, required: bool) -> Field:  # noqa: FBT001
    words, target = kind(node)
    notes = list(_limits(node))
    if "format" in node:
        notes.insert(0, f"format {node['format']}")
    if node.get("deprecated"):
        notes.insert(0, "deprecated")
    return Field(
        name=name,
        anchor=anchor,
        type=words,
        target=target,
        required=required,
        note=", ".join(notes),
        values=tuple(_values(node)),
        description=node.get("description", ""),
    )


def _limits(node: Node) -> Iterator[str]:
    least, most = node.get("minLength"), node.get("maxLength")
    if least is not None and least == most:
        yield f"exactly {least} characters"
    elif least == 1 and most is None:
        yield "not empty"
    else:
        yield from (text.format(node[word]) for word, text in LENGTHS.items() if word in node)
    yield from (text.format(node[word]) for word, text in LIMITS.items() if word in node)


def _values(node: Node) -> Iterator[str]:
    if "const" in node:
        yield str(node["const"])
    yield from (str(value) for value in node.get("enum", []))


def kind(node: Node) -> tuple[str, str | None]:
    """A schema's type in words, and the named schema it leads to."""
    if "$ref" in node:
        name = _named(node["$ref"])
        return name, name
    types = node.get("type")
    if types == "array":
        words, target = kind(node["items"])
        return f"list of {words}", target
    if isinstance(types, list):
        return " or ".join(str(each) for each in types), None
    return str(types) if types else "anything", None


def _named(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]

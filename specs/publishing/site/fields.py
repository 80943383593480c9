"""Lists an API's parameters, fields and codes for the page that explains each of them."""

import re
from collections.abc import Iterator
from typing import Final

import attrs

from specs.publishing.site.sources import Api, Node

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

    Its `type` in words ends with the name of the schema `target`, if any. `note` has the limits,
    `values` what is listed, `origin` the place of a parameter, such as `path`.
    """

    name: str
    anchor: str
    type: str
    target: str
    required: bool
    note: str
    values: tuple[str, ...]
    description: str
    origin: str = ""


@attrs.frozen(kw_only=True)
class Schema:
    """A named schema, `node`: an object with fields, a list of values, or a choice of `others`."""

    name: str
    anchor: str
    description: str
    fields: tuple[Field, ...]
    others: tuple[str, ...]
    node: Node


def schemas(api: Api) -> tuple[Schema, ...]:
    """Every named schema, in the order of the file."""
    return tuple(
        Schema(
            name=name,
            anchor=f"schema-{name}",
            description=node.get("description", ""),
            fields=tuple(
                _field(
                    member,
                    value,
                    anchor=f"field-{name}.{member}",
                    required=member in node.get("required", []),
                )
                for member, value in node.get("properties", {}).items()
            ),
            others=tuple(
                _named(each["$ref"]) for word in ("oneOf", "anyOf") for each in node.get(word, [])
            ),
            node=node,
        )
        for name, node in api.document["components"]["schemas"].items()
    )


def parameters(api: Api) -> tuple[Field, ...]:
    """Every parameter once, by its place and name."""
    found: dict[tuple[str, str], Field] = {}
    for operation in api.operations:
        for node in (parameter.raw for parameter in operation.parameters):
            place, name = node["in"], node["name"]
            field = _field(
                name,
                {**node["schema"], "description": node.get("description", "")},
                anchor=f"parameter-{place}-{name}",
                required=bool(node.get("required")),
            )
            found.setdefault((place, name), attrs.evolve(field, origin=place))
    return tuple(found.values())


def codes(api: Api) -> Iterator[tuple[str, str, str]]:
    """The codes and listed values that a message may hold, with their meaning and its anchor.

    They are the values of enumerations, and what the description of a field called `code` sets in
    code type.
    """
    seen: set[str] = set()
    for schema in schemas(api):
        texts = [(schema.node.get("enum", []), schema.description, schema.anchor)]
        texts += [
            (CODE.findall(field.description), field.description, field.anchor)
            for field in schema.fields
            if field.name == "code"
        ]
        for values, text, anchor in texts:
            yield from ((v, _meaning(v, text, anchor), anchor) for v in values if v not in seen)
            seen.update(values)


def _meaning(value: str, text: str, anchor: str) -> str:
    """The words that follow a value, up to the next sign."""
    said = re.search(rf"`{re.escape(value)}`:?\s+(?:is\s+)?([^`,;.]+)", text)
    meaning = re.sub(r"\s+", " ", said[1]).strip() if said else ""
    if not meaning or OTHERWISE.match(meaning):
        return f"A value of {anchor.split('-', 1)[1]}."
    return f"{meaning[:1].upper()}{meaning[1:]}."


def _field(name: str, node: Node, *, anchor: str, required: bool) -> Field:
    kind, target = _type(node)
    notes = ["deprecated"] if node.get("deprecated") else []
    notes += [f"format {node['format']}"] if "format" in node else []
    listed = [node["const"]] if "const" in node else []
    return Field(
        name=name,
        anchor=anchor,
        type=kind,
        target=target,
        required=required,
        note=", ".join([*notes, *_limits(node)]),
        values=tuple(str(value) for value in (*listed, *node.get("enum", []))),
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


def _type(node: Node) -> tuple[str, str]:
    """A schema's type in words, and the named schema that follows them."""
    if "$ref" in node:
        return "", _named(node["$ref"])
    types = node.get("type")
    if types == "array":
        words, target = _type(node["items"])
        return f"list of {words}", target
    return " or ".join(types) if isinstance(types, list) else str(types or "anything"), ""


def _named(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]

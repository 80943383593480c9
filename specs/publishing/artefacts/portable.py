"""The portable edition: a specification in the words that every code generator understands.

It is derived from the exact edition, which says more. Its requests and answers are those of the
exact one: every example of a body there is valid here. What is given up stands in GIVEN_UP, and at
the end of the description of each portable document.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs
import yaml

from specs.publishing import PublishingError
from specs.publishing.artefacts.tree import YAML, File, json_file
from specs.publishing.document import METHODS, Node, lookup, operations, same

VERSION: Final = "3.0.3"
"""The version of OpenAPI: every generator reads it, and 3.1 is a beta in the one most used."""

PREFIX: Final = "#/components/schemas/"
FORM: Final = "application/x-www-form-urlencoded"
OPEN: Final = "x-enum-values"
"""Holds the documented values of a text that may have others."""

NOT_IN_3_0: Final = ("$comment", "examples", "not", "x-open")
"""Keywords that are given up, or said in another way."""
ONLY_NUMBERS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")

GIVEN_UP: Final = """
This is the portable edition, derived from the exact one for code generators that stumble over what
that says. It is OpenAPI 3.0. Given up for it:

* A choice between objects is one object with the members of all; what one of them lacks is not
  required. Where a body can be a result or an error, look for the members of the error.
* A list of values that may grow is a text; the known values stand in its description and in
  `x-enum-values`.
* A value of two types has the first of them, which loses nothing.
* A member of an answer that may be null is not required.
* A form has the body of the JSON request; both are sent alike.
* Where an answer is JSON or plain text, only JSON is described. Read the status before the body.
* Named texts stand where they are used, and no names differ in their case or signs alone.

Two things are said more loudly, as generators take silence for the opposite: that an answer may
hold more members than are listed, and that whole numbers, amounts among them, may exceed 32 bits.
"""

Schema = dict[str, Any]


def files(document: Node, folder: str) -> Iterator[File]:
    """Yield the portable edition of a specification in both forms."""
    made = portable(document)
    text = yaml.dump(made, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=96)
    comment = "# Derived from the exact edition, ../openapi.yaml; not written by hand.\n"
    path = f"{folder}/portable/openapi"
    yield File(f"{path}.yaml", (comment + text).encode(), YAML, "openapi-portable-yaml")
    yield json_file(f"{path}.json", made, "openapi-portable-json")


def portable(document: Node) -> dict[str, Any]:
    """Derive the portable edition of a document.

    Raises PublishingError for what has no portable form: a choice within a choice, objects of one
    that contradict each other, and names or listed values that some language would fold into one.
    """
    root = copy.deepcopy(document.root)
    schemas = _Schemas(root)
    info = root["info"]
    licence = {"name": info["license"]["name"]}
    said = (info.pop("summary", ""), info.get("description", ""), GIVEN_UP)
    about = "\n\n".join(part.strip() for part in said if part)
    made = {
        **root,
        "openapi": VERSION,
        "info": {**info, "description": f"{about}\n", "license": licence},
        "paths": {path: _path(item, schemas) for path, item in root["paths"].items()},
    }
    components = {
        kind: {name: schemas.inside(each) for name, each in parts.items()}
        for kind, parts in root["components"].items()
        if kind != "schemas"
    }
    named = schemas.named((made["paths"], components))
    made["components"] = {**components, "schemas": named}
    _distinct(named)
    for name in _answered(made):
        named[name].setdefault("additionalProperties", True)
        _promise_no_null(named[name])
    return made


def _promise_no_null(schema: Schema) -> None:
    """Require no member that may be null: generators read "required" as "never null"."""
    members = schema.get("properties", {})
    kept = [name for name in schema.get("required", ()) if not members[name].get("nullable")]
    schema.pop("required", None)
    schema.update({"required": kept} if kept else {})


def _answered(made: Schema) -> set[str]:
    """The names of the schemas that an answer may hold."""
    answers = [each.responses.values() for each in operations(Node.document(made))]
    waiting = list(_references([response.raw for each in answers for response in each]))
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(made["components"]["schemas"][name])
    return found


def _path(item: Schema, schemas: "_Schemas") -> Schema:
    return {
        key: schemas.inside(value) if key in METHODS or key == "parameters" else value
        for key, value in item.items()
    }


@attrs.frozen
class _Schemas:
    """Makes the schemas of one document portable; `root` is the exact document."""

    root: Mapping[str, Any]

    def named(self, users: Iterable[Any]) -> dict[str, Schema]:
        """The named objects that are used, in the order of the exact document."""
        made: dict[str, Schema] = {}
        waiting = list(_references(list(users)))
        while waiting:
            name = waiting.pop()
            if name not in made:
                made[name] = self.schema(lookup(self.root, PREFIX + name))
                waiting += _references(made[name])
        return {name: made[name] for name in self.root["components"]["schemas"] if name in made}

    def inside(self, value: Any, key: str = "") -> Any:
        """A part of the document beside the schemas, with those in it made portable."""
        if key in ("example", "examples") or key.startswith("x-"):
            return value
        if isinstance(value, list):
            return [self.inside(each) for each in value]
        if not isinstance(value, dict):
            return value
        if key == "content":
            value = self.content(value)
        return {
            name: self.schema(each) if name == "schema" else self.inside(each, name)
            for name, each in value.items()
        }

    def content(self, content: Schema) -> Schema:
        """The media types of a message: JSON first, and text only where there is no JSON."""
        first = [name for name in content if name.endswith("json")]
        others = [name for name in content if name not in first and not name.startswith("text/")]
        kept = {name: dict(content[name]) for name in ([*first, *others] if first else content)}
        if first and FORM in kept:
            kept[FORM]["schema"] = kept[first[0]]["schema"]
        return kept

    def schema(self, schema: Schema) -> Schema:
        """One schema in its portable form."""
        if "$ref" in schema:
            target = lookup(self.root, schema["$ref"])
            return dict(schema) if self.is_object(target) else self.schema(target)
        for word in ("anyOf", "oneOf"):
            if word in schema:
                rest = {key: value for key, value in schema.items() if key != word}
                return self.schema({**rest, **self.merged(schema[word])})
        made = _said(schema)
        if "items" in schema:
            made["items"] = self.schema(schema["items"])
        if "properties" in schema:
            members = schema["properties"].items()
            made["properties"] = {name: self.schema(each) for name, each in members}
        return made

    def is_object(self, schema: Schema) -> bool:
        """Whether a schema keeps its name: an object, or a choice between objects."""
        choice = schema.get("anyOf") or schema.get("oneOf")
        if choice:
            return all(self.is_object(lookup(self.root, each["$ref"])) for each in choice)
        return schema.get("type") == "object"

    def merged(self, choice: list[Schema]) -> Schema:
        """One exact object with the members of all objects of a choice."""
        objects = [lookup(self.root, each["$ref"]) for each in choice]
        if any({"anyOf", "oneOf"} & each.keys() for each in objects):
            raise PublishingError("no portable form: a choice within a choice")
        members: dict[str, Schema] = {}
        for each in objects:
            for name, schema in each.get("properties", {}).items():
                members[name] = _joined(members.get(name, schema), schema, name)
        required = [
            name for name in members if all(name in each.get("required", ()) for each in objects)
        ]
        promised = {"required": required} if required else {}
        return {"type": "object", **promised, "properties": members}


def _joined(one: Schema, other: Schema, name: str) -> Schema:
    """One member of several objects: the same in all, or a text that tells them apart."""
    words = ("description", "x-source")
    shapes = [{k: v for k, v in each.items() if k not in words} for each in (one, other)]
    if same(*shapes):
        return one
    if not all(each.get("type") == "string" for each in (one, other)):
        raise PublishingError(f"no portable form: the member {name} differs among the objects")
    values = [v for each in (one, other) for v in [each.get("const"), *each.get("enum", [])] if v]
    said = "Tells the kinds of object apart."
    return {"type": "string", "x-open": True, "description": said, "enum": values}


def _said(schema: Schema) -> Schema:
    """What a schema itself says, in the words of OpenAPI 3.0; those inside it are as they were."""
    made = {key: value for key, value in schema.items() if key not in NOT_IN_3_0}
    made.update(_type(schema))
    if made.get("type") == "string":
        made = {key: value for key, value in made.items() if key not in ONLY_NUMBERS}
    if made.get("type") == "integer":
        made["format"] = "int64"
    if "const" in made:
        made["enum"] = [made.pop("const")]
    if schema.get("x-open"):
        made.update(_opened(made.pop("enum"), schema))
    if schema.get("examples"):
        made["example"] = schema["examples"][0]
    return made


def _type(schema: Schema) -> Schema:
    """One type, and whether null is allowed."""
    types = schema.get("type")
    if not isinstance(types, list):
        return {}
    kept = next(each for each in types if each != "null")
    return {"type": kept, "nullable": True} if "null" in types else {"type": kept}


def _opened(values: list[Any], schema: Schema) -> Schema:
    """A list that may grow, as a text that names what is known."""
    known = ", ".join(f"`{value}`" for value in values)
    said = schema.get("description", "").strip()
    return {
        "description": f"{said}\n\nKnown values: {known}. Any other may come.\n".lstrip(),
        OPEN: values,
    }


def _references(value: Any) -> Iterator[str]:
    """The names of the schemas that a part of the document refers to, examples left out."""
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
    elif isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(PREFIX):
            yield reference.removeprefix(PREFIX)
        for key, each in value.items():
            if key not in ("example", "examples") and not key.startswith("x-"):
                yield from _references(each)


def _distinct(schemas: Mapping[str, Schema]) -> None:
    """Refuse names and listed values that a language would fold into one."""
    listed = (
        str(value)
        for schema in schemas.values()
        for member in schema.get("properties", {}).values()
        for value in member.get("enum", ())
    )
    for names in (list(schemas), sorted(set(listed))):
        folded = ["".join(filter(str.isalnum, name)).casefold() for name in names]
        if len(set(folded)) < len(folded):
            raise PublishingError(f"names that some language cannot tell apart: {sorted(names)}")


class _Dumper(yaml.CSafeDumper):
    """Writes YAML for people: long texts as blocks, everything spelt out where it is used.

    By libyaml, which is many times as fast.
    """

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # The name is PyYAML's.
        """Repeat what is used twice."""
        return True


def _text(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)

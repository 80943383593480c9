"""The index of the search: one flat list of everything that has an address in the site."""

import re
from collections.abc import Iterator

import attrs

from publishing.site import fields, words
from publishing.site.sources import Api, Operation, resolved


@attrs.frozen(kw_only=True)
class Entry:
    """Something that can be found.

    Args:
        kind: What it is, for a reader: `call`, `parameter`, `field`, `schema`, `code`, `answer`.
        api: The API's label.
        title: Its name.
        text: What it is, in one line of plain text.
        href: Where it is explained, from the root of the site.
    """

    kind: str
    api: str
    title: str
    text: str
    href: str


def entries(apis: tuple[Api, ...]) -> tuple[Entry, ...]:
    """Everything in all APIs, in the order of the files."""
    return tuple(entry for api in apis for entry in _of(api))


def _of(api: Api) -> Iterator[Entry]:
    for operation in api.operations:
        yield _entry(api, "call", operation.id, _call(operation), _anchor(api, operation))
    for parameter in fields.parameters(api):
        said = f"In the {parameter.origin}. {parameter.description}"
        yield _entry(api, "parameter", parameter.name, said, _explained(api, parameter.anchor))
    for schema in fields.schemas(api):
        href = _explained(api, schema.anchor)
        yield _entry(api, "schema", schema.name, schema.description, href)
        for field in schema.fields:
            said = f"{field.type}. {field.description}"
            title = f"{schema.name}.{field.name}"
            yield _entry(api, "field", title, said, _explained(api, field.anchor))
    for code in fields.codes(api):
        said = f"{code.meaning[:1].upper()}{code.meaning[1:]}."
        yield _entry(api, "code", code.value, said, _explained(api, code.anchor))
    for operation in api.operations:
        for status, node in operation.node["responses"].items():
            said = f"{operation.id}: {resolved(api.document, node)['description']}"
            yield _entry(api, "answer", status, said, _anchor(api, operation))


def _call(operation: Operation) -> str:
    return (
        f"{operation.method} {operation.path}. {operation.summary}. {words.badge(operation.facts)}."
    )


def _entry(api: Api, kind: str, title: str, text: str, href: str) -> Entry:
    return Entry(kind=kind, api=api.label, title=title, text=_line(text), href=href)


def _anchor(api: Api, operation: Operation) -> str:
    return f"{api.name}/{api.version}/index.html#operation/{operation.id}"


def _explained(api: Api, anchor: str) -> str:
    return f"{api.name}/fields.html#{anchor}"


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("`", "")).strip()

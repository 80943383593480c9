"""The index of the search: one flat list of everything that has an address in the site."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from specs.publishing.site import fields, money, search_prose, words
from specs.publishing.site.sources import Api, Operation, resolved

SITE: Final = "This site"
"""Stands for an API where something is about all of them."""

ALSO: Final = (
    (r"\brepeat|\bsecond (?:time|request)", "double twice duplicate retry idempotency idempotent"),
    (r"\bvalue of your own\b|\bcaller's reference\b", "marker"),
    (r"\bno answer comes\b", "lost answer timeout"),
    (r"\bseconds to answer\b", "timeout"),
    (r"\bfor a day\b", "one day 24 hours"),
    (r"^access|\blog in\b", "login"),
    (r"\bin part\b|\bonly that part\b", "partial"),
    (r"\blicence", "license"),
)
"""Words that readers search for, by what stands for them in a kind and its text."""


@attrs.frozen(kw_only=True)
class Entry:
    """Something that can be found.

    Args:
        kind: What it is, for a reader: `call`, `fact`, `money`, `parameter`, `field`, `schema`,
            `code`, `answer`, `access`, `server`, `workflow`, `version`, `file` or `page`.
        api: The API's label, or `SITE`.
        title: Its name.
        text: What it is, in one line of plain text.
        href: Where it is explained, from the root of the site.
        also: Other words for what the text says.
    """

    kind: str
    api: str
    title: str
    text: str
    href: str
    also: str = ""


def entries(apis: tuple[Api, ...]) -> tuple[Entry, ...]:
    """Everything in all APIs, in the order of the files, and then what is about all of them.

    Raises:
        UnfoundedError: a statement about money is not what the specification says.
        MissingFileError: the index lists no file of a kind that a page offers.
        UnknownSchemeError: there are no words for a security scheme.
    """
    said = money.statements({api.name: api.document for api in apis})
    return (
        *(entry for api in apis for entry in (*_names(api), *_prose(api, said[api.name]))),
        *(_entry(SITE, *find) for find in search_prose.site()),
    )


def _prose(api: Api, said: tuple[money.Statement, ...]) -> Iterator[Entry]:
    for finds in (
        search_prose.facts(api),
        search_prose.statements(api, said),
        search_prose.access(api),
        search_prose.paths(api),
        search_prose.versions(api),
        search_prose.files(api),
        search_prose.about(api),
    ):
        yield from (_entry(api.label, *find) for find in finds)


def _names(api: Api) -> Iterator[Entry]:
    for kind, title, text, href in _named(api):
        yield _entry(api.label, kind, title, text, href)


def _named(api: Api) -> Iterator[search_prose.Find]:
    for operation in api.operations:
        yield "call", operation.id, _call(operation), _anchor(api, operation)
    for parameter in fields.parameters(api):
        said = f"In the {parameter.origin}. {parameter.description}"
        yield "parameter", parameter.name, said, _explained(api, parameter.anchor)
    for schema in fields.schemas(api):
        href = _explained(api, schema.anchor)
        yield "schema", schema.name, schema.description, href
        for field in schema.fields:
            said = f"{field.type}. {field.description}"
            title = f"{schema.name}.{field.name}"
            yield "field", title, said, _explained(api, field.anchor)
    for code in fields.codes(api):
        said = f"{code.meaning[:1].upper()}{code.meaning[1:]}."
        yield "code", code.value, said, _explained(api, code.anchor)
    for operation in api.operations:
        for status, node in operation.node["responses"].items():
            said = _answer(operation, resolved(api.document, node))
            yield "answer", status, said, _anchor(api, operation)


def _call(operation: Operation) -> str:
    badge = words.badge(operation.facts)
    description = operation.node.get("description", "")
    return f"{operation.method} {operation.path}. {operation.summary}. {badge}. {description}"


def _answer(operation: Operation, node: Mapping[str, Any]) -> str:
    headers = ", ".join(node.get("headers", {}))
    return f"{operation.id}: {node['description']}{f' Header: {headers}.' if headers else ''}"


def _entry(label: str, kind: str, title: str, text: str, href: str) -> Entry:
    line = _line(text)
    also = [more for pattern, more in ALSO if re.search(pattern, f"{kind} {line}", re.IGNORECASE)]
    return Entry(kind=kind, api=label, title=title, text=line, href=href, also=" ".join(also))


def _anchor(api: Api, operation: Operation) -> str:
    return f"{api.name}/{api.version}/index.html#operation/{operation.id}"


def _explained(api: Api, anchor: str) -> str:
    return f"{api.name}/fields.html#{anchor}"


def _line(text: str) -> str:
    """A text without its marks of Markdown, in one line."""
    bare = re.sub(r"^\s*(?:[-*] |#+ |\|[-| ]+\|$)|\|", " ", text, flags=re.MULTILINE)
    return re.sub(r"\s+", " ", re.sub(r"`|\*\*", "", bare)).strip()

"""The index of the search: one flat list of everything that has an address in the site."""

import re
from collections.abc import Iterator
from typing import Final

import attrs

from specs.publishing.site import (
    TEXTS,
    changes,
    evidence_text,
    facts_text,
    fields,
    security,
    statements,
)
from specs.publishing.site.downloads import downloads, kilobytes
from specs.publishing.site.sources import Api, Operation

SITE: Final = "This site"
"""Stands for an API where something is about all of them."""

Find = tuple[str, str, str, str]
"""The kind, the title, the text in Markdown and the address from the root of the site."""


@attrs.frozen(kw_only=True)
class Entry:
    """Something that can be found: `href` begins at the root of the site.

    `kind` is a word for the reader, `api` a label or `SITE`; `also` has other words for the text.
    """

    kind: str
    api: str
    title: str
    text: str
    href: str
    also: str = ""


def entries(apis: tuple[Api, ...]) -> tuple[Entry, ...]:
    """Everything in all APIs, in the order of the files, and then what is about all of them."""
    money = statements.statements({api.name: api.document for api in apis})
    by_api = [_entry(api.label, *find) for api in apis for find in _finds(api, money[api.name])]
    return (*by_api, *(_entry(SITE, *find) for find in _site()))


def _finds(api: Api, money: tuple[statements.Statement, ...]) -> Iterator[Find]:
    yield from _calls(api)
    yield from _names(api)
    yield from _answers(api)
    yield from _facts(api)
    for each in money:
        yield "money", each.title, each.text, f"{api.name}/index.html#money"
    yield from _access(api)
    yield from _workflows(api)
    yield from _versions(api)
    yield from _pages(api)


def _entry(label: str, kind: str, title: str, text: str, href: str) -> Entry:
    # The text without its marks of Markdown, in one line.
    bare = re.sub(r"^\s*(?:[-*] |#+ |\|[-| ]+\|$)|\|", " ", text, flags=re.MULTILINE)
    line = re.sub(r"\s+", " ", re.sub(r"`|\*\*", "", bare)).strip()
    also = [
        more
        for pattern, more in TEXTS["also"].items()
        if re.search(pattern, f"{kind} {line}", re.IGNORECASE)
    ]
    return Entry(kind=kind, api=label, title=title, text=line, href=href, also=" ".join(also))


def _anchor(api: Api, operation: Operation) -> str:
    return f"{api.name}/{api.version}/index.html#operation/{operation.id}"


def _calls(api: Api) -> Iterator[Find]:
    for each in api.operations:
        badge = facts_text.badge(each.facts)
        description = each.node.get("description", "")
        text = f"{each.method} {each.path}. {each.summary}. {badge}. {description}"
        yield "call", each.id, text, _anchor(api, each)


def _names(api: Api) -> Iterator[Find]:
    page = f"{api.name}/fields.html#"
    for each in fields.parameters(api):
        text = f"In the {each.origin}. {each.description}"
        yield "parameter", each.name, text, page + each.anchor
    for schema in fields.schemas(api):
        yield "schema", schema.name, schema.description, page + schema.anchor
        for field in schema.fields:
            text = f"{field.type}{field.target}. {field.description}"
            yield "field", f"{schema.name}.{field.name}", text, page + field.anchor
    for value, meaning, anchor in fields.codes(api):
        yield "code", value, meaning, page + anchor


def _answers(api: Api) -> Iterator[Find]:
    for operation in api.operations:
        for status, node in operation.responses.items():
            headers = ", ".join(node.get("headers", {}))
            text = f"{operation.id}: {node.get('description')}{headers and f' Header: {headers}.'}"
            yield "answer", status, text, _anchor(api, operation)


def _facts(api: Api) -> Iterator[Find]:
    for each in api.cancels():
        said = " ".join(facts_text.sentences(each.facts))
        lost = f"If no answer comes: {facts_text.lost(each.facts)}"
        text = f"{each.id}: {said} {lost} (x-countermand)"
        page = f"{api.name}/index.html#call-{each.id}"
        yield "fact", facts_text.badge(each.facts), text, page
        known = each.facts.evidence
        for title, proof in evidence_text.proofs(known) if known else ():
            yield "fact", title, f"{each.id}: {proof} (x-countermand)", page


def _access(api: Api) -> Iterator[Find]:
    for name, text in security.schemes(api):
        yield "access", name, text, f"{api.name}/index.html#access"
    for server in api.document["servers"]:
        yield "server", server["url"], server["description"], f"{api.name}/index.html#servers"


def _workflows(api: Api) -> Iterator[Find]:
    info = api.workflow["info"]
    text = f"Arazzo. {info.get('summary', '')} {info.get('description', '')}"
    yield "workflow", "Step by step", text, f"{api.name}/index.html#workflows"
    for place, each in enumerate(api.workflow["workflows"], 1):
        steps = " ".join(
            f"{step['stepId']}: {step.get('description', '')}" for step in each["steps"]
        )
        text = f"Arazzo workflow {each['workflowId']}. {each.get('description', '')} {steps}"
        title = each.get("summary", each["workflowId"])
        yield "workflow", title, text, f"{api.name}/index.html#workflow-{place}"


def _versions(api: Api) -> Iterator[Find]:
    bodies = re.split(r"^## .*$", api.changelog, flags=re.MULTILINE)[1:]
    for release, body in zip(changes.releases(api), bodies, strict=True):
        title = f"Version {release.version} - {release.date}"
        yield "version", title, f"Changelog. {body}", f"changelog.html#{release.anchor}"


def _pages(api: Api) -> Iterator[Find]:
    offered = dict(downloads(api))
    for label, file in offered.items():
        text = f"Download {file['path']}, version {api.version}, {kilobytes(file['size'])}."
        yield "file", label, text, file["path"]
    info, page = api.document["info"], f"{api.name}/index.html"
    yield "page", info["title"], f"{info['summary']} {info['description']}", page
    yield "page", "Downloads", f"{', '.join(offered)}.", f"{page}#downloads"
    reference = f"{api.name}/{api.version}/index.html"
    yield "page", "Reference", f"Every call of version {api.version}.", reference


def _site() -> Iterator[Find]:
    yield from (("page", *page) for page in TEXTS["pages"])
    for path, text in TEXTS["machines"].items():
        yield "file", path.rsplit("/", 1)[-1], text, path

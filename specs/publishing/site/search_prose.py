"""What the search knows beside names: facts, money, access, workflows, versions, files, pages."""

import re
from collections.abc import Iterator

from specs.publishing.site import markdown, money, security, words, workflows
from specs.publishing.site.downloads import MACHINES, downloads, kilobytes
from specs.publishing.site.sources import Api

Find = tuple[str, str, str, str]
"""The kind, the title, the text and the address from the root of the site."""


def facts(api: Api) -> Iterator[Find]:
    """What a repeat of each cancel does, and what to do without an answer."""
    for operation in api.cancels():
        said = " ".join(words.sentences(operation.facts))
        lost = f"If no answer comes: {words.lost(operation.facts)}"
        text = f"{operation.id}: {said} {lost} (x-countermand)"
        href = f"{api.name}/index.html#call-{operation.id}"
        yield "fact", words.badge(operation.facts), text, href


def statements(api: Api, said: tuple[money.Statement, ...]) -> Iterator[Find]:
    """How money behaves."""
    for each in said:
        yield "money", each.title, each.text, f"{api.name}/index.html#money"


def access(api: Api) -> Iterator[Find]:
    """Security schemes, with the names of their headers, and servers."""
    for scheme in security.schemes(api):
        text = f"{scheme.carries} {scheme.description}"
        yield "access", scheme.name, text, f"{api.name}/index.html#access"
    for server in api.document["servers"]:
        yield "server", server["url"], server["description"], f"{api.name}/index.html#servers"


def paths(api: Api) -> Iterator[Find]:
    """Workflows, step by step."""
    told = workflows.told(api.workflow, api.name)
    text = f"Arazzo. {told.summary} {told.description}"
    yield "workflow", "Step by step", text, f"{api.name}/index.html#workflows"
    for place, each in enumerate(told.workflows, 1):
        steps = " ".join(f"{step.name}: {step.description}" for step in each.steps)
        text = f"Arazzo workflow {each.name}. {each.description} {steps}"
        yield "workflow", each.title, text, f"{api.name}/index.html#workflow-{place}"


def versions(api: Api) -> Iterator[Find]:
    """Every section of the changelog."""
    bodies = re.split(r"^## .*$", api.changelog, flags=re.MULTILINE)[1:]
    for heading, body in zip(markdown.releases(api.changelog), bodies, strict=True):
        href = f"changelog.html#{api.name}-{markdown.slug(heading)}"
        yield "version", f"Version {heading}", f"Changelog. {body}", href


def files(api: Api) -> Iterator[Find]:
    """What can be downloaded."""
    for each in downloads(api.newest):
        file = each["file"]
        text = f"Download {file.path}, version {api.version}, {kilobytes(file.size)}."
        yield "file", each["label"], text, file.path


def about(api: Api) -> Iterator[Find]:
    """The pages about one API."""
    info, page = api.document["info"], f"{api.name}/index.html"
    yield "page", info["title"], f"{info['summary']} {info['description']}", page
    labels = ", ".join(each["label"] for each in downloads(api.newest))
    yield "page", "Downloads", f"{labels}.", f"{page}#downloads"
    reference = f"{api.name}/{api.version}/index.html"
    yield "page", "Reference", f"Every call of version {api.version}.", reference


def site() -> Iterator[Find]:
    """The pages about all of them, and the files at the root."""
    yield (
        "page",
        "At a glance",
        "What each API does with a cancel, a repeat of it and the money.",
        "index.html#glance",
    )
    yield "page", "How to read the facts", "What x-countermand says, in words.", "index.html#words"
    yield "page", "Changelog", "What changed, version by version.", "changelog.html"
    yield "page", "Licence", "MIT: the licence of these specifications.", "LICENSES/MIT.txt"
    for name, path, text in MACHINES:
        yield "file", name, text, path

"""Builds the pages from the files for machines that are in the tree already.

The pages, beside the addresses that specs.publishing.artefacts lists:

    index.html                      the APIs side by side
    <api>/index.html                one API: repeats, money, workflow, downloads, versions
    <api>/fields.html               its parameters, fields and codes, each with an anchor
    <api>/<version>/index.html      the reference; operations are at #operation/<operationId>
    changelog.html                  the changelogs of all specifications
    search.html, search.json        everything that can be found, as a page and as data
    404.html                        for a server to show; the only page with addresses from its root
    assets/                         one style sheet, small scripts, Redoc

Every link between pages is relative, and no page fetches anything, so the tree can be put below any
address or opened from a disk.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from specs.publishing.site import (
    fields,
    markdown,
    money,
    reference,
    search,
    security,
    words,
    workflows,
)
from specs.publishing.site.downloads import MACHINES, downloads, kilobytes
from specs.publishing.site.sources import DANGER, Api, apis

HERE: Final = Path(__file__).parent
ASSETS: Final = HERE / "assets"
NUMBERS: Final = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def build(out: Path, base: str = "/") -> None:
    """Add the site to the tree at `out`, in which index.json and what it lists must be already.

    Args:
        out: The root of the tree.
        base: The path of the root on its server. Only 404.html needs it, as a server shows it at
            any depth.

    Raises:
        UnknownFactError: an operation has a fact for which there are no words.
        UnfoundedError: a statement about money is not what the specification says.
        UnknownSchemeError: there are no words for a security scheme.
        WorkflowError: a workflow has a step that the page cannot tell.
        MissingFileError: the index lists no file of a kind that a page offers.
        BundleError: Redoc is not as expected.
        OSError: something is not there, or the folder cannot be written.
    """
    for path, content in pages(out, base):
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def pages(out: Path, base: str = "/") -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of every page, script and style; see `build`."""
    found = apis(out)
    site = _Site(found, {api.name: api.version for api in found})
    entries = search.entries(found)
    statements = money.statements({api.name: api.document for api in found})
    yield site.page(
        "index.html", "landing", statements=statements, showcase=_showcase(found), machines=MACHINES
    )
    for api in found:
        yield from _of(site, api, statements[api.name])
    yield site.page("changelog.html", "changelog")
    labels = dict.fromkeys(entry.api for entry in entries)
    yield site.page("search.html", "search", entries=entries, groups=tuple(labels))
    yield site.page("404.html", "missing", base=base)
    yield "search.json", _lines([attrs.asdict(entry) for entry in entries])
    for asset in sorted(ASSETS.iterdir()):
        yield f"assets/{asset.name}", asset.read_bytes()
    yield "assets/redoc.standalone.js", reference.bundle()
    yield "assets/redoc.standalone.js.LICENSE.txt", reference.LICENCES.read_bytes()


def _of(
    site: "_Site", api: Api, statements: tuple[money.Statement, ...]
) -> Iterator[tuple[str, bytes]]:
    yield site.page(
        f"{api.name}/index.html",
        "api",
        api=api,
        statements=statements,
        schemes=tuple(security.schemes(api)),
        told=workflows.told(api.workflow, api.name),
        downloads=downloads(api.newest),
    )
    yield site.page(
        f"{api.name}/fields.html",
        "fields",
        api=api,
        parameters=fields.parameters(api),
        schemas=fields.schemas(api),
    )
    for edition in api.editions:
        yield site.page(
            f"{api.name}/{edition.version}/index.html",
            "reference",
            api=api,
            edition=edition,
            document=reference.display(edition, site.versions),
            styles=reference.STYLES,
        )


def _showcase(found: tuple[Api, ...]) -> dict[str, Any]:
    """The call whose facts matter most, to show what the facts are."""
    api = max(found, key=lambda each: DANGER.index(each.chief().facts.repeat))
    operation = api.chief()
    return {
        "api": api,
        "operation": operation,
        "label": f"{api.label}'s {operation.id}",
        "yaml": yaml.safe_dump({"x-countermand": operation.node["x-countermand"]}, sort_keys=False),
    }


def _lines(values: list[dict[str, Any]]) -> bytes:
    """A list as JSON, one entry to a line: small, and still readable as a difference."""
    lines = ",\n".join(
        json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in values
    )
    return f"[\n{lines}\n]\n".encode()


class _Site:
    """Renders templates, with what every page needs."""

    def __init__(self, found: tuple[Api, ...], versions: dict[str, str]) -> None:
        self.versions = versions
        self._labels = {api.name: api.label for api in found}
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.globals.update(
            apis=found,
            labels=self._labels,
            versions=versions,
            badge=words.badge,
            sentences=self._sentences,
            lost=self._lost,
            tone=reference.tone,
            slug=markdown.slug,
            releases=markdown.releases,
            changelog=markdown.changelog,
            kilobytes=kilobytes,
            number=lambda count: NUMBERS[count] if count < len(NUMBERS) else str(count),
        )
        self._environment.filters.update(
            breakable=markdown.breakable, inline=markdown.inline, markdown=markdown.block
        )

    def page(self, path: str, template: str, base: str = "", **context: Any) -> tuple[str, bytes]:
        """Render one page; `base` replaces the relative way to the root."""
        root = base or "../" * path.count("/")
        html = self._environment.get_template(f"{template}.html.j2").render(
            root=root, path=path, **context
        )
        return path, html.encode()

    def _sentences(self, facts: words.Facts, api: Api, root: str) -> tuple[str, ...]:
        return words.sentences(facts, lambda read: self._link(read, api, root))

    def _lost(self, facts: words.Facts, api: Api, root: str) -> str:
        return words.lost(facts, lambda read: self._link(read, api, root))

    def _link(self, read: words.Read, api: Api, root: str) -> str:
        other = read.api or api.name
        page = f"{root}{other}/{self.versions[other]}/index.html"
        of = f" of {self._labels[other]}" if read.api else ""
        return f"[`{read.operation}`]({page}#operation/{read.operation}){of}"

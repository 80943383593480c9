"""Builds the pages from the files for machines in the tree; ../README.md lists their addresses.

Every link between pages is relative, and no page fetches anything, so the tree can be put below any
address or opened from a disk.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from specs.publishing.site import (
    TEXTS,
    changes,
    evidence_text,
    facts_text,
    fields,
    generators,
    markdown,
    outcome_text,
    reference,
    search,
    security,
    statements,
    workflows,
)
from specs.publishing.site.downloads import downloads, kilobytes
from specs.publishing.site.sources import DANGER, Api, apis

HERE: Final = Path(__file__).parent
ASSETS: Final = HERE / "assets"


def build(out: Path, base: str = "/") -> None:
    """Add the site to the tree at `out`, in which index.json and what it lists must be already.

    `base` is the path of the root on its server. Only 404.html needs it, as a server shows it at
    any depth.
    """
    for path, content in pages(out, base):
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def pages(out: Path, base: str = "/") -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of every page, script and style; see `build`."""
    found = apis(out)
    site = _Site(found)
    money = statements.statements({api.name: api.document for api in found})
    most_dangerous = max(found, key=lambda each: DANGER.index(each.chief().facts.repeat))
    yield site.page("index.html", "landing", statements=money, showcase=most_dangerous)
    for api in found:
        yield site.page(f"{api.name}/index.html", "api", api=api, statements=money[api.name])
        yield site.page(f"{api.name}/fields.html", "fields", api=api)
        for version in api.versions:
            yield site.page(
                f"{api.name}/{version.version}/index.html",
                "reference",
                api=api,
                version=version,
                document=reference.display(version, site.named),
            )
    yield site.page("changelog.html", "changelog")
    measured = generators.generators()
    yield site.page(
        "generators.html", "generators", generators=measured, checks=generators.checks()
    )
    entries = search.entries(found)
    yield site.page("search.html", "search", entries=entries)
    yield site.page("404.html", "missing", base=base)
    # One entry to a line: small, and still readable as a difference.
    lines = [
        json.dumps(attrs.asdict(entry), ensure_ascii=False, separators=(",", ":"))
        for entry in entries
    ]
    yield "search.json", "[\n{}\n]\n".format(",\n".join(lines)).encode()
    for asset in sorted(ASSETS.iterdir()):
        yield f"assets/{asset.name}", asset.read_bytes()
    yield "assets/redoc.standalone.js", reference.bundle()
    yield "assets/redoc.standalone.js.LICENSE.txt", reference.LICENCES.read_bytes()


class _Site:
    """Renders templates, with what every page needs."""

    def __init__(self, found: tuple[Api, ...]) -> None:
        self.named = {api.name: api for api in found}
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
            named=self.named,
            machines=TEXTS["machines"],
            outcomes=outcome_text.rows,
            redoc_styles=reference.STYLES,
            badge=facts_text.badge,
            # Where the documentation of the package is; in dist/ it stands beside this tree.
            documentation=os.environ.get("DOCS_URL"),
            changes_by_date=changes.by_date,
            decisions=workflows.decisions,
            downloads=downloads,
            link=self._link,
            lost=facts_text.lost,
            parameters=fields.parameters,
            proofs=evidence_text.proofs,
            schemas=fields.schemas,
            schemes=security.schemes,
            sentences=facts_text.sentences,
            tone=reference.tone,
        )
        self._environment.filters.update(
            breakable=markdown.breakable,
            inline=markdown.inline,
            yaml=lambda value: yaml.safe_dump(value, sort_keys=False),
            kilobytes=kilobytes,
            markdown=markdown.block,
            releases=changes.releases,
            slug=markdown.slug,
        )

    def page(self, path: str, template: str, base: str = "", **context: Any) -> tuple[str, bytes]:
        """Render one page; `base` replaces the relative way to the root."""
        root = base or "../" * path.count("/")
        html = self._environment.get_template(f"{template}.html.j2").render(
            root=root, path=path, **context
        )
        return path, html.encode()

    def _link(self, api: Api, root: str) -> facts_text.Namer:
        """What turns the reads of an API into links on a page."""

        def name(read: facts_text.Read) -> str:
            other = self.named[read.api or api.name]
            page = f"{root}{other.name}/{other.version}/index.html"
            of = f" of {other.label}" if read.api else ""
            return f"[`{read.operation}`]({page}#operation/{read.operation}){of}"

        return name

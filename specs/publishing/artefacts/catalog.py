"""`/.well-known/api-catalog` (RFC 9727): a link set (RFC 9264) that leads to every API.

The first context is the catalog itself, which links to each API by `item`. Each API then has a
context of its own with `service-desc`, `service-doc` and `service-meta` (RFC 8631). Its anchor is
the address of the API where the provider has one for everybody, and otherwise, as an address that
nobody has would be a trap, the API's folder in this tree.

A link set is often read far from where it came from, and its addresses are best absolute then; but
the tree does not know where it will be put. So: built with a base address, all links are absolute.
Built without one, those into the tree are relative to the catalog, and the tree can be moved.
RFC 9727 wants the catalog at the root of an origin, so a base with a path needs the server's help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from specs.publishing.artefacts.tree import LINKSET, File, json_file

if TYPE_CHECKING:
    from specs.publishing.artefacts.editions import Api, Edition

PATH: Final = ".well-known/api-catalog"
PROFILE: Final = "https://www.rfc-editor.org/info/rfc9727"
"""To be named in the media type: application/linkset+json; profile="..."."""


def file(apis: tuple[Api, ...], base: str | None) -> File:
    """Make the catalog.

    Args:
        apis: What to list.
        base: Where the root of the tree will be, with a slash at its end; None for a tree that
            can be put anywhere.
    """
    prefix = "../" if base is None else base
    itself = "" if base is None else f"{base}{PATH}"
    items = [{"href": _anchor(api.newest, prefix), "title": _title(api.newest)} for api in apis]
    license_link = {"href": f"{prefix}LICENSES/MIT.txt", "type": "text/plain", "title": "MIT"}
    catalog = {"anchor": itself or "api-catalog", "item": items, "license": [license_link]}
    contexts = [catalog, *(_context(api.newest, prefix) for api in apis)]
    return json_file(PATH, {"linkset": contexts}, "api-catalog", LINKSET)


def _title(edition: Edition) -> str:
    return str(edition.document.root["info"]["title"])


def _anchor(edition: Edition, prefix: str) -> str:
    server = edition.document.root["servers"][0]
    return f"{prefix}{edition.api}/" if "variables" in server else str(server["url"])


def _context(edition: Edition, prefix: str) -> dict[str, Any]:
    folder = f"{prefix}{edition.folder}"
    openapi = "application/vnd.oai.openapi"
    title = f"{_title(edition)}, version {edition.version}"
    return {
        "anchor": _anchor(edition, prefix),
        "service-desc": [
            {"href": f"{folder}/openapi.yaml", "type": openapi, "title": title},
            {"href": f"{folder}/openapi.json", "type": f"{openapi}+json", "title": title},
        ],
        "service-doc": [
            {"href": f"{folder}/index.html", "type": "text/html", "title": "Reference"},
            {
                "href": f"{prefix}{edition.api}/index.html",
                "type": "text/html",
                "title": "What a repeat does, how money behaves, downloads",
            },
            {
                "href": f"{prefix}{edition.api}/CHANGELOG.md",
                "type": "text/markdown",
                "title": "Changelog",
            },
        ],
        "service-meta": [
            {
                "href": f"{prefix}index.json",
                "type": "application/json",
                "title": "All files, operations and facts about repeating them",
            },
        ],
    }

"""`/.well-known/api-catalog` (RFC 9727): a link set (RFC 9264) that leads to every API.

The first context is the catalog itself, which links to each API by `item`. Each API has a context
of its own with `service-desc`, `service-doc` and `service-meta` (RFC 8631). Its anchor is the
address of the API if the provider has one for everybody. Otherwise it is the API's folder in this
tree, as an address that does not exist would be a trap.

A base address makes all links absolute, which is best for a link set that is copied elsewhere.
Without one, the links into the tree are relative to the catalog, so that the tree can be moved.
RFC 9727 wants the catalog at the root of an origin; a base with a path needs the server's help.
"""

from typing import Any, Final

from specs.publishing.artefacts.tree import File, json_file
from specs.publishing.artefacts.versions import Api, PublishedVersion

PATH: Final = ".well-known/api-catalog"
OPENAPI: Final = "application/vnd.oai.openapi"


def file(apis: tuple[Api, ...], base: str | None) -> File:
    """Make the catalog; `base` ends in a slash, and is None for a tree without an address."""
    prefix = "../" if base is None else base
    catalog = {
        "anchor": "api-catalog" if base is None else f"{base}{PATH}",
        "item": [
            {"href": _anchor(api.newest, prefix), "title": _title(api.newest)} for api in apis
        ],
        "license": [_link(f"{prefix}LICENSES/MIT.txt", "text/plain", "MIT")],
    }
    contexts = [catalog, *(_context(api.newest, prefix) for api in apis)]
    return json_file(PATH, {"linkset": contexts}, "api-catalog", "application/linkset+json")


def _link(href: str, media_type: str, title: str) -> dict[str, str]:
    return {"href": href, "type": media_type, "title": title}


def _title(version: PublishedVersion) -> str:
    return str(version.document.root["info"]["title"])


def _anchor(version: PublishedVersion, prefix: str) -> str:
    server = version.document.root["servers"][0]
    return f"{prefix}{version.api}/" if "variables" in server else str(server["url"])


def _context(version: PublishedVersion, prefix: str) -> dict[str, Any]:
    api, folder = f"{prefix}{version.api}", f"{prefix}{version.folder}"
    title = f"{_title(version)}, version {version.number}"
    about = "What a repeat does, how money behaves, downloads"
    everything = "All files, operations and facts about repeating them"
    return {
        "anchor": _anchor(version, prefix),
        "service-desc": [
            _link(f"{folder}/openapi.yaml", OPENAPI, title),
            _link(f"{folder}/openapi.json", f"{OPENAPI}+json", title),
        ],
        "service-doc": [
            _link(f"{folder}/index.html", "text/html", "Reference"),
            _link(f"{api}/index.html", "text/html", about),
            _link(f"{api}/CHANGELOG.md", "text/markdown", "Changelog"),
        ],
        "service-meta": [_link(f"{prefix}index.json", "application/json", everything)],
    }

"""The files that the pages offer: those of one version, and those at the root of the tree."""

from collections.abc import Iterator
from typing import Final

from specs.publishing.site import SiteError
from specs.publishing.site.sources import Node, Version

ROLES: Final = {
    "openapi-yaml": "OpenAPI 3.1, YAML",
    "openapi-json": "OpenAPI 3.1, JSON",
    "json-schema-bundle": "JSON Schemas, one file",
    "example-index": "Examples, with their index",
    "arazzo": "Arazzo workflow",
}
"""The files that a page offers one by one, by their role in the index."""

MACHINES: Final = {
    "index.json": (
        "Every API and version, every operation with its facts, and every file of an API but its"
        " pages, with media type, size and SHA-256."
    ),
    ".well-known/api-catalog": "A link set that leads to every API, as RFC\u00a09727 has it.",
    "SHA256SUMS": (
        "Checksums of everything here, pages and licences too: `sha256sum -c SHA256SUMS`."
    ),
    "search.json": (
        "What the search knows: calls, facts, fields, codes, answers, files and pages, each with"
        " its address."
    ),
    "x-countermand.schema.json": "The form of the facts about repeats, as a JSON Schema.",
    "licences.spdx.json": "The licence of every file here, as SPDX data.",
}
"""The files for programs at the root, by their path, in Markdown."""


def downloads(version: Version) -> Iterator[tuple[str, Node]]:
    """The label and the index's entry of each file that a page offers, in the order of `ROLES`.

    Raises:
        SiteError: the index lists none of a kind.
    """
    by_role = {file["role"]: file for file in version.files}
    for role, label in ROLES.items():
        if role not in by_role:
            raise SiteError(f"{version.name} {version.version}: the index lists no {role}")
        yield label, by_role[role]


def kilobytes(size: int) -> str:
    """A file's size as a page shows it."""
    return f"{max(1, round(size / 1000))} kB"

"""The files that the pages offer: those of one version, and those at the root of the tree."""

from typing import Any, Final

from specs.publishing.site.sources import Edition

ROLES: Final = {
    "openapi-yaml": "OpenAPI 3.1, YAML",
    "openapi-json": "OpenAPI 3.1, JSON",
    "json-schema-bundle": "JSON Schemas, one file",
    "example-index": "Examples, with their index",
    "arazzo": "Arazzo workflow",
}
"""The files that a page offers one by one, by their role in the index."""

MACHINES: Final = (
    (
        "index.json",
        "index.json",
        (
            "Every API and version, every operation with its facts, and every file of an API but"
            " its pages, with media type, size and SHA-256."
        ),
    ),
    (
        "api-catalog",
        ".well-known/api-catalog",
        "A link set that leads to every API, as RFC\u00a09727 has it.",
    ),
    (
        "SHA256SUMS",
        "SHA256SUMS",
        "Checksums of everything here, pages and licences too: `sha256sum -c SHA256SUMS`.",
    ),
    (
        "search.json",
        "search.json",
        (
            "What the search knows: calls, facts, fields, codes, answers, files and pages, each"
            " with its address."
        ),
    ),
    (
        "x-countermand.schema.json",
        "x-countermand.schema.json",
        "The form of the facts about repeats, as a JSON Schema.",
    ),
    (
        "licences.spdx.json",
        "licences.spdx.json",
        "The licence of every file here, as SPDX data.",
    ),
)
"""What programs find at the root: the name, the path and what it is, in Markdown."""


class MissingFileError(Exception):
    """The index lists no file of a kind that a page offers."""


def downloads(edition: Edition) -> list[dict[str, Any]]:
    """The files of a version that a page offers, in the order of `ROLES`.

    Raises:
        MissingFileError: the index lists none of a kind.
    """
    by_role = {file.role: file for file in edition.files}
    if missing := [role for role in ROLES if role not in by_role]:
        raise MissingFileError(f"{edition.api} {edition.version}: no {', '.join(missing)}")
    return [{"label": label, "file": by_role[role]} for role, label in ROLES.items()]


def kilobytes(size: int) -> str:
    """A file's size as a page shows it."""
    return f"{max(1, round(size / 1000))} kB"

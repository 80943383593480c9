"""Builds the files for machines, and seals the tree when the pages are there too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from specs.publishing.artefacts import (
    arazzo,
    catalog,
    checksums,
    examples,
    index,
    licences,
    postman,
    schemas,
)
from specs.publishing.artefacts.editions import ROOT, Api, Edition
from specs.publishing.artefacts.tree import (
    MARKDOWN,
    SCHEMA_JSON,
    TEXT,
    YAML,
    File,
    by_path,
    json_file,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

INDEX_SCHEMA: Final = Path(__file__).with_name("index.schema.json")


def build(out: Path, apis: tuple[Api, ...], base: str | None = None) -> None:
    """Write everything but the pages and what depends on them.

    Args:
        out: The root of the tree.
        apis: What to publish.
        base: Where the root will be on the web; None if that is not known.

    Raises:
        DocumentError: a specification lacks something that is to be published, or has something
            that cannot be.
        ConversionError: the Postman converter failed.
        PathError: two files have one path.
    """
    files = by_path([*_all(apis), catalog.file(apis, base), *_shared()])
    write(out, [*files.values(), index.file(apis, files)])


def seal(out: Path, apis: tuple[Api, ...]) -> None:
    """Write the licence data and the checksums of all that is in the tree by now."""
    licences.add(out, apis)
    (out / checksums.NAME).write_bytes(checksums.text(out))


def _all(apis: tuple[Api, ...]) -> Iterator[File]:
    for api in apis:
        yield File(f"{api.name}/CHANGELOG.md", api.changelog, MARKDOWN, "changelog")
        yield from _openapi(api.newest, api.name)
        for edition in api.editions:
            yield from _edition(edition)


def _openapi(edition: Edition, folder: str) -> Iterator[File]:
    """Yield the specification in both forms.

    The YAML is the file itself, byte for byte: it has no references to other files that would have
    to be bundled, and its comments and its order are worth keeping.
    """
    yield File(f"{folder}/openapi.yaml", edition.text, YAML, "openapi-yaml")
    yield json_file(f"{folder}/openapi.json", edition.document.root, "openapi-json")


def _edition(edition: Edition) -> Iterator[File]:
    document, folder = edition.document, edition.folder
    identity = f"urn:countermand:specs:{edition.api}:{edition.version}"
    yield from _openapi(edition, folder)
    yield from schemas.files(document, f"{folder}/schemas", identity)
    yield from examples.files(document, f"{folder}/examples", edition.api)
    yield postman.file(document, f"{folder}/postman.json", identity)
    yield from arazzo.files(edition)


def _shared() -> Iterator[File]:
    extension = (ROOT / "specs/x-countermand.schema.json").read_bytes()
    licence = (ROOT / "LICENSE").read_bytes()
    yield File("x-countermand.schema.json", extension, SCHEMA_JSON, "extension-schema")
    yield File("index.schema.json", INDEX_SCHEMA.read_bytes(), SCHEMA_JSON, "index-schema")
    yield File("LICENSES/MIT.txt", licence, TEXT, "licence")

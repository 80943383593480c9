"""Builds the files for machines, and seals the tree when the pages are there too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from specs.publishing.artefacts import (
    arazzo,
    catalog,
    examples,
    index,
    licences,
    portable,
    schemas,
)
from specs.publishing.artefacts.tree import (
    CHECKSUMS,
    SCHEMA_JSON,
    TEXT,
    YAML,
    File,
    by_path,
    checksums,
    json_file,
    write,
)
from specs.publishing.artefacts.versions import Api, PublishedVersion
from specs.publishing.snapshots import ROOT

INDEX_SCHEMA: Final = Path(__file__).with_name("index.schema.json")


def build(out: Path, apis: tuple[Api, ...], base: str | None = None) -> None:
    """Write everything but the pages and the files that depend on them.

    `base` is the address of the root on the web, if that is known.
    """
    files = by_path([*_all(apis), catalog.file(apis, base), *_shared()])
    write(out, [*files.values(), index.file(apis, files)])


def seal(out: Path, apis: tuple[Api, ...]) -> None:
    """Write the licence data and the checksums of the complete tree."""
    licences.add(out, apis)
    (out / CHECKSUMS).write_bytes(checksums(out))


def _all(apis: tuple[Api, ...]) -> Iterator[File]:
    for api in apis:
        yield File(f"{api.name}/CHANGELOG.md", api.changelog, "text/markdown", "changelog")
        yield from _openapi(api.newest, api.name)
        for version in api.versions:
            yield from _openapi(version, version.folder)
            identity = f"urn:countermand:specs:{version.api}:{version.number}"
            yield from schemas.files(version.document, f"{version.folder}/schemas", identity)
            yield from examples.files(version.document, f"{version.folder}/examples", api.name)
            yield from arazzo.files(version)


def _openapi(version: PublishedVersion, folder: str) -> Iterator[File]:
    """Yield the specification and its portable edition, each in both forms.

    The YAML is the file itself, byte for byte: it has no references to other files that would have
    to be bundled, and its comments and its order are worth keeping.
    """
    yield File(f"{folder}/openapi.yaml", version.text, YAML, "openapi-yaml")
    yield json_file(f"{folder}/openapi.json", version.document.root, "openapi-json")
    yield from portable.files(version.document, folder)


def _shared() -> Iterator[File]:
    extension = (ROOT / "specs/x-countermand.schema.json").read_bytes()
    licence = (ROOT / "LICENSE").read_bytes()
    yield File("x-countermand.schema.json", extension, SCHEMA_JSON, "extension-schema")
    yield File("index.schema.json", INDEX_SCHEMA.read_bytes(), SCHEMA_JSON, "index-schema")
    yield File("LICENSES/MIT.txt", licence, TEXT, "licence")

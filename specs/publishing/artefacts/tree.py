"""The files of the published tree, as values and on the disk, and their checksums."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import attrs

from specs.publishing import PublishingError

CHECKSUMS: Final = "SHA256SUMS"
JSON: Final = "application/json"
YAML: Final = "application/yaml"
TEXT: Final = "text/plain"
SCHEMA_JSON: Final = "application/schema+json"

SAFE: Final = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
"""Paths that need no escaping in an address, a shell or a checksum file."""


@attrs.frozen
class File:
    """One published file.

    `path` begins at the root of the tree; `role` is a word that index.schema.json lists.
    """

    path: str
    content: bytes = attrs.field(repr=False)
    media_type: str
    role: str

    def __attrs_post_init__(self) -> None:
        """Refuse a path that would need escaping or that leaves the tree."""
        if not SAFE.fullmatch(self.path) or ".." in PurePosixPath(self.path).parts:
            raise PublishingError(f"not fit to be published as a path: {self.path!r}")

    def described(self) -> dict[str, Any]:
        """The entry of the file in index.json."""
        return {
            "path": self.path,
            "role": self.role,
            "mediaType": self.media_type,
            "size": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
        }


def json_bytes(value: Any) -> bytes:
    """Write JSON for people and programs: indented, UTF-8, in the order of the value."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)
    return f"{text}\n".encode()


def json_file(path: str, value: Any, role: str, media_type: str = JSON) -> File:
    """A file that holds a value as JSON."""
    return File(path, json_bytes(value), media_type, role)


def by_path(files: Iterable[File]) -> Mapping[str, File]:
    """Order files by path."""
    found: dict[str, File] = {}
    folded: set[str] = set()
    for file in files:
        if file.path.casefold() in folded:
            raise PublishingError(f"two files are called {file.path}")
        folded.add(file.path.casefold())
        found[file.path] = file
    return dict(sorted(found.items()))


def write(out: Path, files: Iterable[File]) -> None:
    """Write files below a folder, which may hold others already."""
    for path, file in by_path(files).items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)


def paths(out: Path) -> list[str]:
    """Every file below a folder, as sorted paths from there."""
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())


def checksums(out: Path) -> bytes:
    """A checksum of every file below a folder but the list itself, for `sha256sum -c`."""
    lines = (
        f"{hashlib.sha256((out / path).read_bytes()).hexdigest()}  {path}\n"
        for path in paths(out)
        if path != CHECKSUMS
    )
    return "".join(lines).encode()

"""The files to be published, as values; and writing them."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

JSON: Final = "application/json"
YAML: Final = "application/yaml"
MARKDOWN: Final = "text/markdown"
TEXT: Final = "text/plain"
FORM: Final = "application/x-www-form-urlencoded"
SCHEMA_JSON: Final = "application/schema+json"
LINKSET: Final = "application/linkset+json"

SAFE: Final = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
"""Paths that need no escaping in an address, a shell or a checksum file."""


class PathError(ValueError):
    """A path that cannot be published, or that two files claim."""


@attrs.frozen
class File:
    """One published file.

    Args:
        path: Where it is, from the root of the tree, with `/`.
        content: Its bytes.
        media_type: What it should be served as.
        role: What it is for, a word that index.schema.json lists.
    """

    path: str
    content: bytes = attrs.field(repr=False)
    media_type: str
    role: str

    def __attrs_post_init__(self) -> None:
        """Refuse a path that would need escaping or that leaves the tree."""
        if not SAFE.fullmatch(self.path) or ".." in PurePosixPath(self.path).parts:
            raise PathError(f"not fit to be published as a path: {self.path!r}")

    @property
    def sha256(self) -> str:
        """The checksum, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()

    def described(self) -> dict[str, Any]:
        """What index.json says about the file."""
        return {
            "path": self.path,
            "role": self.role,
            "mediaType": self.media_type,
            "size": len(self.content),
            "sha256": self.sha256,
        }


def json_bytes(value: Any) -> bytes:
    """Write JSON for people and programs: indented, UTF-8, in the order of the value."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)
    return f"{text}\n".encode()


def json_file(path: str, value: Any, role: str, media_type: str = JSON) -> File:
    """A file that holds a value as JSON."""
    return File(path, json_bytes(value), media_type, role)


def by_path(files: Iterable[File]) -> Mapping[str, File]:
    """Order files by path.

    Raises:
        PathError: two files have the same path, or differ in upper and lower case only, which
            file systems of some readers cannot hold.
    """
    found: dict[str, File] = {}
    folded: set[str] = set()
    for file in files:
        if file.path.casefold() in folded:
            raise PathError(f"two files are called {file.path}")
        folded.add(file.path.casefold())
        found[file.path] = file
    return dict(sorted(found.items()))


def write(out: Path, files: Iterable[File]) -> None:
    """Write files below a folder, which may hold others already.

    Raises:
        PathError: two files have the same path.
        OSError: the folder cannot be written.
    """
    for path, file in by_path(files).items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)

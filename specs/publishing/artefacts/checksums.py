"""`SHA256SUMS`: a checksum of every file, for `sha256sum -c SHA256SUMS`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME: Final = "SHA256SUMS"


def paths(out: Path, without: Iterable[str] = ()) -> list[str]:
    """Every file below a folder, as sorted paths from there."""
    left_out = set(without)
    found = (path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    return sorted(path for path in found if path not in left_out)


def text(out: Path) -> bytes:
    """The checksums of everything below a folder but of the checksum file itself."""
    lines = (
        f"{hashlib.sha256((out / path).read_bytes()).hexdigest()}  {path}\n"
        for path in paths(out, without=[NAME])
    )
    return "".join(lines).encode()

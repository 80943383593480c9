"""The files that the pages offer: those of one version, and those at the root of the tree."""

from collections.abc import Iterator

from specs.publishing.site import TEXTS, SiteError
from specs.publishing.site.sources import Node, Version


def downloads(version: Version) -> Iterator[tuple[str, Node]]:
    """The label and the index's entry of each file that a page offers, in order."""
    by_role = {file["role"]: file for file in version.files}
    for role, label in TEXTS["roles"].items():
        if role not in by_role:
            raise SiteError(f"{version.name} {version.version}: the index lists no {role}")
        yield label, by_role[role]


def kilobytes(size: int) -> str:
    """A file's size as a page shows it."""
    return f"{max(1, round(size / 1000))} kB"

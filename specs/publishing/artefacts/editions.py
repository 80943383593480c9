"""Which versions of which specification there are to publish, and where they come from.

The newest is the one in the working copy. Every earlier version that the changelog names is taken
from git history, in the last state that the file had under that version: an address once published
keeps its content, and needs no copy of old files in the repository.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import attrs

from specs.publishing.artefacts.document import Document, read

ROOT: Final = Path(__file__).parents[3]
"""The working copy."""

HEADING: Final = re.compile(
    r"^## \[?(?P<version>\d+\.\d+\.\d+[0-9A-Za-z.+-]*)\]?(?: - (?P<date>\d{4}-\d{2}-\d{2}))?\s*$",
    re.MULTILINE,
)
"""The heading of one version in a changelog: `## 1.0.0 - 2026-11-20`."""


class EditionError(LookupError):
    """A version that ought to be published cannot be found."""


@attrs.frozen
class Edition:
    """One version of one specification.

    Args:
        api: The name of the file, without its ending.
        date: The day that the changelog gives to the version, `YYYY-MM-DD`.
        text: The specification, byte for byte.
        document: The same, read.
        workflow: The workflow that goes with it; None for a version that had none.
        neighbours: Every specification that there was at the same time.
    """

    api: str
    date: str
    text: bytes = attrs.field(repr=False)
    document: Document = attrs.field(repr=False)
    workflow: bytes | None = attrs.field(repr=False)
    neighbours: frozenset[str] = attrs.field(repr=False)

    @property
    def version(self) -> str:
        """The version of the document."""
        return self.document.version

    @property
    def folder(self) -> str:
        """Where its files go, from the root of the tree."""
        return f"{self.api}/{self.version}"


@attrs.frozen
class Api:
    """One specification with all its versions, the newest first."""

    name: str
    changelog: bytes = attrs.field(repr=False)
    editions: tuple[Edition, ...]
    missing: tuple[str, ...] = ()
    """Versions of the changelog that are not in the git history at hand."""

    @property
    def newest(self) -> Edition:
        """The version in the working copy."""
        return self.editions[0]


@attrs.frozen
class Snapshot:
    """The files below `specs/` at one moment.

    Args:
        root: The working copy.
        revision: A commit, or None for the files as they are now.
    """

    root: Path
    revision: str | None = None

    def content(self, path: str) -> bytes | None:
        """A file's bytes; None where there is no such file."""
        if self.revision is None:
            file = self.root / path
            return file.read_bytes() if file.is_file() else None
        done = git(self.root, "show", f"{self.revision}:{path}")
        return done.stdout if done.returncode == 0 else None

    def edition(self, api: str, date: str, apis: tuple[str, ...]) -> Edition:
        """The version that one specification had then.

        Raises:
            EditionError: there was no such file.
            DocumentError: it cannot be read.
        """
        text = self.content(f"specs/{api}.yaml")
        if text is None:
            raise EditionError(f"no specs/{api}.yaml")
        neighbours = frozenset(name for name in apis if self.content(f"specs/{name}.yaml"))
        workflow = self.content(f"specs/workflows/{api}.arazzo.yaml")
        return Edition(api, date, text, read(text), workflow, neighbours)


def git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Ask git something about the working copy; a failure is in the exit code."""
    return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)


def gather(root: Path = ROOT) -> tuple[Api, ...]:
    """Find every version of every specification.

    Raises:
        EditionError: a specification has no changelog or no workflow, or its changelog does not
            name its version.
        DocumentError: a specification cannot be read.
    """
    names = tuple(sorted(path.stem for path in (root / "specs").glob("*.yaml")))
    return tuple(_api(root, name, names) for name in names)


def _api(root: Path, name: str, names: tuple[str, ...]) -> Api:
    now = Snapshot(root)
    changelog = now.content(f"specs/changelogs/{name}.md")
    if changelog is None:
        raise EditionError(f"specs/changelogs/{name}.md is missing")
    dates = {
        found["version"]: found["date"] or ""
        for found in HEADING.finditer(changelog.decode("utf-8"))
    }
    text = now.content(f"specs/{name}.yaml") or b""
    version = read(text).version
    if not dates.get(version):
        raise EditionError(f"specs/changelogs/{name}.md has no section `## {version} - <date>`")
    newest = now.edition(name, dates.pop(version), names)
    if newest.workflow is None:
        raise EditionError(f"specs/workflows/{name}.arazzo.yaml is missing")
    earlier = _earlier(root, name, dates, names)
    editions = (newest, *(earlier[version] for version in dates if version in earlier))
    return Api(name, changelog, editions, tuple(v for v in dates if v not in earlier))


def _earlier(
    root: Path, name: str, dates: dict[str, str], names: tuple[str, ...]
) -> dict[str, Edition]:
    """Find the versions of a changelog in the git history at hand."""
    if not dates:
        return {}
    path = f"specs/{name}.yaml"
    found: dict[str, Edition] = {}
    # All of specs/, as a workflow may have come later than the text that it goes with.
    log = git(root, "log", "--format=%H", "--", "specs")
    for revision in log.stdout.decode().split():
        then = Snapshot(root, revision)
        text = then.content(path)
        version = read(text).version if text else ""
        if version in dates and version not in found:
            found[version] = then.edition(name, dates[version], names)
    return found

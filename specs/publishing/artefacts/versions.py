"""The versions of each specification that are published.

The newest one is in the working copy. Every earlier version that the changelog names is taken from
git history, in the last state that the file had under that version: a published address keeps its
content, and the repository needs no copies of old files.
"""

from pathlib import Path

import attrs

from specs.publishing import PublishingError
from specs.publishing.breaking.changelogs import entries
from specs.publishing.document import Node, read
from specs.publishing.snapshots import ROOT, Snapshot, history


@attrs.frozen
class PublishedVersion:
    """One version of one specification, `document` its parsed `text`.

    `date` is the day that the changelog gives to the version. The workflow is None for a version
    that had none; `neighbours` are the specifications that existed at the same time.
    """

    api: str
    date: str
    text: bytes = attrs.field(repr=False)
    document: Node = attrs.field(repr=False)
    workflow: bytes | None = attrs.field(repr=False)
    neighbours: frozenset[str] = attrs.field(repr=False)

    @property
    def number(self) -> str:
        """The version of the document."""
        return str(self.document.root["info"]["version"])

    @property
    def folder(self) -> str:
        """The folder of its files, from the root of the tree."""
        return f"{self.api}/{self.number}"


@attrs.frozen
class Api:
    """One specification with all its versions, the newest first."""

    name: str
    changelog: bytes = attrs.field(repr=False)
    versions: tuple[PublishedVersion, ...]
    missing: tuple[str, ...] = ()
    """Versions of the changelog that are not in the git history at hand."""

    @property
    def newest(self) -> PublishedVersion:
        """The version in the working copy."""
        return self.versions[0]


def gather(root: Path = ROOT) -> tuple[Api, ...]:
    """Find every version of every specification."""
    now = Snapshot(root)
    return tuple(_api(now, name) for name in now.apis)


def _api(now: Snapshot, name: str) -> Api:
    files = now.files(name)
    if files.changelog is None:
        raise PublishingError(f"specs/changelogs/{name}.md is missing")
    if files.workflow is None:
        raise PublishingError(f"specs/workflows/{name}.arazzo.yaml is missing")
    log = entries(files.changelog.decode("utf-8"))
    dates = {str(entry.version): entry.date for entry in log}
    newest = _version(now, name, dates)
    if not newest.date:
        raise PublishingError(
            f"specs/changelogs/{name}.md has no section `## {newest.number} - <date>`"
        )
    found = {newest.number: newest}
    for then in history(now.root, name) if len(dates) > 1 else []:
        if name in then.apis:
            version = _version(then, name, dates)
            found.setdefault(version.number, version)
    earlier = [number for number in dates if number != newest.number]
    versions = (newest, *(found[number] for number in earlier if number in found))
    missing = tuple(number for number in earlier if number not in found)
    return Api(name, files.changelog, versions, missing)


def _version(then: Snapshot, name: str, dates: dict[str, str]) -> PublishedVersion:
    files = then.files(name)
    text = files.specification or b""
    document = read(text)
    date = dates.get(str(document.root["info"]["version"]), "")
    return PublishedVersion(name, date, text, document, files.workflow, frozenset(then.apis))

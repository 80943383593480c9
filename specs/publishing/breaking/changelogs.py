"""Semantic versions, and the changelogs that name them, in the form of Keep a Changelog."""

import datetime as dt
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import attrs
from markdown_it import MarkdownIt

from specs.publishing import PublishingError
from specs.publishing.breaking.verdicts import Level

FORM: Final = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
HEADING: Final = re.compile(r"\[?([^\]\s]+)\]?(?: - (\S+))?")
SECTIONS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
WORD: Final = re.compile(r"[^\W\d_]{2}")
BREAKING: Final = re.compile(rf"\*\*Breaking\b[^*\n]*\*\*.*{WORD.pattern}", re.DOTALL)


class MalformedVersionError(PublishingError):
    """A version is not three numbers; the message shows it."""


@attrs.frozen(order=True)
class Version:
    """MAJOR.MINOR.PATCH."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.major}.{self.minor}.{self.patch}"

    def raised(self, level: Level) -> "Version":
        """The next version for a change of this level.

        Below 1.0.0 nothing is promised yet: a breaking change raises the minor version, any
        other the patch. No change demands 1.0.0: that is a decision.
        """
        if self.major == 0 and level is not Level.NONE:
            level = Level.MINOR if level is Level.MAJOR else Level.PATCH
        raised = {
            Level.NONE: self,
            Level.PATCH: Version(self.major, self.minor, self.patch + 1),
            Level.MINOR: Version(self.major, self.minor + 1, 0),
            Level.MAJOR: Version(self.major + 1, 0, 0),
        }
        return raised[level]


def parse(text: object) -> Version:
    """Read a version of three numbers without leading zeros."""
    matched = FORM.fullmatch(text) if isinstance(text, str) else None
    if matched is None:
        raise MalformedVersionError(
            f"{text!r} is no version to publish; write MAJOR.MINOR.PATCH as text,"
            " without a prerelease or a build"
        )
    return Version(*map(int, matched.groups()))


def step_complaints(base: Version, head: Version, level: Level) -> list[str]:
    """The faults of the step from one version to the other, given the gravest change."""
    due = base.raised(level)
    if base.major == 0 and head == Version(1, 0, 0):
        # The first promise is a decision, whatever changed.
        return []
    if head < base:
        return [f"the version went down, from {base} to {head}; it has to be {due} or higher"]
    if level is Level.NONE and head > base:
        return [f"the version was raised from {base} to {head}, but nothing changed; take it back"]
    if head < due:
        return [f"the version is {head}; it has to be {due} or higher ({level.name.lower()})"]
    return []


@attrs.define
class Entry:
    """The entry of one version: its date as it is written, its sections and its items."""

    version: Version
    written: str
    sections: list[str] = attrs.field(factory=list)
    items: list[str] = attrs.field(factory=list)

    @property
    def date(self) -> str:
        """The date, if it is one in the form YYYY-MM-DD; empty otherwise."""
        try:
            return self.written if str(dt.date.fromisoformat(self.written)) == self.written else ""
        except ValueError:
            return ""

    @property
    def faults(self) -> Iterator[str]:
        """What is wrong with the entry itself."""
        if not self.date:
            yield f"the entry for {self.version} has no date; write ## [version] - YYYY-MM-DD"
        for name in self.sections:
            if name not in SECTIONS:
                yield f"### {name} is none of {', '.join(SECTIONS)}"
        if not self.sections or not any(map(WORD.search, self.items)):
            yield f"the entry for {self.version} says nothing; list what changed, by section"


def entries(text: str) -> list[Entry]:
    """Every entry but that of unreleased changes, newest first."""
    found: list[Entry] = []
    released = False
    for tag, content in _parts(text):
        if tag == "h2":
            released = content.strip("[]").lower() != "unreleased"
            found += [_entry(content)] if released else []
        elif released:
            (found[-1].sections if tag == "h3" else found[-1].items).append(content)
    return found


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """The headings below the title, and the items of lists; comments and fences do not count."""
    tag = ""
    for token in MarkdownIt().parse(text):
        if token.type in {"heading_open", "list_item_open"}:
            tag = token.tag
        elif token.type == "inline" and tag in {"h2", "h3", "li"}:
            yield tag, token.content
        if token.type == "inline" or token.nesting < 0:
            tag = ""


def _entry(heading: str) -> Entry:
    # The text below any other heading would be taken for a part of the entry above it.
    named = HEADING.fullmatch(heading)
    if named is None:
        raise MalformedVersionError(f"{heading!r}; write ## [version] - YYYY-MM-DD")
    return Entry(parse(named[1]), named[2] or "")


def complaints(text: str | None, version: Version, level: Level) -> list[str]:
    """The faults of a changelog, given the current version and the gravest change."""
    if text is None:
        return ["there is no changelog; write one, with an entry for the version"]
    try:
        found = entries(text)
    except MalformedVersionError as error:
        return [f"the changelog has a heading that names no version: {error}"]
    entry = next((entry for entry in found if entry.version == version), None)
    if entry is None:
        return [f"there is no entry for {version}; write what readers must know"]
    wrong = [] if found[0] is entry else [f"the newest entry is not {version}, but stands first"]
    if level is Level.MAJOR and not any(map(BREAKING.match, entry.items)):
        wrong.append(
            f"the entry for {version} does not say what is breaking, and for whom;"
            " write an item that begins with **Breaking**"
        )
    return [*wrong, *entry.faults, *_disorder(found)]


def losses(before: str | None, after: str | None) -> list[str]:
    """The entries that went: a version is published for as long as its heading stands."""
    return [
        f"the entry for {version} is gone, and with it a published version; put it back"
        for version in _versions(before)
        if version not in _versions(after)
    ]


def _versions(text: str | None) -> list[str]:
    """The versions of a changelog as they are written."""
    headings = (HEADING.fullmatch(content) for tag, content in _parts(text or "") if tag == "h2")
    return [named[1] for named in headings if named and named[1][0].isdigit()]


def _disorder(found: list[Entry]) -> Iterator[str]:
    for newer, older in pairwise(found):
        if older.version >= newer.version:
            yield f"{older.version} stands below {newer.version}; the newest version comes first"
        elif newer.version.major > older.version.major + 1:
            yield (
                f"the version skips from {older.version} to {newer.version};"
                f" the next major one is {older.version.major + 1}.0.0"
            )
        if newer.date and newer.date < older.date:
            yield f"{newer.version} is dated before {older.version}; correct the date"

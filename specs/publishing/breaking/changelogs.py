"""Changelogs of specifications, in the form of Keep a Changelog."""

import contextlib
import datetime as dt
import re
from itertools import pairwise
from typing import Final

import attrs

from specs.publishing.breaking.verdicts import Level
from specs.publishing.breaking.versions import MalformedVersionError, Version, parse

HEADING: Final = re.compile(r"^##[ \t]+(.*?)[ \t]*$", re.MULTILINE)
NAMED: Final = re.compile(r"\[?([^\]\s]+)\]?(?: - (\S+))?")
SECTION: Final = re.compile(r"^### (.+)$", re.MULTILINE)
SECTIONS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
UNRELEASED: Final = "unreleased"
DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WORD: Final = r"[^\W\d_]{2}"
ITEM: Final = re.compile(rf"^- .*{WORD}", re.MULTILINE)
BREAKING: Final = re.compile(
    rf"^- \*\*Breaking\b[^*\n]*\*\*[^\n]*(?:\n +[^\n]*)*?{WORD}", re.MULTILINE
)
# Nobody reads a comment, and what stands in a fence is an example of an entry.
UNREAD: Final = re.compile(
    r"^ {0,3}(```+|~~~+)[^\n]*$.*?(?:^ {0,3}\1[`~]*\s*?$|\Z)|<!--.*?(?:-->|\Z)",
    re.MULTILINE | re.DOTALL,
)


@attrs.frozen
class Entry:
    """What one version says."""

    version: Version
    date: str
    text: str


def entries(text: str) -> list[Entry]:
    """Every entry but that of what is unreleased, newest first; comments and fences do not count.

    Raises:
        MalformedVersionError: a heading names no version.
    """
    _, *parts = HEADING.split(UNREAD.sub("", text))
    return [
        _entry(heading, said)
        for heading, said in zip(parts[::2], parts[1::2], strict=True)
        if heading.strip("[]").lower() != UNRELEASED
    ]


def _entry(heading: str, said: str) -> Entry:
    # Whatever else it says would be read as a part of the entry above it.
    named = NAMED.fullmatch(heading)
    if named is None:
        raise MalformedVersionError(f"{heading!r}; write ## [version] - YYYY-MM-DD")
    return Entry(parse(named[1]), named[2] or "", said)


def complaints(text: str | None, version: Version, level: Level) -> list[str]:
    """What is wrong with a changelog, given the current version and the gravest change.

    Raises:
        MalformedVersionError: a heading names no version.
    """
    if text is None:
        return ["there is no changelog; write one, with an entry for the version"]
    found = entries(text)
    entry = next((entry for entry in found if entry.version == version), None)
    if entry is None:
        return [f"there is no entry for {version}; write what readers must know"]
    wrong = [] if found[0] is entry else [f"the newest entry is not {version}, but stands first"]
    if level is Level.MAJOR and not BREAKING.search(entry.text):
        wrong.append(
            f"the entry for {version} does not say what is breaking, and for whom;"
            " write an item that begins with **Breaking**"
        )
    return wrong + _about(entry) + _about_order(found)


def losses(before: str | None, after: str | None) -> list[str]:
    """Which entries went: a version is published for as long as its heading stands."""
    kept = _versions(after)
    return [
        f"the entry for {version} is gone, and with it a published version; put it back"
        for version in _versions(before)
        if version not in kept
    ]


def _versions(text: str | None) -> list[Version]:
    """The versions of a changelog; headings that name none are another complaint."""
    found = []
    for heading in HEADING.findall(UNREAD.sub("", text or "")):
        with contextlib.suppress(MalformedVersionError):
            found.append(_entry(heading, "").version)
    return found


def _about(entry: Entry) -> list[str]:
    wrong = []
    if _date(entry) is None:
        wrong.append(f"the entry for {entry.version} has no date; write ## [version] - YYYY-MM-DD")
    sections = SECTION.findall(entry.text)
    wrong += [
        f"### {name} is none of {', '.join(SECTIONS)}" for name in sections if name not in SECTIONS
    ]
    if not sections or not ITEM.search(entry.text):
        wrong.append(f"the entry for {entry.version} says nothing; list what changed, by section")
    return wrong


def _about_order(found: list[Entry]) -> list[str]:
    wrong = []
    for newer, older in pairwise(found):
        if older.version >= newer.version:
            wrong.append(
                f"{older.version} stands below {newer.version}; the newest version comes first"
            )
        elif newer.version.major > older.version.major + 1:
            wrong.append(
                f"the version skips from {older.version} to {newer.version};"
                f" the next major one is {older.version.major + 1}.0.0"
            )
        dates = _date(newer), _date(older)
        if dates[0] is not None and dates[1] is not None and dates[0] < dates[1]:
            wrong.append(f"{newer.version} is dated before {older.version}; correct the date")
    return wrong


def _date(entry: Entry) -> dt.date | None:
    if not DATE.fullmatch(entry.date):
        return None
    try:
        return dt.date.fromisoformat(entry.date)
    except ValueError:
        return None

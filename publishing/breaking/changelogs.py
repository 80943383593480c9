"""Changelogs of specifications, in the form of Keep a Changelog."""

import datetime as dt
import re
from itertools import pairwise
from typing import Final

import attrs

from publishing.breaking.verdicts import Level
from publishing.breaking.versions import Version, parse

HEADING: Final = re.compile(r"^## \[?([^\]\s]+)\]?(?: - (\S+))?\s*$", re.MULTILINE)
SECTION: Final = re.compile(r"^### (.+)$", re.MULTILINE)
SECTIONS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
UNRELEASED: Final = "unreleased"


@attrs.frozen
class Entry:
    """What one version says."""

    version: Version
    date: str
    text: str


def entries(text: str) -> list[Entry]:
    """Every entry but that of what is unreleased, newest first.

    Raises:
        MalformedVersionError: a heading names no version.
    """
    headings = list(HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return [
        Entry(parse(heading[1]), heading[2] or "", text[heading.end() : end])
        for heading, end in zip(headings, ends, strict=True)
        if heading[1].lower() != UNRELEASED
    ]


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
    if level is Level.MAJOR and "breaking" not in entry.text.lower():
        wrong.append(f"the entry for {version} does not say what is breaking, and for whom")
    return wrong + _about(entry) + _about_order(found)


def _about(entry: Entry) -> list[str]:
    wrong = []
    try:
        dt.date.fromisoformat(entry.date)
    except ValueError:
        wrong.append(f"the entry for {entry.version} has no date; write ## [version] - YYYY-MM-DD")
    sections = SECTION.findall(entry.text)
    wrong += [
        f"### {name} is none of {', '.join(SECTIONS)}" for name in sections if name not in SECTIONS
    ]
    if not sections or not re.search(r"^- \S", entry.text, re.MULTILINE):
        wrong.append(f"the entry for {entry.version} says nothing; list what changed, by section")
    return wrong


def _about_order(found: list[Entry]) -> list[str]:
    return [
        f"{older.version} stands below {newer.version}; the newest version comes first"
        for newer, older in pairwise(found)
        if older.version >= newer.version
    ]

"""Versions, the steps between them, and the changelogs that have to explain them."""

import pytest

from specs.publishing.breaking.changelogs import (
    MalformedVersionError,
    Version,
    complaints,
    losses,
    parse,
    step_complaints,
)
from specs.publishing.breaking.verdicts import Level
from tests.publishing.repositories import entry

OLD = entry("1.2.3", "Everything.")
TWO = entry("2.0.0")
ITEM = "- **Breaking** for callers."


@pytest.mark.parametrize(
    ("before", "after", "level", "said"),
    [
        ("1.2.3", "1.2.3", Level.NONE, ""),
        ("1.2.3", "1.2.4", Level.NONE, "nothing changed"),
        ("1.2.3", "1.2.2", Level.NONE, "went down"),
        ("1.2.3", "1.2.4", Level.PATCH, ""),
        ("1.2.3", "1.2.4", Level.MINOR, "1.3.0 or higher"),
        ("1.2.3", "1.9.9", Level.MAJOR, "2.0.0 or higher"),
        ("1.2.3", "2.0.0", Level.PATCH, ""),
        ("0.4.2", "0.4.3", Level.MINOR, ""),
        ("0.4.2", "0.4.3", Level.MAJOR, "0.5.0 or higher"),
        # The step to 1.0.0 needs no change: the promise is news enough.
        ("0.4.2", "1.0.0", Level.NONE, ""),
        ("0.4.2", "1.0.0", Level.MAJOR, ""),
        ("1.9.0", "1.10.0", Level.MINOR, ""),
    ],
)
def test_a_step_is_as_long_as_its_change_is_grave(
    before: str, after: str, level: Level, said: str
) -> None:
    """A shorter step, a step without a change and a step down are refused."""
    found = step_complaints(parse(before), parse(after), level)
    assert len(found) == bool(said)
    assert said in "".join(found)


@pytest.mark.parametrize(
    "text",
    [
        *(None, 1.0, "", "1.2", "v1.2.3", "01.2.3", "1.2.3.4", "1.2.3-", "1.2.3\n"),
        *("2.0.0-rc.1", "2.0.0+build.7"),
    ],
)
def test_anything_but_three_numbers_is_no_version(text: object) -> None:
    """YAML reads an unquoted 1.0 as a number; a prerelease is not published."""
    with pytest.raises(MalformedVersionError, match="is no version to publish"):
        parse(text)


SILENT = "does not say what is breaking"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (entry("2.0.0", "**Breaking** for callers: the sandbox moved.") + OLD, ""),
        (entry("2.0.0", "**Breaking for callers:** the sandbox moved.") + OLD, ""),
        (entry("2.0.0", "**Breaking** for\n  callers.") + OLD, ""),
        ("# Changelog\n\n## [Unreleased]\n\n- Soon.\n\n" + TWO + OLD, ""),
        (entry("2.0.0", "Nothing here is breaking.") + OLD, SILENT),
        (entry("2.0.0", "Not **Breaking** at all.") + OLD, SILENT),
        (entry("2.0.0", "**Breaking**") + OLD, SILENT),
        (entry("2.0.0", "**Breaking** - !") + OLD, SILENT),
        # Comments and fences are not read.
        (entry("2.0.0", f"Moved.\n\n<!--\n{ITEM}\n-->") + OLD, SILENT),
        (entry("2.0.0", f"Moved.\n\n```\n{ITEM}\n```") + OLD, SILENT),
        (entry("2.0.0", f"Moved.\n\n~~~\n{ITEM}") + OLD, SILENT),
        (entry("2.0.0", "Moved.") + entry("1.2.3"), SILENT),
        (None, "there is no changelog"),
        ("", "no entry for 2.0.0"),
        ("# Changelog\n", "no entry for 2.0.0"),
        ("# Changelog\n\n## [Unreleased]\n\n- Soon.\n", "no entry for 2.0.0"),
        (entry("1.2.3"), "no entry for 2.0.0"),
        (entry("2.0.0", "!"), "says nothing"),
        ("## [2.0.0] - 2026-11-20\n\nBreaking.\n", "says nothing"),
        (TWO.replace("### Changed", "### Various"), "Various is none of"),
        (TWO.replace("2026-11-20", "soon"), "has no date"),
        (TWO.replace("11-20", "02-30"), "has no date"),
        (TWO.replace("2026-11-20", "20261120"), "has no date"),
        (TWO + OLD.replace("2026", "2027"), "2.0.0 is dated before 1.2.3"),
        (TWO + TWO, "2.0.0 stands below 2.0.0"),
        (OLD + TWO, "stands first"),
        (TWO + entry("0.9.0"), "skips from 0.9.0 to 2.0.0; the next major one is 1.0.0"),
        *(
            (f"{TWO}{heading}\n\n### Changed\n\n{ITEM}\n", "names no version")
            for heading in (
                "## [1.2.3](https://example.com) - 2026-11-20",
                "## [1.2.3] - 2026-11-20 (yanked)",
                "## Other changes",
                "## next",
                "##\t1.2",
            )
        ),
    ],
)
def test_a_changelog_explains_a_breaking_version(text: str | None, said: str) -> None:
    """The entry has a date, a section, an item that says what is breaking, and its place."""
    found = "; ".join(complaints(text, Version(2, 0, 0), Level.MAJOR))
    assert said in found
    assert bool(found) is bool(said)


def test_a_version_that_breaks_nothing_needs_no_such_item() -> None:
    """And the base may be older than the last version: none is skipped then."""
    assert complaints(entry("2.0.0", "Moved.") + OLD, Version(2, 0, 0), Level.MINOR) == []
    assert complaints(entry("3.0.0") + TWO + OLD, Version(3, 0, 0), Level.MAJOR) == []


def test_a_removed_entry_removes_a_published_version() -> None:
    """A version is published for as long as the changelog names it."""
    both = TWO + OLD
    assert losses(OLD, both) == []
    assert losses(None, both) == []
    assert losses(both + "## next\n", both) == []
    (found,) = losses(both, f"<!--\n{OLD}-->\n{TWO}")
    assert "the entry for 1.2.3 is gone" in found
    assert len(losses(both, None)) == 2

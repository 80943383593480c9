"""What a changelog has to say, and what does not count as saying it."""

import pytest

from specs.publishing.breaking.changelogs import complaints, losses
from specs.publishing.breaking.verdicts import Level
from specs.publishing.breaking.versions import MalformedVersionError, Version
from tests.publishing.breaking.repositories import entry

NOW = Version(2, 0, 0)
OLD = entry("1.2.3", "Everything.")


def told(text: str, level: Level = Level.MAJOR) -> str:
    """All complaints about a changelog whose newest version is 2.0.0."""
    return "; ".join(complaints(text, NOW, level))


@pytest.mark.parametrize(
    "words",
    [
        "**Breaking** for callers: the sandbox moved.",
        "**Breaking for callers:** the sandbox moved.",
        "**Breaking** for\n  callers.",
    ],
)
def test_an_item_that_begins_with_breaking_says_what_is(words: str) -> None:
    """For whom and what is up to the author."""
    assert not told(entry("2.0.0", words) + OLD)


@pytest.mark.parametrize(
    "words",
    [
        "Nothing here is breaking.",
        "Not **Breaking** at all.",
        "**Breaking**",
        "**Breaking** - !",
        "Moved.\n\n<!--\n- **Breaking** for callers.\n-->",
        "Moved.\n\n```\n- **Breaking** for callers.\n```",
        "Moved.\n\n~~~\n- **Breaking** for callers.",
    ],
)
def test_the_word_alone_says_nothing(words: str) -> None:
    """Neither does what nobody reads, or what is shown as an example."""
    assert "does not say what is breaking" in told(entry("2.0.0", words) + OLD)
    assert not told(entry("2.0.0", "Moved. " + words) + OLD, Level.MINOR)


def test_what_an_older_entry_says_is_not_said_by_the_newer_one() -> None:
    """Each version has its own news."""
    text = entry("2.0.0", "Moved.") + entry("1.2.3", "**Breaking** for everybody.")
    assert "does not say what is breaking" in told(text)


@pytest.mark.parametrize(
    "heading",
    [
        "## [1.2.3](https://example.com) - 2026-11-20",
        "## [1.2.3] - 2026-11-20 (yanked)",
        "## What else there was",
        "## next",
        "##\t1.2",
    ],
)
def test_a_heading_that_names_no_version_is_refused(heading: str) -> None:
    """What stands below it would be taken for a part of the entry above it."""
    with pytest.raises(MalformedVersionError):
        told(entry("2.0.0") + heading + "\n\n### Changed\n\n- **Breaking** for everybody.\n")


@pytest.mark.parametrize(
    "text", ["", "# Changelog\n", "# Changelog\n\n## [Unreleased]\n\n- Soon.\n"]
)
def test_a_changelog_without_entries_has_none_for_the_version(text: str) -> None:
    """An empty file is no traceback."""
    assert "no entry for 2.0.0" in told(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (entry("2.0.0", "!"), "says nothing"),
        (entry("2.0.0").replace("11-20", "02-30"), "has no date"),
        (entry("2.0.0").replace("2026-11-20", "20261120"), "has no date"),
        (entry("2.0.0") + OLD.replace("2026", "2027"), "2.0.0 is dated before 1.2.3"),
        (entry("2.0.0") + entry("2.0.0"), "2.0.0 stands below 2.0.0"),
        (entry("2.0.0") + entry("0.9.0"), "skips from 0.9.0 to 2.0.0; the next major one is 1.0.0"),
    ],
)
def test_an_entry_has_a_date_words_and_its_place(text: str, said: str) -> None:
    """Whoever reads it finds what came when."""
    assert said in told(text)


def test_versions_between_may_be_there() -> None:
    """The base may be older than the last version: none is skipped then."""
    assert not complaints(entry("3.0.0") + entry("2.0.0") + OLD, Version(3, 0, 0), Level.MAJOR)


def test_an_entry_that_goes_takes_a_published_version_along() -> None:
    """What the changelog names is published for as long as it does."""
    both = entry("2.0.0") + OLD
    assert losses(OLD, both) == []
    assert losses(None, both) == []
    assert losses(both + "## next\n", both) == []
    (told_of,) = losses(both, f"<!--\n{OLD}-->\n" + entry("2.0.0"))
    assert "the entry for 1.2.3 is gone" in told_of
    assert len(losses(both, None)) == 2

"""Which steps from one version to the next are right."""

import pytest

from specs.publishing.breaking.verdicts import Level
from specs.publishing.breaking.versions import MalformedVersionError, Version, complaints, parse


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
        ("0.4.2", "1.0.0", Level.NONE, ""),
        ("0.4.2", "1.0.0", Level.MAJOR, ""),
    ],
)
def test_a_step_is_as_long_as_its_change_is_grave(
    before: str, after: str, level: Level, said: str
) -> None:
    """To 1.0.0 it may come without any: that it is promised from now on is news enough."""
    found = complaints(parse(before), parse(after), level)
    assert len(found) == bool(said)
    assert said in "".join(found)


@pytest.mark.parametrize("text", ["2.0.0-rc.1", "2.0.0+build.7"])
def test_a_prerelease_is_told_apart_from_a_slip(text: str) -> None:
    """It is a version elsewhere, and the author wants to know why not here."""
    with pytest.raises(MalformedVersionError, match="is a prerelease or a build"):
        parse(text)


@pytest.mark.parametrize(
    "text", [None, 1.0, "", "1.2", "v1.2.3", "01.2.3", "1.2.3.4", "1.2.3-", "1.2.3\n"]
)
def test_anything_else_is_no_version(text: object) -> None:
    """YAML reads an unquoted 1.0 as a number."""
    with pytest.raises(MalformedVersionError, match="is no version"):
        parse(text)


def test_versions_are_numbers() -> None:
    """Ten comes after nine."""
    assert Version(1, 9, 0) < Version(1, 10, 0)

"""Semantic versions, and which one a change asks for."""

import re
from typing import Final

import attrs

from specs.publishing.breaking.verdicts import Level

FORM: Final = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
PRERELEASE: Final = re.compile(r"[0-9.]+[-+][0-9A-Za-z.+-]+")


class MalformedVersionError(Exception):
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

        Below 1.0.0 nothing is promised yet: what breaks raises the minor version, the rest the
        patch. Nobody is sent to 1.0.0 by a change; that is a decision.
        """
        if level is Level.NONE:
            return self
        if self.major == 0:
            level = Level.MINOR if level is Level.MAJOR else Level.PATCH
        if level is Level.MAJOR:
            return Version(self.major + 1, 0, 0)
        if level is Level.MINOR:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)


def parse(text: object) -> Version:
    """Read a version.

    Raises:
        MalformedVersionError: it is anything else than three numbers without leading zeros.
    """
    matched = FORM.fullmatch(text) if isinstance(text, str) else None
    if matched is None:
        if isinstance(text, str) and FORM.match(text) and PRERELEASE.fullmatch(text):
            raise MalformedVersionError(
                f"{text!r} is a prerelease or a build, which is not published here and has no"
                " order among what is; write MAJOR.MINOR.PATCH"
            )
        raise MalformedVersionError(f"{text!r} is no version; write MAJOR.MINOR.PATCH as text")
    major, minor, patch = map(int, matched.groups())
    return Version(major, minor, patch)


def complaints(base: Version, head: Version, level: Level) -> list[str]:
    """What is wrong with the step from one version to the other, given the gravest change."""
    due = base.raised(level)
    if base.major == 0 and head == Version(1, 0, 0):
        # That something is promised from now on is a decision, whatever changed.
        return []
    if head < base:
        return [f"the version went down, from {base} to {head}; it has to be {due} or higher"]
    if level is Level.NONE and head > base:
        return [f"the version was raised from {base} to {head}, but nothing changed; take it back"]
    if head < due:
        return [f"the version is {head}; it has to be {due} or higher ({level.name.lower()})"]
    return []

"""The meaning of each kind of change: whom it breaks, whom it concerns, and the version due.

The table is `verdicts.yaml`. The comparisons only report kinds.
"""

import enum
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import yaml


class Level(enum.IntEnum):
    """The part of a semantic version that a change raises; greater is graver."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


class Audience(enum.Enum):
    """The groups that build on a specification; the value is their name in reports."""

    CALLERS = "callers who send"
    READERS = "callers who read"
    SERVERS = "servers and mocks"
    GENERATED = "users of generated code"
    RETRIERS = "callers who repeat"


@attrs.frozen
class Verdict:
    """The meaning of a kind of change.

    It breaks the audiences whose code or assumptions stop being right, and concerns those that
    should read about it although nothing breaks. `why` is the reason, for the report.
    """

    breaks: frozenset[Audience]
    due: Level
    why: str
    concerns: frozenset[Audience]


def _audiences(names: list[str] | str) -> frozenset[Audience]:
    return frozenset(Audience[name.upper()] for name in names) if names != "everybody" else ALL


def _verdict(entry: Mapping[str, Any]) -> Verdict:
    breaks = _audiences(entry.get("breaks", []))
    due = Level.MAJOR if breaks else Level[entry["due"].upper()]
    return Verdict(breaks, due, entry["why"], _audiences(entry.get("concerns", [])))


ALL: Final = frozenset(Audience)
TABLE: Final = Path(__file__).with_name("verdicts.yaml")
VERDICTS: Final[Mapping[str, Verdict]] = {
    kind: _verdict(entry)
    for kind, entry in yaml.safe_load(TABLE.read_text(encoding="utf-8")).items()
}
"""Every kind of change that the comparisons can report."""


@attrs.frozen(order=True)
class Change:
    """One difference: its JSON pointer with a leading `#`, a key of `VERDICTS`, and both values."""

    pointer: str
    kind: str = attrs.field(validator=attrs.validators.in_(VERDICTS))
    detail: str = ""

    @property
    def verdict(self) -> Verdict:
        """The meaning of this kind of change."""
        return VERDICTS[self.kind]


def due_level(changes: Iterable[Change]) -> Level:
    """The gravest level among the changes."""
    return max((change.verdict.due for change in changes), default=Level.NONE)

"""What each kind of change means: whom it breaks, whom else it concerns, and which version is due.

This is the policy of `specs/README.md` as a table. The comparisons only say what they see.
"""

import enum
from collections.abc import Iterable, Mapping
from typing import Final

import attrs


class Level(enum.IntEnum):
    """Which part of a semantic version a change raises; greater is graver."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


class Audience(enum.Enum):
    """Who builds on a specification; the value is how reports call them."""

    CALLERS = "callers who send"
    READERS = "callers who read"
    SERVERS = "servers and mocks"
    GENERATED = "users of generated code"
    RETRIERS = "callers who repeat"


C, R, S, G, T = Audience
ALL: Final = frozenset(Audience)


@attrs.frozen
class Verdict:
    """What a kind of change means.

    Attributes:
        breaks: Whose code or assumptions stop being right. Empty: nobody's.
        due: The part of the version that has to be raised.
        why: The reason, in a few words, for the report.
        concerns: Who should read about it although nothing breaks.
    """

    breaks: frozenset[Audience]
    due: Level
    why: str
    concerns: frozenset[Audience] = frozenset()


def _major(audiences: Iterable[Audience], why: str) -> Verdict:
    return Verdict(frozenset(audiences), Level.MAJOR, why)


def _minor(why: str, concerns: Iterable[Audience] = ()) -> Verdict:
    return Verdict(frozenset(), Level.MINOR, why, frozenset(concerns))


def _patch(why: str) -> Verdict:
    return Verdict(frozenset(), Level.PATCH, why)


_DOCUMENT: Final = {
    "api-removed": _major(ALL, "nothing is left to build on"),
    "api-renamed": _major([G], "modules, paths and references carry the file's name"),
    "openapi-version-changed": _major([G], "tools read another dialect"),
    "license-changed": _minor("the terms are others", ALL),
    "text-changed": _patch("words only"),
    "equivalent": _patch("it means the same, or no operation uses it"),
    "layout-changed": _patch("the file published at the version's address has other bytes"),
    "workflow-changed": _patch("the workflow published at the version's address is another one"),
    "workflow-removed": _major([C, T], "who follows it finds nothing at the new version"),
    "extension-changed": _minor("an extension says something else", ALL),
    "unclassified": _major(ALL, "no rule knows this change, so the worst is assumed"),
    "default-server-changed": _major([C, G], "whoever names no server calls another one"),
    "server-removed": _major([C], "the address is no longer promised"),
    "server-added": _minor("one more address", [C]),
    "server-variable-changed": _major([C, G], "addresses are filled in otherwise"),
}

_OPERATION: Final = {
    "operation-removed": _major([C, R, G], "it can no longer be called"),
    "operation-added": _minor("nobody has to call it", [S]),
    "operation-moved": _major([C, S, G], "it has another address or method"),
    "operation-renamed": _major([G], "functions and workflows carry its operationId"),
    "operation-tag-changed": _major([G], "modules are named by tag"),
    "deprecated": _minor("it still works", [C, R, G]),
    "path-parameter-renamed": _major([G], "arguments carry its name; only the value travels"),
    "parameter-added-required": _major([C, S, G], "requests without it are refused"),
    "parameter-added": _minor("it may be left out", [S]),
    "parameter-removed": _major([C, G], "what was sent is no longer taken"),
    "parameter-moved": _major([C, S, G], "it travels in another place"),
    "parameter-became-required": _major([C, G], "requests without it are refused"),
    "parameter-became-optional": _major([S], "servers have to do without it"),
    "parameter-serialization-changed": _major([C, S, G], "the same value is written otherwise"),
    "request-body-added-required": _major([C, S, G], "requests without it are refused"),
    "request-body-added": _minor("it may be left out", [S]),
    "request-body-removed": _major([C, G], "what was sent is no longer taken"),
    "request-body-became-required": _major([C, G], "requests without it are refused"),
    "request-body-became-optional": _major([S], "servers have to do without it"),
    "request-media-type-added": _minor("the others are still taken", [S]),
    "request-media-type-removed": _major([C, G], "requests of that form are refused"),
    "request-encoding-changed": _major([C, S, G], "the same value is written otherwise"),
    "response-added-success": _major([R, G], "success comes in a form that nobody looks for"),
    "response-added": _minor("one more way to fail is documented", [R]),
    "response-removed": _major([R, S, G], "it is no longer documented, and no longer allowed"),
    "response-header-added": _minor("nobody has to read it", [R]),
    "response-header-removed": _major([R], "readers miss it"),
    "response-header-became-required": _major([S], "answers without it are wrong"),
    "response-header-became-optional": _major([R], "readers cannot rely on it"),
    "response-body-added": _major([R, G], "readers take the answer to be empty"),
    "response-media-type-added": _minor("who asks for the others gets the others", [R]),
    "response-media-type-removed": _major([R, G], "who asks for it gets something else"),
}

_SECURITY: Final = {
    "security-removed": _major(
        [C, S, G], "code made from the file no longer sends the credential, nor asks for it"
    ),
    "security-weakened": _major(
        [C, S, G], "code made from the file sends less of the credential, and asks for less"
    ),
    "security-added": _major([C, G], "requests without a credential are refused"),
    "security-strengthened": _major([C], "the credential of yesterday is not enough"),
    "security-alternative-added": _major([S], "servers have to take one more credential"),
    "security-alternative-removed": _major([C, G], "that credential is no longer taken"),
    "security-reordered": _major([G], "the first alternative is the default"),
    "security-scheme-changed": _major([C, S, G], "the credential travels otherwise"),
    "scope-added": _minor("nobody has to ask for it", [C]),
}

_FACTS: Final = {
    "facts-added": _minor("more is known than before", [T]),
    "facts-removed": _major([T, G], "nobody says any longer what a repeat does"),
    "effect-changed": _major([C, T, S], "a read that cancels, or a cancel that only reads"),
    "repeat-worse": _major([T], "a repeat that did no harm may do some"),
    "repeat-better": _minor("more may be repeated; who does not is right as well", [T, S]),
    "answer-withdrawn": _major([T], "a second answer proves nothing any more"),
    "answer-promised": _minor("a second answer proves something", [T, S]),
    "answer-changed": _major([T, S], "a second answer means something else"),
    "key-added": _minor("repeats can be told apart", [T, S]),
    "key-removed": _major([T], "repeats can no longer be told apart"),
    "key-changed": _major([T, S], "the key of yesterday is not recognised"),
    "key-lifetime-longer": _minor("a repeat is known for longer", [T, S]),
    "key-lifetime-shorter": _major([T], "a repeat that came in time may come too late"),
    "marker-added": _minor("a cancel can be found again", [T, S]),
    "marker-removed": _major([T], "a cancel can no longer be found by its mark"),
    "marker-changed": _major([T, S], "the mark stands elsewhere"),
    "read-back-added": _minor("one more way to find out", [T]),
    "read-back-removed": _major([T], "who looked there finds nothing"),
    "read-back-reordered": _minor("another read comes first", [T]),
}

_EXAMPLES: Final = {
    "example-added": _patch("one more example"),
    "example-changed": _minor("mocks and fixtures answer with other values", [S]),
    "example-removed": _major([S], "mocks and fixtures are asked for it by name"),
}

_REQUEST: Final = {
    "request-type-narrowed": _major([C, G], "what was sent is refused"),
    "request-type-widened": _major([S, G], "servers have to take more"),
    "request-type-changed": _major([C, S, G], "what was sent is refused"),
    "request-limit-narrowed": _major([C], "what was sent is refused"),
    "request-limit-widened": _major([S], "servers have to take more"),
    "request-limit-changed": _major([C, S], "the allowed values are others"),
    "request-format-changed": _major([C, S, G], "the same text means another type"),
    "request-default-changed": _major([C, S], "leaving it out means something else"),
    "request-enum-value-added": _major([S, G], "servers have to take one more value"),
    "request-enum-value-removed": _major([C, G], "what was sent is refused"),
    "request-field-added": _minor("it may be left out", [S]),
    "request-field-added-required": _major([C, S, G], "requests without it are refused"),
    "request-field-removed": _major([C, G], "what was sent is refused"),
    "request-field-became-required": _major([C, G], "requests without it are refused"),
    "request-field-became-optional": _major([S, G], "servers have to do without it"),
    "request-alternative-added": _major([S, G], "servers have to take one more form"),
    "request-alternative-removed": _major([C, G], "what was sent is refused"),
    "request-discriminator-changed": _major([C, S, G], "forms are told apart otherwise"),
}

_RESPONSE: Final = {
    "response-type-narrowed": _major([S, G], "what servers answer is wrong"),
    "response-type-widened": _major([R, G], "readers get what they do not expect"),
    "response-type-changed": _major([R, S, G], "readers get what they do not expect"),
    "response-limit-narrowed": _major([S], "what servers answer is wrong"),
    "response-limit-widened": _major([R], "readers get more than they have room for"),
    "response-limit-changed": _major([R, S], "the possible values are others"),
    "response-format-changed": _major([R, S, G], "the same text means another type"),
    "response-default-changed": _major([R, S], "its absence means something else"),
    "response-enum-value-added": _major([R, G], "the enum was closed: readers do not expect it"),
    "open-enum-value-added": _minor("readers of an x-open enum take any value", [R, G]),
    "response-enum-value-removed": _major([S, G], "servers may no longer answer it"),
    "enum-opened": _major([R, G], "readers have to take values that are not listed"),
    "enum-closed": _major([S, G], "servers may no longer answer what is not listed"),
    "response-field-added": _minor("readers skip what they do not know", [R]),
    "response-field-added-required": _major([S], "answers without it are wrong"),
    "closed-response-field-added": _major([R, G], "the object was closed: readers refuse it"),
    "response-field-removed": _major([R, G], "readers miss it"),
    "response-field-became-required": _major([S], "answers without it are wrong"),
    "response-field-became-optional": _major([R, G], "readers cannot rely on it"),
    "response-alternative-added": _major([R, G], "readers get a form they do not know"),
    "response-alternative-removed": _major([S, G], "servers may no longer answer it"),
    "response-discriminator-changed": _major([R, S, G], "forms are told apart otherwise"),
}

_NAMES: Final = {
    "schema-renamed": _major([G], "classes carry its name"),
    "schema-removed": _major([G], "classes carry its name"),
    "schema-added": _minor("one more class", [G]),
}

VERDICTS: Final[Mapping[str, Verdict]] = {
    **_DOCUMENT,
    **_OPERATION,
    **_SECURITY,
    **_FACTS,
    **_EXAMPLES,
    **_REQUEST,
    **_RESPONSE,
    **_NAMES,
}
"""Every kind of change that the comparisons can report."""


@attrs.frozen(order=True)
class Change:
    """One difference between two versions of a specification.

    Attributes:
        pointer: Where it stands, as a JSON pointer with a leading `#`.
        kind: What it is; a key of `VERDICTS`.
        detail: What was there and what is there now.
    """

    pointer: str
    kind: str = attrs.field(validator=attrs.validators.in_(VERDICTS))
    detail: str = ""

    @property
    def verdict(self) -> Verdict:
        """What this kind of change means."""
        return VERDICTS[self.kind]

    @property
    def due(self) -> Level:
        """The part of the version that has to be raised."""
        return self.verdict.due


def due_level(changes: Iterable[Change]) -> Level:
    """The gravest level among the changes."""
    return max((change.due for change in changes), default=Level.NONE)

"""Says `x-countermand` in sentences, so that a reader of the site need not know the vocabulary.

The vocabulary is that of specs/x-countermand.schema.json. A fact that this module does not know
fails the build, because a page that leaves a fact out would mislead.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import attrs
from attrs.validators import and_, ge, in_, instance_of, matches_re, min_len, not_, optional

from specs.publishing.site import TEXTS, SiteError
from specs.publishing.site.evidence_text import Evidence, Money, amount, evidence

REFERENCE: Final = re.compile(r"(?:([a-z][a-z0-9-]*)#)?([a-z][A-Za-z0-9]*)")
PLACES: Final[dict[str, str]] = TEXTS["places"]
BADGES: Final[dict[str, str]] = TEXTS["badges"]


@attrs.frozen(kw_only=True)
class Place:
    """Where in a request a value stands."""

    location: str = attrs.field(validator=in_(PLACES))
    name: str = attrs.field(validator=and_(instance_of(str), min_len(1)))

    def text(self) -> str:
        """The place with its article, the name marked as code."""
        return PLACES[self.location].format(self.name)


@attrs.frozen(kw_only=True)
class Key(Place):
    """Where the idempotency key stands, and for how many seconds the provider knows one again."""

    lifetime: int | None = attrs.field(
        default=None, validator=optional(and_(instance_of(int), not_(instance_of(bool)), ge(1)))
    )


@attrs.frozen
class Read:
    """An operation that shows the state after another; `api` is None for the same file."""

    api: str | None
    operation: str


@attrs.frozen(kw_only=True)
class Repeat:
    """What an identical second request does, and what its answer is."""

    effect: str = attrs.field(validator=in_(BADGES))
    answer: str = attrs.field(converter=str, validator=matches_re("same|unknown|[1-5][0-9]{2}"))


@attrs.frozen(kw_only=True)
class Facts:
    """One operation's `x-countermand`, checked."""

    effect: str = attrs.field(validator=in_(("cancel", "read")))
    repeat: str = attrs.field(validator=in_(BADGES))
    answer: str = attrs.field(converter=str, validator=matches_re("same|unknown|[1-5][0-9]{2}"))
    full: Repeat | None = None
    key: Key | None = None
    marker: Place | None = None
    reads: tuple[Read, ...]
    evidence: Evidence | None = None
    money: Money | None = None

    @property
    def cancels(self) -> bool:
        """Whether the operation moves money."""
        return self.effect == "cancel"


Namer = Callable[[Read], str]
"""Turns a read into Markdown; a page makes it a link."""


def facts(node: Any, where: str) -> Facts:
    """Check one `x-countermand` value; `where` names the operation in a message."""
    try:
        members = dict(node)
        repeat = dict(members.pop("repeat"))
        return Facts(
            repeat=repeat.pop("effect"),
            answer=repeat.pop("answer"),
            full=Repeat(**repeat.pop("full")) if "full" in repeat else None,
            key=Key(**_place(members.pop("key"))) if "key" in members else None,
            marker=Place(**_place(members.pop("marker"))) if "marker" in members else None,
            reads=tuple(_read(text) for text in members.pop("read-back")),
            evidence=evidence(members.pop("evidence")) if "evidence" in members else None,
            money=Money(**members.pop("money")) if "money" in members else None,
            **repeat,
            **members,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SiteError(f"{where}: no words for this x-countermand: {error.args[0]}") from error


def _place(node: Any) -> dict[str, Any]:
    return {"location" if name == "in" else name: value for name, value in node.items()}


def _read(text: str) -> Read:
    if found := REFERENCE.fullmatch(text):
        return Read(found[1], found[2])
    raise ValueError(f"the read {text!r}")


def plain(read: Read) -> str:
    """A read's name as code, with the API where it is another one's."""
    return f"`{read.operation}`" + (f" of {read.api}" if read.api else "")


def badge(known: Facts) -> str:
    """The shortest true statement about a repeat, as a label."""
    return BADGES[known.repeat] if known.cancels else "Only reads"


def repeated(known: Facts) -> str:
    """What an identical second request does, and what its answer is worth."""
    if not known.cancels and (known.repeat, known.answer) == ("none", "same"):
        return "This call only reads: repeat it as you like."
    done = "cancels again" if known.cancels else "is carried out again"
    effect = {
        "none": "A repeat of this call does no harm",
        "again": f"A repeat of this call {done}",
        "unknown": f"No source says what a repeat of this call does: expect that it {done}",
    }[known.repeat]
    opening = "" if known.cancels else "This call only reads. "
    return opening + effect + _second_answer(known.repeat, known.answer)


def _second_answer(effect: str, answer: str) -> str:
    if answer == "same":
        return ", and gets the same answer as the first."
    if answer != "unknown":
        return f", and gets the status {answer}."
    if effect == "none":
        return ". No source says what the second answer is, so it proves nothing."
    return "."


def _repeated_in_full(full: Repeat) -> str:
    effect = {
        "none": "a repeat does no harm",
        "again": "a repeat cancels again",
        "unknown": "no source says what a repeat does: expect that it cancels again",
    }[full.effect]
    return f"Where it cancels the whole amount, {effect}{_second_answer(full.effect, full.answer)}"


def sentences(known: Facts, name: Namer = plain) -> tuple[str, ...]:
    """Everything that `x-countermand` says, in Markdown, each fact a sentence."""
    said = [repeated(known)]
    if known.full:
        said.append(_repeated_in_full(known.full))
    if known.key:
        said.append(
            f"The idempotency key is {known.key.text()}: "
            "use one value for each cancel, and the same value in every repeat."
            + _known_for(known.key.lifetime)
        )
    if known.cancels:
        said.append(_read_back(known, name))
    elif known.reads:
        said.append(f"See also: {_names(known, name)}.")
    if known.marker:
        said.append(
            f"Put a value of your own into {known.marker.text()}: "
            "reads show it, but it does not stop a repeat."
        )
    if known.money:
        said.append(amount(known.money))
    return tuple(said)


def _known_for(lifetime: int | None) -> str:
    if lifetime is None:
        return ""
    units = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    size, unit = next((size, unit) for size, unit in units if lifetime % size == 0)
    count = lifetime // size
    span = f"one {unit}" if count == 1 else f"{count} {unit}s"
    return f" The provider remembers it for {span}; after that, a repeat may cancel again."


def _read_back(known: Facts, name: Namer) -> str:
    if known.reads:
        when = "To see the result" if known.repeat == "none" else "Before you repeat it"
        return f"{when}, call {_names(known, name)}."
    if known.repeat == "none" and known.answer == "same":
        return "No call reads the result: repeat this one to get it."
    return "No call reads the result: ask the provider."


def lost(known: Facts, name: Namer = plain) -> str:
    """What to do when a request was sent and no answer came, in Markdown."""
    if known.repeat == "none":
        same = f" with the same `{known.key.name}`" if known.key else ""
        if known.answer == "same":
            return f"Send it again{same}: you get the first answer."
        asked = f"call {_names(known, name)}" if known.reads else "ask the provider"
        return f"Send it again{same}, then {asked}: the second answer proves nothing."
    if not known.reads:
        return "Do not send it again. Ask the provider: no call reads the result."
    mark = f", and look for your `{known.marker.name}`" if known.marker else ""
    return f"Do not send it again. Call {_names(known, name)}{mark}."


def _names(known: Facts, name: Namer) -> str:
    """The reads in the order in which to call them."""
    return ", then ".join(name(read) for read in known.reads)

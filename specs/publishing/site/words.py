"""Says `x-countermand` in words, so that a reader of the reference need not know the vocabulary.

The vocabulary is that of specs/x-countermand.schema.json. A fact that this module does not know
fails the build, because a page that leaves a fact out would mislead.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

EFFECTS: Final = ("cancel", "read")
REPEATS: Final = ("none", "again", "unknown")
ANSWER: Final = re.compile(r"same|unknown|[1-5][0-9]{2}")
REFERENCE: Final = re.compile(r"(?:(?P<api>[a-z][a-z0-9-]*)#)?(?P<operation>[a-z][A-Za-z0-9]*)")
PLACES: Final = {
    "body": "the field `{}` of the body",
    "header": "the header `{}`",
    "query": "the query parameter `{}`",
    "path": "the path parameter `{}`",
}
KNOWN: Final = {"effect", "repeat", "key", "marker", "read-back"}


class UnknownFactError(Exception):
    """`x-countermand` holds something for which there are no words yet."""


@attrs.frozen
class Place:
    """Where in a request a value stands."""

    location: str
    name: str
    lifetime: int | None = None
    """Of an idempotency key: seconds for which the provider knows one again."""

    def words(self) -> str:
        """The place with its article, the name marked as code."""
        return PLACES[self.location].format(self.name)


@attrs.frozen
class Read:
    """An operation that shows what became of another; `api` is None for the same file."""

    api: str | None
    operation: str


def plain(read: Read) -> str:
    """A read's name as code, with the API where it is another one's."""
    return f"`{read.operation}`" + (f" of {read.api}" if read.api else "")


Namer = Callable[[Read], str]
"""Turns a read into Markdown; a page makes it a link."""


@attrs.frozen(kw_only=True)
class Facts:
    """One operation's `x-countermand`, checked."""

    effect: str
    repeat: str
    answer: str
    key: Place | None = None
    marker: Place | None = None
    reads: tuple[Read, ...] = ()

    @property
    def cancels(self) -> bool:
        """Whether the operation moves money."""
        return self.effect == "cancel"


def facts(node: object, where: str) -> Facts:
    """Check one `x-countermand` value.

    Args:
        node: The value as it stands in the specification.
        where: The operation's name, for the message.

    Raises:
        UnknownFactError: a member or a value is missing, or is none that the words cover.
    """
    members = _mapping(node, KNOWN, where)
    repeat = _mapping(members.get("repeat"), {"effect", "answer"}, f"{where}, repeat")
    answer = str(repeat.get("answer"))
    if not ANSWER.fullmatch(answer):
        raise UnknownFactError(f"{where}: no words for repeat.answer {answer!r}")
    return Facts(
        effect=_one_of(EFFECTS, members.get("effect"), f"{where}, effect"),
        repeat=_one_of(REPEATS, repeat.get("effect"), f"{where}, repeat.effect"),
        answer=answer,
        key=_place(members, "key", where),
        marker=_place(members, "marker", where),
        reads=tuple(_read(text, where) for text in _texts(members.get("read-back"), where)),
    )


def badge(known: Facts) -> str:
    """The shortest true thing about a repeat, as a label."""
    if not known.cancels:
        return "Only reads"
    return {
        "none": "Repeat does no harm",
        "again": "Repeat cancels again",
        "unknown": "Repeat not documented",
    }[known.repeat]


def repeated(known: Facts) -> str:
    """What an identical second request does, and what its answer is worth."""
    if not known.cancels and (known.repeat, known.answer) == ("none", "same"):
        return "This call only reads: repeat it as you like."
    opening = "" if known.cancels else "This call only reads. "
    return opening + _second_time(known) + _second_answer(known)


def _second_time(known: Facts) -> str:
    done = "cancels again" if known.cancels else "is carried out again"
    if known.repeat == "again":
        return f"A repeat of this call {done}"
    if known.repeat == "unknown":
        return f"No source says what a repeat of this call does: expect that it {done}"
    return "A repeat of this call does no harm"


def _second_answer(known: Facts) -> str:
    if known.answer == "same":
        return ", and is answered as the first one was."
    if known.answer != "unknown":
        return f", and is answered with the status {known.answer}."
    if known.repeat == "none":
        return ", but what it is answered is not documented: the second answer proves nothing."
    return "."


def sentences(known: Facts, name: Namer = plain) -> tuple[str, ...]:
    """Everything that `x-countermand` says, in Markdown, each fact a sentence."""
    said = [repeated(known)]
    if known.key is not None:
        said.append(
            f"The idempotency key is {known.key.words()}: "
            "one value per intent, and the same value in every repeat."
            + _known_for(known.key.lifetime)
        )
    if known.cancels:
        said.append(_asked(known, name))
    elif known.reads:
        said.append(f"See also: {names(known.reads, name)}.")
    if known.marker is not None:
        said.append(
            f"Put a value of your own into {known.marker.words()}: "
            "a read shows it, but it does not prevent a repeat."
        )
    return tuple(said)


def _known_for(lifetime: int | None) -> str:
    if lifetime is None:
        return ""
    units = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    size, unit = next((size, unit) for size, unit in units if lifetime % size == 0)
    count = lifetime // size
    span = f"one {unit}" if count == 1 else f"{count} {unit}s"
    return f" It is known again for {span}: after that, a repeat may be carried out again."


def _asked(known: Facts, name: Namer) -> str:
    if known.reads:
        when = "To find out what became of it, ask" if known.repeat == "none" else "Ask first"
        return f"{when}: {names(known.reads, name)}."
    if known.repeat == "none" and known.answer == "same":
        return "No read shows what became of it: the repeat is the way to ask."
    return "No read shows what became of it: only the provider can tell you."


def lost(known: Facts, name: Namer = plain) -> str:
    """What to do when a request was sent and no answer came, in Markdown."""
    if known.repeat == "none":
        same = f" with the same `{known.key.name}`" if known.key else ""
        if known.answer == "same":
            return f"Send it again{same}: the answer is the first one's."
        look = (
            f", then ask {names(known.reads, name)}" if known.reads else ", then ask the provider"
        )
        return f"Send it again{same}{look}: the second answer proves nothing."
    if not known.reads:
        return "Do not send it again. Ask the provider: no read shows what became of it."
    mark = f", and look for your `{known.marker.name}`" if known.marker else ""
    return f"Do not send it again. Ask {names(known.reads, name)}{mark}."


def names(reads: tuple[Read, ...], name: Namer = plain) -> str:
    """The reads in the order in which to ask them."""
    return ", then ".join(name(read) for read in reads)


def _mapping(node: object, known: set[str], where: str) -> Mapping[str, Any]:
    if not isinstance(node, Mapping):
        raise UnknownFactError(f"{where}: x-countermand is missing or no mapping")
    if strange := sorted(str(name) for name in set(node) - known):
        raise UnknownFactError(f"{where}: no words for {', '.join(strange)}")
    return node


def _one_of(known: tuple[str, ...], value: object, where: str) -> str:
    if value not in known:
        raise UnknownFactError(f"{where}: no words for {value!r}")
    return str(value)


def _place(members: Mapping[str, Any], name: str, where: str) -> Place | None:
    if name not in members:
        return None
    known = {"in", "name", "lifetime"} if name == "key" else {"in", "name"}
    node = _mapping(members[name], known, f"{where}, {name}")
    location = _one_of(tuple(PLACES), node.get("in"), f"{where}, {name}.in")
    if not isinstance(node.get("name"), str) or not node["name"]:
        raise UnknownFactError(f"{where}, {name}: the place has no name")
    lifetime = node.get("lifetime")
    if "lifetime" in node and (type(lifetime) is not int or lifetime < 1):
        raise UnknownFactError(f"{where}, {name}: no words for the lifetime {lifetime!r}")
    return Place(location, node["name"], lifetime)


def _texts(node: object, where: str) -> list[str]:
    if not isinstance(node, list):
        raise UnknownFactError(f"{where}: read-back is missing or no list")
    return [str(text) for text in node]


def _read(text: str, where: str) -> Read:
    found = REFERENCE.fullmatch(text)
    if found is None:
        raise UnknownFactError(f"{where}: no words for the read {text!r}")
    return Read(found["api"], found["operation"])

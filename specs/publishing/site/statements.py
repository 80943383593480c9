"""What a caller must know about the money: quoted from the specification, or derived from it.

The table beside this module names the clauses of a specification that answer each question. The
build fails when a clause is gone, so a statement cannot say anything else than the specification.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import yaml

from specs.publishing import document as openapi
from specs.publishing.site import SiteError
from specs.publishing.site.quotes import found, plain, quote
from specs.publishing.site.sources import Node

TABLE: Final = Path(__file__).with_suffix(".yaml")
UNSAID: Final = "unsaid"
"""Stands in the table where a specification leaves a question open."""

OPEN: Final = "The specification does not say."
MINOR_UNIT: Final = re.compile(r"\bminor units?\b|\bcents?\b")
KINDS: Final = {"integer": "a whole number", "number": "a number", "string": "decimal text"}


@attrs.frozen(kw_only=True)
class Statement:
    """One thing about the money; `short` is the form for a table, `quotes` are its sources."""

    topic: str
    title: str
    text: str
    short: str
    quotes: tuple[str, ...]


def statements(
    documents: Mapping[str, Node], table: Path = TABLE
) -> dict[str, tuple[Statement, ...]]:
    """Read the statements about each API, and hold each against its specification."""
    content = yaml.safe_load(table.read_text(encoding="utf-8"))
    if missing := sorted(set(documents) - set(content["apis"])):
        raise SiteError(f"{table.name} says nothing about {', '.join(missing)}")
    return {
        api: _statements(api, document, content["apis"][api], content["topics"])
        for api, document in documents.items()
    }


def _statements(
    api: str, document: Node, entries: Node, topics: Mapping[str, str]
) -> tuple[Statement, ...]:
    if set(entries) != set(topics) or not all(entries[each] for each in topics if each != "amount"):
        raise SiteError(f"{api}: the table needs a statement on each of {', '.join(topics)}")
    return tuple(
        (_amount if topic == "amount" else _quoted)(api, document, topic, title, entries[topic])
        for topic, title in topics.items()
    )


def _quoted(api: str, document: Node, topic: str, title: str, entries: Any) -> Statement:
    quotes = [None if entry == UNSAID else quote(api, document, entry) for entry in entries]
    said = [each or OPEN for each in quotes]
    return Statement(
        topic=topic,
        title=title,
        text=" ".join(said),
        short=said[0],
        quotes=tuple(each for each in quotes if each),
    )


def _amount(api: str, document: Node, topic: str, title: str, entry: Any) -> Statement:
    """What an amount means, derived from the schema of a cancel's body.

    The entry has a `field`, a JSON Pointer to the member, and either `absent`, a quotation that
    says what a cancel without it does, or `part`, one that says why a cancel of a part cannot be
    counted on. It is empty for an API whose cancels have no body.
    """
    bodies = list(_bodies(document))
    if "field" not in entry:
        if bodies or entry:
            raise SiteError(f"{api}, amount: a cancel has a body; name the `field` in it")
        return Statement(
            topic=topic,
            title=title,
            text="No partial cancel is possible: the call has no body, and takes no amount.",
            short="None: no partial cancel.",
            quotes=(),
        )
    said = {key: value for key, value in entry.items() if key != "field"}
    if len(said) != 1 or not said.keys() <= {"absent", "part"}:
        raise SiteError(f"{api}, amount: quote what an `absent` one means, or what a `part`")
    name = entry["field"].rsplit("/", 1)[-1]
    if not bodies or any(name not in body["properties"] for body in bodies):
        raise SiteError(f"{api}, amount: not every cancel takes {name}")
    node = found(api, document, entry["field"])
    quoted = quote(api, document, *said.values())
    required = any(name in body.get("required", []) for body in bodies)
    need = "must be given" if required else "may be left out"
    about = re.split(r"\.(?: |$)", plain(node["description"]), maxsplit=1)[0]
    opening = "A partial cancel is possible. " if "absent" in said else ""
    part = "A part, or all." if "absent" in said else "Partial cancel: not known."
    kind = f"`{name}`, {' or '.join(KINDS[each] for each in _types(node))}"
    return Statement(
        topic=topic,
        title=title,
        text=f"{opening}{kind}, {need}. {about}. {quoted}",
        short=f"{kind} in the {_unit(api, node)} unit. {part}",
        quotes=(quoted,),
    )


def _bodies(document: Node) -> Iterator[Node]:
    """The schemas of the cancels' bodies."""
    for operation in openapi.operations(openapi.Node.document(document)):
        if operation.node.get("x-countermand")["effect"] == "cancel":
            media = operation.body.child("content").members.values()
            yield from (each.child("schema").raw for each in media)


def _types(node: Node) -> list[str]:
    """The types of a value, as a list also where there is one."""
    types: str | list[str] = node["type"]
    return [types] if isinstance(types, str) else types


def _unit(api: str, node: Node) -> str:
    if MINOR_UNIT.search(node["description"]):
        return "minor"
    if "string" in _types(node) and re.fullmatch(node.get("pattern", ""), "10.00"):
        return "main"
    raise SiteError(f"{api}, amount: neither the description nor a pattern names the unit")

"""What a caller must know about the money: in the specification's words, or derived from it.

The table beside this module holds no words of ours. It names the clauses of a specification that
answer each question, so a statement cannot say anything else than the specification, and the build
fails when a clause is gone.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import yaml

from specs.publishing.site import amounts
from specs.publishing.site.quotes import Node, Quote, UnfoundedError, quote

TABLE: Final = Path(__file__).with_name("money.yaml")
UNSAID: Final = "unsaid"
"""Stands in the table where a specification leaves a question open."""

OPEN: Final = "The specification does not say."


@attrs.frozen(kw_only=True)
class Statement:
    """One thing about the money; `short` is the form for a table, `quotes` what it rests on."""

    topic: str
    title: str
    text: str
    short: str
    quotes: tuple[Quote, ...]


def statements(
    documents: Mapping[str, Mapping[str, Any]], table: Path = TABLE
) -> dict[str, tuple[Statement, ...]]:
    """Read the statements about each API, and hold each against its specification.

    Args:
        documents: The specifications by API.
        table: The file that says where each answer stands.

    Raises:
        UnfoundedError: an API has no statement on a topic, or a clause is not in its place, or an
            amount is not what the schema says.
    """
    content = yaml.safe_load(table.read_text(encoding="utf-8"))
    topics: dict[str, str] = content["topics"]
    if missing := sorted(set(documents) - set(content["apis"])):
        raise UnfoundedError(f"{table.name} says nothing about {', '.join(missing)}")
    return {
        api: _statements(api, document, content["apis"][api], topics)
        for api, document in documents.items()
    }


def _statements(
    api: str, document: Node, entries: Mapping[str, Any], topics: Mapping[str, str]
) -> tuple[Statement, ...]:
    if set(entries) != set(topics) or not all(entries[each] for each in topics if each != "amount"):
        raise UnfoundedError(f"{api}: a statement on each of {', '.join(topics)}, please")
    return tuple(
        _amount(api, document, entries[topic], title)
        if topic == "amount"
        else _quoted(api, document, topic, title, entries[topic])
        for topic, title in topics.items()
    )


def _quoted(api: str, document: Node, topic: str, title: str, entries: list[Any]) -> Statement:
    quotes = {
        place: quote(api, document, entry) for place, entry in enumerate(entries) if entry != UNSAID
    }
    said = [quotes[place].words if place in quotes else OPEN for place in range(len(entries))]
    return Statement(
        topic=topic,
        title=title,
        text=" ".join(said),
        short=said[0],
        quotes=tuple(quotes.values()),
    )


def _amount(api: str, document: Node, entry: Node, title: str) -> Statement:
    known = amounts.amount(api, document, entry)
    return Statement(
        topic="amount",
        title=title,
        text=amounts.text(known),
        short=amounts.short(known),
        quotes=(known.said,) if known else (),
    )

"""What a caller must know about the money, each statement bound to the specification's words."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import yaml

TABLE: Final = Path(__file__).with_name("money.yaml")


class UnfoundedError(Exception):
    """A statement of the site is no longer what the specification says."""


@attrs.frozen(kw_only=True)
class Statement:
    """One thing about the money; `short` is the form for a table, `at` its source in the file."""

    topic: str
    title: str
    text: str
    short: str
    at: str


def statements(
    documents: Mapping[str, Mapping[str, Any]], table: Path = TABLE
) -> dict[str, tuple[Statement, ...]]:
    """Read the statements about each API, and hold each against its specification.

    Args:
        documents: The specifications by API.
        table: The file of statements.

    Raises:
        UnfoundedError: an API has no statement on a topic, or a phrase is gone from its place.
    """
    content = yaml.safe_load(table.read_text(encoding="utf-8"))
    topics: dict[str, str] = content["topics"]
    if missing := sorted(set(documents) - set(content["apis"])):
        raise UnfoundedError(f"{table.name} says nothing about {', '.join(missing)}")
    return {
        api: tuple(_statements(api, document, content["apis"][api], topics))
        for api, document in documents.items()
    }


def _statements(
    api: str, document: Mapping[str, Any], entries: list[dict[str, str]], topics: dict[str, str]
) -> list[Statement]:
    said = {entry["topic"]: entry for entry in entries}
    if set(said) != set(topics) or len(said) != len(entries):
        raise UnfoundedError(f"{api}: one statement for each of {', '.join(topics)}, please")
    for entry in entries:
        _hold_against(api, document, entry)
    return [
        Statement(
            topic=topic,
            title=title,
            text=said[topic]["text"],
            short=said[topic].get("short", said[topic]["text"]),
            at=said[topic]["at"],
        )
        for topic, title in topics.items()
    ]


def _hold_against(api: str, document: Mapping[str, Any], entry: dict[str, str]) -> None:
    try:
        text = resolve(document, entry["at"])
    except (KeyError, IndexError) as gone:
        raise UnfoundedError(f"{api}: there is no {entry['at']}") from gone
    if _plain(entry["says"]) not in _plain(str(text)):
        raise UnfoundedError(f"{api}: {entry['at']} no longer says {entry['says']!r}")


def resolve(document: Mapping[str, Any], pointer: str) -> Any:
    """Follow a JSON Pointer (RFC 6901) through mappings and lists."""
    node: Any = document
    for part in pointer.removeprefix("/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()

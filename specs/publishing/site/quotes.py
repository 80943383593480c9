"""What the site says in a specification's own words: whole clauses of it, each from a named place.

A quotation cannot say more than the specification does. A phrase out of the middle of a clause
could: "the payment is cancelled" stands in "the payment is cancelled if it is not null".
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

Node = Mapping[str, Any]
BEFORE: Final = r"(?:^|(?<=[.;:,] ))"
AFTER: Final = r"(?=[.;:,](?: |$)|$)"
OPERATION: Final = re.compile(r"(/paths/[^/]+/[a-z]+)/(?:summary|description)")
PLACES: Final = (
    (re.compile(r".*/responses/([1-5][0-9]{2})/content/.*/examples/.*"), "An example of `{}`: "),
    (re.compile(r".*/responses/([1-5][0-9]{2})/description"), "`{}`: "),
    (re.compile(r"/components/schemas/([^/]+)/properties/([^/]+)/description"), "`{}.{}`: "),
    (re.compile(r"/components/schemas/([^/]+)/description"), "`{}`: "),
)
"""How the words about a place begin, for a reader who does not see where they stand."""


class UnfoundedError(Exception):
    """A statement of the site is not, or no longer, what the specification says."""


@attrs.frozen
class Quote:
    """One or more clauses of a specification.

    Args:
        at: Where they stand, as a JSON Pointer.
        says: The clauses.
        words: The same as a sentence that says what it is about.
    """

    at: str
    says: str
    words: str


def quote(api: str, document: Node, entry: Node) -> Quote:
    """Take a quotation from the table, and hold it against the specification.

    Args:
        api: The API's name, for messages.
        document: Its specification.
        entry: `at` and `says`, and nothing beside them.

    Raises:
        UnfoundedError: the place is gone, or these are no whole clauses of it, or the entry brings
            words of its own.
    """
    if set(entry) != {"at", "says"}:
        raise UnfoundedError(f"{api}: {sorted(entry)} is no quotation, which is `at` and `says`")
    at, says = entry["at"], plain(entry["says"]).removesuffix(".")
    if not re.search(BEFORE + re.escape(says) + AFTER, plain(str(found(api, document, at)))):
        raise UnfoundedError(f"{api}: {at} does not say, in whole clauses: {says!r}")
    return Quote(at, says, f"{_about(document, at)}{says[:1].upper()}{says[1:]}.")


def found(api: str, document: Node, pointer: str) -> Any:
    """What stands at a place.

    Raises:
        UnfoundedError: there is no such place.
    """
    try:
        return resolve(document, pointer)
    except (KeyError, IndexError) as gone:
        raise UnfoundedError(f"{api}: there is no {pointer}") from gone


def resolve(document: Node, pointer: str) -> Any:
    """Follow a JSON Pointer (RFC 6901) through mappings and lists."""
    node: Any = document
    for part in pointer.removeprefix("/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node


def plain(text: str) -> str:
    """A text in one line."""
    return re.sub(r"\s+", " ", text).strip()


def _about(document: Node, at: str) -> str:
    if operation := OPERATION.fullmatch(at):
        node = resolve(document, operation[1])
        # The cancel is what everything here is about; only another call has to be named.
        return f"`{node['operationId']}`: " if node["x-countermand"]["effect"] == "read" else ""
    for pattern, words in PLACES:
        if place := pattern.fullmatch(at):
            return words.format(*place.groups())
    return ""

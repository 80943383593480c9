"""Quotations from a specification: whole clauses of it, each from a named place.

A quotation cannot say more than the specification does. A phrase out of the middle of a clause
could: "the payment is cancelled" stands in "the payment is cancelled if it is not null".
"""

import re
from typing import Any, Final

from specs.publishing.document import DanglingReferenceError, lookup
from specs.publishing.site import SiteError
from specs.publishing.site.sources import Node

BEFORE: Final = r"(?:^|(?<=[.;:,] ))"
AFTER: Final = r"(?=[.;:,](?: |$)|$)"
OPERATION: Final = re.compile(r"(/paths/[^/]+/[a-z]+)/(?:summary|description)")
PLACES: Final = (
    (re.compile(r".*/responses/([1-5][0-9]{2})/content/.*/examples/.*"), "An example of `{}`: "),
    (re.compile(r".*/responses/([1-5][0-9]{2})/description"), "`{}`: "),
    (re.compile(r"/components/schemas/([^/]+)/properties/([^/]+)/description"), "`{}.{}`: "),
    (re.compile(r"/components/schemas/([^/]+)/description"), "`{}`: "),
)
"""How the sentence about a place begins, for a reader who does not see where it stands."""


def quote(api: str, document: Node, entry: Node) -> str:
    """Find a quotation, `at` a place and what it `says`, in the specification.

    It becomes a sentence that says what it is about.
    """
    if set(entry) != {"at", "says"}:
        raise SiteError(f"{api}: {sorted(entry)} is no quotation, which is `at` and `says`")
    at, says = entry["at"], plain(entry["says"]).removesuffix(".")
    if not re.search(BEFORE + re.escape(says) + AFTER, plain(str(found(api, document, at)))):
        raise SiteError(f"{api}: {at} does not say, in whole clauses: {says!r}")
    return f"{_about(document, at)}{says[:1].upper()}{says[1:]}."


def found(api: str, document: Node, pointer: str) -> Any:
    """The node at a JSON Pointer."""
    try:
        return lookup(document, pointer)
    except DanglingReferenceError as gone:
        raise SiteError(f"{api}: there is no {pointer}") from gone


def plain(text: str) -> str:
    """A text in one line."""
    return re.sub(r"\s+", " ", text).strip()


def _about(document: Node, at: str) -> str:
    if operation := OPERATION.fullmatch(at):
        node = lookup(document, operation[1])
        # The cancel is what everything here is about; only another call has to be named.
        return f"`{node['operationId']}`: " if node["x-countermand"]["effect"] == "read" else ""
    for pattern, opening in PLACES:
        if place := pattern.fullmatch(at):
            return opening.format(*place.groups())
    return ""

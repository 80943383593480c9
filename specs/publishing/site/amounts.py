"""What an amount means at an API, derived from the schema of its cancel."""

import re
from collections.abc import Iterator
from typing import Any, Final

import attrs

from specs.publishing.site.quotes import Node, Quote, UnfoundedError, found, plain, quote
from specs.publishing.site.sources import resolved

MINOR: Final = re.compile(r"\bminor units?\b|\bcents?\b")
KINDS: Final = {"integer": "a whole number", "number": "a number", "string": "decimal text"}


@attrs.frozen(kw_only=True)
class Amount:
    """The member of a cancel's request that holds an amount.

    Args:
        name: As it travels.
        kind: Its type in words.
        unit: `minor` or `main`.
        required: Whether every cancel must hold one.
        about: The first sentence of its description.
        partial: Whether a part can be cancelled; otherwise it is not known.
        said: What the specification says of a cancel without it, or of one of a part.
    """

    name: str
    kind: str
    unit: str
    required: bool
    about: str
    partial: bool
    said: Quote


def amount(api: str, document: Node, entry: Node) -> Amount | None:
    """Find a cancel's amount in the specification.

    Args:
        api: The API's name, for messages.
        document: Its specification.
        entry: `field`, a JSON Pointer to the member, and either `absent`, a quotation that says
            what a cancel without it does, or `part`, one that says why a cancel of a part cannot be
            counted on. Empty for an API that takes no amount.

    Returns:
        None if the API's cancels have no body at all.

    Raises:
        UnfoundedError: a body is there but no field is named, or it is in no body, or nothing says
            in which unit it is or whether a part can be cancelled, or the entry brings words of its
            own.
    """
    if strange := set(entry) - {"field", "absent", "part"}:
        raise UnfoundedError(f"{api}, amount: derived from the schema, so no {sorted(strange)}")
    bodies = list(_bodies(document))
    if "field" not in entry:
        if bodies or entry:
            raise UnfoundedError(f"{api}, amount: a cancel has a body; name the `field` in it")
        return None
    name = entry["field"].rsplit("/", 1)[-1]
    if not bodies or any(name not in body["properties"] for body in bodies):
        raise UnfoundedError(f"{api}, amount: not every cancel takes {name}")
    node = found(api, document, entry["field"])
    return Amount(
        name=name,
        kind=KINDS[node["type"]],
        unit=_unit(api, node),
        required=any(name in body.get("required", []) for body in bodies),
        about=_first(node["description"]),
        partial="absent" in entry,
        said=_said(api, document, entry),
    )


def text(known: Amount | None) -> str:
    """Everything about the amount, in Markdown."""
    if known is None:
        return "No partial cancel is possible: the call has no body, and takes no amount."
    need = "must be given" if known.required else "may be left out"
    form = f"`{known.name}`, {known.kind}, {need}. {known.about}. {known.said.words}"
    return f"A partial cancel is possible. {form}" if known.partial else form


def short(known: Amount | None) -> str:
    """The same for a table."""
    if known is None:
        return "None: no partial cancel."
    form = f"`{known.name}`, {known.kind} in the {known.unit} unit"
    return f"{form}. {'A part, or all.' if known.partial else 'Partial cancel: not known.'}"


def _bodies(document: Node) -> Iterator[Node]:
    """The schemas of what the cancels take as a body."""
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "requestBody" in operation:
                body = resolved(document, operation["requestBody"])
                if operation["x-countermand"]["effect"] == "cancel":
                    yield from (resolved(document, m["schema"]) for m in body["content"].values())


def _said(api: str, document: Node, entry: Node) -> Quote:
    keys = [key for key in ("absent", "part") if key in entry]
    if len(keys) != 1:
        raise UnfoundedError(f"{api}, amount: quote what an `absent` one means, or what a `part`")
    return quote(api, document, entry[keys[0]])


def _unit(api: str, node: dict[str, Any]) -> str:
    if MINOR.search(node["description"]):
        return "minor"
    if node["type"] == "string" and re.fullmatch(node.get("pattern", ""), "10.00"):
        return "main"
    raise UnfoundedError(f"{api}, amount: neither words nor a pattern say in which unit it is")


def _first(description: str) -> str:
    return re.split(r"\.(?: |$)", plain(description), maxsplit=1)[0]

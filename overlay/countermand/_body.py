"""Reading a reply's body: strictly, because a verdict about money may rest on it."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any, NoReturn, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.attempts import RawResponse


def media_type(reply: RawResponse) -> str | None:
    """The media type in lower case without its parameters, or None where no header says."""
    value = reply.header("content-type")
    return value.partition(";")[0].strip().lower() or None if value is not None else None


def is_json(reply: RawResponse) -> bool:
    """Whether the reply calls itself JSON, or does not say what it is."""
    kind = media_type(reply)
    return kind is None or kind == "application/json" or kind.endswith("+json")


def json_object(reply: RawResponse) -> dict[str, Any] | None:
    """The body as a JSON object, or None where it cannot be trusted to be one.

    Not trusted: a cut body, another media type, a wrong charset, invalid JSON, NaN, a duplicate
    name (RFC 8259 leaves open which of the two counts), anything but an object.
    """
    if reply.problem is not None or not is_json(reply):
        return None
    try:
        value = json.loads(
            reply.body.decode(_charset(reply)),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
        )
    except (ValueError, LookupError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def member(document: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """A member that is an object, else None."""
    value = document.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def members(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a member that is an array; what is no object is left out."""
    value = document.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def identifier(value: object) -> str | None:
    """An id that the provider made, to the last character; None where there is none."""
    return value if isinstance(value, str) and value.strip() else None


def text(value: object, limit: int = 300) -> str | None:
    """A string from a body fit for messages: printable, encodable, not endless; else None."""
    if not isinstance(value, str) or not value:
        return None
    shown = "".join(c if c.isprintable() else " " for c in value[:limit])
    return shown.strip() or None


def _charset(reply: RawResponse) -> str:
    content_type = reply.header("content-type") or ""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            codec = codecs.lookup(value.strip().strip("\"'"))
            if codec.name in {"utf-8", "ascii", "iso8859-1", "cp1252"}:
                return codec.name
            raise LookupError(codec.name)
    return "utf-8"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")

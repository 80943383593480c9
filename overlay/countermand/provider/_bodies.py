"""Bodies of replies: strict parsing, and the values that they hold. Pure."""

from __future__ import annotations

import codecs
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from countermand.attempts import RawResponse

MAX_DEPTH: Final = 100
"""Levels of a JSON document. Python's own functions fail some levels below their limit, which is
1,000, and a document of a payment API has ten."""

UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
"""The characters that a database cannot store: NUL, and half a pair of surrogates."""
ESCAPED: Final = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)
"""The escapes of these, and of whole pairs."""

DOCUMENT: Final = "_document"
"""The attribute of a reply that holds its document while it is judged."""


def media_type(reply: RawResponse) -> str | None:
    """The media type in lower case, without parameters; None without a Content-Type."""
    return _media_type(reply.header("content-type") or "") or None


def is_json(reply: RawResponse) -> bool:
    """Whether the Content-Type is JSON or missing."""
    return _is_json(reply.header("content-type") or "")


def json_object(reply: RawResponse) -> dict[str, Any] | None:
    """The body as a JSON object, or None.

    None for a cut body, another media type, a wrong charset, invalid JSON, NaN, a duplicate name
    (RFC 8259 does not define which of the two counts), any value that is not an object, and one of
    more than MAX_DEPTH levels. U+FFFD replaces each character that a database cannot store.

    Each call with the same reply returns the same object, which must not be changed.
    """
    kept: tuple[dict[str, Any] | None] | None = getattr(reply, DOCUMENT, None)
    if kept is None:
        kept = (_read_object(reply),)
        object.__setattr__(reply, DOCUMENT, kept)
    return kept[0]


def forget_document(reply: RawResponse) -> None:
    """Forget what was read from the body: of a reply that is kept, only the bytes are."""
    object.__setattr__(reply, DOCUMENT, None)


def _read_object(reply: RawResponse) -> dict[str, Any] | None:
    if reply.problem is not None:
        return None
    content_type = reply.header("content-type") or ""
    if not _is_json(content_type):
        return None
    try:
        # RFC 8259 lets a reader ignore a byte order mark, and some servers send one.
        text = reply.body.decode(_charset(content_type)).removeprefix("\ufeff")
        value = parse_json(text)
    except (ValueError, LookupError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    document = cast("dict[str, Any]", value)
    if _is_too_deep(text, document):
        return None
    return _storable(document) if ESCAPED.search(text) else document


def _is_too_deep(text: str, document: dict[str, Any]) -> bool:
    """Whether a document has more than MAX_DEPTH levels."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        level = [each for parent in level for each in _nested(parent)]
    return bool(level)


def _nested(value: dict[str, Any] | list[Any]) -> list[Any]:
    """The objects and arrays in an object or an array; empty ones have no level of their own."""
    found = value.values() if isinstance(value, dict) else value
    return [each for each in found if each and isinstance(each, (dict, list))]


def _storable(value: Any) -> Any:
    """The document without the characters that a database cannot store."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        document = cast("dict[str, Any]", value)
        return {_storable(name): _storable(each) for name, each in document.items()}
    if isinstance(value, list):
        return [_storable(each) for each in cast("Iterable[Any]", value)]
    return value


def parse_json(text: str | bytes) -> object:
    """The value of a JSON text, parsed strictly.

    Raises:
        ValueError: it is no JSON, or has NaN or a duplicate name.
        RecursionError: it is nested too deeply.
    """
    if not isinstance(text, str):
        text = text.decode(json.detect_encoding(text))
    value: object = _STRICT.decode(text)
    return value


def object_member(document: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """A member's value if it is an object, else None."""
    value = document.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def object_list(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a member that is an array, without its other items; else an empty list."""
    value = document.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def text_body(reply: RawResponse) -> str | None:
    """The body of a complete text/plain reply, or None."""
    if reply.problem is not None or media_type(reply) != "text/plain":
        return None
    try:
        return reply.body.decode(_charset(reply.header("content-type") or ""))
    except (ValueError, LookupError):
        return None


def provider_id(value: object) -> str | None:
    """An id from a body as text; None if it is blank, or neither a text nor a whole number.

    A text is returned unchanged. Some providers write ids as JSON numbers.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None


def printable(value: object, max_length: int = 300) -> str | None:
    """A string from a body, made printable and cut to a length for messages; else None."""
    if not isinstance(value, str) or not value:
        return None
    shown = "".join(c if c.isprintable() else " " for c in value[:max_length])
    return shown.strip() or None


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


# Remembered: nearly every reply of a provider has the same Content-Type.
@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    kind = _media_type(content_type)
    return kind in {"", "application/json"} or kind.endswith("+json")


@lru_cache(maxsize=64)
def _charset(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            codec = codecs.lookup(value.strip().strip("\"'"))
            if codec.name in {"utf-8", "ascii", "iso8859-1", "cp1252"}:
                return codec.name
            raise LookupError(codec.name)
    return "utf-8"


def _reject_duplicate_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_STRICT: Final = json.JSONDecoder(
    object_pairs_hook=_reject_duplicate_names, parse_constant=_refuse_constant
)

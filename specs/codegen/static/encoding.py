"""How path segments, query strings and bodies become bytes."""

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

_COMPACT: Final = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def path_segment(name: str, value: object) -> str:
    """Return a path parameter as one percent-encoded segment.

    Raises:
        ValueError: the value is empty, `.` or `..` (they would address another resource, since URL
            normalisation removes dot segments), or is not valid Unicode.
    """
    text = str(value)
    if text in {"", ".", ".."}:
        message = f"{name} must not be empty, '.' or '..'"
        raise ValueError(message)
    return quote(text, safe="")


def query_string(parameters: Mapping[str, object]) -> str:
    """Return query parameters in their URL encoding, repeated for each element of a list.

    Raises:
        TypeError: a value is neither a scalar nor a list of scalars.
    """
    return urlencode(
        [
            (name, _plain(name, item))
            for name, value in parameters.items()
            for item in (value if isinstance(value, list) else [value])
        ]
    )


def json_body(document: object) -> bytes:
    """Return compact JSON in UTF-8.

    Raises:
        ValueError: the document holds NaN, an infinity or a lone surrogate.
        TypeError: the document holds something that JSON cannot express.
    """
    return _COMPACT.encode(document).encode()


def form_body(fields: Mapping[str, object]) -> bytes:
    """Return fields as application/x-www-form-urlencoded.

    Raises:
        TypeError: a value is not a scalar. A form cannot express it, and leaving it out could
            turn a partial amount into the full one.
    """
    return urlencode([(name, _plain(name, value)) for name, value in fields.items()]).encode()


def _plain(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    message = f"{name} must be a string, a number or a boolean, not {type(value).__name__}"
    raise TypeError(message)

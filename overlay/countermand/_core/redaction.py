"""Redaction of credentials in what a call keeps: replies, verdicts and error messages.

A reply is judged first: a credential may be part of an id by chance, as the application key
"mystore" is of the reference "mystore-7001".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from enum import Enum
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from attrs import evolve, fields, has

from countermand._core.exchange import TransportFailure
from countermand._secrets import REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from countermand.attempts import RawResponse

MIN_SECRET_LENGTH: Final = 6
"""Shorter strings are no credentials, and occur in any text."""

MIN_SECRET_LENGTH_IN_ID: Final = 16
"""Shorter credentials occur in the ids of a cancel by chance."""

MAX_HALF: Final = 12
"""Characters from which on the beginning of a credential is replaced, too."""

ID: Final = "reference"
"""The field of a verdict that holds the id of the cancel."""

MAX_PROBLEM_LENGTH: Final = 300
"""Maximum length of an error message, in characters."""

T = TypeVar("T")


def redact(
    exchange: RawResponse | TransportFailure, credentials: Iterable[str]
) -> RawResponse | TransportFailure:
    """The exchange with every credential replaced in headers and body.

    Where none occurs, the exchange itself is returned.
    """
    if isinstance(exchange, TransportFailure):
        return exchange
    clean = exchange
    for secret in credentials:
        if len(secret) >= MIN_SECRET_LENGTH:
            clean = _redact_one(clean, secret)
    return clean


def redact_problem(
    exchange: RawResponse | TransportFailure, credentials: Iterable[str]
) -> RawResponse | TransportFailure:
    """The exchange with every credential replaced in its error message, which proves nothing."""
    if exchange.problem is None:
        return exchange
    problem = redact_value(exchange.problem, credentials)
    # Truncated last: half a credential would not have been recognised.
    return evolve(exchange, problem=problem[:MAX_PROBLEM_LENGTH])


def redact_value(value: T, credentials: Iterable[str]) -> T:
    """A verdict, a finding or a part of one, with every credential replaced in its texts."""
    secrets = tuple(secret for secret in credentials if len(secret) >= MIN_SECRET_LENGTH)
    return cast("T", _redact_any(value, secrets))


def _redact_any(value: object, secrets: tuple[str, ...]) -> object:
    match value:
        case Enum():
            return value
        case str():
            return _redact_text(value, secrets)
        case Mapping():
            entries = cast("Mapping[Any, object]", value)
            return {
                _redact_any(name, secrets): _redact_any(entry, secrets)
                for name, entry in entries.items()
            }
        case list() | tuple():
            items = cast("list[object] | tuple[object, ...]", value)
            return type(items)(_redact_any(item, secrets) for item in items)
        case _:
            return _redact_fields(value, secrets) if has(type(value)) else value


def _redact_text(text: str, secrets: tuple[str, ...]) -> str:
    """The text without credentials, and without the first half of one: texts are truncated."""
    for secret in secrets:
        half = secret[: max(MIN_SECRET_LENGTH, min(len(secret) // 2, MAX_HALF))]
        start = text.find(half)
        while start >= 0:
            pairs = zip(text[start:], secret, strict=False)
            end = start + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            text = text[:start] + REDACTED + text[end:]
            start = text.find(half, start + len(REDACTED))
    return text


def _redact_fields(value: object, secrets: tuple[str, ...]) -> object:
    """A copy of an attrs instance, frozen or not, with clean fields."""
    clean = copy(value)
    for field in fields(cast("type[Any]", type(value))):
        part: object = getattr(value, field.name)
        redacted = _redact_id(part, secrets) if field.name == ID else _redact_any(part, secrets)
        object.__setattr__(clean, field.name, redacted)
    return clean


def _redact_id(value: object, secrets: tuple[str, ...]) -> object:
    """The id of a cancel, or REDACTED if it holds a credential that cannot be there by chance."""
    long = (secret for secret in secrets if len(secret) >= MIN_SECRET_LENGTH_IN_ID)
    return REDACTED if any(secret in str(value) for secret in long) else value


def _redact_one(reply: RawResponse, secret: str) -> RawResponse:
    headers = tuple((name, text.replace(secret, REDACTED)) for name, text in reply.headers)
    body = _redact_body(reply.body, secret)
    if headers == reply.headers and body == reply.body:
        return reply
    return evolve(reply, headers=headers, body=body)


def _redact_body(body: bytes, secret: str) -> bytes:
    """Return the body without a credential, even if JSON escapes some of its characters."""
    clean = body
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        clean = clean.replace(secret.encode(encoding), REDACTED.encode(encoding))
    if b"\\" not in clean:
        return clean
    text: str = clean.decode("utf-8", "surrogateescape")
    redacted: str = _json_spellings(secret).sub(REDACTED, text)
    return redacted.encode("utf-8", "surrogateescape")


def _json_spellings(secret: str) -> re.Pattern[str]:
    """Match every spelling of a credential's visible ASCII characters in a JSON string."""
    return re.compile("".join(_char_spellings(character) for character in secret))


def _char_spellings(character: str) -> str:
    return rf"(?:\\?{re.escape(character)}|(?i:\\u{ord(character):04x}))"

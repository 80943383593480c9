"""Redaction of credentials in what a call keeps: replies, verdicts and error messages.

A reply is judged first: an id may contain a credential, as the reference "mystore-7001" contains
the application key "mystore". Half a credential is replaced as well, since texts are truncated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from attrs import evolve, fields, has

from countermand._core.exchange import TransportFailure
from countermand._secrets import REDACTED
from countermand.attempts import TypedBody
from countermand.provider._bodies import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from countermand.attempts import RawResponse

MIN_SECRET_LENGTH: Final = 6
"""Shorter strings are no credentials, and occur in any text."""

MIN_SECRET_LENGTH_IN_ID: Final = 16
"""An id may contain a shorter credential, such as an application key."""

MAX_HALF: Final = 12
"""Characters from which on the beginning of a credential is replaced, too."""

ID: Final = "reference"
"""The field of a verdict that holds the id of the cancel."""

ESCAPING: Final = "\\%&\0"
ESCAPES: Final = re.compile(f"[{re.escape(ESCAPING)}]")
"""What begins the other spellings of a character: JSON, URL, HTML, UTF-16 and UTF-32."""

WIDTH: Final = re.compile(r"(\0*)[^\0](\0*)")
"""The NULs before the first character and after it."""

BACKSLASHES: Final = r"\\(?:\0{0,3}\\){0,7}\0{0,3}"
"""JSON within JSON doubles the backslashes. The NULs are those of UTF-16 and UTF-32."""

LEADS: Final = (
    re.compile(rf"\0{{0,3}}(?:{BACKSLASHES})?\Z"),
    re.compile(rf"\0{{0,3}}{BACKSLASHES}\Z"),
    re.compile(r"\0{0,3}\Z"),
)
"""What may stand before a character itself, before u and its code, and before % or & and its."""

MAX_LEAD: Final = 35
"""Characters of the longest one."""

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
    return _redact_reply(exchange, credentials)


def redact_problem(
    exchange: RawResponse | TransportFailure, credentials: Iterable[str]
) -> RawResponse | TransportFailure:
    """The exchange with every credential replaced in its error message, which proves nothing.

    It is made printable: no log and no database takes every text that a transport's error may have.
    """
    if exchange.problem is None:
        return exchange
    problem = redact_value(exchange.problem, credentials)
    # Truncated last: half a credential would not have been recognised.
    return evolve(exchange, problem=printable(problem, MAX_PROBLEM_LENGTH) or "no message")


def redact_value(value: T, credentials: Iterable[str]) -> T:
    """A verdict, a finding or a part of one, with every credential replaced in its texts."""
    secrets = tuple(secret for secret in credentials if len(secret) >= MIN_SECRET_LENGTH)
    return cast("T", _redact_any(value, secrets))


def _redact_any(value: object, secrets: tuple[str, ...]) -> object:
    match value:
        case Enum():
            return value
        case TypedBody():
            return evolve(value, reply=_redact_reply(value.reply, secrets))
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
    """The text without credentials, and without the first half of one."""
    for secret in secrets:
        text = _replace(text, secret) if ESCAPES.search(text) else _replace_plain(text, secret)
    return text


def _replace_plain(text: str, secret: str) -> str:
    half = _half(secret)
    start, parts, done = text.find(half), list[str](), 0
    while start >= 0:
        end = start + len(half)
        rest = iter(secret[len(half) :])
        while end < len(text) and text[end] == next(rest, None):
            end += 1
        parts += [text[done:start], REDACTED]
        start, done = text.find(half, end), end
    return "".join([*parts, text[done:]]) if done else text


def _replace(text: str, secret: str) -> str:
    """The same for every spelling of a character."""
    half = _half(secret)
    beginning = _beginning(half)
    found, parts, done = beginning.search(text), list[str](), 0
    while found is not None:
        start, end = _start(text, found, done), found.end()
        if start is None:
            found = beginning.search(text, found.start() + 1)
            continue
        for character in secret[len(half) :]:
            following = _spelled(character).match(text, end)
            if following is None:
                break
            end = following.end()
        parts += [text[done:start], _as_wide_as(text[start:end])]
        found, done = beginning.search(text, end), end
    return "".join([*parts, text[done:]]) if done else text


def _start(text: str, found: re.Match[str], done: int) -> int | None:
    """Where the spelling starts whose first character was found; None if it lacks its backslash."""
    lead = LEADS[(found.lastindex or 1) - 1]
    before = lead.search(text, max(done, found.start() - MAX_LEAD), found.start())
    return None if before is None else before.start()


def _as_wide_as(spelling: str) -> str:
    """The replacement with the NULs of UTF-16 or UTF-32 where the credential has them."""
    before, between = WIDTH.match(spelling).groups()  # type: ignore[union-attr]
    return f"{before}{between.join(REDACTED)}"


def _half(secret: str) -> str:
    return secret[: max(MIN_SECRET_LENGTH, min(len(secret) // 2, MAX_HALF))]


@lru_cache(maxsize=512)
def _spelled(text: str) -> re.Pattern[str]:
    """Match every spelling of a text of visible ASCII characters."""
    return re.compile("".join(_spellings(character) for character in text))


@lru_cache(maxsize=512)
def _beginning(text: str) -> re.Pattern[str]:
    """The same, but the lead before the first character is not searched: a flood is all leads."""
    plain, code, other = _cores(text[0])
    following = "".join(_spellings(character) for character in text[1:])
    return re.compile(f"(?:({plain})|({code})|({other})){following}")


def _spellings(character: str) -> str:
    plain, code, other = _cores(character)
    return rf"\0{{0,3}}(?:{BACKSLASHES}(?:{plain}|{code})|{other}|{plain})"


def _cores(character: str) -> tuple[str, str, str]:
    """Match a character itself, its code in JSON, and that in a URL or in HTML."""
    # Loaded late: hardly any answer has to be searched for other spellings.
    from html.entities import codepoint2name  # noqa: PLC0415

    code = ord(character)
    name = codepoint2name.get(code)
    entity = f"#0*{code}|#[xX]0*(?i:{code:x})" + (f"|{name}" if name else "")
    return re.escape(character), f"u{_hex(f'{code:04x}')}", f"%(?i:{code:02x})|&(?:{entity});"


def _hex(digits: str) -> str:
    """Match hexadecimal digits in either case, with the NULs of UTF-16 and UTF-32."""
    return "".join(rf"\0{{0,3}}(?i:{digit})" for digit in digits)


def _redact_fields(value: object, secrets: tuple[str, ...]) -> object:
    """A copy of an attrs instance, frozen or not, with clean fields."""
    clean = copy(value)
    for field in fields(cast("type[Any]", type(value))):
        part: object = getattr(value, field.name)
        redacted = _redact_id(part, secrets) if field.name == ID else _redact_any(part, secrets)
        object.__setattr__(clean, field.name, redacted)
    return clean


def _redact_id(value: object, secrets: tuple[str, ...]) -> object:
    """The id of a cancel, or REDACTED if it contains a long credential."""
    long = (secret for secret in secrets if len(secret) >= MIN_SECRET_LENGTH_IN_ID)
    return REDACTED if any(secret in str(value) for secret in long) else value


def _redact_reply(reply: RawResponse, credentials: Iterable[str]) -> RawResponse:
    # One look at everything settles nearly every reply.
    texts = [text for _, text in reply.headers]
    texts.append(reply.body.decode("latin-1"))
    everything = "\n".join(texts)
    is_plain = not any(escape in everything for escape in ESCAPING)
    for secret in credentials:
        if is_plain and _half(secret) not in everything:
            continue
        if len(secret) >= MIN_SECRET_LENGTH:
            reply = _redact_one(reply, secret)
    return reply


def _redact_one(reply: RawResponse, secret: str) -> RawResponse:
    secrets = (secret,)
    headers = tuple((name, _redact_text(text, secrets)) for name, text in reply.headers)
    # Latin-1 gives each byte a character, whatever the body is.
    body = _redact_text(reply.body.decode("latin-1"), secrets).encode("latin-1")
    if headers == reply.headers and body == reply.body:
        return reply
    return evolve(reply, headers=headers, body=body)

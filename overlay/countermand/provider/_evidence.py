"""Evidence: what a reply proves about the request that it answers. Pure.

A refusal needs proof as much as a success does: a gateway can answer with any status after the
provider has executed the request. Rows are tried from the top, and the first that fits decides.

| what came back                                                           | proves        |
|--------------------------------------------------------------------------|---------------|
| a documented sign of success, in a reply that names no other request     | EXECUTED      |
| words by which the provider says that it does not know, likewise         | UNDECIDED     |
| the provider's own error document, told by what only it has, likewise    | REFUSED       |
| 401, 405, 411, 413, 414, 415, 417, 421, 425, 426, 429, 431 with any body | NOT_PROCESSED |
| 307, 308; 301 and 302 to the same path and query elsewhere               | NOT_PROCESSED |
| everything else: other statuses, a cut body, a web page, foreign JSON    | NOTHING       |

The signs, words and documents of an operation stand in its specification (`x-countermand`, under
`evidence`). That HTTP's statuses mean "not processed": RFC 9110, sections 15.4 and 15.5; RFC 6585;
RFC 8470.
"""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from countermand_clients.types import Unset

from countermand._urls import normalized_url
from countermand.provider._bodies import json_object, parse_json, provider_id, text_body

if TYPE_CHECKING:
    from countermand_clients.operation import Call, Echo, ReplyEvidence, Sign, Words

    from countermand.attempts import RawResponse


class Proof(Enum):
    """What a reply proves about its request."""

    EXECUTED = auto()
    """The provider executed the request, or accepted it."""
    UNDECIDED = auto()
    """The provider says that it does not know; the request may have been executed."""
    REFUSED = auto()
    """The provider refused the request and did not execute it."""
    NOT_PROCESSED = auto()
    """HTTP defines the status as "not processed", also in a gateway's answer."""
    NOTHING = auto()
    """The request may have been executed."""


NOT_PROCESSED: Final = frozenset(
    {307, 308, 401, 405, 411, 413, 414, 415, 417, 421, 425, 426, 429, 431}
)
MOVED: Final = frozenset({301, 302})
TRANSIENT: Final = frozenset({408, 409, 499})
DOLLAR: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
"""A `$` of a pattern, or an escaped character or a class, in which a `$` is only itself."""


def prove(reply: RawResponse, call: Call[Any]) -> Proof:
    """What the reply proves, by the table of this module."""
    evidence = call.operation.evidence
    document = json_object(reply)
    body = text_body(reply) if document is None else document
    if all(_is_ours(echo, document or {}, call) for echo in evidence.echoes):
        if _shows_success(reply, body, call):
            return Proof.EXECUTED
        if is_undecided(body, reply.status, evidence):
            return Proof.UNDECIDED
        if is_refusal(body, reply.status, evidence):
            return Proof.REFUSED
    if reply.status in NOT_PROCESSED or _is_moved(reply, call):
        return Proof.NOT_PROCESSED
    return Proof.NOTHING


def is_undecided(body: object, status: int, evidence: ReplyEvidence) -> bool:
    """Whether a body has words by which the provider says that it does not know."""
    return any(_says(words, status, body) for words in evidence.undecided)


def is_refusal(body: object, status: int, evidence: ReplyEvidence) -> bool:
    """Whether a body is the provider's own error document."""
    return any(_shows(sign, status, body) for sign in evidence.not_executed)


def is_transient(reply: RawResponse) -> bool:
    """Whether a repeat may get another answer: after a 408, 409, 499, a 5xx or a cut body.

    Any other page will be the same page again.
    """
    return reply.problem is not None or reply.is_server_error or reply.status in TRANSIENT


def _shows_success(reply: RawResponse, body: object, call: Call[Any]) -> bool:
    """Whether the reply has a sign of success; without signs, whether it is a documented 2xx."""
    signs = call.operation.evidence.executed
    if signs:
        return any(_shows(sign, reply.status, body) for sign in signs)
    media_types = call.operation.media_types(reply.status) if reply.is_success else None
    return media_types is not None and (not media_types or isinstance(body, dict))


def _shows(sign: Sign, status: int, body: object) -> bool:
    if not fits_status(sign.status, status):
        return False
    if sign.pointer is None:
        return True
    present, value = resolve_pointer(body, sign.pointer)
    if not present:
        return False
    if sign.pattern is not None:
        return expression(sign.pattern).search(provider_id(value) or "") is not None
    if not isinstance(sign.equals, Unset):
        return _equal(value, sign.equals)
    return isinstance(value, {"array": list, "object": dict, None: ()}[sign.type])


def _says(words: Words, status: int, body: object) -> bool:
    """Whether a body has the words; in doubt it has, since then nothing is proved."""
    if words.status is not None and not fits_status(words.status, status):
        return False
    found = _values_at(body, _names(words.pointer))
    if words.pattern is not None:
        searched = expression(words.pattern, lenient=True)
        return any(searched.search(_word(value)) for value in found or (None,))
    return any(_is_word(value, word) for value in found for word in words.values)


def _values_at(body: object, names: tuple[str, ...]) -> list[object]:
    """The values at a pointer; its token `*` leads to every member."""
    values = [body]
    for name in names:
        holders = map(_members, values)
        if name == "*":
            values = [value for holder in holders for value in holder.values()]
        else:
            values = [holder[name] for holder in holders if name in holder]
    return values


def _is_word(value: object, word: object) -> bool:
    return value is None if word is None else _word(value).lower() == _word(word).lower()


def _word(value: object) -> str:
    """A text without the space around it, a number or boolean as JSON writes it, or nothing."""
    if isinstance(value, str):
        return value.strip()
    return json.dumps(value) if isinstance(value, (bool, int, float)) else ""


@lru_cache(maxsize=64)
def expression(pattern: str, *, lenient: bool = False) -> re.Pattern[str]:
    """A pattern of a specification, compiled; `lenient` ignores the case of letters.

    As in ECMA-262, `$` is the end of the text: Python's matches before a newline at the end, too.
    """
    ended = DOLLAR.sub(lambda found: r"\Z" if found[0] == "$" else found[0], pattern)
    return re.compile(ended, re.IGNORECASE if lenient else re.NOFLAG)


def _equal(value: object, expected: object) -> bool:
    """Whether a value is the expected one; the text `true` stands for the boolean.

    Unzer's page types its flags as texts and shows booleans.
    """
    return is_true(value) if expected is True else _same(value, expected)


def is_true(value: object) -> bool:
    """Whether a flag is true, as a boolean or as text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _same(value: object, expected: object) -> bool:
    return type(value) is type(expected) and value == expected


def fits_status(pattern: str, status: int) -> bool:
    """Whether a status fits `any`, a class such as `4XX`, or a number as text."""
    return pattern == "any" or pattern == str(status) or pattern == f"{status // 100}XX"


@lru_cache(maxsize=512)
def _names(pointer: str) -> tuple[str, ...]:
    """The names that a JSON pointer leads through."""
    tokens = pointer.split("/")[1:]
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)


def resolve_pointer(body: object, pointer: str) -> tuple[bool, object]:
    """Whether a JSON pointer (RFC 6901) names a value of the body, and that value."""
    value = body
    for name in _names(pointer):
        members = _members(value)
        if name not in members:
            return False, None
        value = members[name]
    return value is not None or bool(pointer), value


def _members(value: object) -> dict[str, object]:
    if isinstance(value, list):
        return {str(n): item for n, item in enumerate(cast("list[object]", value))}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _is_ours(echo: Echo, document: dict[str, Any], call: Call[Any]) -> bool:
    """Whether the reply repeats our value, or repeats none where it does not have to."""
    _, value = resolve_pointer(document, echo.pointer)
    if value is None or value == "":
        return not echo.required
    return provider_id(value) == _sent_value(echo, call)


def _sent_value(echo: Echo, call: Call[Any]) -> str | None:
    """The value of the request that a reply repeats."""
    name = echo.place.name
    if echo.place.location == "path":
        template, path = call.operation.path.split("/"), call.path.split("/")
        return unquote(path[template.index(f"{{{name}}}")])
    _, value = resolve_pointer(_sent_body(call), f"/{name}")
    return provider_id(value)


def _sent_body(call: Call[Any]) -> object:
    """The request's body: JSON, or a form, which Unzer takes as well."""
    content = call.content or b""
    try:
        return parse_json(content)
    except ValueError:
        return dict(parse_qsl(content.decode("utf-8", "replace")))


def _is_moved(reply: RawResponse, call: Call[Any]) -> bool:
    """Whether a redirect names the same path and query at another address of HTTP.

    Then the server knows the request only as one for somewhere else.
    """
    if reply.status not in MOVED or not reply.url:
        return False
    try:
        location = urljoin(reply.url, reply.header("location") or "")
        target, asked = urlsplit(location), urlsplit(reply.url)
        elsewhere = normalized_url(location) != normalized_url(reply.url)
    except ValueError:
        return False
    if target.scheme not in {"http", "https"}:
        return False
    return elsewhere and (target.path, target.query) == (asked.path, call.query)

"""Redaction of credentials in replies, error pages and error messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import evolve

from countermand._core.exchange import TransportFailure

if TYPE_CHECKING:
    from countermand.attempts import RawResponse

MIN_SECRET_LENGTH: Final = 6
"""Shorter strings are no credentials, and occur in any text."""

MAX_PROBLEM_LENGTH: Final = 300
"""Maximum length of an error message, in characters."""

REDACTED: Final = "[redacted]"


def redact(
    exchange: RawResponse | TransportFailure, secrets: tuple[str, ...]
) -> RawResponse | TransportFailure:
    """Return the exchange with every credential replaced in headers, body and error message."""
    for secret in secrets:
        if len(secret) >= MIN_SECRET_LENGTH:
            exchange = _redact_one(exchange, secret)
    # Truncated last: half a credential would not have been recognised.
    if isinstance(exchange, TransportFailure):
        return evolve(exchange, problem=exchange.problem[:MAX_PROBLEM_LENGTH])
    return evolve(exchange, problem=exchange.problem and exchange.problem[:MAX_PROBLEM_LENGTH])


def _redact_one(
    exchange: RawResponse | TransportFailure, secret: str
) -> RawResponse | TransportFailure:
    if isinstance(exchange, TransportFailure):
        return evolve(exchange, problem=exchange.problem.replace(secret, REDACTED))
    return evolve(
        exchange,
        headers=tuple((n, v.replace(secret, REDACTED)) for n, v in exchange.headers),
        body=_redact_body(exchange.body, secret),
        problem=exchange.problem and exchange.problem.replace(secret, REDACTED),
    )


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

"""Striking credentials out of what a provider, or an error page on the way, sends back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import evolve

from countermand._core.exchange import TransportFailure

if TYPE_CHECKING:
    from countermand.attempts import RawResponse

MIN_SECRET_LENGTH: Final = 6
"""What is shorter is no credential, and would be found in any text."""

MAX_PROBLEM_LENGTH: Final = 300
"""Characters that are kept of what went wrong, in words."""

REDACTED: Final = "[redacted]"


def redact(
    exchange: RawResponse | TransportFailure, secrets: tuple[str, ...]
) -> RawResponse | TransportFailure:
    """The exchange with every credential replaced, in headers, body and words alike."""
    for secret in secrets:
        if len(secret) >= MIN_SECRET_LENGTH:
            exchange = _redact_one(exchange, secret)
    # Cut only now: half a credential would not have been recognised.
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
    """The body without a credential, however JSON escapes the characters of it."""
    clean = body
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        clean = clean.replace(secret.encode(encoding), REDACTED.encode(encoding))
    if b"\\" not in clean:
        return clean
    text: str = clean.decode("utf-8", "surrogateescape")
    struck: str = _json_spellings(secret).sub(REDACTED, text)
    return struck.encode("utf-8", "surrogateescape")


def _json_spellings(secret: str) -> re.Pattern[str]:
    """Every way in which a JSON string may write the visible ASCII characters of a credential."""
    return re.compile("".join(_char_spellings(character) for character in secret))


def _char_spellings(character: str) -> str:
    return rf"(?:\\?{re.escape(character)}|(?i:\\u{ord(character):04x}))"

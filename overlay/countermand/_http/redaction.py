"""Striking credentials out of what a provider, or an error page on the way, sends back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import evolve

from countermand._core.exchange import Failure

if TYPE_CHECKING:
    from countermand.attempts import RawResponse

SHORTEST: Final = 6
"""What is shorter is no credential, and would be found in any text."""

LONGEST: Final = 300
"""Characters that are kept of what went wrong, in words."""

STRUCK_OUT: Final = "[redacted]"


def without_secrets(
    exchange: RawResponse | Failure, secrets: tuple[str, ...]
) -> RawResponse | Failure:
    """The exchange with every credential replaced, in headers, body and words alike."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            exchange = _without(exchange, secret)
    # Cut only now: half a credential would not have been recognised.
    if isinstance(exchange, Failure):
        return evolve(exchange, problem=exchange.problem[:LONGEST])
    return evolve(exchange, problem=exchange.problem and exchange.problem[:LONGEST])


def _without(exchange: RawResponse | Failure, secret: str) -> RawResponse | Failure:
    if isinstance(exchange, Failure):
        return evolve(exchange, problem=exchange.problem.replace(secret, STRUCK_OUT))
    return evolve(
        exchange,
        headers=tuple((n, v.replace(secret, STRUCK_OUT)) for n, v in exchange.headers),
        body=_body(exchange.body, secret),
        problem=exchange.problem and exchange.problem.replace(secret, STRUCK_OUT),
    )


def _body(body: bytes, secret: str) -> bytes:
    """The body without a credential, however JSON escapes the characters of it."""
    clean = body
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        clean = clean.replace(secret.encode(encoding), STRUCK_OUT.encode(encoding))
    if b"\\" not in clean:
        return clean
    text: str = clean.decode("utf-8", "surrogateescape")
    struck: str = _spelled(secret).sub(STRUCK_OUT, text)
    return struck.encode("utf-8", "surrogateescape")


def _spelled(secret: str) -> re.Pattern[str]:
    """Every way in which a JSON string may write the visible ASCII characters of a credential."""
    return re.compile("".join(_ways(character) for character in secret))


def _ways(character: str) -> str:
    return rf"(?:\\?{re.escape(character)}|(?i:\\u{ord(character):04x}))"

"""What the `Account` classes share: where a provider is, and as whom we call."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from attrs import field, frozen

if TYPE_CHECKING:
    from attrs import Attribute

    from countermand.provider._provider import Provider

TokenSource = str | Callable[[str | None], str | Awaitable[str]]
"""
A token, or a function of the caller's own name for the user (None where none was given) that
fetches a fresh one. A function is asked once and again only when the provider refuses the token.
"""

Headers = tuple[tuple[str, str], ...]

_TOKEN: Final = re.compile(r"[!-~]+")


class Account(Protocol):
    """Where and as whom: what the clients need of a provider's `Account`."""

    @property
    def endpoint(self) -> str:
        """The server URL, version path included, without a slash at the end."""
        ...

    @property
    def provider(self) -> Provider[Any]:
        """The provider's pure functions."""
        ...

    @property
    def token_source(self) -> TokenSource | None:
        """Where tokens come from, or None where the credentials are fixed."""
        ...

    @property
    def principal(self) -> str:
        """Whose payments these are, where ids repeat among merchants of one server; no secret."""
        ...

    def auth_headers(self, token: str | None) -> Headers:
        """The headers that say who we are."""
        ...

    def secrets(self, token: str | None) -> tuple[str, ...]:
        """Every string that must not appear in anything a caller might log."""
        ...


def validate_base_url(_instance: object, attribute: Attribute[str], value: object) -> None:
    """Validate a server URL.

    Raises:
        TypeError: when it is not a str.
        ValueError: when it is not an absolute http(s) URL, or has user info, a query, a fragment, a
            template variable, a dot segment or a character that no URL may have.
    """
    name = attribute.name
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not re.fullmatch(r"[!-~]+", value) or set(value) & set('{}<>"\\^`|'):
        raise ValueError(f"{name} must be a plain absolute URL without variables or spaces")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{name} must begin with https:// (or http://) and name a host")
    if "?" in value or "#" in value or "@" in parts.netloc:
        raise ValueError(f"{name} must have no user info, query or fragment")
    if {".", ".."} & set(parts.path.split("/")):
        raise ValueError(f"{name} must have no dot segments")
    _ = parts.port  # raises ValueError for a port that is none


def validate_secret(_instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a credential without ever showing it.

    Raises:
        TypeError: when it is not a str.
        ValueError: when it is empty or has characters that no header may have.
    """
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name} must be a str, not {type(value).__name__}")
    if not is_header_safe(value):
        raise ValueError(f"{attribute.name} must be visible ASCII characters, and at least one")


def validate_token(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a token or a source of tokens; raises as `secret` does."""
    if not callable(value):
        validate_secret(instance, attribute, value)


def credential_fingerprint(credential: str) -> str:
    """A name for a credential that does not give it away."""
    return sha256(f"countermand/principal/{credential}".encode()).hexdigest()[:16]


def is_header_safe(value: str) -> bool:
    """Whether a credential can stand in a header."""
    return _TOKEN.fullmatch(value) is not None


@frozen
class BearerAccount:
    """An account that shows a bearer token (RFC 6750)."""

    token: TokenSource = field(repr=False, validator=validate_token)
    base_url: str = field(validator=validate_base_url)

    @property
    def endpoint(self) -> str:
        """The server URL without the slash at its end."""
        return self.base_url.rstrip("/")

    @property
    def token_source(self) -> TokenSource | None:
        """The token, or the function that fetches one."""
        return self.token

    @property
    def principal(self) -> str:
        """Nobody: tokens come and go, and the ids of these providers are not the merchant's own."""
        return ""

    def auth_headers(self, token: str | None) -> Headers:
        """The Authorization header."""
        return (("Authorization", f"Bearer {token}"),)

    def secrets(self, token: str | None) -> tuple[str, ...]:
        """The token."""
        return (token,) if token else ()

"""Accounts: the protocol, the bearer token account, and validators for URLs and credentials."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from attrs import field, frozen

from countermand._secrets import hide_arguments, masked
from countermand._values import kind_of

if TYPE_CHECKING:
    from attrs import Attribute

    from countermand.provider._provider import Provider

TokenSource = str | Callable[[str | None], str | Awaitable[str]]
"""
A token, or a function that fetches one. The function gets the `user` of the call, None without one,
and returns the token or an awaitable of it. Each call asks it once, and once more if the provider
rejects the token; no token is kept for the next call. Cache in the function what is slow to fetch.
What it raises passes through, with the call's own error as its cause.
"""

Headers = tuple[tuple[str, str], ...]
"""Header fields, name and value, in order."""

ADDS_SCHEME: Final = "countermand adds it"
_SCHEME: Final = re.compile(r"\s*bearer(\s|$)", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[!-~]+")


class Account(Protocol):
    """The server URL and the credentials of one merchant at one provider.

    Any class with these members is an account; it needs no base class. Instances must be immutable
    and hashable, and their `repr` must show no credential: a frozen attrs class with
    `field(repr=False)` for credentials is both. `BearerAccount` has all members but `provider`.

    An account may have an attribute `trust_env`, too. If that is False, the client ignores the
    environment's proxies for it, as for a server on the same host.
    """

    @property
    def endpoint(self) -> str:
        """The server URL with its version path, without a slash at the end.

        `Call.path` is appended to it.
        """
        ...

    @property
    def provider(self) -> Provider[Any]:
        """The definition of the provider."""
        ...

    @property
    def token_source(self) -> TokenSource | None:
        """The token or the function that fetches one; None if the credentials are fixed."""
        ...

    @property
    def principal(self) -> str:
        """Name of the merchant, without a secret; empty if payment ids are unique at the server.

        The ledger stores it. `credential_fingerprint` makes one from a credential.
        """
        ...

    def auth_headers(self, token: str | None) -> Headers:
        """The header fields that carry the credentials.

        Args:
            token: The token that `token_source` gave; None without a `token_source`.
        """
        ...

    def secrets(self, token: str | None) -> tuple[str, ...]:
        """Every string to mask in messages, attempts and logs, in plain and in encoded form."""
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
        raise TypeError(f"{name} must be a str, not {kind_of(value)}")
    if not re.fullmatch(r"[!-~]+", value) or set(value) & set('{}<>"\\^`|'):
        raise ValueError(f"{name} must be a plain absolute URL without variables or spaces")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{name} must begin with https:// (or http://) and name a host")
    if "?" in value or "#" in value or "@" in parts.netloc:
        raise ValueError(f"{name} must have no user info, query or fragment")
    if {".", ".."} & set(parts.path.split("/")):
        raise ValueError(f"{name} must have no dot segments")
    _ = parts.port  # raises ValueError for an invalid port


def require_https(servers: Iterable[str]) -> Callable[[object, Attribute[str], str], None]:
    """A validator that refuses `http://` to a provider's own hosts: it would show the credentials.

    Elsewhere `http://` stays allowed, for tests and for a proxy that adds TLS.

    Args:
        servers: The documented server URLs.

    Raises:
        ValueError: by the validator, when a URL with `http://` names one of their hosts.
    """
    hosts = {urlsplit(server).hostname for server in servers}

    def validate(_instance: object, attribute: Attribute[str], value: str) -> None:
        parts = urlsplit(value)
        host = (parts.hostname or "").rstrip(".")
        if parts.scheme == "http" and host in hosts:
            raise ValueError(
                f"{attribute.name} must begin with https:// at {host}: "
                "http:// would send the credentials in the clear"
            )

    return validate


def validate_secret(_instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a credential; no message contains it.

    Raises:
        TypeError: when it is not a str.
        ValueError: when it is empty or has characters that a header cannot carry.
    """
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name} must be a str, not {kind_of(value)}")
    if not is_header_safe(value):
        raise ValueError(f"{attribute.name} must be visible ASCII characters, and at least one")


def validate_token(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a `TokenSource`.

    Raises:
        TypeError: when it is neither a str nor a function.
        ValueError: as `validate_secret`, and when it begins with `Bearer`.
    """
    if isinstance(value, type) or not (callable(value) or isinstance(value, str)):
        raise TypeError(
            f"{attribute.name} must be a str or a function of the user that returns one, "
            f"not {kind_of(value)}"
        )
    if has_scheme(value):
        raise ValueError(f"{attribute.name} must have no 'Bearer' before it; {ADDS_SCHEME}")
    if not callable(value):
        validate_secret(instance, attribute, value)


def masked_token(source: TokenSource) -> TokenSource:
    """The source; a token as a `Secret`."""
    return masked(source) if isinstance(source, str) else source


def credential_fingerprint(credential: str) -> str:
    """A short digest that identifies a credential without revealing it."""
    return sha256(f"countermand/principal/{credential}".encode()).hexdigest()[:16]


def has_scheme(value: object) -> bool:
    """Whether a token begins with the name of the scheme, which is not part of it."""
    return isinstance(value, str) and _SCHEME.match(value) is not None


def is_header_safe(value: str) -> bool:
    """Whether a credential can stand in a header."""
    return _TOKEN.fullmatch(value) is not None


@hide_arguments
@frozen
class BearerAccount:
    """An account with a bearer token (RFC 6750); a subclass adds `provider`."""

    token: TokenSource = field(repr=False, converter=masked_token, validator=validate_token)
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
        """Empty: tokens change, and these providers' payment ids do not repeat among merchants."""
        return ""

    def auth_headers(self, token: str | None) -> Headers:
        """The Authorization header."""
        return (("Authorization", f"Bearer {token}"),)

    def secrets(self, token: str | None) -> tuple[str, ...]:
        """The token."""
        return (token,) if token else ()

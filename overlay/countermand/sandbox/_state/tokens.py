"""Credentials: bearer tokens and linked identities of users, and the constant keys."""

from __future__ import annotations

from typing import Final, Literal, get_args

import attrs

ALL_SCOPES: Final = (
    "pay:transactions:cancel",
    "pay:transactions:read",
    "fueling:transactions:delete",
)
"""The PACE scopes that the operations require."""

UNZER_PRIVATE_KEY: Final = "s-priv-countermandsandbox"
"""The private key that the Unzer simulator accepts."""

VTEX_APP_KEY: Final = "vtexappkey-countermand-sandbox"
"""The application key of the sandbox's VTEX provider."""

VTEX_APP_TOKEN: Final = "SANDBOXAPPTOKEN"  # noqa: S105  # valid only in the sandbox
"""The application token of the sandbox's VTEX provider."""


LinkOwner = Literal["user", "token"]
"""Whom a linked identity belongs to: to the user, or to each token issued since."""


@attrs.frozen
class Token:
    """A bearer token: its user, its scopes, its link, and the form of its errors.

    `plain_errors` makes PACE's authentication layer answer in `text/plain` regardless of `Accept`,
    as services on the provider's published framework do.
    """

    user: str
    scopes: tuple[str, ...] = ALL_SCOPES
    plain_errors: bool = False
    linked: bool = True
    """Whether the user had a linked identity when it was issued."""


class TokenRegistry:
    """The issued tokens, and the users without a linked identity."""

    def __init__(self, link_owner: LinkOwner = "user") -> None:
        if link_owner not in get_args(LinkOwner):
            raise ValueError(f"link_owner must be 'user' or 'token', not {link_owner!r}")
        self._link_owner = link_owner
        self._tokens: dict[str, Token] = {}
        self._expired: set[str] = set()
        self._unlinked: set[str] = set()

    def issue(
        self,
        *,
        user: str = "u-1",
        linked: bool | None = None,
        expired: bool = False,
        scopes: tuple[str, ...] = ALL_SCOPES,
        plain_errors: bool = False,
    ) -> str:
        """Return a new token of a user.

        `linked` links or unlinks the user's identity; None changes nothing. A new user is linked.
        """
        if linked is not None:
            (self.link if linked else self.unlink)(user)
        value = f"sandbox-token-{len(self._tokens) + 1}"
        self._tokens[value] = Token(user, scopes, plain_errors, user not in self._unlinked)
        if expired:
            self.expire(value)
        return value

    def find(self, value: str) -> Token | None:
        """Return a token, or None if it was not issued."""
        return self._tokens.get(value)

    def expire(self, value: str) -> None:
        """Expire a token; raises `LookupError` if it was not issued."""
        if value not in self._tokens:
            raise LookupError("no such token was issued")
        self._expired.add(value)

    def valid(self, value: str) -> bool:
        """Whether a token was issued and has not expired."""
        return value in self._tokens and value not in self._expired

    def link(self, user: str) -> None:
        """Link the user's identity."""
        self._unlinked.discard(user)

    def unlink(self, user: str) -> None:
        """Unlink the user's identity."""
        self._unlinked.add(user)

    def linked(self, token: Token) -> bool:
        """Whether a request with this token has a linked identity."""
        return token.linked if self._link_owner == "token" else token.user not in self._unlinked

"""Users, bearer tokens and linked identities: who may speak to PACE and to Bento."""

from __future__ import annotations

from typing import Final

import attrs

ALL_SCOPES: Final = (
    "pay:transactions:cancel",
    "pay:transactions:read",
    "fueling:transactions:delete",
)
"""The PACE scopes that the five APIs' operations ask for."""

UNZER_PRIVATE_KEY: Final = "s-priv-countermandsandbox"
"""The one private key that the sandbox's Unzer knows."""

VTEX_APP_KEY: Final = "vtexappkey-countermand-sandbox"
"""The application key of the sandbox's VTEX provider."""

VTEX_APP_TOKEN: Final = "SANDBOXAPPTOKEN"  # noqa: S105  # opens nothing but this simulator
"""The application token of the sandbox's VTEX provider."""


@attrs.frozen
class Token:
    """A bearer token: for whom, for what, and in which form its refusals come.

    `plain_errors` makes PACE's authentication layer answer `text/plain` whatever is accepted, as
    services built on the provider's published framework do.
    """

    user: str
    scopes: tuple[str, ...] = ALL_SCOPES
    plain_errors: bool = False


class TokenRegistry:
    """Every token that was issued, and which users lack the linked identity."""

    def __init__(self) -> None:
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

        `linked` links or unlinks the user on the way; None leaves that as it is, and a user that
        was never spoken of is linked.
        """
        value = f"sandbox-token-{len(self._tokens) + 1}"
        self._tokens[value] = Token(user, scopes, plain_errors)
        if expired:
            self.expire(value)
        if linked is not None:
            (self.link if linked else self.unlink)(user)
        return value

    def find(self, value: str) -> Token | None:
        """Return what is known of a token, or None where it was never issued."""
        return self._tokens.get(value)

    def expire(self, value: str) -> None:
        """Let a token count as expired from now on; raises `LookupError` if it was never issued."""
        if value not in self._tokens:
            raise LookupError("no such token was issued")
        self._expired.add(value)

    def valid(self, value: str) -> bool:
        """Tell whether a token was issued and has not expired."""
        return value in self._tokens and value not in self._expired

    def link(self, user: str) -> None:
        """Give a user the linked identity."""
        self._unlinked.discard(user)

    def unlink(self, user: str) -> None:
        """Take the linked identity from a user."""
        self._unlinked.add(user)

    def linked(self, user: str) -> bool:
        """Tell whether a user has the linked identity."""
        return user not in self._unlinked

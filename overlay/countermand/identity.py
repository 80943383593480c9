"""Linked identities: the challenge that a client passes to the caller's handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LinkChallenge", "LinkHandler"]


@frozen(kw_only=True)
class LinkChallenge:
    """PACE requires this user to log in with a third party first.

    Attributes:
        api: `pace_pay` or `pace_fueling`.
        user: The user's name in the caller's system, as passed to `cancel`; None without one.
        key: The idempotency key of the waiting cancel; None for `execute`.
        cancellation: The waiting cancellation; None for `execute`.
        problem: PACE's error object. It names neither the third party nor a login page; choose
            the third party with the identity provider hint of PACE's login page.
    """

    api: str
    user: str | None
    key: str | None
    cancellation: object | None
    problem: Mapping[str, Any] = field(hash=False)


LinkHandler = Callable[[LinkChallenge], str | Awaitable[str | None] | None]
"""
Handler that guides the user through the login. It returns a new token, or None to keep the current
one. The token serves this call and the calls of the same user that wait for it meanwhile; calls
without a user never share. If the user did not link, it raises: the exception passes through, with
`MissingLinkedIdentity` as its cause, and calls that wait get `MissingLinkedIdentity`. Its time does
not count towards the deadline.
"""

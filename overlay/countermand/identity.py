"""Missing linked identity: what the caller's handler is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LinkChallenge", "LinkHandler"]


@frozen(kw_only=True)
class LinkChallenge:
    """PACE wants this user to log in with a third party before they may act.

    Attributes:
        api: `pace_pay` or `pace_fueling`.
        user: The caller's own name for the user, as given to `cancel`; None where none was.
        key: The cancel that waits for it; None for an operation run by `execute`.
        cancellation: What it cancels; None likewise.
        problem: PACE's error object. Which third party is missing, and where to log in, it does not
            say; the login can be steered by the identity provider hint of PACE's login page.
    """

    api: str
    user: str | None
    key: str | None
    cancellation: object | None
    problem: Mapping[str, Any] = field(hash=False)


LinkHandler = Callable[[LinkChallenge], str | Awaitable[str | None] | None]
"""
Takes the user through the login. Returns a token to go on with, or None to go on with the present
one; raises when the user did not link. Its time does not count against the deadline.
"""

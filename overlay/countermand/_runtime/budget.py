"""The retry budget of an account, shared by a client's calls."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from countermand.policy import Budget


class TokenBucket:
    """Token bucket: a retry takes a token; a call that the provider itself answered adds some."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._tokens = budget.reserve
        self.reset()

    def reset(self) -> None:
        """In a forked child: a thread of the parent may hold the lock."""
        self._lock = Lock()

    @property
    def left(self) -> float:
        """The tokens that are left."""
        return self._tokens

    def earn(self) -> None:
        """Add what one answered call earns."""
        with self._lock:
            self._tokens = min(self._budget.reserve, self._tokens + self._budget.per_call)

    def try_take(self) -> bool:
        """Take a token; False if none is left."""
        with self._lock:
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

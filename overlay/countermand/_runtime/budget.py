"""The retry budget of a client, shared by its threads."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from countermand.policy import Budget


class TokenBucket:
    """Token bucket: a retry takes a token, calls and time add tokens. `now` is a monotonic time."""

    def __init__(self, budget: Budget, now: float) -> None:
        self._budget = budget
        self._tokens = budget.reserve
        self._at = now
        self._lock = Lock()

    def add_call(self, now: float) -> None:
        """Add what one call earns."""
        with self._lock:
            self._refill(now, self._budget.per_call)

    def try_take(self, now: float) -> bool:
        """Take a token for a retry; False if none is left."""
        with self._lock:
            self._refill(now, 0.0)
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    def _refill(self, now: float, extra: float) -> None:
        earned = max(0.0, now - self._at) * self._budget.per_second + extra
        self._at = max(self._at, now)
        self._tokens = min(self._budget.reserve, self._tokens + earned)

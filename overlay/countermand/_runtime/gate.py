"""The gate of a client: how many requests may be under way at once, per account and in all.

A place is held for one request, not for pauses or handlers. Who waits longest gets the next one.
Threads and tasks share the gate: each waits in its own way and is woken by a function.
"""

from __future__ import annotations

from collections import Counter, deque
from threading import Lock
from typing import TYPE_CHECKING, Final

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_REQUESTS: Final = 500
"""Requests of one client that may be under way at once."""


@define(eq=False)
class Place:
    """A place, or the wait for one."""

    gate: Gate = field(repr=False)
    account: int
    wake: Callable[[], object] | None = field(default=None, repr=False)
    number: int = 0
    held: bool = False

    def leave(self) -> None:
        """Give the place back, or stop waiting for it."""
        self.gate.leave(self)


class Gate:
    """Counts the requests under way and lets callers in, in the order in which they came."""

    def __init__(self, per_account: int, in_all: int = MAX_REQUESTS) -> None:
        self._per_account, self._in_all = per_account, in_all
        self._lock = Lock()
        self._held: Counter[int] = Counter()
        self._total = 0
        self._waiting: dict[int, deque[Place]] = {}
        self._arrivals = 0

    def try_take(self, account: int) -> Place | None:
        """Take a place, or None if there is none or somebody waits for one."""
        with self._lock:
            if not self._has_room(account) or account in self._waiting:
                return None
            return self._take(Place(self, account))

    def wait(self, account: int, wake: Callable[[], object]) -> Place:
        """Queue for a place; `wake` is called once it is held, in any thread."""
        with self._lock:
            self._arrivals += 1
            place = Place(self, account, wake, number=self._arrivals)
            self._waiting.setdefault(account, deque()).append(place)
            self._let_in()
            return place

    def leave(self, place: Place) -> None:
        """Give a place back, or stop waiting for it; once is enough."""
        with self._lock:
            if place.held:
                place.held = False
                self._held[place.account] -= 1
                self._total -= 1
            elif place in self._waiting.get(place.account, ()):
                self._remove(place)
            self._let_in()

    def under_way(self, account: int) -> int:
        """How many requests keep an account's next one waiting."""
        with self._lock:
            held = self._held[account]
            return held if held >= self._per_account else self._total

    def _has_room(self, account: int) -> bool:
        return self._total < self._in_all and self._held[account] < self._per_account

    def _take(self, place: Place) -> Place:
        self._held[place.account] += 1
        self._total += 1
        place.held = True
        return place

    def _let_in(self) -> None:
        while first := min(
            (queue[0] for account, queue in self._waiting.items() if self._has_room(account)),
            key=lambda place: place.number,
            default=None,
        ):
            self._remove(first)
            self._take(first)
            assert first.wake is not None
            first.wake()

    def _remove(self, place: Place) -> None:
        queue = self._waiting[place.account]
        queue.remove(place)
        if not queue:
            del self._waiting[place.account]

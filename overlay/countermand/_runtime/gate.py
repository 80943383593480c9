"""The gate of a client: how many requests may be under way at once, per account and in all.

A place is held for one request, not for pauses or handlers. Who waits longest gets the next one.
Threads and tasks share the gate: each waits in its own way and is woken by a function.
"""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Final

from attrs import define, field

from countermand._threads import FinalizerLock

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_REQUESTS: Final = 500
"""Requests of one client that may be under way at once."""


@define(eq=False)
class Place:
    """A place, or the wait for one. It is made first, so that an interruption cannot lose it."""

    gate: Gate = field(repr=False)
    account: int
    wake: Callable[[], object] | None = field(default=None, repr=False)
    number: int = 0

    @property
    def held(self) -> bool:
        """Whether the caller may send."""
        return self.gate.is_held(self)

    def leave(self) -> None:
        """Give the place back, or stop waiting for it; once is enough. Never waits."""
        self.gate.leave(self)


class Gate:
    """Counts the requests under way and lets callers in, in the order in which they came."""

    def __init__(self, per_account: int, in_all: int = MAX_REQUESTS) -> None:
        self._per_account, self._in_all = per_account, in_all
        self._arrivals = count(1)
        self.reset()

    def reset(self) -> None:
        """Begin anew, in a forked child: the requests under way are its parent's."""
        self._lock = FinalizerLock()
        self._held: dict[int, set[Place]] = {}
        self._waiting: dict[int, deque[Place]] = {}

    def try_take(self, place: Place) -> bool:
        """Take a place; False if there is none or somebody waits for one."""
        with self._lock:
            free = self._has_room(place.account) and place.account not in self._waiting
            if free:
                self._take(place)
            return free

    def wait(self, place: Place, wake: Callable[[], object]) -> None:
        """Queue for a place; `wake` is called once it is held, in any thread."""
        place.wake, place.number = wake, next(self._arrivals)
        with self._lock:
            self._waiting.setdefault(place.account, deque()).append(place)
            self._let_in()

    def leave(self, place: Place) -> None:
        """Give a place back, or stop waiting for it."""
        self._lock.run(lambda: self._leave(place))

    def is_held(self, place: Place) -> bool:
        """Whether a place is held."""
        return place in self._held.get(place.account, ())

    def under_way(self, account: int) -> int:
        """How many requests keep an account's next one waiting."""
        with self._lock:
            held = len(self._held.get(account, ()))
            return held if held >= self._per_account else self._total

    @property
    def _total(self) -> int:
        return sum(map(len, self._held.values()))

    def _has_room(self, account: int) -> bool:
        return len(self._held.get(account, ())) < self._per_account and self._total < self._in_all

    def _take(self, place: Place) -> None:
        self._held.setdefault(place.account, set()).add(place)

    def _leave(self, place: Place) -> None:
        _discard(self._held, place)
        _discard(self._waiting, place)
        self._let_in()

    def _let_in(self) -> None:
        while first := min(
            (queue[0] for account, queue in self._waiting.items() if self._has_room(account)),
            key=lambda place: place.number,
            default=None,
        ):
            self._take(first)
            _discard(self._waiting, first)
            assert first.wake is not None
            first.wake()


def _discard(places: dict[int, set[Place]] | dict[int, deque[Place]], place: Place) -> None:
    """Remove a place if it is there, and its account with its last place."""
    there = places.get(place.account)
    if there is not None and place in there:
        there.remove(place)
        if not there:
            del places[place.account]

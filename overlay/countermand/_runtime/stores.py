"""Calls of a key store: what asks it is a generator, performed by blocking or by awaiting."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from countermand._steps import drive

if TYPE_CHECKING:
    from countermand._core.idempotency import KeyStore

T = TypeVar("T")

StoreSteps = Generator[Callable[[Any], Any], Any, T]
"""A generator that yields calls of a key store, gets their results, and returns a `T`."""


def ask_store(store: KeyStore | None, steps: StoreSteps[T]) -> T:
    """Make the calls of a generator, blocking."""
    return drive(steps, lambda call: call(store))


def refuse_steps(steps: StoreSteps[T], error: Exception) -> T:
    """Raise an error in place of each call of a generator."""

    def refuse(_call: object) -> NoReturn:
        raise error

    return drive(steps, refuse)

"""What a forked child must not share with its parent: threads, locks and connections."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable

_renewals: list[WeakMethod[Callable[[], Any]]] = []


def renew_in_child(method: Callable[[], Any]) -> None:
    """Call a bound method in every forked child, as long as its object lives."""
    _renewals[:] = [each for each in _renewals if each() is not None]
    _renewals.append(WeakMethod(method))


def _renew() -> None:
    for each in tuple(_renewals):
        method = each()
        if method is not None:
            method()


# Windows knows no fork.
if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_renew)

"""What the explorer walks on: one key, its payment, its row, two workers. Frozen values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from tests.model_checking.ledger import DEAD, Row

if TYPE_CHECKING:
    from tests.model_checking.payments import Payment


class BrokenError(AssertionError):
    """An invariant is violated."""


@attrs.frozen
class Scope:
    """How much may happen."""

    calls: int = 3
    others: int = 1
    looks: int = 0
    """How often `reconcile` takes the key, at any moment at which it has no end."""
    lost_leases: bool = False
    """Whether a worker may lose its lease and live on."""
    stopped_claims: bool = False
    """Whether a caller may stop a call in the moment in which it takes the key."""
    hasty_people: bool = False
    """Whether a person may say what they found before the late-arrival window has passed."""
    gateways: bool = False
    """Whether a gateway may answer a request that was executed as if it was not."""
    unreadable: bool = False
    """Whether the ledger may be out of reach when a key is claimed."""


@attrs.frozen
class ModelState:
    """Everything that the future depends on."""

    payment: Payment
    row: Row | None = None
    workers: tuple[int | None, int | None] = (None, None)
    late: tuple[bool, ...] = ()
    """Requests in flight without a waiting call; True for one that was reported not executed."""
    calls: int = 3
    others: int = 1
    looks: int = 0


def later(late: tuple[bool, ...], *, more: bool) -> tuple[bool, ...]:
    """The requests in flight, and one more without a waiting call."""
    return tuple(sorted((*late, False))) if more else late


def moved(model_state: ModelState, worker: int, number: int | None) -> ModelState:
    """The state with a worker elsewhere; which of the two is called first makes no difference."""
    first, second = model_state.workers
    workers = (number, second) if worker == 0 else (first, number)
    return attrs.evolve(model_state, workers=workers)


def killed(model_state: ModelState, worker: int) -> ModelState:
    """The state without a worker, whose lease is left to expire."""
    row = model_state.row
    if row is not None and row.owner == worker:
        row = attrs.evolve(row, owner=DEAD)
    return attrs.evolve(moved(model_state, worker, None), row=row)


def canonical(model_state: ModelState) -> ModelState:
    """Two states that differ only by the order of the workers are one."""
    first, second = (-1 if number is None else number for number in model_state.workers)
    if first <= second:
        return model_state
    row = model_state.row
    if row is not None and row.owner in {0, 1}:
        row = attrs.evolve(row, owner=1 - row.owner)
    return attrs.evolve(model_state, workers=model_state.workers[::-1], row=row)

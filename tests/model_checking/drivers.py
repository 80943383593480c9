"""A call that its caller stops while it claims its key: what the real driver makes of that.

In that moment the key may be taken already while the procedure has not heard of it, so the answer
is with the driver, and not to be had from the procedure.
"""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING, Any

import attrs

from countermand._core.idempotency import Claimant
from countermand._runtime.drivers import AsyncDriver
from countermand._runtime.invocation import Hold
from countermand.errors import CountermandError, OutcomeUnknown

if TYPE_CHECKING:
    from countermand._core.commands import Prior
    from countermand._core.outcomes import Conclusion
    from tests.model_checking.procedure import Procedure


@attrs.define
class Book:
    """A ledger that is slow to answer a claim, and keeps what the call is closed with."""

    prior: Prior
    asked: Event = attrs.field(factory=Event)
    go_on: Event = attrs.field(factory=Event)
    closed: list[Conclusion] = attrs.field(factory=list)
    durable: bool = True

    def claim(self, _claimant: Claimant, *, limit: float) -> Prior:
        """Take hold of the key, when the caller has stopped the call."""
        assert limit > 0
        self.asked.set()
        assert self.go_on.wait(10)
        return self.prior

    def dispatch(self, _claimant: Claimant, _number: int, *, limit: float) -> None:
        """Is never asked."""
        raise AssertionError(limit)

    def release(self, _claimant: Claimant, *, limit: float) -> None:
        """Is never asked."""
        raise AssertionError(limit)

    def abandon(self, _claimant: Claimant) -> None:
        """Is never asked."""
        raise AssertionError

    def holds(self, _claimant: Claimant) -> bool:
        """Nobody takes it away."""
        return True

    def conclude(self, _claimant: Claimant, conclusion: Conclusion, *, limit: float) -> bool:
        """Keep it."""
        assert limit > 0
        self.closed.append(conclusion)
        return True


def stopped_in_claim(procedure: Procedure, prior: Prior) -> tuple[Conclusion, CountermandError]:
    """What is recorded, and what the caller is told."""
    if prior not in procedure.claims:
        procedure.claims[prior] = asyncio.run(_stopped(procedure, prior))
    return procedure.claims[prior]


async def _stopped(procedure: Procedure, prior: Prior) -> tuple[Conclusion, CountermandError]:
    book = Book(prior)
    errand = procedure.errand()
    claimant = Claimant(
        key=procedure.matter.key or "",
        cancellation=procedure.cancellation,
        destination="",
        holder="model",
    )
    errand.hold = Hold(book=book, claimant=claimant, intent=procedure.intent)

    async def sleep(_seconds: float) -> None: ...

    def wires(_account: Any) -> Any:
        raise AssertionError

    call = asyncio.ensure_future(AsyncDriver(errand, wires, sleep).run())
    await asyncio.to_thread(book.asked.wait, 10)
    call.cancel()
    await asyncio.sleep(0)
    book.go_on.set()
    try:
        await call
    except asyncio.CancelledError as cancelled:
        told = cancelled.__cause__
    assert isinstance(told, CountermandError)
    # A key that nobody lets go of stays as it was until its lease expires.
    recorded = book.closed[0] if book.closed else OutcomeUnknown("left to its lease")
    return recorded, told

"""A call that its caller stops while it claims its key: what the real driver makes of that.

In that moment the key may be taken already while the procedure has not heard of it, so the answer
is with the driver, and not to be had from the procedure.
"""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING, Any

import attrs

from countermand._core.idempotency import KeyClaim
from countermand._runtime.async_driver import AsyncDriver
from countermand._runtime.claim import ClaimHandle
from countermand._runtime.gate import Gate
from countermand.errors import CountermandError, OutcomeUnknown
from tests.model_checking.procedure import frozen

if TYPE_CHECKING:
    from countermand._core.commands import KeyHistory
    from countermand._core.outcomes import CallResult
    from tests.model_checking.procedure import Procedure


@attrs.define
class FakeKeyStore:
    """A ledger that is slow to answer a claim, and keeps what the call is closed with."""

    prior: KeyHistory
    asked: Event = attrs.field(factory=Event)
    go_on: Event = attrs.field(factory=Event)
    closed: list[CallResult] = attrs.field(factory=list)
    durable: bool = True
    awaitable: None = None

    def claim(self, _claimant: KeyClaim, *, timeout: float, first_attempt: bool) -> KeyHistory:
        """Lease the key, when the caller has stopped the call."""
        assert timeout > 0
        assert first_attempt in {True, False}
        self.asked.set()
        assert self.go_on.wait(10)
        return self.prior

    def record_attempt(
        self, _claimant: KeyClaim, _number: int, *, timeout: float, **_more: object
    ) -> None:
        """Is never called."""
        raise AssertionError(timeout)

    def release(self, _claimant: KeyClaim, *, timeout: float) -> None:
        """Is never called."""
        raise AssertionError(timeout)

    def abandon(self, _claimant: KeyClaim) -> None:
        """Is never called."""
        raise AssertionError

    def is_held(self, _claimant: KeyClaim) -> bool:
        """The lease is never lost."""
        return True

    def record_outcome(
        self, _claimant: KeyClaim, result: CallResult, *, timeout: float, **_more: object
    ) -> bool:
        """Keep it."""
        assert timeout > 0
        self.closed.append(result)
        return True


def stopped_in_claim(
    procedure: Procedure, history: KeyHistory
) -> tuple[CallResult, CountermandError]:
    """What is recorded, and what the caller gets."""
    known = frozen(history)
    if known not in procedure.claims:
        procedure.claims[known] = asyncio.run(_stopped(procedure, history))
    return procedure.claims[known]


async def _stopped(
    procedure: Procedure, history: KeyHistory
) -> tuple[CallResult, CountermandError]:
    store = FakeKeyStore(history)
    invocation = procedure.invocation()
    claim = KeyClaim(
        key=procedure.plan.key or "",
        cancellation=procedure.cancellation,
        destination="",
        owner="model",
    )
    invocation.claim = ClaimHandle(store=store, claim=claim, name="the model")

    async def sleep(_seconds: float) -> None: ...

    def transport_for(_account: Any) -> Any:
        raise AssertionError

    call = asyncio.ensure_future(AsyncDriver(transport_for, Gate(1), sleep).run(invocation))
    await asyncio.to_thread(store.asked.wait, 10)
    call.cancel()
    await asyncio.sleep(0)
    store.go_on.set()
    try:
        await call
    except asyncio.CancelledError as cancelled:
        outcome = cancelled.__cause__
    assert isinstance(outcome, CountermandError)
    # A key that is not released stays leased until its lease expires.
    recorded = store.closed[0] if store.closed else OutcomeUnknown("left to its lease")
    return recorded, outcome

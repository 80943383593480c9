"""Reads of the payment before and after a cancel, within the call's own deadline.

A generator of commands; see `countermand._core` for how it fits in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import evolve, frozen

from countermand._core.redaction import redact_value
from countermand._core.request import CallState, RequestPlan, RequestState, retry_loop
from countermand.provider._evidence import Proof, prove
from countermand.provider._responses import verdict_from_reply
from countermand.provider._verdicts import (
    Absent,
    Done,
    Finding,
    MaybeExecuted,
    NotKnown,
    Refused,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from countermand_clients.operation import Call

    from countermand._core.cancel import CancelPlan
    from countermand._core.commands import Commands
    from countermand.attempts import RawResponse
    from countermand.provider._verdicts import ReadBack

F = TypeVar("F")


@frozen
class Look(Generic[F]):
    """What a read of the payment found."""

    finding: F | NotKnown
    succeeded: bool
    """Whether the API itself answered every read."""
    read: CallState | None = None
    """The last read; None if there was none."""


def compares(plan: CancelPlan) -> bool:
    """Whether the payment is read before each send. Where a repeat does no harm it need not be."""
    return plan.take_snapshot is not None and plan.operation.repeat.effect != "none"


def is_readable(plan: CancelPlan) -> bool:
    """Whether this client has the account for the first read."""
    call = None if plan.read_back is None else next(plan.read_back(None), None)
    return call is not None and call.operation.api in plan.readable_apis


def read_back(
    plan: CancelPlan,
    request: RequestState,
    attempts: int | None = None,
    reads: ReadBack | None = None,
) -> Commands[Look[Finding]]:
    """Read what became of the payment.

    Args:
        plan: The cancel.
        request: Gets what was seen.
        attempts: The maximum number of attempts of each read.
        reads: The reads; the plan's if left out.
    """
    if plan.read_back is None:
        return Look(NotKnown("the provider offers no read"), succeeded=False)
    reads = plan.read_back(request.snapshot) if reads is None else reads
    look = yield from read_payment(plan, request, reads, attempts)
    if compares(plan) and look.succeeded:
        request.unchanged = isinstance(look.finding, Absent)
    request.look_answered = look.succeeded
    request.look_reason = getattr(look.finding, "reason", None)
    return look


def read_payment(
    plan: CancelPlan,
    request: RequestState,
    reads: Generator[Call[Any], RawResponse | None, F],
    attempts: int | None,
) -> Commands[Look[F]]:
    """Make the reads of a provider, with so many attempts per read."""
    read, succeeded = None, True
    try:
        call = next(reads)
        while True:
            api = call.operation.api
            if api not in plan.readable_apis:
                reason = f"reading it back needs an account for {api} in this client"
                return Look(NotKnown(reason), succeeded=False)
            read = yield from _read(plan, request, call, attempts)
            reply = read.reply if _is_usable(read.verdict) else None
            succeeded = succeeded and reply is not None and _is_answered(reply, call)
            call = reads.send(reply)
    except StopIteration as finished:
        finding = redact_value(finished.value, request.state.credentials)
        return Look(finding, succeeded, read)


def _read(
    plan: CancelPlan, request: RequestState, call: Call[Any], attempts: int | None
) -> Commands[CallState]:
    """Send a read and return how it went; repeated freely within the same deadline."""

    def interpret(reply: RawResponse) -> Verdict:
        return verdict_from_reply(reply, call)

    policy = plan.policy if attempts is None else evolve(plan.policy, attempts=attempts)
    read_plan = RequestPlan(
        call=call,
        interpret=interpret,
        policy=policy,
        can_refresh_token=call.operation.api in plan.refreshable_apis,
    )
    read = RequestState(read_plan, request.started_at, request.deadline, request.now)
    read.refreshed = request.refreshed
    yield from retry_loop(read)
    request.now = read.now
    # The reply is judged as it came; the call's messages quote only this.
    read.state.verdict = redact_value(read.state.verdict, request.state.credentials)
    return read.state


def _is_answered(reply: RawResponse, call: Call[Any]) -> bool:
    """Whether the API itself answered the read, and no gateway in its place."""
    return prove(reply, call) in {Proof.EXECUTED, Proof.REFUSED}


def _is_usable(verdict: Verdict) -> bool:
    """Whether the reply to a read is whole; what it proves is the provider's rule."""
    if isinstance(verdict, MaybeExecuted):
        return not verdict.transient
    return isinstance(verdict, (Done, Refused))

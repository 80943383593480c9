"""One cancel: claim the key, read back, send if that is safe, read back, record the outcome.

A generator of commands; `countermand._core` describes the whole flow. The rules of this file:

* Nothing is sent before the key is claimed and, in a ledger, the attempt is recorded.
* Where a repeat does harm and an earlier attempt may have been executed, the provider's records are
  read first. The cancel is sent again only after the late-arrival window, and only if the records
  are complete and lack it, or a person has confirmed after the window that nothing was executed.
* An outcome that the answers leave unknown is read back before it is called unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, assert_never

from attrs import frozen

from countermand._core.commands import (
    AlreadyFinished,
    ClaimKey,
    Commands,
    RecordOutcome,
    Rejected,
    perform,
)
from countermand._core.outcomes import CallResult, to_result, unless_lease_lost
from countermand._core.request import CallState, RequestPlan, RequestState, retry_loop
from countermand._core.retries import is_unresolved
from countermand.provider._responses import verdict_from_status, verdict_from_success
from countermand.provider._verdicts import (
    Absent,
    Done,
    Finding,
    Found,
    MaybeExecuted,
    NotKnown,
    NotSent,
    ReadBack,
    Refused,
    Refuted,
    Verdict,
)
from countermand.receipt import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand_clients.operation import Call

    from countermand._core.commands import KeyHistory
    from countermand.attempts import RawResponse

CLIENT_CLOSED: Final = NotSent(message="the client is closed")

RECORDING_GRACE: Final = 0.05
"""The share of its deadline that a call may take longer, so that its outcome is recorded."""


@frozen(kw_only=True)
class CancelPlan(RequestPlan):
    """The request of a cancel, how to read it back, and which APIs can be read."""

    read_back: Callable[[], ReadBack] | None = None
    readable_apis: frozenset[str] = frozenset()
    """The APIs for which this client has one account."""
    refreshable_apis: frozenset[str] = frozenset()
    """Those of them whose token can be fetched anew."""
    client_closed: bool = False
    """Whether the client is closed, so that nothing may be sent."""


def cancel_flow(plan: CancelPlan, started_at: float, state: CallState) -> Commands[CallResult]:
    """Carry out a cancel and return its receipt or error.

    Args:
        plan: The cancel.
        started_at: The monotonic clock at the start, from which the deadline counts.
        state: Kept up to date, so that an interruption at any moment finds it true.
    """
    deadline = started_at + plan.policy.deadline
    request = RequestState(plan, started_at, deadline, started_at, state)
    claimed = yield from perform(ClaimKey(request.remaining))
    request.now = claimed.monotonic
    match claimed.value:
        case AlreadyFinished(result):
            return result
        case Rejected(error):
            return error
        case history:
            yield from _resolve_and_send(plan, request, history)
    result = to_result(state, plan)
    timeout = max(request.remaining, plan.policy.deadline * RECORDING_GRACE)
    recorded = yield from perform(RecordOutcome(result, timeout))
    return unless_lease_lost(result, plan, still_owned=recorded.value)


def _resolve_and_send(
    plan: CancelPlan, request: RequestState, history: KeyHistory
) -> Commands[None]:
    state = request.state
    state.maybe_executed = history.maybe_executed
    state.references[:] = history.references
    if plan.client_closed:
        state.verdict = CLIENT_CLOSED
        return
    window = plan.policy.late_arrival_window
    window_over = history.since_last_attempt >= window
    confirmed = (
        history.confirmed_absent_after is not None and history.confirmed_absent_after >= window
    )
    if history.maybe_executed and not _is_repeat_safe(plan, history):
        finding = yield from _read_back(plan, request)
        may_resend = isinstance(finding, (Absent, NotKnown) if confirmed else Absent)
        if not (may_resend and window_over):
            state.key_expired = plan.operation.repeat.effect == "none"
            _apply_finding(finding, state)
            return
        state.maybe_executed = False
    elif confirmed and window_over:
        state.maybe_executed = False
    yield from retry_loop(request)
    if plan.read_back is not None and _is_unresolved(plan, state):
        _apply_finding((yield from _read_back(plan, request)), state)


def _is_unresolved(plan: CancelPlan, state: CallState) -> bool:
    return is_unresolved(
        state.verdict,
        plan.operation.repeat,
        maybe_executed=state.maybe_executed,
        references=state.references,
    )


def _is_repeat_safe(plan: CancelPlan, history: KeyHistory) -> bool:
    """Whether a repeat does no harm; providers forget a key after its lifetime."""
    operation = plan.operation
    lifetime = operation.key.lifetime if operation.key else None
    known = lifetime is None or history.since_first_attempt < lifetime
    return operation.repeat.effect == "none" and known


def _read_back(plan: CancelPlan, request: RequestState) -> Commands[Finding]:
    if plan.read_back is None:
        return NotKnown("the provider offers no read")
    read_back = plan.read_back()
    try:
        call = next(read_back)
        while True:
            api = call.operation.api
            if api not in plan.readable_apis:
                return NotKnown(f"reading it back needs an account for {api} in this client")
            call = read_back.send((yield from _read(plan, request, call)))
    except StopIteration as finished:
        finding: Finding = finished.value
        return finding


def _read(plan: CancelPlan, request: RequestState, call: Call[Any]) -> Commands[RawResponse | None]:
    """Send a read and return its reply, or None; repeated freely within the same deadline."""

    def interpret(reply: RawResponse) -> Verdict:
        return verdict_from_success(reply, call) if reply.is_success else verdict_from_status(reply)

    read_plan = RequestPlan(
        call=call,
        interpret=interpret,
        policy=plan.policy,
        can_refresh_token=call.operation.api in plan.refreshable_apis,
    )
    read = RequestState(read_plan, request.started_at, request.deadline, request.now)
    yield from retry_loop(read)
    request.now = read.now
    usable = isinstance(read.state.verdict, (Done, Refused))
    return read.state.reply if usable else None


def _apply_finding(finding: Finding, state: CallState) -> None:
    match finding:
        case Found(done):
            state.verdict, state.evidence = done, Evidence.READ_BACK
            state.maybe_executed = False
        case Refuted(refused):
            state.verdict, state.maybe_executed = refused, False
        case Absent(reason) | NotKnown(reason):
            known = getattr(state.verdict, "message", "")
            message = f"{known}; {reason}" if state.attempt_log else reason
            state.verdict = MaybeExecuted(message=message)
        case _:
            assert_never(finding)

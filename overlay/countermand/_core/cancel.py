"""One intent: take the key, find out what is known, send if that is safe, find out again, record.

A generator, as the procedure it builds on. The rules:

* Nothing is sent before the key is held and each attempt is recorded.
* Where a repeat does harm and an earlier attempt may have been executed, the provider is asked
  first. Only a look that shows everything and finds nothing, or a person's word that nothing was
  executed, allows sending again; and both only if they come after a settle window in which a late
  request would have arrived.
* What the answers leave open is looked up before it is called unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, assert_never

from attrs import frozen

from countermand._core.commands import (
    AlreadyFinished,
    ClaimKey,
    Commands,
    KeyHistory,
    RecordOutcome,
    Rejected,
)
from countermand._core.outcomes import CallContext, CallResult, to_result, unless_lease_lost
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

    from countermand.attempts import RawResponse


@frozen(kw_only=True)
class CancelPlan:
    """A cancel: the request, how to look for it, and which other APIs can be asked."""

    request_plan: RequestPlan
    context: CallContext
    read_back: Callable[[], ReadBack] | None = None
    readable_apis: frozenset[str] = frozenset()
    """The APIs that this client has an account for."""
    refreshable_apis: frozenset[str] = frozenset()
    """Those of them that can fetch a fresh token."""
    client_closed: bool = False
    """Whether the client is closed, so that nothing can be sent any more."""


CLIENT_CLOSED: Final = NotSent(message="the client is closed")

RECORDING_GRACE: Final = 0.05
"""The part of its time that a call may take longer, so that its end is recorded."""


def cancel_flow(cancel_plan: CancelPlan, began: float, state: CallState) -> Commands[CallResult]:
    """Carry an intent out, or say why not.

    Args:
        cancel_plan: What to do.
        began: The monotonic clock at the start, from which the deadline counts.
        state: Is kept up to date, so that an interruption at any moment leaves the truth behind.
    """
    request = RequestState(
        cancel_plan.request_plan,
        began,
        began + cancel_plan.request_plan.policy.deadline,
        began,
        state,
    )
    answer = yield ClaimKey(request.remaining)
    request.now = answer.monotonic
    match answer.value:
        case AlreadyFinished(result):
            return result
        case Rejected(error):
            return error
        case history:
            assert isinstance(history, KeyHistory)
            yield from _resolve_and_send(cancel_plan, request, history)
    result = to_result(state, cancel_plan.context)
    timeout = max(request.remaining, cancel_plan.request_plan.policy.deadline * RECORDING_GRACE)
    answer = yield RecordOutcome(result, timeout)
    return unless_lease_lost(result, cancel_plan.context, still_owned=answer.value is not False)


def _resolve_and_send(
    cancel_plan: CancelPlan, request: RequestState, history: KeyHistory
) -> Commands[None]:
    repeat = cancel_plan.request_plan.call.operation.repeat
    state = request.state
    state.maybe_executed = history.maybe_executed
    state.references[:] = history.references
    if cancel_plan.client_closed:
        state.verdict = CLIENT_CLOSED
        return
    window = cancel_plan.request_plan.policy.late_arrival_window
    quiet = history.since_last_attempt >= window
    vouched = (
        history.confirmed_absent_after is not None and history.confirmed_absent_after >= window
    )
    if history.maybe_executed and not _is_repeat_safe(cancel_plan, history):
        finding = yield from _read_back(cancel_plan, request)
        absent = isinstance(finding, (Absent, NotKnown) if vouched else Absent)
        if not (absent and quiet):
            state.key_expired = repeat.effect == "none"
            _apply_finding(finding, state)
            return
        state.maybe_executed = False
    elif vouched and quiet:
        state.maybe_executed = False
    yield from retry_loop(request)
    still_open = is_unresolved(
        state.verdict, repeat, maybe_executed=state.maybe_executed, references=state.references
    )
    if still_open and cancel_plan.read_back is not None:
        _apply_finding((yield from _read_back(cancel_plan, request)), state)


def _is_repeat_safe(cancel_plan: CancelPlan, history: KeyHistory) -> bool:
    """Whether a repeat does no harm, and still does not: a key is not known again for ever."""
    operation = cancel_plan.request_plan.call.operation
    lifetime = operation.key.lifetime if operation.key else None
    known = lifetime is None or history.since_first_attempt < lifetime
    return operation.repeat.effect == "none" and known


def _read_back(cancel_plan: CancelPlan, request: RequestState) -> Commands[Finding]:
    if cancel_plan.read_back is None:
        return NotKnown("the provider offers no way to look")
    reading = cancel_plan.read_back()
    try:
        call = next(reading)
        while True:
            api = call.operation.api
            if api not in cancel_plan.readable_apis:
                return NotKnown(f"looking it up needs an account for {api} in this client")
            call = reading.send((yield from _read(cancel_plan, request, call)))
    except StopIteration as finished:
        finding: Finding = finished.value
        return finding


def _read(
    cancel_plan: CancelPlan, request: RequestState, call: Call[Any]
) -> Commands[RawResponse | None]:
    """The reply to a read, or None; a read is repeated freely, within the same deadline."""

    def judge(reply: RawResponse) -> Verdict:
        return verdict_from_success(reply, call) if reply.is_success else verdict_from_status(reply)

    request_plan = RequestPlan(
        call=call,
        interpret=judge,
        policy=cancel_plan.request_plan.policy,
        can_refresh_token=call.operation.api in cancel_plan.refreshable_apis,
    )
    read = RequestState(request_plan, request.started_at, request.deadline, request.now)
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
            said = getattr(state.verdict, "message", "")
            state.verdict = MaybeExecuted(
                message=f"{said}; {reason}" if state.attempt_log else reason
            )
        case _:
            assert_never(finding)

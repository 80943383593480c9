"""One cancel: claim the key, read back, send if that is safe, read back, record the outcome.

A generator of commands; `countermand._core` describes the whole flow. The rules of this file:

* Nothing is sent before the key is claimed and, in a ledger, the attempt is recorded. Where no
  read comes first, the claim records the first attempt.
* Where a repeat does harm and an earlier attempt may have been executed, the provider's records are
  read first. The cancel is sent again only after the late-arrival window, and only if the records
  are complete and lack it, or a person has confirmed after the window that nothing was executed.
  A manual resolution lets only a caller send, not an unattended look.
* Where the records bear no mark of a cancel, the payment is read before each send and compared with
  itself later. There only a manual resolution permits a repeat: two equal reads, a window apart,
  end the call as not cancelled.
* An outcome that the answers leave unknown is read back before it is called unknown.
* A refusal about the payment's state gets one look where a repeat is answered otherwise: gateways
  repeat requests on their own, so "already cancelled" can be the answer to the second copy of our
  only request. If the look shows nothing, the refusal stands.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, assert_never

from attrs import evolve, frozen

from countermand._core.commands import (
    AlreadyFinished,
    ClaimKey,
    Commands,
    KeyHistory,
    RecordOutcome,
    Rejected,
    TakeRetryToken,
    perform,
)
from countermand._core.follow_up import plan_next_look
from countermand._core.looks import compares, is_readable, read_back, read_payment
from countermand._core.outcomes import CallResult, to_result, unless_lease_lost
from countermand._core.request import (
    RECORDING_GRACE,
    CallState,
    RequestPlan,
    RequestState,
    retry_loop,
)
from countermand._core.retries import is_unresolved
from countermand.errors import CancellationInProgress, NotCancelled
from countermand.provider._verdicts import (
    Absent,
    Changed,
    Changing,
    Done,
    Finding,
    Found,
    MaybeExecuted,
    NotKnown,
    NotSent,
    ReadBack,
    Refused,
    Refuted,
    Snapshot,
    SnapshotRead,
    Taken,
    Throttled,
    TokenRejected,
    Verdict,
    Withheld,
)
from countermand.receipt import Evidence, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT_CLOSED: Final = NotSent(message="the client is closed")


@frozen(kw_only=True)
class CancelPlan(RequestPlan):
    """The request of a cancel, how to read it back, and which APIs can be read."""

    read_back: Callable[[Snapshot | None], ReadBack] | None = None
    """Reads what the cancel has done; with the payment before it, where that is compared."""
    read_accepted: Callable[[str | None], ReadBack] | None = None
    """The same for a cancel that was accepted with this reference, where that takes other reads."""
    take_snapshot: Callable[[], SnapshotRead] | None = None
    """Reads the payment before the cancel; None where nothing is compared."""
    instead_of_snapshot: str = ""
    """How to cancel without that read, for messages."""
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
    claimed = yield from perform(ClaimKey(request.remaining, _may_send_first(plan)))
    request.now = claimed.monotonic
    match claimed.value:
        case AlreadyFinished(result):
            return result
        case Rejected(error):
            return error
        case history:
            past_looks = history.past_looks
            work = _resolve_and_send if history.accepted is None else _look_at_accepted
            yield from work(plan, request, history)
    result = to_result(state, plan)
    timeout = max(request.remaining, plan.policy.deadline * RECORDING_GRACE)
    notes = plan_next_look(plan, request, past_looks, result, readable=is_readable(plan))
    recorded = yield from perform(RecordOutcome(result, timeout, notes))
    return unless_lease_lost(result, plan, still_owned=recorded.value)


def _resolve_and_send(
    plan: CancelPlan, request: RequestState, history: KeyHistory
) -> Commands[None]:
    state = request.state
    _recall(request, history)
    request.snapshot = history.snapshot if compares(plan) else None
    request.recorded_at = request.now if history.attempt_recorded else None
    if plan.client_closed:
        state.verdict = CLIENT_CLOSED
        return
    if not (yield from _may_send(plan, request, history)):
        return
    if is_readable(plan):
        request.look = partial(_look_again, plan)
    if compares(plan):
        request.prepare = partial(_take_snapshot, plan)
    yield from retry_loop(request)
    decided = isinstance(state.verdict, (Done, Refused, MaybeExecuted))
    if plan.unattended and history.maybe_executed and not decided:
        # Nobody would send it again, or learn of it. So another look is planned.
        state.maybe_executed = True
        return
    if plan.read_back is None:
        return
    if _is_unresolved(plan, state):
        _apply_finding((yield from _read_back_lost_answer(plan, request)), state)
    elif _deserves_look(plan, state.verdict):
        yield from _look_again(plan, request)


def _may_send(plan: CancelPlan, request: RequestState, history: KeyHistory) -> Commands[bool]:
    """Read what the key's history makes necessary; False if the call ends with that."""
    if history.maybe_executed and not _is_repeat_safe(plan, history):
        if not (yield from _look_before_repeat(plan, request, history)):
            return False
        request.state.maybe_executed = False
        return True
    if _is_confirmed_absent(plan, history):
        request.state.maybe_executed = False
        return True
    return history.maybe_executed or (yield from _look_first(plan, request))


def _recall(request: RequestState, history: KeyHistory) -> None:
    """Take over what earlier calls with this key have left."""
    if history.maybe_executed:
        request.first_sent = request.now - history.since_first_attempt
    request.state.maybe_executed = history.maybe_executed
    request.state.references[:] = history.references


def _window_is_over(plan: CancelPlan, history: KeyHistory) -> bool:
    return history.since_last_attempt >= plan.policy.late_arrival_window


def _is_confirmed_absent(plan: CancelPlan, history: KeyHistory) -> bool:
    """Whether a person has confirmed that nothing was executed, and nothing arrives any more."""
    confirmed_after = history.confirmed_absent_after
    confirmed = confirmed_after is not None and confirmed_after >= plan.policy.late_arrival_window
    return confirmed and _window_is_over(plan, history)


def _look_before_repeat(
    plan: CancelPlan, request: RequestState, history: KeyHistory
) -> Commands[bool]:
    """Read what became of an earlier attempt; True if the cancel may be sent again."""
    state, finding = request.state, (yield from read_back(plan, request)).finding
    absent = isinstance(finding, Absent) and _window_is_over(plan, history)
    open_finding = isinstance(finding, (Absent, NotKnown, Changed))
    # A manual resolution is for a caller: an unattended look needs a read that proves it.
    if _is_confirmed_absent(plan, history) and open_finding and not plan.unattended:
        return True
    if absent and not compares(plan):
        return True
    window, unchanged_for = plan.policy.late_arrival_window, history.unchanged_for
    if absent and unchanged_for is not None and unchanged_for >= window:
        message = f"the payment is unchanged in two reads, {window:g} seconds or more apart"
        state.verdict = Refused(error=NotCancelled, message=message)
        state.maybe_executed = False
        return False
    state.key_expired = plan.operation.repeat.effect == "none"
    _apply_finding(finding, state)
    return False


def _may_send_first(plan: CancelPlan) -> bool:
    """Whether the first request of an unused key is the cancel itself, and is to be recorded."""
    reads_first = _looks_first(plan) or compares(plan)
    return plan.record_attempts and not plan.client_closed and not reads_first


def _take_snapshot(plan: CancelPlan, request: RequestState) -> Commands[bool]:
    """Read the payment before the cancel is sent; True if that may be sent."""
    assert plan.take_snapshot is not None
    look = yield from read_payment(plan, request, plan.take_snapshot(), attempts=1)
    state = request.state
    match look.finding:
        case Taken(snapshot):
            request.snapshot = snapshot
            return True
        case Found():
            _apply_finding(look.finding, state)
        case Changing(reason):
            state.verdict = Withheld(error=CancellationInProgress(f"nothing was sent: {reason}"))
        case NotKnown(reason):
            state.verdict = _without_snapshot(plan, look.read, reason)
            state.retry_after = None if look.read is None else look.read.retry_after
        case _:
            assert_never(look.finding)
    return False


def _without_snapshot(plan: CancelPlan, read: CallState | None, reason: str) -> Verdict:
    """The verdict on a cancel that was not sent, because the read before it failed."""
    verdict = None if read is None else read.verdict
    said = (
        reason if verdict is None or isinstance(verdict, Done) else f"{reason}: {verdict.message}"
    )
    message = f"nothing was sent, since {said}; {plan.instead_of_snapshot}"
    match verdict:
        case Refused():
            return evolve(verdict, message=message, about_payment=False)
        case Throttled() | TokenRejected():
            return evolve(verdict, message=message)
        case _:
            return NotSent(message=message)


def _looks_first(plan: CancelPlan) -> bool:
    marked = plan.read_back is not None and plan.operation.marker is not None
    return plan.policy.look_first and marked


def _look_first(plan: CancelPlan, request: RequestState) -> Commands[bool]:
    """With `Policy.look_first`, read before the first send; True if nothing speaks against it."""
    if not _looks_first(plan):
        return True
    finding = (yield from read_back(plan, request, attempts=1)).finding
    match finding:
        case Absent():
            return True
        case NotKnown(reason):
            request.state.verdict = NotSent(message=f"nothing was sent, since {reason}")
        case _:
            _apply_finding(finding, request.state)
    return False


def _read_back_lost_answer(plan: CancelPlan, request: RequestState) -> Commands[Finding]:
    """Read back if the retry budget allows it: reads must not make an outage worse."""
    if not (yield from perform(TakeRetryToken())).value:
        return NotKnown("it was not read back, since the retry budget is spent")
    return (yield from read_back(plan, request)).finding


def _look_again(plan: CancelPlan, request: RequestState) -> Commands[bool]:
    """Read once what became of the payment; True if it could be read and that shows nothing."""
    look = yield from read_back(plan, request, attempts=1)
    if isinstance(look.finding, (Absent, NotKnown)):
        return look.succeeded
    _apply_finding(look.finding, request.state)
    return False


def _deserves_look(plan: CancelPlan, verdict: Verdict) -> bool:
    """Whether the refusal may be the answer to a second copy of a request that was executed."""
    refused = isinstance(verdict, Refused) and verdict.about_payment
    return refused and plan.operation.repeat.answer != "same"


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


def _look_at_accepted(
    plan: CancelPlan, request: RequestState, history: KeyHistory
) -> Commands[None]:
    """Read what became of a cancel that was accepted; it stays accepted unless that is proven."""
    assert history.accepted is not None
    state, known = request.state, history.accepted.reference
    state.accepted, request.snapshot = history.accepted, history.snapshot
    if plan.client_closed:
        return
    reads = None if plan.read_accepted is None else plan.read_accepted(known)
    finding = (yield from read_back(plan, request, reads=reads)).finding
    match finding:
        case Found(Done(outcome=Outcome.CANCELLED) as done):
            state.verdict = evolve(done, reference=done.reference or known)
            state.evidence = Evidence.READ_BACK
        case Refuted(refused):
            state.verdict = refused
        case _:
            return
    state.accepted = None


def _apply_finding(finding: Finding, state: CallState) -> None:
    match finding:
        case Found(done):
            state.verdict, state.evidence = done, Evidence.READ_BACK
            state.maybe_executed = False
        case Refuted(refused):
            state.verdict, state.maybe_executed = refused, False
        case Absent(reason) | NotKnown(reason) | Changed(reason):
            known = getattr(state.verdict, "message", "")
            message = f"{known}; {reason}" if state.attempt_log else reason
            state.verdict = MaybeExecuted(message=message)
        case _:
            assert_never(finding)

"""One cancel: claim the key, read back, send if that is safe, read back, record the outcome.

A generator of commands; `countermand._core` describes the whole flow. The rules of this file:

* Nothing is sent before the key is claimed and, in a ledger, the attempt is recorded. Where no
  read comes first, the claim records the first attempt.
* Where a repeat does harm and an earlier attempt may have been executed, the provider's records are
  read first. The cancel is sent again only after the late-arrival window, and only if the records
  are complete and lack it, or a person has confirmed after the window that nothing was executed.
* An outcome that the answers leave unknown is read back before it is called unknown.
* A refusal about the payment's state gets one look where a repeat is answered otherwise: gateways
  repeat requests on their own, so "already cancelled" can be the answer to the second copy of our
  only request. If the look shows nothing, the refusal stands.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, assert_never

from attrs import evolve, frozen

from countermand._core.commands import (
    AlreadyFinished,
    ClaimKey,
    Commands,
    RecordOutcome,
    Rejected,
    TakeRetryToken,
    perform,
)
from countermand._core.outcomes import CallResult, to_result, unless_lease_lost
from countermand._core.redaction import redact_value
from countermand._core.request import CallState, RequestPlan, RequestState, retry_loop
from countermand._core.retries import is_unresolved
from countermand.provider._evidence import Proof, prove
from countermand.provider._responses import verdict_from_reply
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
    claimed = yield from perform(ClaimKey(request.remaining, _may_send_first(plan)))
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
    _recall(request, history)
    request.recorded_at = request.now if history.attempt_recorded else None
    if plan.client_closed:
        state.verdict = CLIENT_CLOSED
        return
    window = plan.policy.late_arrival_window
    window_over = history.since_last_attempt >= window
    confirmed = (
        history.confirmed_absent_after is not None and history.confirmed_absent_after >= window
    )
    if history.maybe_executed and not _is_repeat_safe(plan, history):
        finding = (yield from _read_back(plan, request)).finding
        may_resend = isinstance(finding, (Absent, NotKnown) if confirmed else Absent)
        if not (may_resend and window_over):
            state.key_expired = plan.operation.repeat.effect == "none"
            _apply_finding(finding, state)
            return
        state.maybe_executed = False
    elif confirmed and window_over:
        state.maybe_executed = False
    elif not history.maybe_executed and not (yield from _look_first(plan, request)):
        return
    if _is_readable(plan):
        request.look = partial(_look_again, plan, request)
    yield from retry_loop(request)
    if plan.read_back is None:
        return
    if _is_unresolved(plan, state):
        _apply_finding((yield from _read_back_lost_answer(plan, request)), state)
    elif _deserves_look(plan, state.verdict):
        yield from _look_again(plan, request)


def _recall(request: RequestState, history: KeyHistory) -> None:
    """Take over what earlier calls with this key have left."""
    if history.maybe_executed:
        request.first_sent = request.now - history.since_first_attempt
    request.state.maybe_executed = history.maybe_executed
    request.state.references[:] = history.references


def _may_send_first(plan: CancelPlan) -> bool:
    """Whether the first request of an unused key is the cancel itself, and is to be recorded."""
    return plan.record_attempts and not plan.client_closed and not _looks_first(plan)


def _looks_first(plan: CancelPlan) -> bool:
    marked = plan.read_back is not None and plan.operation.marker is not None
    return plan.policy.look_first and marked


def _look_first(plan: CancelPlan, request: RequestState) -> Commands[bool]:
    """With `Policy.look_first`, read before the first send; True if nothing speaks against it."""
    if not _looks_first(plan):
        return True
    finding = (yield from _read_back(plan, request, attempts=1)).finding
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
    return (yield from _read_back(plan, request)).finding


def _look_again(plan: CancelPlan, request: RequestState) -> Commands[bool]:
    """Read once what became of the payment; True if it could be read and that shows nothing."""
    look = yield from _read_back(plan, request, attempts=1)
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


def _is_readable(plan: CancelPlan) -> bool:
    """Whether this client has the account for the first read."""
    call = None if plan.read_back is None else next(plan.read_back(), None)
    return call is not None and call.operation.api in plan.readable_apis


@frozen
class Look:
    """What a read-back found."""

    finding: Finding
    succeeded: bool
    """Whether the API itself answered every read."""


def _read_back(
    plan: CancelPlan, request: RequestState, attempts: int | None = None
) -> Commands[Look]:
    """Read what became of the payment, with so many attempts per read."""
    if plan.read_back is None:
        return Look(NotKnown("the provider offers no read"), succeeded=False)
    read_back, succeeded = plan.read_back(), True
    try:
        call = next(read_back)
        while True:
            api = call.operation.api
            if api not in plan.readable_apis:
                reason = f"reading it back needs an account for {api} in this client"
                return Look(NotKnown(reason), succeeded=False)
            reply = yield from _read(plan, request, call, attempts)
            succeeded = succeeded and reply is not None and _is_answered(reply, call)
            call = read_back.send(reply)
    except StopIteration as finished:
        finding = redact_value(finished.value, request.state.credentials)
        return Look(finding, succeeded)


def _read(
    plan: CancelPlan, request: RequestState, call: Call[Any], attempts: int | None
) -> Commands[RawResponse | None]:
    """Send a read and return its reply, or None; repeated freely within the same deadline."""

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
    return read.state.reply if _is_usable(read.state.verdict) else None


def _is_answered(reply: RawResponse, call: Call[Any]) -> bool:
    """Whether the API itself answered the read, and no gateway in its place."""
    return prove(reply, call) in {Proof.EXECUTED, Proof.REFUSED}


def _is_usable(verdict: Verdict) -> bool:
    """Whether the reply to a read is whole; what it proves is the provider's rule."""
    if isinstance(verdict, MaybeExecuted):
        return not verdict.transient
    return isinstance(verdict, (Done, Refused))


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

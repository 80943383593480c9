"""Makes the events of a call, and the log records of an event. See `reporting`."""

from __future__ import annotations

import logging
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from attrs import fields

from countermand.attempts import RawResponse, Sent
from countermand.errors import (
    CancellationInProgress,
    CountermandError,
    KeyConflict,
    LedgerUnavailable,
    NotCancelled,
    OutcomeUnknown,
)
from countermand.events import (
    AttemptEnded,
    CallEnded,
    CallKind,
    CallOutcome,
    CallStarted,
    ReadEnded,
    WaitEnded,
    WaitReason,
    WaitStarted,
)
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand_clients.operation import Call

    from countermand._core.exchange import TransportFailure
    from countermand._core.outcomes import CallResult
    from countermand._runtime.invocation import Invocation
    from countermand.events import CallEvent

logger = logging.getLogger("countermand")

OF_ERRORS: Final = (
    (NotCancelled, CallOutcome.NOT_CANCELLED),
    (OutcomeUnknown, CallOutcome.UNKNOWN),
    (CancellationInProgress, CallOutcome.IN_PROGRESS),
    (KeyConflict, CallOutcome.KEY_CONFLICT),
    (LedgerUnavailable, CallOutcome.LEDGER_UNAVAILABLE),
)

FARTHEST_LAST: Final = (Sent.NOT_SENT, Sent.MAYBE_SENT, Sent.RESPONDED)


def call_started(call: Invocation) -> CallStarted:
    """The event of a call that begins."""
    return CallStarted(**_common(call), **_of_the_call(call))


def request_ended(
    call: Invocation, request: Call[Any], exchange: RawResponse | TransportFailure
) -> AttemptEnded | ReadEnded:
    """The event of a request."""
    is_read = request is not call.plan.call
    kind = ReadEnded if is_read else AttemptEnded
    sent, status = (
        (Sent.RESPONDED, exchange.status)
        if isinstance(exchange, RawResponse)
        else (exchange.sent, None)
    )
    return kind(
        **_common(call),
        operation=request.operation.operation_id,
        method=request.operation.method,
        url=call.url_of(request),
        path_template=request.operation.path,
        request=call.facts.requests,
        resend_count=call.facts.resends if is_read else len(call.state.attempt_log),
        sent=sent,
        status=status,
        problem=exchange.problem,
        seconds=call.clock() - call.facts.request_began,
    )


def wait_started(call: Invocation, reason: str, at_most: float | None) -> WaitStarted:
    """The event of a wait that begins."""
    return WaitStarted(**_common(call), reason=WaitReason(reason), at_most=at_most)


def wait_ended(call: Invocation, reason: str, seconds: float) -> WaitEnded:
    """The event of a wait that is over."""
    return WaitEnded(**_common(call), reason=WaitReason(reason), seconds=seconds)


def call_ended(call: Invocation, result: CallResult | None, *, interrupted: bool) -> CallEnded:
    """The event of a call that has ended; no result if `execute` has returned."""
    state, error = call.state, result if isinstance(result, CountermandError) else None
    return CallEnded(
        **_common(call),
        **_of_the_call(call),
        outcome=_outcome(call, result),
        error=None if error is None else type(error).__name__,
        message=None if error is None else error.message,
        evidence=None if call.claim is None else getattr(result, "evidence", None),
        advice=error.advice if isinstance(error, OutcomeUnknown) else None,
        needs_person=call.facts.needs_person,
        interrupted=interrupted,
        attempts=len(state.attempt_log),
        reads=call.facts.reads,
        sent=max(
            (attempt.sent for attempt in state.attempt_log),
            key=FARTHEST_LAST.index,
            default=Sent.NOT_SENT,
        ),
        status=None if state.reply is None else state.reply.status,
        seconds=call.clock() - call.started_at,
        budget_left=None if call.retry_budget is None else call.retry_budget.left,
    )


def log_request(event: AttemptEnded | ReadEnded, provider: str) -> None:
    """Log a request at DEBUG; `provider` is its name for people."""
    came = event.sent.value if event.status is None else f"status {event.status}"
    logger.debug(
        "%s %s at %s, key %s, request %d: %s (ms: %d)",
        provider,
        event.operation,
        event.url,
        event.key,
        event.request,
        came if event.problem is None else f"{came}, {event.problem}",
        _milliseconds(event.seconds),
        extra=_extra(event),
    )


def log_call(event: CallEnded, provider: str, level: int) -> None:
    """Log what came of a call; at WARNING with the reason."""
    reason = (event.message or "").removeprefix(f"{provider} at {event.url}: ")
    logger.log(
        level,
        "%s %s at %s, key %s: %s%s%s",
        provider,
        event.operation,
        event.url,
        event.key,
        ", ".join(_findings(event)),
        f" ({', '.join(_figures(event))})",
        f": {reason}" if reason and level >= logging.WARNING else "",
        extra=_extra(event),
    )


def _outcome(call: Invocation, result: CallResult | None) -> CallOutcome:
    if isinstance(result, Receipt):
        # What `execute` has read is no cancel.
        return CallOutcome.ANSWERED if call.claim is None else CallOutcome(result.outcome.value)
    if result is None:
        return CallOutcome.ANSWERED
    found = (outcome for kind, outcome in OF_ERRORS if isinstance(result, kind))
    return next(found, CallOutcome.UNKNOWN)


def _common(call: Invocation) -> dict[str, Any]:
    return {
        "call": call.facts.numbered(),
        "key": call.plan.key,
        "provider": call.plan.operation.api,
        "at": call.wall_clock(),
    }


def _of_the_call(call: Invocation) -> dict[str, Any]:
    kind = "execute" if call.claim is None else call.claim.claim.purpose.name.lower()
    return {
        "kind": CallKind(kind),
        "operation": call.plan.operation.operation_id,
        "url": call.plan.url,
        "destination": call.destination,
    }


def _findings(event: CallEnded) -> Iterator[str]:
    yield event.outcome.value
    if event.outcome is CallOutcome.NOT_CANCELLED:
        yield str(event.error)
    if event.interrupted:
        yield "interrupted by the caller"
    if event.needs_person:
        yield "needs a person"


def _figures(event: CallEnded) -> Iterator[str]:
    if event.evidence is not None:
        yield f"evidence: {event.evidence.value}"
    if event.advice is not None:
        yield f"advice: {event.advice.value}"
    yield f"attempts: {event.attempts}"
    yield f"ms: {_milliseconds(event.seconds)}"


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _extra(event: CallEvent) -> dict[str, Any]:
    """The fields of an event as attributes of a log record, in JSON types."""
    values = ((each.name, getattr(event, each.name)) for each in fields(type(event)))
    return {
        f"countermand_{name}": value.value if isinstance(value, Enum) else value
        for name, value in values
    }

"""From the verdict to what the caller gets: a receipt, a response, or a typed error. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, assert_never

from attrs import frozen

from countermand._core.retries import is_unresolved
from countermand.errors import (
    Advice,
    CancellationInProgress,
    CountermandError,
    MissingLinkedIdentity,
    NotCancelled,
    OutcomeUnknown,
    RateLimited,
    Unauthenticated,
    Unreachable,
)
from countermand.provider._verdicts import (
    Done,
    LinkRequired,
    MaybeExecuted,
    NotRecorded,
    NotSent,
    Refused,
    Throttled,
    TokenRejected,
)
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from countermand_clients.operation import Operation

    from countermand._core.request import CallState


@frozen(kw_only=True)
class CallContext:
    """What a call was about, as its result and errors tell it."""

    name: str
    operation: Operation
    key: str | None = None
    cancellation: object | None = None
    user: str | None = None


def to_receipt(state: CallState, context: CallContext) -> Receipt:
    """The receipt of a call that succeeded.

    Raises:
        CountermandError: when it did not succeed.
    """
    verdict = state.verdict
    if not isinstance(verdict, Done):
        raise to_error(state, context) from state.cause
    return Receipt(
        outcome=verdict.outcome,
        key=context.key or "",
        reference=verdict.reference,
        amount=verdict.amount,
        attempts=state.attempts,
        evidence=state.evidence,
        earlier_references=tuple(
            earlier for earlier in state.references if earlier != verdict.reference
        ),
        response=verdict.response,
        raw=state.reply,
    )


def unless_lease_lost(
    result: C, context: CallContext, *, still_owned: bool
) -> C | CancellationInProgress:
    """The conclusion, unless somebody else holds the key by now, and may be cancelling.

    Then "not cancelled" is more than this call can know.
    """
    if still_owned or not isinstance(result, NotCancelled):
        return result
    return CancellationInProgress(
        "the hold on this key was lost, perhaps to another worker",
        key=context.key,
        cancellation=context.cancellation,
        attempts=result.attempts,
    )


def to_error(state: CallState, context: CallContext) -> CountermandError:
    """The error that says what is known, and no more."""
    verdict = state.verdict
    repeat = context.operation.repeat
    if isinstance(verdict, (Done, MaybeExecuted)) or is_unresolved(
        verdict, repeat, maybe_executed=state.maybe_executed, references=state.references
    ):
        return _outcome_unknown(state, context)
    match verdict:
        case Refused():
            return _build_error(
                verdict.error, verdict.message, state, context, **verdict.error_fields
            )
        case Throttled(message=message):
            return _build_error(RateLimited, message, state, context, retry_after=state.retry_after)
        case TokenRejected(message=message):
            return _build_error(Unauthenticated, message, state, context)
        case LinkRequired(problem=problem, message=message):
            return _build_error(
                MissingLinkedIdentity, message, state, context, user=context.user, problem=problem
            )
        case NotRecorded(error=unavailable):
            return _build_error(type(unavailable), unavailable.message, state, context)
        case NotSent(message=message):
            return _build_error(Unreachable, message, state, context)
        case _:
            assert_never(verdict)


CallResult = Receipt | CountermandError
C = TypeVar("C", bound=CallResult)


def to_result(state: CallState, context: CallContext) -> CallResult:
    """The receipt, or the error that says why there is none."""
    try:
        return to_receipt(state, context)
    except CountermandError as known:
        return known


def interrupted_success(state: CallState, context: CallContext) -> CountermandError:
    """What a caller is told who stopped the call between the answer and the receipt."""
    message = "the provider answered that it is cancelled, and then the call was interrupted"
    step = "Cancel again with the same key: that gives the receipt, and nothing is sent"
    return _build_error(
        OutcomeUnknown, message, state, context, advice=Advice.REPEAT, next_step=step
    )


def _outcome_unknown(state: CallState, context: CallContext) -> CountermandError:
    said = getattr(state.verdict, "message", "interrupted")
    if context.operation.effect == "read":
        return _build_error(Unreachable, f"no usable answer: {said}", state, context)
    if state.maybe_executed:
        said = f"an earlier attempt may have been executed, and then: {said}"
    advice, step = _advice(context.operation, context.key, key_expired=state.key_expired)
    return _build_error(
        OutcomeUnknown,
        said,
        state,
        context,
        advice=advice,
        next_step=step,
        retry_after=state.retry_after,
        earlier_references=tuple(state.references),
    )


def _advice(operation: Operation, key: str | None, *, key_expired: bool) -> tuple[Advice, str]:
    repeat = operation.repeat
    if key_expired:
        why = "the provider may have forgotten the key"
        return Advice.ASK, f"Do not cancel again, {why}: ask it what became of the payment"
    if repeat.effect == "none" and repeat.answer == "same":
        how = "Cancel again with the same key" if key is not None else "Send the same call again"
        return Advice.REPEAT, f"{how}: here a repeat does no harm"
    if operation.read_back:
        reads = ", ".join(operation.read_back)
        why = (
            "A repeat does no harm, but proves nothing"
            if repeat.effect == "none"
            else "Do not repeat"
        )
        again = "; the same key, used again, looks first" if key is not None else ""
        return Advice.READ, f"{why}: first look at the payment ({reads}){again}"
    return Advice.ASK, "Do not cancel again: ask the provider what became of it"


def _build_error(
    kind: type[CountermandError], message: str, state: CallState, context: CallContext, **facts: Any
) -> CountermandError:
    return kind(
        f"{context.name}: {message}",
        key=context.key,
        cancellation=context.cancellation,
        attempts=state.attempts,
        status=state.reply.status if state.reply else None,
        raw=state.reply,
        **facts,
    )

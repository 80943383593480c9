"""Outcomes: from the last verdict to a receipt or a typed error. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, assert_never

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
    NotSent,
    Refused,
    Throttled,
    TokenRejected,
    Withheld,
)
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from countermand_clients.operation import Operation

    from countermand._core.request import CallState, RequestPlan


def to_receipt(state: CallState, plan: RequestPlan) -> Receipt:
    """The receipt of a cancel that was executed, or accepted.

    Raises:
        CountermandError: the last verdict is no success.
    """
    verdict = state.verdict
    if not isinstance(verdict, Done):
        raise to_error(state, plan) from state.cause
    return Receipt(
        outcome=verdict.outcome,
        key=plan.key or "",
        reference=verdict.reference,
        amount=verdict.amount,
        attempts=state.attempts,
        evidence=state.evidence,
        earlier_references=tuple(
            earlier for earlier in state.references if earlier != verdict.reference
        ),
        response=verdict.body,
        raw=state.reply,
    )


def unless_lease_lost(
    result: C, plan: RequestPlan, *, still_owned: bool
) -> C | CancellationInProgress:
    """The result, unless it says "not cancelled" and the lease was lost.

    Another worker may hold the key then, and may be cancelling.
    """
    if still_owned or not isinstance(result, NotCancelled):
        return result
    return CancellationInProgress(
        "the lease on this key was lost, perhaps to another worker",
        key=plan.key,
        cancellation=plan.cancellation,
        attempts=result.attempts,
    )


def to_error(state: CallState, plan: RequestPlan) -> CountermandError:
    """The error for the last verdict; `OutcomeUnknown` unless everything before it is proven."""
    verdict = state.verdict
    repeat = plan.operation.repeat
    if isinstance(verdict, (Done, MaybeExecuted)) or is_unresolved(
        verdict, repeat, maybe_executed=state.maybe_executed, references=state.references
    ):
        return _outcome_unknown(state, plan)
    match verdict:
        case Refused():
            return _build_error(
                verdict.error,
                verdict.message,
                state,
                plan,
                about_payment=verdict.about_payment,
                **verdict.error_fields,
            )
        case Throttled(message=message):
            return _build_error(RateLimited, message, state, plan, retry_after=state.retry_after)
        case TokenRejected(message=message):
            return _build_error(Unauthenticated, message, state, plan)
        case LinkRequired(problem=problem, message=message):
            return _build_error(
                MissingLinkedIdentity, message, state, plan, user=plan.user, problem=problem
            )
        case Withheld(error=reason):
            return _build_error(type(reason), reason.message, state, plan)
        case NotSent(message=message):
            return _build_error(Unreachable, message, state, plan)
        case _:
            assert_never(verdict)


CallResult = Receipt | CountermandError
C = TypeVar("C", bound=CallResult)


def to_result(state: CallState, plan: RequestPlan) -> CallResult:
    """The receipt, or the error in its place."""
    if state.accepted is not None:
        return state.accepted
    try:
        return to_receipt(state, plan)
    except CountermandError as known:
        # It is raised where the caller is; frames in here would be kept with the error.
        return known.with_traceback(None)


def interrupted_success(state: CallState, plan: RequestPlan) -> CountermandError:
    """The error for an interruption between the provider's answer and the receipt."""
    message = "the provider answered that it is cancelled, and then the call was interrupted"
    step = "Cancel again with the same key to get the receipt; nothing is sent"
    return _build_error(OutcomeUnknown, message, state, plan, advice=Advice.REPEAT, next_step=step)


def _outcome_unknown(state: CallState, plan: RequestPlan) -> CountermandError:
    said = getattr(state.verdict, "message", "interrupted")
    if plan.operation.effect == "read":
        return _build_error(Unreachable, f"no usable answer: {said}", state, plan)
    if state.maybe_executed:
        said = f"an earlier attempt may have been executed, and then: {said}"
    advice, step = _advice(plan.operation, plan.key, key_expired=state.key_expired)
    return _build_error(
        OutcomeUnknown,
        said,
        state,
        plan,
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
        if key is None:
            return Advice.READ, f"Do not repeat: first look at the payment ({reads})"
        how = "Cancel again with the same key and with no other"
        return Advice.READ, f"{how}: the call first looks at the payment ({reads})"
    return Advice.ASK, "Do not cancel again: ask the provider what became of it"


def _build_error(
    kind: type[CountermandError], message: str, state: CallState, plan: RequestPlan, **facts: Any
) -> CountermandError:
    asked = f" at {plan.url}" if plan.url else ""
    return kind(
        f"{plan.provider}{asked}: {message}",
        key=plan.key,
        cancellation=plan.cancellation,
        attempts=state.attempts,
        status=state.reply.status if state.reply else None,
        raw=state.reply,
        **facts,
    )

"""From the verdict to what the caller gets: a receipt, a response, or a typed error. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, assert_never

from attrs import frozen

from countermand._core.retries import is_open
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
    NotSent,
    Refused,
    TokenRefused,
    TryLater,
    Unclear,
    Unrecorded,
)
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from countermand_clients.operation import Operation

    from countermand._core.request import Ending


@frozen(kw_only=True)
class Matter:
    """What a call was about, as its result and errors tell it."""

    name: str
    operation: Operation
    key: str | None = None
    cancellation: object | None = None
    user: str | None = None


def receipt(ending: Ending, matter: Matter) -> Receipt:
    """The receipt of a call that succeeded.

    Raises:
        CountermandError: when it did not succeed.
    """
    verdict = ending.verdict
    if not isinstance(verdict, Done):
        raise error(ending, matter) from ending.cause
    return Receipt(
        outcome=verdict.outcome,
        key=matter.key or "",
        reference=verdict.reference,
        amount=verdict.amount,
        attempts=ending.attempts,
        evidence=ending.evidence,
        earlier_references=tuple(
            earlier for earlier in ending.references if earlier != verdict.reference
        ),
        response=verdict.response,
        raw=ending.reply,
    )


def unless_lost(conclusion: C, matter: Matter, *, ours: bool) -> C | CancellationInProgress:
    """The conclusion, unless somebody else holds the key by now, and may be cancelling.

    Then "not cancelled" is more than this call can know.
    """
    if ours or not isinstance(conclusion, NotCancelled):
        return conclusion
    return CancellationInProgress(
        "the hold on this key was lost, perhaps to another worker",
        key=matter.key,
        cancellation=matter.cancellation,
        attempts=conclusion.attempts,
    )


def error(ending: Ending, matter: Matter) -> CountermandError:
    """The error that says what is known, and no more."""
    verdict = ending.verdict
    repeat = matter.operation.repeat
    if isinstance(verdict, (Done, Unclear)) or is_open(
        verdict, repeat, unclear=ending.unclear, references=ending.references
    ):
        return _unknown(ending, matter)
    match verdict:
        case Refused():
            return _with(verdict.error, verdict.message, ending, matter, **verdict.facts)
        case TryLater(message=message):
            return _with(RateLimited, message, ending, matter, retry_after=ending.retry_after)
        case TokenRefused(message=message):
            return _with(Unauthenticated, message, ending, matter)
        case LinkRequired(problem=problem, message=message):
            return _with(
                MissingLinkedIdentity, message, ending, matter, user=matter.user, problem=problem
            )
        case Unrecorded(error=unavailable):
            return _with(type(unavailable), unavailable.message, ending, matter)
        case NotSent(message=message):
            return _with(Unreachable, message, ending, matter)
        case _:
            assert_never(verdict)


Conclusion = Receipt | CountermandError
C = TypeVar("C", bound=Conclusion)


def concluded(ending: Ending, matter: Matter) -> Conclusion:
    """The receipt, or the error that says why there is none."""
    try:
        return receipt(ending, matter)
    except CountermandError as known:
        return known


def interrupted_success(ending: Ending, matter: Matter) -> CountermandError:
    """What a caller is told who stopped the call between the answer and the receipt."""
    words = "the provider answered that it is cancelled, and then the call was interrupted"
    step = "Cancel again with the same key: that gives the receipt, and nothing is sent"
    return _with(OutcomeUnknown, words, ending, matter, advice=Advice.REPEAT, next_step=step)


def _unknown(ending: Ending, matter: Matter) -> CountermandError:
    said = getattr(ending.verdict, "message", "interrupted")
    if matter.operation.effect == "read":
        return _with(Unreachable, f"no usable answer: {said}", ending, matter)
    if ending.unclear:
        said = f"an earlier attempt may have been executed, and then: {said}"
    advice, step = _advice(matter.operation, matter.key, outdated=ending.outdated)
    return _with(
        OutcomeUnknown,
        said,
        ending,
        matter,
        advice=advice,
        next_step=step,
        retry_after=ending.retry_after,
        earlier_references=tuple(ending.references),
    )


def _advice(operation: Operation, key: str | None, *, outdated: bool) -> tuple[Advice, str]:
    repeat = operation.repeat
    if outdated:
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


def _with(
    kind: type[CountermandError], message: str, ending: Ending, matter: Matter, **facts: Any
) -> CountermandError:
    return kind(
        f"{matter.name}: {message}",
        key=matter.key,
        cancellation=matter.cancellation,
        attempts=ending.attempts,
        status=ending.reply.status if ending.reply else None,
        raw=ending.reply,
        **facts,
    )

"""When a key is looked at again, and when a person is asked. Pure.

A cancel that the provider has accepted may still fail, and one that may have been executed has no
end yet. A ledger keeps the time of the next look at each, and asks a person where looks prove
nothing. Nothing is closed by elapsed time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from countermand._core.commands import LookNotes
from countermand.errors import OutcomeUnknown
from countermand.provider._evidence import Proof, prove
from countermand.receipt import Outcome, Receipt

if TYPE_CHECKING:
    from countermand._core.cancel import CancelPlan
    from countermand._core.commands import PastLooks
    from countermand._core.outcomes import CallResult
    from countermand._core.request import RequestState


def plan_next_look(
    plan: CancelPlan,
    request: RequestState,
    past: PastLooks,
    result: CallResult,
    *,
    readable: bool,
) -> LookNotes | None:
    """What a key store keeps beside a result: what was seen, and when to look next.

    None if an earlier call's cancel could not be looked at: then nothing changes.

    Args:
        plan: The cancel.
        request: What was sent and read.
        past: What earlier calls have left, and their looks.
        result: What the call has come to.
        readable: Whether this client can read the payment.
    """
    accepted = isinstance(result, Receipt) and result.outcome is Outcome.ACCEPTED
    if not accepted and not isinstance(result, OutcomeUnknown):
        return LookNotes(unchanged=request.unchanged)
    follow_up, repeatable = plan.policy.follow_up, _is_repeatable(plan, request)
    possible = plan.read_back is not None or (repeatable and not accepted)
    earlier = past.at_accepted if accepted else past.at_unknown
    looked = earlier and (request.look_answered is not None or bool(request.state.attempt_log))
    if earlier and not looked:
        return None
    answered = looked and _is_answered(plan, request)
    times = follow_up.accepted if accepted else follow_up.unknown
    looks = past.count + 1 if looked else 0
    proved_nothing = answered and past.answered_for >= follow_up.escalate_after
    hopeless = not accepted and not repeatable and not readable
    return LookNotes(
        unchanged=request.unchanged,
        looked=looked,
        answered=answered,
        reason=request.look_reason,
        next_look=times[min(looks, len(times) - 1)] if possible else None,
        waits_for_person=hopeless or proved_nothing or (looked and past.waits_for_person),
    )


def _is_repeatable(plan: CancelPlan, request: RequestState) -> bool:
    """Whether the cancel may be repeated without harm."""
    return plan.operation.repeat.effect == "none" and not request.state.key_expired


def _is_answered(plan: CancelPlan, request: RequestState) -> bool:
    """Whether the provider itself answered the last read; or, if nothing is read, the repeat."""
    if request.look_answered is not None:
        return request.look_answered
    reply = request.state.reply
    return reply is not None and prove(reply, plan.call) in {Proof.EXECUTED, Proof.REFUSED}

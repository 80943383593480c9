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

from countermand._core.commands import Claim, Close, Prior, Rejected, Settled, Steps
from countermand._core.outcomes import Conclusion, Matter, concluded, unless_lost
from countermand._core.request import Course, Ending, Order, carry_out
from countermand._core.retries import is_open
from countermand.provider._responses import by_status, succeeded
from countermand.provider._verdicts import (
    Absent,
    Done,
    Finding,
    Found,
    NotKnown,
    NotSent,
    Reading,
    Refused,
    Refuted,
    Unclear,
    Verdict,
)
from countermand.receipt import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse


@frozen(kw_only=True)
class Intent:
    """A cancel: the request, how to look for it, and which other APIs can be asked."""

    order: Order
    matter: Matter
    read_back: Callable[[], Reading] | None = None
    readable: frozenset[str] = frozenset()
    """The APIs that this client has an account for."""
    refreshable: frozenset[str] = frozenset()
    """Those of them that can fetch a fresh token."""
    closed: bool = False
    """Whether the client is closed, so that nothing can be sent any more."""


CLIENT_CLOSED: Final = NotSent(message="the client is closed")

CLOSING: Final = 0.05
"""The part of its time that a call may take longer, so that its end is recorded."""


def cancel(intent: Intent, began: float, ending: Ending) -> Steps[Conclusion]:
    """Carry an intent out, or say why not.

    Args:
        intent: What to do.
        began: The monotonic clock at the start, from which the deadline counts.
        ending: Is kept up to date, so that an interruption at any moment leaves the truth behind.
    """
    course = Course(intent.order, began, began + intent.order.policy.deadline, began, ending)
    answer = yield Claim(course.left)
    course.now = answer.monotonic
    match answer.value:
        case Settled(conclusion):
            return conclusion
        case Rejected(error):
            return error
        case prior:
            assert isinstance(prior, Prior)
            yield from _settle(intent, course, prior)
    conclusion = concluded(ending, intent.matter)
    limit = max(course.left, intent.order.policy.deadline * CLOSING)
    answer = yield Close(conclusion, limit)
    return unless_lost(conclusion, intent.matter, ours=answer.value is not False)


def _settle(intent: Intent, course: Course, prior: Prior) -> Steps[None]:
    repeat = intent.order.call.operation.repeat
    ending = course.ending
    ending.unclear = prior.unclear
    ending.references[:] = prior.references
    if intent.closed:
        ending.verdict = CLIENT_CLOSED
        return
    window = intent.order.policy.settle_window
    quiet = prior.quiet_for >= window
    vouched = prior.vouched_after is not None and prior.vouched_after >= window
    if prior.unclear and not _harmless(intent, prior):
        finding = yield from _look(intent, course)
        absent = isinstance(finding, (Absent, NotKnown) if vouched else Absent)
        if not (absent and quiet):
            ending.outdated = repeat.effect == "none"
            _apply(finding, ending)
            return
        ending.unclear = False
    elif vouched and quiet:
        ending.unclear = False
    yield from carry_out(course)
    still_open = is_open(
        ending.verdict, repeat, unclear=ending.unclear, references=ending.references
    )
    if still_open and intent.read_back is not None:
        _apply((yield from _look(intent, course)), ending)


def _harmless(intent: Intent, prior: Prior) -> bool:
    """Whether a repeat does no harm, and still does not: a key is not known again for ever."""
    operation = intent.order.call.operation
    lifetime = operation.key.lifetime if operation.key else None
    known = lifetime is None or prior.age < lifetime
    return operation.repeat.effect == "none" and known


def _look(intent: Intent, course: Course) -> Steps[Finding]:
    if intent.read_back is None:
        return NotKnown("the provider offers no way to look")
    reading = intent.read_back()
    try:
        call = next(reading)
        while True:
            api = call.operation.api
            if api not in intent.readable:
                return NotKnown(f"looking it up needs an account for {api} in this client")
            call = reading.send((yield from _fetch(intent, course, call)))
    except StopIteration as finished:
        finding: Finding = finished.value
        return finding


def _fetch(intent: Intent, course: Course, call: Call[Any]) -> Steps[RawResponse | None]:
    """The reply to a read, or None; a read is repeated freely, within the same deadline."""

    def judge(reply: RawResponse) -> Verdict:
        return succeeded(reply, call) if reply.is_success else by_status(reply)

    order = Order(
        call=call,
        judge=judge,
        policy=intent.order.policy,
        refreshable=call.operation.api in intent.refreshable,
    )
    read = Course(order, course.began, course.deadline, course.now)
    yield from carry_out(read)
    course.now = read.now
    usable = isinstance(read.ending.verdict, (Done, Refused))
    return read.ending.reply if usable else None


def _apply(finding: Finding, ending: Ending) -> None:
    match finding:
        case Found(done):
            ending.verdict, ending.evidence = done, Evidence.READ_BACK
            ending.unclear = False
        case Refuted(refused):
            ending.verdict, ending.unclear = refused, False
        case Absent(reason) | NotKnown(reason):
            said = getattr(ending.verdict, "message", "")
            ending.verdict = Unclear(message=f"{said}; {reason}" if ending.log else reason)
        case _:
            assert_never(finding)

"""One request until nothing safe is left to do: send, judge, wait, authenticate, link.

A generator that yields steps and is told what came of them; it never does anything itself. The
blocking and the asynchronous driver obey it, so both behave alike, and it can be explored without a
network. Time comes in with each answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from attrs import define, evolve, field, frozen

from countermand._core.commands import (
    AskUser,
    Authenticate,
    Denied,
    Dispatch,
    Granted,
    Pause,
    Rejected,
    Send,
    Steps,
)
from countermand._core.exchange import Failure
from countermand._core.retries import Again, Finish, Link, Refresh, Standing, next_move, retry_after
from countermand.attempts import Attempt, Attempts, RawResponse, Sent
from countermand.provider._verdicts import (
    LinkRequired,
    NotSent,
    TokenRefused,
    TryLater,
    Unclear,
    Unrecorded,
    Verdict,
)
from countermand.receipt import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand_clients.operation import Call

    from countermand.policy import Policy


@frozen(kw_only=True)
class Order:
    """What is to be done, and within what limits."""

    call: Call[Any]
    judge: Callable[[RawResponse], Verdict]
    policy: Policy
    refreshable: bool = False
    """Whether a fresh token can be had."""
    linkable: bool = False
    """Whether somebody can take the user through linking an identity."""
    reserve: float = 0.0
    """The part of the time that an attempt leaves for finding out what became of it."""
    recorded: bool = False
    """Whether each attempt is recorded before it goes out."""


NOTHING_SENT = NotSent(message="nothing was sent before the deadline or an interruption")


@define
class Ending:
    """How a call ended: the last verdict and everything that led there."""

    verdict: Verdict = NOTHING_SENT
    reply: RawResponse | None = None
    log: list[Attempt] = field(factory=list[Attempt])
    unclear: bool = False
    """Whether any request before the last verdict may have been executed."""
    in_flight: float | None = None
    """When the request was handed out, in seconds since the call began, whose exchange is not
    entered yet; None where there is none."""
    retry_after: float | None = None
    references: list[str] = field(factory=list[str])
    """Ids of the cancel that were made out before the last verdict."""
    evidence: Evidence = Evidence.REPLY
    outdated: bool = False
    """Whether the time is over in which the provider knows the idempotency key again."""
    cause: BaseException | None = None
    """What a callable of the caller's raised, if that is why the call ended."""

    @property
    def attempts(self) -> Attempts:
        """The log as callers see it."""
        return Attempts(tuple(self.log))

    def take(self, order: Order, exchange: RawResponse | Failure) -> None:
        """Judge an exchange and enter it into the log."""
        verdict, at = _judged(exchange, order), self.in_flight or 0.0
        self.unclear = self.unclear or isinstance(self.verdict, Unclear)
        self.log.append(_attempt(exchange, at))
        self.verdict = verdict
        if (
            isinstance(verdict, Unclear)
            and verdict.reference
            and verdict.reference not in self.references
        ):
            self.references.append(verdict.reference)
        self.reply = exchange if isinstance(exchange, RawResponse) else self.reply
        self.retry_after = None
        self.in_flight = None


@define
class Course:
    """The changing facts of one request."""

    order: Order
    began: float
    deadline: float
    now: float
    ending: Ending = field(factory=Ending)
    failures: int = 0
    refreshed: bool = False
    linked: bool = False
    token: str | None = field(default=None, repr=False)

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - self.now

    def standing(self) -> Standing:
        """What the next move depends on."""
        return Standing(
            left=self.left,
            failures=self.failures,
            retry_after=self.ending.retry_after,
            can_refresh=self.order.refreshable and not self.refreshed,
            can_link=self.order.linkable and not self.linked,
        )


def perform(order: Order, began: float, ending: Ending) -> Steps[None]:
    """Carry out an order that stands for itself.

    Args:
        order: What to do.
        began: The monotonic clock at the start, from which the deadline counts.
        ending: Is kept up to date, so that an interruption at any moment leaves the truth behind.
    """
    yield from carry_out(Course(order, began, began + order.policy.deadline, began, ending))


def interrupt(order: Order, ending: Ending, exchange: RawResponse | Failure | None) -> None:
    """Enter into the ending that the caller stopped the call.

    Args:
        order: What was being done.
        ending: How far it had come.
        exchange: What the wire says of the request that was cut off, if it can say anything; of a
            request in flight of which nothing is said, nothing is certain.
    """
    if ending.in_flight is not None:
        ending.take(
            order,
            exchange or Failure(sent=Sent.MAYBE_SENT, problem="interrupted by the caller"),
        )


def carry_out(course: Course) -> Steps[None]:
    """Send, judge, wait, authenticate, link, until nothing safe is left to do."""
    go_on = yield from _authenticate(course)
    while go_on and course.left > 0:
        if course.order.recorded and not (yield from _dispatch(course)):
            return
        yield from _send(course)
        ending = course.ending
        policy = course.order.policy
        move = next_move(
            ending.verdict, course.order.call.operation.repeat, course.standing(), policy
        )
        match move:
            case Finish():
                return
            case Again(at_least, jitter):
                go_on = yield from _pause(course, at_least, jitter)
            case Refresh():
                course.refreshed = True
                go_on = yield from _authenticate(course)
            case Link():
                go_on = yield from _link(course)
            case _:
                assert_never(move)


def _dispatch(course: Course) -> Steps[bool]:
    ending = course.ending
    answer = yield Dispatch(len(ending.log) + 1, course.left)
    course.now = answer.monotonic
    if isinstance(answer.value, Rejected):
        ending.unclear = ending.unclear or isinstance(ending.verdict, Unclear)
        ending.verdict = Unrecorded(error=answer.value.error)
        return False
    return course.left > 0


def _send(course: Course) -> Steps[None]:
    policy = course.order.policy
    limit = min(policy.attempt_timeout, course.left * (1 - course.order.reserve))
    ending = course.ending
    ending.in_flight = course.now - course.began
    answer = yield Send(course.order.call, course.token, course.now + limit)
    exchange = answer.value
    assert isinstance(exchange, (RawResponse, Failure))
    ending.take(course.order, exchange)
    course.now = answer.monotonic
    if isinstance(exchange, RawResponse):
        ending.retry_after = retry_after(exchange.header("retry-after"), answer.wall)
    if isinstance(ending.verdict, (NotSent, TryLater, Unclear)):
        course.failures += 1


def _pause(course: Course, at_least: float, jitter: float) -> Steps[bool]:
    answer = yield Pause(at_least, jitter)
    course.now = answer.monotonic
    return answer.value is True


def _authenticate(course: Course) -> Steps[bool]:
    if course.left <= 0:
        return False
    api = course.order.call.operation.api
    answer = yield Authenticate(api, course.token, course.left)
    course.now = answer.monotonic
    if isinstance(answer.value, Granted):
        course.token = answer.value.token
        return True
    assert isinstance(answer.value, Denied)
    course.ending.verdict = TokenRefused(message=answer.value.problem)
    course.ending.cause = answer.value.cause
    return False


def _link(course: Course) -> Steps[bool]:
    course.linked = True
    assert isinstance(course.ending.verdict, LinkRequired)
    answer = yield AskUser(course.ending.verdict.problem, course.token)
    assert isinstance(answer.value, (Granted, Denied))
    course.deadline += answer.value.took
    course.now = answer.monotonic
    if isinstance(answer.value, Denied):
        course.ending.cause = answer.value.cause
        course.ending.verdict = evolve(course.ending.verdict, message=answer.value.problem)
        return False
    course.token = answer.value.token
    return True


def _judged(exchange: RawResponse | Failure, order: Order) -> Verdict:
    if isinstance(exchange, RawResponse):
        return order.judge(exchange)
    if exchange.sent is Sent.NOT_SENT:
        return NotSent(message=exchange.problem)
    return Unclear(message=exchange.problem)


def _attempt(exchange: RawResponse | Failure, at: float) -> Attempt:
    if isinstance(exchange, Failure):
        return Attempt(sent=exchange.sent, problem=exchange.problem, at=at)
    return Attempt(sent=Sent.RESPONDED, status=exchange.status, problem=exchange.problem, at=at)

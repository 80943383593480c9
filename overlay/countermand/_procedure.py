"""One intent, from first byte to verdict: a generator that says what to do and is told what came.

It yields steps and receives answers; it never does anything itself. The blocking and the
asynchronous driver obey it, so both behave alike, and it can be explored without a network. Time
comes in with each answer.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, assert_never

from attrs import define, evolve, field, frozen

from countermand._exchange import Failure
from countermand._moves import Again, Finish, Link, Refresh, Standing, next_move
from countermand._retry_after import retry_after
from countermand._verdicts import (
    LinkRequired,
    NotSent,
    TokenRefused,
    TryLater,
    Unclear,
    Verdict,
)
from countermand.attempts import Attempt, Attempts, RawResponse, Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    unclear: bool = False
    """Whether an earlier call under the same key may have been executed."""


@frozen
class Authenticate:
    """Get a token; `stale` is one that the provider has refused."""

    stale: str | None
    limit: float


@frozen
class Send:
    """Send the request with this token and read the whole reply, within `limit` seconds."""

    token: str | None = field(repr=False)
    limit: float


@frozen
class Pause:
    """Take a retry from the budget and wait; a False answer means that the budget is spent."""

    at_least: float
    jitter: float


@frozen
class AskUser:
    """Take the user through linking an identity."""

    problem: Mapping[str, Any]
    token: str | None = field(repr=False)


Step = Authenticate | Send | Pause | AskUser


@frozen
class Granted:
    """A token, or None where credentials are fixed; `took` is time that does not count."""

    token: str | None = field(repr=False)
    took: float = 0.0


@frozen
class Denied:
    """No token, or no link, to be had."""

    problem: str
    cause: BaseException | None = None
    took: float = 0.0


@frozen
class Answer:
    """What came of a step, and the time on both clocks."""

    value: object
    monotonic: float
    wall: float


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
        self.reply = exchange if isinstance(exchange, RawResponse) else self.reply
        self.retry_after = None
        self.in_flight = None


Procedure = Generator[Step, Answer, Ending]


@define
class Course:
    """The changing facts of one call."""

    order: Order
    deadline: float
    began: float
    ending: Ending
    failures: int = 0
    refreshed: bool = False
    linked: bool = False
    token: str | None = field(default=None, repr=False)
    now: float = 0.0

    @property
    def left(self) -> float:
        return self.deadline - self.now

    def standing(self) -> Standing:
        return Standing(
            left=self.left,
            failures=self.failures,
            retry_after=self.ending.retry_after,
            can_refresh=self.order.refreshable and not self.refreshed,
            can_link=self.order.linkable and not self.linked,
        )


def perform(order: Order, began: float, ending: Ending) -> Procedure:
    """Carry out an order: send, judge, wait, authenticate, until there is nothing safe left to do.

    Args:
        order: What to do.
        began: The monotonic clock at the start, from which the deadline counts.
        ending: Is kept up to date, so that an interruption at any moment leaves the truth behind.
    """
    course = Course(order, began + order.policy.deadline, began, ending)
    course.now = began
    ending.unclear = order.unclear
    if order.unclear and order.call.operation.repeat.effect != "none":
        ending.verdict = Unclear(message="an earlier call under this key is unresolved")
    else:
        yield from _perform(course)
    return ending


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


def _perform(course: Course) -> Generator[Step, Answer, None]:
    go_on = yield from _authenticate(course)
    while go_on and course.left > 0:
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


def _send(course: Course) -> Generator[Step, Answer, None]:
    limit = min(course.order.policy.attempt_timeout, course.left)
    ending = course.ending
    ending.in_flight = course.now - course.began
    answer = yield Send(course.token, limit)
    exchange = answer.value
    assert isinstance(exchange, (RawResponse, Failure))
    ending.take(course.order, exchange)
    course.now = answer.monotonic
    if isinstance(exchange, RawResponse):
        ending.retry_after = retry_after(exchange.header("retry-after"), answer.wall)
    if isinstance(ending.verdict, (NotSent, TryLater, Unclear)):
        course.failures += 1


def _pause(course: Course, at_least: float, jitter: float) -> Generator[Step, Answer, bool]:
    answer = yield Pause(at_least, jitter)
    course.now = answer.monotonic
    return answer.value is True


def _authenticate(course: Course) -> Generator[Step, Answer, bool]:
    answer = yield Authenticate(course.token, course.left)
    course.now = answer.monotonic
    if isinstance(answer.value, Granted):
        course.token = answer.value.token
        return True
    assert isinstance(answer.value, Denied)
    course.ending.verdict = TokenRefused(message=answer.value.problem)
    course.ending.cause = answer.value.cause
    return False


def _link(course: Course) -> Generator[Step, Answer, bool]:
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

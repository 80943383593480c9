"""The retry table, for every operation that the specifications describe."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final

import pytest
from attrs import evolve, frozen
from countermand_clients.bento.operations import CANCEL_TRANSACTION as BENTO
from countermand_clients.operation import Operation, Repeat
from countermand_clients.pace_fueling.operations import CANCEL_TRANSACTION as PACE_FUELING
from countermand_clients.pace_pay import operations as pace_pay_operations
from countermand_clients.pace_pay.operations import CANCEL_TRANSACTION as PACE_PAY
from countermand_clients.unzer import operations as unzer_operations
from countermand_clients.unzer.operations import CANCEL_AUTHORIZATION, CANCEL_PAYMENT
from countermand_clients.vtex.operations import CANCEL_PAYMENT as VTEX

from countermand._core.retries import (
    LinkThenRetry,
    LookThenRetry,
    RefreshThenRetry,
    RetryAfter,
    Stop,
    decide_retry,
    is_harmful_repeat,
    is_retry_safe,
    is_unresolved,
    rules_out_earlier_attempts,
)
from countermand.errors import Forbidden
from countermand.policy import Backoff, Policy
from countermand.provider._verdicts import (
    Done,
    LinkRequired,
    MaybeExecuted,
    NotSent,
    Refused,
    Throttled,
    TokenRejected,
    Verdict,
)
from countermand.receipt import Outcome

if TYPE_CHECKING:
    from countermand._core.retries import RetryDecision

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

VERDICTS: Final[dict[str, Verdict]] = {
    "done": Done(outcome=Outcome.CANCELLED),
    "refused": Refused(error=Forbidden, message=""),
    "refused for the payment": Refused(error=Forbidden, message="", about_payment=True),
    "not sent": NotSent(message=""),
    "429": Throttled(message=""),
    "429 of a gateway": Throttled(message="", foreign=True),
    "no status or 5xx": MaybeExecuted(message=""),
    "a page that proves nothing": MaybeExecuted(message="", transient=False),
    "at work on the request": MaybeExecuted(message="", transient=False, in_progress=True),
    "token refused": TokenRejected(message=""),
    "401 of a gateway": TokenRejected(message="", foreign=True),
    "link required": LinkRequired(problem={}),
}
COLUMNS: Final = {
    "PACE Pay": PACE_PAY,
    "PACE Fueling": PACE_FUELING,
    "Bento": BENTO,
    "Unzer payment": CANCEL_PAYMENT,
    "Unzer authorization": CANCEL_AUTHORIZATION,
    "VTEX": VTEX,
}
TABLE: Final = {
    #                             Pay      Fueling  Bento    Unzer    Unzer    VTEX
    "done":                       "stop    stop     stop     stop     stop     stop  ",
    "refused":                    "stop    stop     stop     stop     stop     stop  ",
    "refused for the payment":    "stop    stop     stop     stop     stop     stop  ",
    "not sent":                   "retry   retry    retry    retry    retry    retry",
    "429":                        "retry   retry    retry    retry    retry    retry",
    "429 of a gateway":           "retry   look     look     retry    retry    retry",
    "no status or 5xx":           "retry   stop     stop     stop     stop     retry",
    "a page that proves nothing": "stop    stop     stop     stop     stop     stop  ",
    "at work on the request":     "retry   stop     stop     stop     stop     retry",
    "token refused":              "refresh refresh  refresh  refresh  refresh  refresh",
    "401 of a gateway":           "refresh look     look     refresh  refresh  refresh",
    "link required":              "link    link     link     link     link     link",
}  # fmt: skip
READS: Final = [
    operation
    for module in (pace_pay_operations, unzer_operations)
    for operation in vars(module).values()
    if isinstance(operation, Operation) and operation.effect == "read"
]


@frozen(kw_only=True)
class Facts:
    """The facts about a request that the table looks at."""

    remaining: float
    failures: int
    in_progress: int = 1
    retry_after: float | None = None
    can_refresh: bool = False
    can_link: bool = False
    can_look: bool = False


OPEN: Final = Facts(remaining=30.0, failures=1, can_refresh=True, can_link=True, can_look=True)


WORDS: Final = {
    RetryAfter: "retry",
    Stop: "stop",
    RefreshThenRetry: "refresh",
    LinkThenRetry: "link",
    LookThenRetry: "look",
}


def name_of(decision: RetryDecision) -> str:
    """A decision as the table names it."""
    return WORDS[type(decision)]


@pytest.mark.parametrize("name", VERDICTS)
def test_each_verdict_and_operation_lead_to_the_decision_of_the_table(name: str) -> None:
    """With time, attempts, a token callable and a handler at hand, only the facts decide."""
    for column, decision in zip(COLUMNS, TABLE[name].split(), strict=True):
        found = decide_retry(VERDICTS[name], COLUMNS[column], OPEN, Policy())
        assert name_of(found) == decision, column


@pytest.mark.parametrize("name", VERDICTS)
def test_a_read_is_repeated_as_freely_as_a_cancel_at_pace_pay(name: str) -> None:
    """A read moves no money, so it may be resent wherever PACE Pay's cancel may."""
    expected = TABLE[name].split()[0]
    assert READS
    for read in READS:
        found = decide_retry(VERDICTS[name], read, OPEN, Policy())
        assert name_of(found) == expected, read.operation_id


@pytest.mark.parametrize("column", COLUMNS)
def test_no_context_adds_a_retry_to_the_table(column: str) -> None:
    """For every combination of limits the decision is the table's, or to stop."""
    policy = Policy(attempts=3)
    operation = COLUMNS[column]
    yes_or_no = (False, True)
    for name, left, failures, wait, refresh, link, look in product(
        VERDICTS,
        (-1.0, 0.0, 1e-9, 5.0),
        range(1, 6),
        (None, 0.0, 3.0, 1e7),
        *(yes_or_no,) * 3,
    ):
        context = Facts(
            remaining=left,
            failures=failures,
            retry_after=wait,
            can_refresh=refresh,
            can_link=link,
            can_look=look,
        )
        decision = decide_retry(VERDICTS[name], operation, context, policy)
        expected = dict(zip(COLUMNS, TABLE[name].split(), strict=True))[column]
        assert name_of(decision) in {expected, "stop"}
        if isinstance(decision, RetryAfter):
            assert failures < policy.attempts or not decision.counted
            assert decision.at_least == max(wait or 0.0, 0.0 if decision.counted else 1.0)
            assert decision.at_least + decision.jitter < left
        assert not (isinstance(decision, RefreshThenRetry) and not refresh)
        assert not (isinstance(decision, LinkThenRetry) and not link)
        assert not (isinstance(decision, LookThenRetry) and not look)


@pytest.mark.parametrize("verdict", ["not sent", "429"])
def test_the_last_attempt_is_the_last(verdict: str) -> None:
    """`attempts` counts all attempts, the first included."""
    policy = Policy(attempts=4)
    for failures, expected in ((1, "retry"), (3, "retry"), (4, "stop"), (5, "stop")):
        context = Facts(remaining=30.0, failures=failures)
        assert name_of(decide_retry(VERDICTS[verdict], PACE_PAY, context, policy)) == expected


@pytest.mark.parametrize(
    ("left", "asked", "decision"),
    [
        (30.0, 10.0, RetryAfter(10.0, 8.0)),
        (10.5, 10.0, RetryAfter(10.0, 0.25)),
        (10.0, 10.0, Stop()),
        (10.0, 10.1, Stop()),
        (1.0, None, RetryAfter(0.0, 0.5)),
        (0.0, None, Stop()),
    ],
    ids=["fits", "fits tightly", "leaves nothing", "too long", "not asked", "no time"],
)
def test_a_retry_is_made_only_if_its_wait_leaves_time_for_the_attempt(
    left: float, asked: float | None, decision: RetryDecision
) -> None:
    """Retry-After is a lower bound; the jitter takes at most half of the time beyond it."""
    policy = Policy(backoff=Backoff(first=8.0))
    context = Facts(remaining=left, failures=1, retry_after=asked)
    assert decide_retry(VERDICTS["429"], PACE_PAY, context, policy) == decision


@pytest.mark.parametrize(
    ("column", "covers"),
    [
        ("PACE Pay", True),
        ("PACE Fueling", False),
        ("Bento", False),
        ("Unzer payment", False),
        ("Unzer authorization", False),
        ("VTEX", True),
    ],
)
def test_a_refusal_covers_earlier_requests_only_where_a_repeat_is_answered_alike(
    column: str, *, covers: bool
) -> None:
    """At PACE Fueling a 404 on a repeat may mean "done before", so it proves nothing."""
    refused = Refused(error=Forbidden, message="", about_payment=True)
    assert rules_out_earlier_attempts(refused, COLUMNS[column].repeat) is covers
    assert not rules_out_earlier_attempts(
        Refused(error=Forbidden, message=""), COLUMNS[column].repeat
    )


def test_a_status_as_documented_answer_of_a_repeat_is_not_the_same_answer() -> None:
    """Where a repeat answers 404, a refusal may be the answer to a repeat."""
    refused = Refused(error=Forbidden, message="", about_payment=True)
    assert not rules_out_earlier_attempts(refused, Repeat("none", "404"))


def test_after_the_look_the_table_goes_on() -> None:
    """Wait as Retry-After says, or get a new token."""
    throttled = decide_retry(VERDICTS["429 of a gateway"], BENTO, OPEN, Policy())
    assert throttled == LookThenRetry(RetryAfter(0.0, 0.25))
    rejected = decide_retry(VERDICTS["401 of a gateway"], PACE_FUELING, OPEN, Policy())
    assert rejected == LookThenRetry(RefreshThenRetry())


@pytest.mark.parametrize("verdict", ["429 of a gateway", "401 of a gateway"])
@pytest.mark.parametrize("column", ["Bento", "PACE Fueling"])
def test_without_a_look_a_gateway_s_answer_ends_a_harmful_repeat(verdict: str, column: str) -> None:
    """Gateways repeat PUT and DELETE on their own, and the first copy may have been executed."""
    blind = evolve(OPEN, can_look=False)
    assert decide_retry(VERDICTS[verdict], COLUMNS[column], blind, Policy()) == Stop()
    spent = evolve(OPEN, failures=4, can_refresh=False)
    assert decide_retry(VERDICTS[verdict], COLUMNS[column], spent, Policy()) == Stop()


@pytest.mark.parametrize(
    ("method", "effect", "harmful"),
    [
        ("PUT", "again", True),
        ("PUT", "unknown", True),
        ("DELETE", "unknown", True),
        ("PUT", "none", False),
        ("POST", "again", False),
        ("GET", "none", False),
    ],
)
def test_put_and_delete_are_repeated_by_gateways(
    method: str, effect: Any, *, harmful: bool
) -> None:
    """RFC 9110 calls them idempotent, whatever they do."""
    operation = evolve(BENTO, method=method, repeat=Repeat(effect, "unknown"))
    assert is_harmful_repeat(operation) is harmful


OPEN_AFTER: Final = {
    #                           alone       after a maybe executed one: Pay, Fueling
    "done":                    (False,      False, False),
    "refused":                 (False,      True,  True),
    "refused for the payment": (False,      False, True),
    "not sent":                (False,      True,  True),
    "429":                     (False,      True,  True),
    "no status or 5xx":        (True,       True,  True),
    "a page that proves nothing": (True,    True,  True),
    "at work on the request":  (True,       True,  True),
    "token refused":           (False,      True,  True),
    "401 of a gateway":        (False,      True,  True),
    "link required":           (False,      True,  True),
}  # fmt: skip


@pytest.mark.parametrize("name", OPEN_AFTER)
def test_a_key_is_unresolved_until_an_answer_covers_every_request(name: str) -> None:
    """A success covers all; a refusal covers the payment only if it is about the payment."""
    verdict, (alone, at_pay, at_fueling) = VERDICTS[name], OPEN_AFTER[name]
    for repeat in (PACE_PAY.repeat, PACE_FUELING.repeat):
        assert is_unresolved(verdict, repeat, maybe_executed=False) is alone
    assert is_unresolved(verdict, PACE_PAY.repeat, maybe_executed=True) is at_pay
    assert is_unresolved(verdict, PACE_FUELING.repeat, maybe_executed=True) is at_fueling


def test_a_refusal_does_not_resolve_a_cancel_that_has_an_id() -> None:
    """Not even a refusal about the payment."""
    refused = VERDICTS["refused for the payment"]
    repeat = PACE_PAY.repeat
    assert not is_unresolved(refused, repeat, maybe_executed=True)
    assert is_unresolved(refused, repeat, maybe_executed=True, references=["c-1"])
    assert not is_unresolved(refused, repeat, maybe_executed=False, references=["c-1"])


@pytest.mark.parametrize(("effect", "safe"), [("none", True), ("again", False), ("unknown", False)])
@pytest.mark.parametrize("answer", ["same", "unknown", "404"])
def test_a_maybe_executed_request_is_repeated_only_if_a_repeat_is_safe(
    effect: Any, answer: str, *, safe: bool
) -> None:
    """And only where another answer can be expected."""
    repeat = Repeat(effect, answer)
    assert is_retry_safe(repeat, MaybeExecuted(message="")) is safe
    assert not is_retry_safe(repeat, MaybeExecuted(message="", transient=False))


def test_a_wait_is_drawn_under_the_ceiling_of_as_many_failures() -> None:
    """The default ceilings, where there is time for them."""
    for failures, jitter in ((1, 0.25), (2, 0.5), (3, 1.0)):
        context = Facts(remaining=1000.0, failures=failures, retry_after=3.0)
        decision = decide_retry(VERDICTS["not sent"], BENTO, context, Policy())
        assert decision == RetryAfter(3.0, jitter)


@pytest.mark.parametrize(
    ("left", "asked", "answers", "decision"),
    [
        (30.0, None, 1, RetryAfter(1.0, 0.25, counted=False)),
        (30.0, None, 4, RetryAfter(1.0, 2.0, counted=False)),
        (30.0, 0.0, 1, RetryAfter(1.0, 0.25, counted=False)),
        (30.0, 5.0, 1, RetryAfter(5.0, 0.25, counted=False)),
        (1.25, None, 1, RetryAfter(1.0, 0.125, counted=False)),
        (1.0, None, 1, Stop()),
        (5.0, 5.0, 1, Stop()),
    ],
)
def test_a_provider_at_work_is_asked_again_until_the_deadline(
    left: float, asked: float | None, answers: int, decision: RetryDecision
) -> None:
    """About a second later, and a little longer each time, however many attempts there were."""
    for failures in (0, 1, 4, 9):
        context = Facts(remaining=left, failures=failures, in_progress=answers, retry_after=asked)
        found = decide_retry(VERDICTS["at work on the request"], VTEX, context, Policy())
        assert found == decision


def test_a_cancel_with_an_id_was_executed_despite_a_refusal() -> None:
    """Without an id, a refusal covers earlier requests if a repeat is answered alike."""
    refused = Refused(error=Forbidden, message="", about_payment=True)
    assert not is_unresolved(refused, VTEX.repeat, maybe_executed=True)
    assert is_unresolved(refused, VTEX.repeat, maybe_executed=True, references=("C1",))
    assert not is_unresolved(refused, VTEX.repeat, maybe_executed=False, references=("C1",))

"""The pure parts of bulk: amounts, rates, numbers of a run, results, and cells of a report."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from countermand import (
    FULL,
    AlreadyCaptured,
    CancellationInProgress,
    CancelRequest,
    CancelResult,
    CountermandError,
    Declined,
    Evidence,
    KeyConflict,
    LedgerUnavailable,
    NotFound,
    Outcome,
    OutcomeUnknown,
    Receipt,
    bento,
    pace_pay,
    unzer,
    vtex,
)
from countermand.ledger import Event, KeyRecord, State
from countermand_ops.bulk._errors import BulkError
from countermand_ops.bulk._meter import Meter, to_text
from countermand_ops.bulk._money import Money, Sums, read_limits, requested_amount, require_within
from countermand_ops.bulk._report import harmless
from countermand_ops.bulk._results import RowResult, from_result, with_record
from countermand_ops.bulk._throttle import Throttle, read_rates
from countermand_ops.exit_codes import ExitCode

if TYPE_CHECKING:
    from countermand.provider import BaseCancellation

PACE = pace_pay.Cancellation("c5b3a1c4-6f3a-4c43-8a2b-0f9f6ad0f3a1")
UNZER = unzer.Cancellation("s-pay-1", amount=FULL)


@pytest.mark.parametrize(
    ("cancellation", "currency", "amount"),
    [
        (unzer.Cancellation("p", amount=Decimal("10.00")), None, "10.00"),
        (unzer.Cancellation("p", amount=10), "EUR", "10"),
        (UNZER, "EUR", None),
        (bento.Cancellation("o", "t", refund_amount=1050), "USD", "10.50"),
        (bento.Cancellation("o", "t", refund_amount=1050), "JPY", "1050"),
        (bento.Cancellation("o", "t", refund_amount=1050), "KWD", "1.050"),
        (bento.Cancellation("o", "t", refund_amount=1050), None, None),
        (bento.Cancellation("o", "t", refund_amount=FULL), "USD", None),
        (vtex.Cancellation("p", value=500), "BRL", "5.00"),
        (vtex.Cancellation("p"), "BRL", None),
        (PACE, "EUR", None),
    ],
)
def test_amounts_are_in_the_main_unit(
    cancellation: BaseCancellation, currency: str | None, amount: str | None
) -> None:
    """Whatever unit the provider has; yen have no cents."""
    found = requested_amount(cancellation, currency)
    assert (None if found is None else str(found)) == amount


def test_limits_are_read_exactly() -> None:
    """A currency and an amount."""
    assert read_limits(["EUR:10000", "USD:0.50"]) == {"EUR": 10000, "USD": Decimal("0.50")}
    for text in ("10000", "eur:1", "EUR:1,000", "EUR:-1"):
        with pytest.raises(BulkError, match="must be a currency and an amount, such as EUR:10000"):
            read_limits([text])


def test_a_plan_must_stay_within_every_limit() -> None:
    """No currency without a limit, and no row whose money is not known."""
    limits = {"EUR": Decimal(100)}
    require_within({}, {"EUR": Decimal(1000)}, 3)
    require_within(limits, {"EUR": Decimal(100)}, 0)
    for sums, unknown, message in (
        ({"EUR": Decimal("100.01")}, 0, "the plan has EUR 100.01, more than the permitted 100"),
        ({"USD": Decimal(1)}, 0, "the plan has USD 1: add --max-amount USD:1"),
        ({}, 2, "the amount and the currency of every row, and 2 rows lack one"),
    ):
        with pytest.raises(BulkError, match=message):
            require_within(limits, sums, unknown)


def test_sums_count_what_is_not_known() -> None:
    """A sum of known amounts alone would look complete."""
    sums = Sums()
    for money in (Money("EUR", Decimal("1.50")), Money("EUR", Decimal(2)), Money("EUR"), Money()):
        sums.add(money)
    assert sums.to_dict() == {"rows": 4, "amounts": {"EUR": "3.50"}, "unknown": 2}


def test_starts_are_spread_evenly() -> None:
    """Without a limit nothing waits."""
    even = Throttle(10.0)
    assert [round(even.delay(5.0), 3) for _ in range(3)] == [0.0, 0.1, 0.2]
    assert even.delay(9.0) == 0.0
    free = Throttle()
    assert [free.delay(1.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert free.rate(1.0) is None


def test_a_refusal_halves_the_rate_and_it_grows_again() -> None:
    """Retry-After is waited for; further refusals at the same moment say nothing new."""
    throttle = Throttle()
    for _ in range(40):
        throttle.delay(0.0)
    throttle.refused(2.0, retry_after=7.0)
    throttle.refused(2.5, retry_after=1.0)
    assert throttle.rate(2.5) == 10.0
    assert throttle.delay(3.0) == 6.0
    assert throttle.rate(17.0) == 20.0
    throttle.refused(17.0)
    assert throttle.rate(17.0) == 10.0
    assert throttle.rate(10_000.0) > 1e6


def test_a_rate_never_exceeds_its_limit_and_never_ends() -> None:
    """Also after many refusals, and one before anything was started."""
    throttle = Throttle(50.0)
    for second in range(0, 40, 2):
        throttle.refused(float(second))
    assert throttle.rate(38.0) == 0.1
    assert throttle.rate(1000.0) == 50.0
    early = Throttle()
    early.refused(0.0)
    assert early.rate(0.0) == 0.1


def test_rates_are_for_all_providers_or_for_one() -> None:
    """The last one counts."""
    apis = ["pace_pay", "unzer"]
    assert read_rates([], apis) == {"pace_pay": None, "unzer": None}
    assert read_rates(["50", "pace-pay=0.5"], apis) == {"pace_pay": 0.5, "unzer": 50.0}
    for text in ("fast", "0", "unzer=", "-1"):
        with pytest.raises(BulkError, match="must be starts per second, such as 50 or unzer=50"):
            read_rates([text], apis)
    with pytest.raises(BulkError, match="'bento=5' names none of the providers: pace_pay, unzer"):
        read_rates(["bento=5"], apis)


def result(**facts: Any) -> RowResult:
    """What came of a row."""
    values = {"outcome": "cancelled", "code": ExitCode.CANCELLED, "is_final": True, **facts}
    return RowResult(**values)


def test_the_meter_counts_what_people_want_to_know() -> None:
    """Outcomes, money, retries, rate and the time that is left."""
    meter = Meter(1000)
    assert meter.describe(0.0) == "0 of 1,000 rows"
    meter.add(result(), Money("EUR", Decimal("1000.50")), earlier=True)
    for _ in range(98):
        meter.add(result(), Money("EUR", Decimal(1)))
    meter.add(result(), Money("EUR"))
    failed = result(outcome="unknown", error="OutcomeUnknown", code=ExitCode.UNKNOWN)
    meter.add(failed, Money("EUR", Decimal(5)))
    meter.add(failed, Money(), earlier=True)
    meter.retries = 7
    text = "102 of 1,000 rows, 100 cancelled, 2 unknown, 7 retries, EUR 1,098.50, 10/s, 1m 28s left"
    assert meter.describe(10.0) == text
    assert (meter.failures, meter.earlier, meter.unknown_money) == (1, 2, 1)
    assert meter.code is ExitCode.UNKNOWN
    assert meter.rate(10.0) == pytest.approx(10.2)
    assert meter.rate(15.0) == pytest.approx(5.1)
    assert meter.to_dict() == {
        "rows": 1000,
        "done": 102,
        "outcomes": {"cancelled": 100, "unknown": 2},
        "errors": {"OutcomeUnknown": 2},
        "retries": 7,
        "amounts": {"EUR": "1098.50"},
        "rows_without_amount": 1,
    }


def test_what_was_cancelled_before_is_no_money_of_this_run() -> None:
    """Whatever the row asks for: nothing was left."""
    meter = Meter(2)
    meter.add(result(), Money("EUR", Decimal(1)))
    meter.add(result(outcome="already cancelled"), Money("EUR", Decimal(5)))
    assert meter.describe(0.0) == "2 of 2 rows, 1 already cancelled, 1 cancelled, EUR 1"
    meter.add(result(outcome="already cancelled"), Money())
    assert (meter.to_dict()["amounts"], meter.unknown_money) == ({"EUR": "1"}, 0)


def test_spans_are_short_texts() -> None:
    """As a person would say them."""
    assert [to_text(each) for each in (5.9, 65, 3720)] == ["5s", "1m 05s", "1h 02m"]


ERRORS: list[tuple[CountermandError, str, bool, ExitCode]] = [
    (Declined("d", code="1", reason="no"), "not cancelled", True, ExitCode.NOT_CANCELLED),
    (AlreadyCaptured("a"), "not cancelled", True, ExitCode.NOT_CANCELLED),
    (NotFound("n"), "not cancelled", False, ExitCode.NOT_CANCELLED),
    (NotFound("n", about_payment=True), "not cancelled", True, ExitCode.NOT_CANCELLED),
    (OutcomeUnknown("u"), "unknown", False, ExitCode.UNKNOWN),
    (KeyConflict("k"), "key conflict", True, ExitCode.KEY_CONFLICT),
    (CancellationInProgress("p"), "in progress", False, ExitCode.IN_PROGRESS),
    (LedgerUnavailable("l"), "ledger unavailable", False, ExitCode.LEDGER_UNAVAILABLE),
]


@pytest.mark.parametrize(
    ("error", "outcome", "final", "code"), ERRORS, ids=lambda each: type(each).__name__
)
def test_an_error_says_whether_a_later_run_tries_again(
    error: CountermandError, outcome: str, *, final: bool, code: ExitCode
) -> None:
    """Only what can never change is left alone."""
    found = from_result(CancelResult(CancelRequest(PACE, "k"), error=error))
    assert (found.outcome, found.is_final, found.code) == (outcome, final, code)
    assert found.error == type(error).__name__


@pytest.mark.parametrize(
    ("declined", "words"),
    [
        (Declined("text", code="API.1", reason="no"), "API.1: no"),
        (Declined("text", reason="no"), "no"),
        (Declined("text"), "text"),
    ],
)
def test_the_words_of_a_refusal_are_the_provider_s(declined: Declined, words: str) -> None:
    """Its code and its reason, where it gives them."""
    found = from_result(CancelResult(CancelRequest(PACE, "k"), error=declined))
    assert found.message == words


def record(*events: Event) -> KeyRecord:
    """What the ledger knows of a key."""
    return KeyRecord(
        key="k",
        cancellation=PACE,
        user=None,
        destination=None,
        state=State.CANCELLED,
        waiting_for=None,
        reference=None,
        created=datetime.now(UTC),
        closed=None,
        next_look=None,
        leased_until=None,
        events=events,
    )


def test_the_ledger_completes_what_a_call_did_not_see() -> None:
    """The evidence and the requests of the call that brought the outcome, which was killed."""
    now = datetime.now(UTC)
    receipt = Receipt(outcome=Outcome.CANCELLED, key="k", evidence=Evidence.LEDGER)
    stored = from_result(CancelResult(CancelRequest(PACE, "k"), receipt=receipt))
    first = Event(at=now, what="outcome", found="OutcomeUnknown", requests=("maybe sent",))
    last = Event(
        at=now, what="outcome", found="cancelled", message="read back", requests=(204, 204)
    )
    found = with_record(stored, record(first, last))
    assert (found.evidence, found.attempts) == ("read back", 2)
    assert with_record(stored, record()) == stored
    other = with_record(stored, record(first))
    assert (other.evidence, other.attempts) == (stored.evidence, 1)


def test_no_cell_of_a_report_is_a_formula() -> None:
    """A provider's words may begin with anything."""
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert harmless(text) == f"'{text}"
    assert [harmless(each) for each in ("s-cnl-1", "", None, 3)] == ["s-cnl-1", "", None, 3]

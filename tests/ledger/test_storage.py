"""What is written down: read again as it was, free of secrets, and kept until it is purged."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from countermand import (
    FULL,
    CancellationInProgress,
    CountermandError,
    Declined,
    Evidence,
    InvalidCancellation,
    KeyConflict,
    Misdirected,
    Outcome,
    Receipt,
)
from countermand._core.commands import AlreadyFinished, KeyHistory
from countermand.ledger._encoding import MAX_STORED_BODY
from tests.support.claims import (
    ATTEMPTS,
    CANCEL,
    SAMPLES,
    age,
    claimant,
    raw,
    receipt,
    rows,
    run_sql,
    unknown,
)

if TYPE_CHECKING:
    from countermand.ledger import Ledger

TWO_DAYS = 2 * 86400.0
FACTS: dict[str, dict[str, Any]] = {
    "unzer": {"response": None},
    "unzer-full": {"amount": FULL, "outcome": Outcome.ACCEPTED, "evidence": Evidence.READ_BACK},
    "bento": {"amount": 500, "reference": None, "raw": raw(b'{"data": {}}', 202)},
    "vtex": {"amount": None, "earlier_references": ("C1", "C2"), "raw": None},
}


def stored(ledger: Ledger, conclusion: Any, cancellation: Any = CANCEL) -> Any:
    """What comes back after the conclusion was written down."""
    ledger.claim(claimant(cancellation=cancellation))
    ledger.record_outcome(claimant(cancellation=cancellation), conclusion)
    claimed = ledger.claim(claimant(cancellation=cancellation))
    assert isinstance(claimed, AlreadyFinished)
    return claimed.result


@pytest.mark.parametrize("name", SAMPLES)
def test_a_receipt_comes_back_as_it_was(ledger: Ledger, name: str) -> None:
    """But for the evidence, which says that it comes from the ledger."""
    before = receipt(**FACTS[name])
    after = stored(ledger, before, SAMPLES[name])
    assert isinstance(after, Receipt)
    for field in ("outcome", "key", "reference", "amount", "earlier_references", "raw"):
        assert getattr(after, field) == getattr(before, field), field
    assert type(after.amount) is type(before.amount)
    assert after.attempts == ATTEMPTS
    assert after.evidence is Evidence.LEDGER


def test_the_typed_body_comes_back_too(ledger: Ledger) -> None:
    """It is parsed anew from the stored bytes."""
    body = b'{"id":"s-cnl-1","isSuccess":true,"isPending":false,"isError":false,"amount":"1.0000"}'
    after = stored(ledger, receipt(raw=raw(body)))
    assert after.response.id == "s-cnl-1"
    assert after.response.is_success is True


def test_a_body_without_end_is_not_stored(ledger: Ledger) -> None:
    """Its status is; the receipt is none the less one."""
    after = stored(ledger, receipt(raw=raw(b"x" * (MAX_STORED_BODY + 1))))
    assert (after.raw.status, after.raw.body, after.response) == (200, b"", None)
    assert after.reference == "s-cnl-1"


def test_a_refusal_comes_back_as_it_was(ledger: Ledger) -> None:
    """Class, words, code, reason, status, attempts and the raw reply."""
    before = Declined(
        "declined: API.1: no",
        code="API.1",
        reason="no",
        key="order-42",
        cancellation=CANCEL,
        attempts=ATTEMPTS,
        status=400,
        raw=raw(b"{}", 400),
    )
    after = stored(ledger, before)
    assert type(after) is Declined
    assert vars(after) == vars(before)
    assert str(after) == str(before)
    assert after.attempts == before.attempts


def test_a_refusal_without_a_reply_comes_back(ledger: Ledger) -> None:
    """Found by looking, for example."""
    after = stored(ledger, Declined("no", key="order-42", cancellation=CANCEL))
    assert (after.status, after.raw, after.code, after.attempts) == (None, None, None, ())


def test_a_misdirected_call_leaves_the_key_usable(ledger: Ledger) -> None:
    """It says nothing of the payment."""
    ledger.claim(claimant())
    ledger.record_outcome(
        claimant(), Misdirected("302", key="order-42", location="https://a.example/")
    )
    assert isinstance(ledger.claim(claimant()), KeyHistory)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_cancellation_comes_back_as_it_was(ledger: Ledger, name: str) -> None:
    """Another process can take it up."""
    ledger.claim(claimant(cancellation=SAMPLES[name]))
    assert ledger.find("order-42").cancellation == SAMPLES[name]


def test_what_a_person_found_out_is_recorded_with_who_and_why(ledger: Ledger) -> None:
    """And answers the key from then on."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), unknown())
    ledger.resolve(
        "order-42", cancelled=True, by="ada", reason="the webhook came", reference="s-cnl-9"
    )
    (row,) = [row for row in rows(ledger) if "key" in row]
    assert (row["resolved_by"], row["resolved_reason"]) == ("ada", "the webhook came")
    claimed = ledger.claim(claimant())
    assert isinstance(claimed, AlreadyFinished)
    assert isinstance(claimed.result, Receipt)
    assert claimed.result.reference == "s-cnl-9"
    assert claimed.result.evidence is Evidence.LEDGER
    assert ledger.unresolved() == ()


def test_what_a_person_found_not_to_be_cancelled_may_be_cancelled(ledger: Ledger) -> None:
    """The key is usable again; but what went out before may still arrive."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), unknown())
    ledger.resolve("order-42", cancelled=False, by="ada", reason="asked by phone")
    assert ledger.unresolved() == ()
    history = ledger.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.maybe_executed
    assert 0.0 <= (history.confirmed_absent_after or 0.0) < 60.0


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("unheard of", InvalidCancellation),
        ("held", CancellationInProgress),
        ("succeeded", KeyConflict),
        ("retryable", KeyConflict),
    ],
)
def test_only_an_open_key_that_nobody_works_on_can_be_settled(
    ledger: Ledger, state: str, error: type[CountermandError]
) -> None:
    """A person does not overrule a proof, nor a worker."""
    if state != "unheard of":
        ledger.claim(claimant())
    if state == "succeeded":
        ledger.record_outcome(claimant(), receipt())
    if state == "retryable":
        ledger.record_outcome(claimant(), Misdirected("302", key="order-42"))
    with pytest.raises(error) as caught:
        ledger.resolve("order-42", cancelled=True, by="ada", reason="a feeling")
    assert type(caught.value) is error
    assert caught.value.key == "order-42"


def test_a_crashed_key_can_be_settled(ledger: Ledger) -> None:
    """Once its hold has expired."""
    ledger.claim(claimant())
    age(ledger, 60.0)
    ledger.resolve("order-42", cancelled=True, by="ada", reason="seen at the provider")
    assert ledger.unresolved() == ()


@pytest.mark.parametrize("seconds", [0, -1.0, TWO_DAYS - 1, math.nan])
def test_what_may_still_be_replayed_is_not_purged(ledger: Ledger, seconds: float) -> None:
    """Two days at least: VTEX repeats a cancel for one."""
    with pytest.raises(ValueError, match="at least 172800"):
        ledger.purge(older_than=seconds)


def test_a_purge_takes_what_was_closed_long_ago_and_nothing_that_is_open(ledger: Ledger) -> None:
    """It says how many rows that were."""
    for key in ("open", "held", "succeeded", "refused", "retryable"):
        ledger.claim(claimant(key))
    ledger.record_attempt(claimant("open"), 1)
    ledger.record_outcome(claimant("open"), unknown("open"))
    ledger.record_outcome(claimant("succeeded"), receipt("succeeded"))
    ledger.record_outcome(claimant("refused"), Declined("no", key="refused"))
    ledger.record_outcome(claimant("retryable"), Misdirected("302", key="retryable"))
    assert ledger.purge(older_than=TWO_DAYS) == 0
    age(ledger, TWO_DAYS + 1)
    ledger.claim(claimant("young"))
    ledger.record_outcome(claimant("young"), receipt("young"))
    assert ledger.purge(older_than=TWO_DAYS) == 3
    assert {row["key"] for row in rows(ledger) if "key" in row} == {"open", "held", "young"}


def test_a_reopened_failure_is_not_purged(ledger: Ledger) -> None:
    """A key that failed long ago and is tried again is open again."""
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), Misdirected("302", key="order-42"))
    age(ledger, TWO_DAYS + 1)
    ledger.claim(claimant())
    assert ledger.purge(older_than=TWO_DAYS) == 0


def test_a_stored_reference_of_an_older_row_is_read_without_one(ledger: Ledger) -> None:
    """A row that a person failed has no conclusion, and an unknown one may have no ids."""
    ledger.claim(claimant())
    run_sql(ledger, "UPDATE countermand_cancellations SET result = '{}', lease_until = 0")
    history = ledger.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.references == ()


def test_an_amount_keeps_its_digits(ledger: Ledger) -> None:
    """Exact, however large or small."""
    for number, digits in enumerate(("0.0001", "1E+3", "123456789012345678901234567890.12")):
        key = f"order-{number}"
        ledger.claim(claimant(key))
        ledger.record_outcome(claimant(key), receipt(key, amount=Decimal(digits)))
        claimed = ledger.claim(claimant(key))
        assert isinstance(claimed, AlreadyFinished)
        assert isinstance(claimed.result, Receipt)
        assert claimed.result.amount == Decimal(digits)

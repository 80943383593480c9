"""Stored rows: decoded as they were, free of secrets, and kept until they are purged."""

from __future__ import annotations

import asyncio
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

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
    MissingLinkedIdentity,
    NotCancelled,
    Outcome,
    Receipt,
    Unreachable,
)
from countermand._core.commands import AlreadyFinished, KeyHistory, LookNotes, Rejected
from countermand._runtime.accounts import destination_of
from countermand.ledger import _listing
from countermand.ledger._encoding import MAX_STORED_BODY
from countermand.ledger._listing import Wanted, next_size
from tests.support.claims import (
    ATTEMPTS,
    CANCEL,
    SAMPLES,
    age,
    another,
    claimant,
    raw,
    receipt,
    rows,
    run_sql,
    unknown,
)
from tests.support.transports import UNZER

if TYPE_CHECKING:
    from countermand.ledger import Ledger

TWO_DAYS = 2 * 86400.0
FACTS: dict[str, dict[str, Any]] = {
    "unzer": {"response": None},
    "unzer-full": {"amount": FULL, "outcome": Outcome.ACCEPTED, "evidence": Evidence.READ_BACK},
    "bento": {"amount": 500, "reference": None, "raw": raw(b'{"data": {}}', 202)},
    "vtex": {"amount": None, "earlier_references": ("C1", "C2"), "raw": None},
}


def test_unresolved_keys_are_counted_by_kind(ledger: Ledger) -> None:
    """With the age of the oldest; what has ended does not count. Under asyncio as well."""
    for key in ("one", "two"):
        ledger.claim(claimant(key))
        ledger.record_attempt(claimant(key), 1)
        ledger.record_outcome(claimant(key), unknown(key))
        age(ledger, 100.0)
    ledger.claim(claimant("asked"))
    hopeless = LookNotes(waits_for_person=True)
    ledger.record_outcome(claimant("asked"), unknown("asked"), notes=hopeless)
    ledger.claim(claimant("running", SAMPLES["vtex"]))
    ledger.claim(claimant("login"))
    ledger.record_outcome(claimant("login"), MissingLinkedIdentity("x", key="login"))
    ledger.claim(claimant("done"))
    ledger.record_outcome(claimant("done"), receipt())
    counts = ledger.count_unresolved()
    assert [(each.provider, each.state, each.waiting_for, each.count) for each in counts] == [
        ("unzer", "FREE", "login", 1),
        ("unzer", "MAYBE_EXECUTED", None, 2),
        ("unzer", "MAYBE_EXECUTED", "person", 1),
        ("vtex", "CLAIMED", None, 1),
    ]
    assert [round(each.age, -1) for each in counts] == [0.0, 200.0, 0.0, 0.0]
    again = asyncio.run(ledger.asynchronous.count_unresolved())
    assert [each.count for each in again] == [1, 2, 1, 1]
    assert sum(each.count for each in counts) == len([*ledger.unresolved()])
    age(ledger, -1000.0)
    assert {each.age for each in ledger.count_unresolved()} == {0.0}


def stored(ledger: Ledger, result: Any, cancellation: Any = CANCEL) -> Any:
    """Record a result, and return it as the next claim gets it."""
    ledger.claim(claimant(cancellation=cancellation))
    ledger.record_outcome(claimant(cancellation=cancellation), result)
    claimed = ledger.claim(claimant(cancellation=cancellation))
    assert isinstance(claimed, AlreadyFinished)
    return claimed.result


@pytest.mark.parametrize("name", SAMPLES)
def test_a_receipt_comes_back_as_it_was(ledger: Ledger, name: str) -> None:
    """Except for the evidence, which is `LEDGER`."""
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


def test_a_long_body_is_not_stored(ledger: Ledger) -> None:
    """Its status is, and the receipt is returned."""
    after = stored(ledger, receipt(raw=raw(b"x" * (MAX_STORED_BODY + 1))))
    assert (after.raw.status, after.raw.body, after.response) == (200, b"", None)
    assert after.reference == "s-cnl-1"


def test_a_refusal_comes_back_as_it_was(ledger: Ledger) -> None:
    """Class, message, code, reason, status, attempts and the raw reply."""
    before = Declined(
        "declined: API.1: no",
        code="API.1",
        reason="no",
        key="order-42",
        cancellation=CANCEL,
        attempts=ATTEMPTS,
        status=400,
        raw=raw(b"{}", 400),
        about_payment=True,
    )
    after = stored(ledger, before)
    assert type(after) is Declined
    assert vars(after) == vars(before)
    assert str(after) == str(before)
    assert after.attempts == before.attempts


def test_a_refusal_without_a_reply_comes_back(ledger: Ledger) -> None:
    """For example of a read-back."""
    after = stored(ledger, Declined("no", key="order-42", cancellation=CANCEL, about_payment=True))
    assert (after.status, after.raw, after.code, after.attempts) == (None, None, None, ())


def test_a_misdirected_call_leaves_the_key_usable(ledger: Ledger) -> None:
    """The error is not about the payment."""
    ledger.claim(claimant())
    ledger.record_outcome(
        claimant(), Misdirected("302", key="order-42", location="https://a.example/")
    )
    assert isinstance(ledger.claim(claimant()), KeyHistory)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_cancellation_comes_back_as_it_was(ledger: Ledger, name: str) -> None:
    """Another process can resume it."""
    ledger.claim(claimant(cancellation=SAMPLES[name]))
    assert ledger.find("order-42").cancellation == SAMPLES[name]


def test_a_resolution_is_recorded_with_person_and_reason(ledger: Ledger) -> None:
    """Later calls get its receipt."""
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
    assert list(ledger.unresolved()) == []


def test_a_snapshot_is_kept_with_the_last_attempt(ledger: Ledger) -> None:
    """In its commit; the claim that records an attempt has none."""
    before = {"state": "Captured \N{EURO SIGN}\0", "history": [{"amount": 7, "result": None}]}
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1, snapshot=before)
    history = ledger.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.maybe_executed
    assert history.snapshot == before
    ledger.record_outcome(claimant(), Unreachable("no route", key="order-42"))
    ledger.claim(claimant(), first_attempt=True)
    assert rows(ledger)[-1]["snapshot"] is None


def test_the_first_read_that_shows_no_change_is_timed(ledger: Ledger) -> None:
    """By the most careful clock; until another read shows a change, or another attempt begins."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1, snapshot={"state": "before"})
    for unchanged, shortest in ((True, 0.0), (None, 500.0), (True, 1000.0), (False, None)):
        ledger.record_outcome(claimant(), unknown(), notes=LookNotes(unchanged=unchanged))
        history = ledger.claim(claimant())
        assert isinstance(history, KeyHistory)
        if shortest is None:
            assert history.unchanged_for is None
        else:
            assert shortest <= (history.unchanged_for or 0.0) < shortest + 60.0
        age(ledger, 500.0)
    ledger.record_outcome(claimant(), unknown(), notes=LookNotes(unchanged=True))
    run_sql(ledger, "UPDATE countermand_cancellations SET unchanged_at = unchanged_at - 1000")
    history = ledger.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert (history.unchanged_for or 0.0) < 60.0
    ledger.record_attempt(claimant(), 2, snapshot={"state": "after"})
    history = ledger.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert (history.unchanged_for, history.snapshot) == (None, {"state": "after"})


def test_a_key_that_was_confirmed_absent_may_be_used_again(ledger: Ledger) -> None:
    """But an earlier request may still arrive."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), unknown())
    ledger.resolve("order-42", cancelled=False, by="ada", reason="asked by phone")
    assert list(ledger.unresolved()) == []
    history = ledger.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.maybe_executed
    assert 0.0 <= (history.confirmed_absent_after or 0.0) < 60.0


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("unheard of", InvalidCancellation),
        ("leased", CancellationInProgress),
        ("succeeded", KeyConflict),
        ("retryable", KeyConflict),
    ],
)
def test_only_an_unresolved_key_without_a_running_call_can_be_resolved(
    ledger: Ledger, state: str, error: type[CountermandError]
) -> None:
    """A person overrules neither a proof nor a running call."""
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


def test_a_key_can_be_resolved_after_a_crash(ledger: Ledger) -> None:
    """When its lease has expired."""
    ledger.claim(claimant())
    age(ledger, 60.0)
    ledger.resolve("order-42", cancelled=True, by="ada", reason="seen at the provider")
    assert list(ledger.unresolved()) == []


@pytest.mark.parametrize("seconds", [0, -1.0, TWO_DAYS - 1, math.nan])
def test_a_key_that_may_be_replayed_is_not_purged(ledger: Ledger, seconds: float) -> None:
    """At least two days: VTEX replays its answers for one."""
    with pytest.raises(ValueError, match="at least 172800"):
        ledger.purge(older_than=seconds)


def purgeable(ledger: Ledger) -> None:
    """Keys in each state that are older than two days, and a young one."""
    for key in ("open", "leased", "succeeded", "accepted", "refused", "free"):
        ledger.claim(claimant(key))
    ledger.record_attempt(claimant("open"), 1)
    ledger.record_outcome(claimant("open"), unknown("open"))
    ledger.record_outcome(claimant("succeeded"), receipt("succeeded"))
    ledger.record_outcome(claimant("accepted"), receipt("accepted", outcome=Outcome.ACCEPTED))
    refusal = Declined("no", key="refused", about_payment=True)
    ledger.record_outcome(claimant("refused"), refusal)
    ledger.record_outcome(claimant("free"), Misdirected("302", key="free"))
    assert ledger.purge(older_than=TWO_DAYS) == 0
    age(ledger, TWO_DAYS + 1)
    ledger.claim(claimant("young"))
    ledger.record_outcome(claimant("young"), receipt("young"))


@pytest.mark.parametrize("options", [{}, {"forget": True}])
def test_a_key_that_a_person_made_free_is_not_purged(
    ledger: Ledger, options: dict[str, bool]
) -> None:
    """The lost request may have been executed after the person had looked."""
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), unknown())
    ledger.resolve("order-42", cancelled=False, by="ada", reason="not in the dashboard")
    age(ledger, TWO_DAYS + 1)
    assert ledger.purge(older_than=TWO_DAYS, **options) == 0
    claimed = ledger.claim(another())
    assert isinstance(claimed, KeyHistory)
    assert claimed.maybe_executed


def test_purge_strips_finished_keys_and_deletes_free_ones(ledger: Ledger) -> None:
    """It returns their number, once; open and accepted keys stay whole."""
    purgeable(ledger)
    assert ledger.purge(older_than=TWO_DAYS) == 3
    assert ledger.purge(older_than=TWO_DAYS) == 0
    found = {row["key"]: row for row in rows(ledger) if "key" in row}
    assert found.keys() == {"open", "leased", "succeeded", "accepted", "refused", "young"}
    kept = {name for name, value in found["succeeded"].items() if value not in {None, 0}}
    told = {"key", "fingerprint", "destination", "state", "reference"}
    assert kept == {*told, "created_at", "closed_at"}
    stripped = {key for key, row in found.items() if row["cancellation"] is None}
    assert stripped == {"succeeded", "refused"}


def test_a_tombstone_takes_some_200_bytes(ledger: Ledger) -> None:
    """With a key and a destination as they are in operation, and an id of Unzer's."""
    claim = claimant(str(UUID(int=2**127)), destination=destination_of(UNZER))
    ledger.claim(claim)
    ledger.record_outcome(claim, receipt(claim.key, reference="s-cnl-1"))
    age(ledger, TWO_DAYS + 1)
    assert ledger.purge(older_than=TWO_DAYS) == 1
    (found,) = [row for row in rows(ledger) if "key" in row]
    texts = sum(len(value) for value in found.values() if isinstance(value, str))
    moments = 8 * sum(isinstance(value, float) for value in found.values())
    assert re.fullmatch(r"http://unzer.invalid/v1 [0-9a-f]{16}", claim.destination)
    assert 150 < texts + moments <= 200


def test_a_tombstone_still_returns_its_result(ledger: Ledger) -> None:
    """A receipt or a refusal, and a conflict for another cancellation; nothing is sent."""
    purgeable(ledger)
    ledger.purge(older_than=TWO_DAYS)
    claimed = ledger.claim(another("succeeded"))
    assert isinstance(claimed, AlreadyFinished)
    assert claimed.result == Receipt(
        outcome=Outcome.CANCELLED, key="succeeded", reference="s-cnl-1", evidence=Evidence.LEDGER
    )
    refused = ledger.claim(another("refused"))
    assert isinstance(refused, AlreadyFinished)
    assert type(refused.result) is NotCancelled
    assert "purged" in str(refused.result)
    other = ledger.claim(another("succeeded", cancellation=SAMPLES["bento"]))
    assert isinstance(other, Rejected)
    assert isinstance(other.error, KeyConflict)
    with pytest.raises(InvalidCancellation, match="has purged this key"):
        ledger.find("succeeded")


def test_a_tombstone_is_no_receipt_of_another_account(ledger: Ledger) -> None:
    """Payment ids repeat among merchants: there nothing was cancelled. It names its own."""
    purgeable(ledger)
    ledger.purge(older_than=TWO_DAYS)
    claimed = ledger.claim(another("succeeded", destination="https://other.invalid/v1"))
    assert isinstance(claimed, Rejected)
    assert isinstance(claimed.error, KeyConflict)
    assert f"was cancelled with this key at {claimant().destination}" in claimed.error.message
    refused = ledger.claim(another("refused", destination="https://other.invalid/v1"))
    assert isinstance(refused, Rejected)
    assert isinstance(refused.error, KeyConflict)


def test_a_forgotten_key_is_gone(ledger: Ledger) -> None:
    """Tombstones and finished keys alike; the same key sends again."""
    purgeable(ledger)
    ledger.purge(older_than=TWO_DAYS)
    assert ledger.purge(older_than=TWO_DAYS, forget=True) == 2
    ledger.claim(claimant("again"))
    ledger.record_outcome(claimant("again"), receipt("again"))
    age(ledger, TWO_DAYS + 1)
    assert ledger.purge(older_than=TWO_DAYS, forget=True) == 2
    assert {row["key"] for row in rows(ledger) if "key" in row} == {"open", "leased", "accepted"}
    assert ledger.claim(another("succeeded")) == KeyHistory()


def test_a_purge_works_in_batches(ledger: Ledger) -> None:
    """However many there are."""
    for number in range(250):
        ledger.claim(claimant(f"{number}"))
        ledger.record_outcome(claimant(f"{number}"), Misdirected("302", key=f"{number}"))
    age(ledger, TWO_DAYS + 1)
    assert ledger.purge(older_than=TWO_DAYS) == 250


@pytest.mark.parametrize(
    ("size", "seconds", "expected"),
    [(100, 0.02, 100), (100, 0.04, 50), (100, 0.0, 200), (20, 1.0, 10), (2000, 0.01, 2000)],
)
def test_a_batch_is_as_large_as_its_time_allows(size: int, seconds: float, expected: int) -> None:
    """Others wait for its locks."""
    assert next_size(size, seconds) == expected


def test_unresolved_keys_are_read_in_pages(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key once, in order."""
    monkeypatch.setattr(_listing, "PAGE", 2)
    for number in range(5):
        ledger.claim(claimant(f"{number}"))
    assert [found.key for found in ledger.unresolved()] == ["0", "1", "2", "3", "4"]


def test_a_page_of_keys_reads_no_stored_reply(ledger: Ledger) -> None:
    """500 of them would take 45 MB."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), unknown(raw=raw(b"x" * 60_000)))
    assert max(len(str(value)) for row in rows(ledger) for value in row.values()) > 60_000
    (row,) = ledger._database.perform(_listing.read_page(None, Wanted()))
    assert not row.keys() & {"result", "events", "attempt_log", "snapshot"}
    assert sum(len(str(value)) for value in row.values()) < 1000


def test_a_key_that_is_used_again_is_not_purged(ledger: Ledger) -> None:
    """A key whose call failed long ago is open again when it is claimed."""
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), Misdirected("302", key="order-42"))
    age(ledger, TWO_DAYS + 1)
    ledger.claim(claimant())
    assert ledger.purge(older_than=TWO_DAYS) == 0


def test_a_result_without_references_is_decoded(ledger: Ledger) -> None:
    """A confirmed absent key has no result, and an unknown outcome may have no references."""
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


def test_a_claim_that_dies_leaves_what_may_be_executed_to_be_looked_at(ledger: Ledger) -> None:
    """A person's confirmation made the key free, but covers no later arrival."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), unknown())
    ledger.resolve("order-42", cancelled=False, by="ada", reason="asked by phone")
    ledger.claim(claimant())
    (left,) = ledger.unresolved()
    assert left.state == "MAYBE_EXECUTED"
    assert left.next_look is not None


def test_the_reason_of_an_earlier_call_is_not_that_of_a_later_one(ledger: Ledger) -> None:
    """Which has sent something, and died."""
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), Unreachable("nothing was sent"))
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    (left,) = ledger.unresolved()
    assert left.reason == "the call ended before its outcome was recorded"

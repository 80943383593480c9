"""Claim, record_attempt, record_outcome, on SQLite and on PostgreSQL."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve

from countermand import (
    CancellationInProgress,
    Evidence,
    KeyConflict,
    Receipt,
    Unreachable,
    errors,
    unzer,
)
from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.errors import LedgerUnavailable
from countermand.ledger._clock import read_log
from tests.support.claims import (
    CANCEL,
    PAYMENT_LOCK,
    age,
    another,
    break_down,
    claimant,
    receipt,
    rows,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._core.idempotency import KeyClaim
    from countermand.ledger import Ledger


def test_a_new_key_has_no_history_and_is_stored(ledger: Ledger) -> None:
    """The cancellation is in the database before anything is sent."""
    assert ledger.durable
    assert ledger.claim(claimant()) == KeyHistory()
    (open_row,) = ledger.unresolved()
    assert (open_row.key, open_row.cancellation, open_row.user) == ("order-42", CANCEL, "ada")
    assert (open_row.attempts, open_row.last_attempt, open_row.in_progress) == (0, None, True)


def test_an_attempt_is_counted_before_it_is_sent(ledger: Ledger) -> None:
    """With its time by the database's clock."""
    ledger.claim(claimant())
    assert ledger.record_attempt(claimant(), 1) is None
    assert ledger.record_attempt(claimant(), 2) is None
    found = ledger.find("order-42")
    assert found.attempts == 2
    assert found.last_attempt is not None
    (row,) = [row for row in rows(ledger) if "key" in row]
    owner, second = claimant().owner, read_log(row)[1]
    assert second[:2] == [owner, 2]
    assert second[3][0] == pytest.approx(time.time(), abs=60)
    assert row["state"] == "MAYBE_EXECUTED"


def test_a_succeeded_key_returns_the_receipt(ledgers: Callable[..., Ledger]) -> None:
    """To every process with the database."""
    first, second = ledgers(), ledgers()
    first.claim(claimant())
    first.record_attempt(claimant(), 1)
    first.record_outcome(claimant(), receipt())
    for ledger in (first, second):
        claimed = ledger.claim(claimant())
        assert isinstance(claimed, AlreadyFinished)
        assert isinstance(claimed.result, Receipt)
        assert claimed.result.reference == "s-cnl-1"
        assert claimed.result.evidence is Evidence.LEDGER
    assert list(first.unresolved()) == []


@pytest.mark.parametrize("kind", ["Forbidden", "NotFound", "AlreadyCaptured", "Declined"])
def test_a_final_refusal_is_replayed(ledger: Ledger, kind: str) -> None:
    """Another request would only repeat it."""
    ledger.claim(claimant())
    ledger.record_outcome(
        claimant(),
        getattr(errors, kind)("no", key="order-42", cancellation=CANCEL, about_payment=True),
    )
    claimed = ledger.claim(claimant())
    assert isinstance(claimed, AlreadyFinished)
    assert type(claimed.result) is getattr(errors, kind)


@pytest.mark.parametrize(
    "kind",
    [
        "Declined",
        "Forbidden",
        "MissingLinkedIdentity",
        "NotFound",
        "RateLimited",
        "Unauthenticated",
        "Unreachable",
    ],
)
def test_a_transient_error_leaves_the_key_usable(ledger: Ledger, kind: str) -> None:
    """Nothing was executed, and nothing was said of the payment: the next call starts anew."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), getattr(errors, kind)("not now", key="order-42"))
    waiting = [key.waiting_for for key in ledger.unresolved()]
    assert waiting == (["login"] if kind == "MissingLinkedIdentity" else [])
    again = ledger.claim(claimant())
    assert isinstance(again, KeyHistory)
    assert (again.attempts, again.maybe_executed) == (1, False)


def test_an_unknown_outcome_stays_unresolved_with_its_history(ledger: Ledger) -> None:
    """Attempts, whether one may have been executed, the time since, and references."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), unknown(earlier_references=("C1", "C2")))
    assert not ledger.find("order-42").in_progress
    age(ledger, 100.0)
    history = ledger.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert (history.attempts, history.maybe_executed, history.references) == (1, True, ("C1", "C2"))
    assert 100.0 <= history.since_last_attempt < 160.0


def test_an_attempt_without_a_result_is_maybe_executed(ledgers: Callable[..., Ledger]) -> None:
    """After a crash between the record and the answer, the request may have been sent."""
    crashed = ledgers()
    crashed.claim(claimant())
    crashed.record_attempt(claimant(), 1)
    crashed._leases.release_all()
    age(crashed, 60.0)
    history = ledgers().claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.maybe_executed
    assert history.attempts == 1


def test_a_leased_key_is_in_progress(ledgers: Callable[..., Ledger]) -> None:
    """For another process, and for another call of the same."""
    first, second = ledgers(), ledgers()
    first.claim(claimant())
    for ledger in (first, second):
        rejected = ledger.claim(another())
        assert isinstance(rejected, Rejected)
        assert isinstance(rejected.error, CancellationInProgress)
        assert rejected.error.key == "order-42"
        assert rejected.error.cancellation == CANCEL


@pytest.mark.parametrize(
    "other",
    [
        claimant(cancellation=unzer.Cancellation("s-pay-1", amount=11)),
        claimant(cancellation=unzer.Cancellation("s-pay-2", amount=10)),
        claimant(destination="https://sbx-api.unzer.com/v1"),
    ],
    ids=["amount", "payment", "endpoint"],
)
@pytest.mark.parametrize("state", ["leased", "succeeded", "open"])
def test_a_key_stands_for_one_cancel_at_one_server(
    ledger: Ledger, other: KeyClaim, state: str
) -> None:
    """Another request with it is rejected, unless the key is free for another server."""
    ledger.claim(claimant())
    if state != "leased":
        ledger.record_outcome(claimant(), receipt() if state == "succeeded" else unknown())
    rejected = ledger.claim(other)
    assert isinstance(rejected, Rejected)
    same_cancel = other.cancellation == CANCEL
    busy = same_cancel and state == "leased"
    assert type(rejected.error) is (CancellationInProgress if busy else KeyConflict)
    if same_cancel and not busy:
        assert claimant().destination in str(rejected.error)


REFUSED: Final = {
    "never sent": errors.Unreachable("no route", key="order-42"),
    "wrong key": errors.Unauthenticated("401", key="order-42"),
    "about the payment": errors.Declined("no", key="order-42", about_payment=True),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_key_that_is_free_may_go_to_another_server(ledger: Ledger, name: str) -> None:
    """The account was put right; the row then names the new server."""
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), REFUSED[name])
    other = claimant(destination="https://sbx-api.unzer.com/v1", payment_lock=PAYMENT_LOCK)
    assert isinstance(ledger.claim(other), KeyHistory)
    assert ledger.find("order-42").destination == other.destination
    (row,) = [row for row in rows(ledger) if "key" in row]
    assert row["payment_lock"] == PAYMENT_LOCK
    ledger.record_outcome(other, receipt())
    rejected = ledger.claim(claimant())
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, KeyConflict)
    assert isinstance(ledger.claim(other), AlreadyFinished)


def test_a_later_claim_does_not_change_the_recorded_user(ledger: Ledger) -> None:
    """`resume` fetches the token of the user of the first call."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), unknown())
    assert isinstance(ledger.claim(evolve(another(), user=None)), KeyHistory)
    assert ledger.find("order-42").user == "ada"


def test_the_claim_of_a_worker_that_died_before_its_attempt_leaves_the_key_free(
    ledgers: Callable[..., Ledger],
) -> None:
    """An attempt is recorded before it is sent, and only by the owner of the lease."""
    crashed, other = ledgers(), ledgers()
    crashed.claim(claimant())
    crashed._leases.release_all()
    age(crashed, 60.0)
    elsewhere = claimant(destination="https://sbx-api.unzer.com/v1")
    assert isinstance(other.claim(elsewhere), KeyHistory)
    rejected = crashed.record_attempt(another(), 1)
    assert isinstance(rejected, Rejected)


def test_an_amount_written_otherwise_is_the_same_cancel(ledger: Ledger) -> None:
    """10 and 10.00 are the same amount."""
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), receipt())
    same = claimant(cancellation=unzer.Cancellation("s-pay-1", amount=10))
    assert isinstance(ledger.claim(same), AlreadyFinished)


def test_two_keys_for_one_payment_do_not_run_at_once(ledgers: Callable[..., Ledger]) -> None:
    """After the first has ended, the second may run."""
    first, second = ledgers(), ledgers()
    assert isinstance(first.claim(claimant("one", payment_lock=PAYMENT_LOCK)), KeyHistory)
    rejected = second.claim(claimant("two", payment_lock=PAYMENT_LOCK))
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, CancellationInProgress)
    assert "same payment" in rejected.error.message
    assert isinstance(second.claim(claimant("three", payment_lock="b" * 64)), KeyHistory)
    assert isinstance(second.claim(claimant("four")), KeyHistory)
    first.record_outcome(claimant("one", payment_lock=PAYMENT_LOCK), unknown("one"))
    assert isinstance(second.claim(claimant("two", payment_lock=PAYMENT_LOCK)), KeyHistory)


def test_an_expired_lease_makes_way_for_another_key_of_the_payment(ledger: Ledger) -> None:
    """For one that is known already, too; the slow worker must not send any more."""
    slow, other = (claimant(key, payment_lock=PAYMENT_LOCK) for key in ("slow", "other"))
    ledger.claim(other)
    ledger.record_outcome(other, Unreachable("no route", key="other"))
    ledger.claim(slow)
    assert isinstance(ledger.claim(other), Rejected)
    age(ledger, 60.0)
    assert isinstance(ledger.claim(other, first_attempt=True), KeyHistory)
    assert isinstance(ledger.record_attempt(slow, 1), Rejected)
    assert not ledger.find("slow").in_progress


def test_a_lost_lease_forbids_sending_but_keeps_a_receipt(ledgers: Callable[..., Ledger]) -> None:
    """The first worker must not send any more; its receipt is recorded."""
    slow, quick = ledgers(), ledgers()
    slow.claim(claimant())
    slow.record_attempt(claimant(), 1)
    age(slow, 60.0)
    assert isinstance(quick.claim(other := another()), KeyHistory)
    lost = slow.record_attempt(claimant(), 2)
    assert isinstance(lost, Rejected)
    assert isinstance(lost.error, CancellationInProgress)
    slow.record_outcome(claimant(), unknown())
    assert quick.find("order-42").in_progress
    slow.record_outcome(claimant(), receipt())
    assert isinstance(quick.record_attempt(other, 2), Rejected)
    assert isinstance(quick.claim(claimant()), AlreadyFinished)


def test_a_lost_lease_forbids_sending_within_one_process(ledger: Ledger) -> None:
    """Two calls share a ledger; only the owner of the lease may send."""
    first, second = claimant(), another()
    ledger.claim(first)
    age(ledger, 60.0)
    assert isinstance(ledger.claim(second), KeyHistory)
    allowed = [ledger.record_attempt(each, 1) is None for each in (first, second)]
    assert sum(allowed) == 1


def test_an_error_does_not_replace_a_receipt(ledger: Ledger) -> None:
    """Proof is kept."""
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), receipt())
    ledger.record_outcome(claimant(), Unreachable("late", key="order-42"))
    assert isinstance(ledger.claim(claimant()), AlreadyFinished)


def test_an_unknown_key_is_not_found(ledger: Ledger) -> None:
    """It is an error of the caller."""
    with pytest.raises(errors.InvalidCancellation, match="no such key") as caught:
        ledger.find("order-43")
    assert caught.value.key == "order-43"


def test_unresolved_keys_are_listed_oldest_first(ledger: Ledger) -> None:
    """Keys with a result are not listed."""
    for key in ("c", "a", "b", "d"):
        ledger.claim(claimant(key))
        age(ledger, 1.0)
    ledger.record_outcome(claimant("a"), receipt("a"))
    ledger.record_outcome(claimant("d"), unknown("d"))
    assert [found.key for found in ledger.unresolved()] == ["c", "b", "d"]
    assert [found.in_progress for found in ledger.unresolved()] == [True, True, False]


def test_an_error_of_the_ledger_names_the_key(ledger: Ledger) -> None:
    """Both where the key is claimed and where an attempt is recorded."""
    ledger.claim(claimant())
    break_down(ledger)
    for answer in (ledger.claim(claimant()), ledger.record_attempt(claimant(), 1)):
        assert isinstance(answer, Rejected)
        assert isinstance(answer.error, LedgerUnavailable)
        assert (answer.error.key, answer.error.cancellation) == ("order-42", CANCEL)

"""A cancel that the provider has accepted: it is looked at until its end is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from countermand import (
    FULL,
    CancellationInProgress,
    Declined,
    Evidence,
    FollowUp,
    Outcome,
    Receipt,
    unzer,
)
from countermand._core.commands import AlreadyFinished, KeyHistory, LookNotes, Rejected
from countermand._core.idempotency import Purpose
from countermand.ledger import State
from countermand.sandbox import Sandbox, faults
from tests.ledger.accepted import KEY, Accepted, Caller
from tests.support.claims import (
    PAYMENT_LOCK,
    another,
    claimant,
    raw_connection,
    receipt,
    rows,
    run_sql,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.ledger import Ledger
    from tests.support.flavours import Flavour

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

WEEK = 604800.0


def test_a_refund_that_is_finished_is_cancelled(accept: Callable[..., Accepted]) -> None:
    """`resume` reads; afterwards the key has its end and nothing is asked."""
    accepted = accept()
    still = accepted.client.resume(KEY)
    assert (still.outcome, still.evidence) == (Outcome.ACCEPTED, Evidence.LEDGER)
    accepted.sandbox.finish_pending(accepted.payment)
    done = accepted.client.resume(KEY)
    assert (done.outcome, done.evidence) == (Outcome.CANCELLED, Evidence.READ_BACK)
    assert accepted.row is None
    known = accepted.client.cancel(accepted.cancellation, key=KEY)
    assert (known.outcome, known.evidence) == (Outcome.CANCELLED, Evidence.LEDGER)
    assert len(accepted.sandbox.executions(payment=accepted.payment)) == 1


def test_a_refund_that_fails_is_declined_for_good(accept: Callable[..., Accepted]) -> None:
    """It was accepted, and moved no money."""
    accepted = accept(refund="fails")
    accepted.sandbox.finish_pending(accepted.payment)
    for _ in range(2):
        declined = accepted.client.resume(KEY)
        assert isinstance(declined, Declined)
        assert declined.code == "PG2003"
    assert accepted.row is None


@pytest.mark.parametrize(("said", "kept"), [(None, "s-cnl-1"), ("s-cnl-2", "s-cnl-2")])
def test_a_person_s_word_keeps_the_reference_of_what_was_accepted(
    ledger: Ledger, said: str | None, kept: str
) -> None:
    """Unless it names another; said twice, it is no conflict."""
    ledger.claim(claimant())
    accepted = receipt(outcome=Outcome.ACCEPTED, evidence=Evidence.REPLY)
    assert ledger.record_outcome(claimant(), accepted)
    for _ in range(2):
        ledger.resolve(KEY, cancelled=True, by="ada", reason="webhook", reference=said)
        assert ledger.show(KEY).reference == kept
    claimed = ledger.claim(another())
    assert isinstance(claimed, AlreadyFinished)
    assert isinstance(claimed.result, Receipt)
    assert (claimed.result.outcome, claimed.result.reference) == (Outcome.CANCELLED, kept)


def test_a_cancel_with_the_same_key_looks_only_if_a_look_is_due(
    accept: Callable[..., Accepted],
) -> None:
    """Otherwise it gets the stored receipt, without a request."""
    accepted = accept()
    accepted.sandbox.finish_pending(accepted.payment)
    seen = len(accepted.sandbox.requests())
    known = accepted.client.cancel(accepted.cancellation, key=KEY)
    assert (known.outcome, known.evidence) == (Outcome.ACCEPTED, Evidence.LEDGER)
    assert len(accepted.sandbox.requests()) == seen
    accepted.make_due()
    done = accepted.client.cancel(accepted.cancellation, key=KEY)
    assert (done.outcome, done.evidence) == (Outcome.CANCELLED, Evidence.READ_BACK)
    assert len(accepted.sandbox.requests()) == seen + 1


def test_looks_become_rarer(accept: Callable[..., Accepted]) -> None:
    """As the policy says; the last time is repeated."""
    accepted = accept(policy={"follow_up": FollowUp(accepted=(60.0, 600.0))})
    expected = (60.0, 600.0, 600.0)
    for number, seconds in enumerate(expected):
        (listed,) = accepted.ledger.unresolved(state="ACCEPTED", provider="bento")
        assert listed.state is State.ACCEPTED
        assert seconds - 5 < _until(accepted.ledger) <= seconds, number
        assert listed.reason == "the provider has accepted it, and has not finished it yet"
        assert listed.waiting_for is None
        accepted.client.resume(KEY)
    assert list(accepted.ledger.unresolved(provider="unzer")) == []
    assert list(accepted.ledger.unresolved(state=State.MAYBE_EXECUTED)) == []


def _until(ledger: Ledger) -> float:
    """Seconds until the next look, by the database's clock."""
    now = ledger._database.dialect.now
    query = f"SELECT next_look - {now} FROM countermand_cancellations"
    with raw_connection(ledger) as connection:
        ((seconds,),) = connection.execute(query).fetchall()
    return float(seconds)


def test_only_answers_of_the_provider_lead_to_a_person(accept: Callable[..., Accepted]) -> None:
    """A week of its own answers; an outage of any length asks nobody."""
    accepted = accept()
    accepted.client.resume(KEY)
    accepted.proxy.script(faults.RESET_BEFORE)
    accepted.client.resume(KEY)
    # An outage ends, and looks are made again, each a week after the last one.
    for number in range(5):
        assert accepted.row.waiting_for is None, number
        accepted.client.resume(KEY)
        week_ago = (
            f"UPDATE countermand_cancellations SET answered_look_at = answered_look_at - {WEEK}"
        )
        run_sql(accepted.ledger, week_ago)
    # A gap counts for two days at most, because nobody looked: four of them are a week.
    assert accepted.row.waiting_for == "person"
    accepted.proxy.script(faults.RESET_BEFORE)
    accepted.client.resume(KEY)
    assert (accepted.row.waiting_for, accepted.row.state) == ("person", State.ACCEPTED)
    accepted.sandbox.finish_pending(accepted.payment)
    assert accepted.client.resume(KEY).outcome is Outcome.CANCELLED
    assert accepted.row is None


def test_without_a_read_the_end_cannot_be_followed(accept: Callable[..., Accepted]) -> None:
    """It is listed so; nobody is asked, and nothing is sent."""
    accepted = accept(read=False)
    seen = len(accepted.sandbox.requests())
    known = accepted.client.resume(KEY)
    assert (known.outcome, known.evidence) == (Outcome.ACCEPTED, Evidence.LEDGER)
    assert len(accepted.sandbox.requests()) == seen
    row = accepted.row
    assert (row.next_look, row.waiting_for) == (None, None)
    assert row.reason == "the provider has accepted it; its outcome cannot be read"


def test_a_look_that_another_worker_makes_does_not_stop_a_cancel(
    accept: Callable[..., Accepted],
) -> None:
    """It gets the stored receipt; another look is told that one is under way."""
    accepted = accept()
    run_sql(
        accepted.ledger,
        "UPDATE countermand_cancellations SET owner = 'another', lease_until = 9e9",
    )
    known = accepted.client.cancel(accepted.cancellation, key=KEY)
    assert (known.outcome, known.evidence) == (Outcome.ACCEPTED, Evidence.LEDGER)
    assert isinstance(accepted.client.resume(KEY), CancellationInProgress)


def test_a_call_for_the_same_payment_does_not_stop_a_cancel_that_was_accepted(
    ledger: Ledger,
) -> None:
    """Its look is due and has to wait; the receipt is there. Who only looks is told to wait."""
    ledger.claim(claimant(payment_lock=PAYMENT_LOCK))
    accepted = receipt(outcome=Outcome.ACCEPTED, evidence=Evidence.REPLY)
    ledger.record_outcome(claimant(payment_lock=PAYMENT_LOCK), accepted)
    run_sql(ledger, "UPDATE countermand_cancellations SET next_look = 1")
    assert isinstance(ledger.claim(claimant("order-43", payment_lock=PAYMENT_LOCK)), KeyHistory)
    mine = another(payment_lock=PAYMENT_LOCK)
    known = ledger.claim(mine)
    assert isinstance(known, AlreadyFinished)
    assert isinstance(known.result, Receipt)
    assert known.result.outcome is Outcome.ACCEPTED
    for purpose in (Purpose.RESUME, Purpose.LOOK):
        told = ledger.claim(evolve(mine, purpose=purpose))
        assert isinstance(told, Rejected)
        assert isinstance(told.error, CancellationInProgress)
    ledger.release(claimant("order-43", payment_lock=PAYMENT_LOCK))
    assert isinstance(ledger.claim(mine), KeyHistory)


def test_a_pending_cancel_of_unzers_is_found_finished(
    sandbox: Sandbox, ledger: Ledger, flavour: Flavour
) -> None:
    """Its records are read by the key's reference."""
    payment = sandbox.create_payment("unzer", flags="pending")
    cancellation = unzer.Cancellation(payment.payment_id, amount=FULL)
    with Caller(flavour, ledger, sandbox.account("unzer")) as client:
        assert client.cancel(cancellation, key=KEY).outcome is Outcome.ACCEPTED
        assert client.resume(KEY).outcome is Outcome.ACCEPTED
        sandbox.finish_pending(payment)
        done = client.resume(KEY)
        assert (done.outcome, done.evidence) == (Outcome.CANCELLED, Evidence.READ_BACK)
        assert done.reference
    assert len(sandbox.executions(payment=payment)) == 1


def test_a_closed_client_changes_nothing(accept: Callable[..., Accepted]) -> None:
    """What was accepted stays so."""
    accepted = accept()
    accepted.sandbox.finish_pending(accepted.payment)
    accepted.client.shut()
    assert accepted.client.resume(KEY).outcome is Outcome.ACCEPTED
    assert accepted.row.state is State.ACCEPTED


def test_a_worker_that_lost_its_lease_brings_no_old_receipt_back(
    accept: Callable[..., Accepted],
) -> None:
    """What it had from the ledger proves nothing; meanwhile another has seen the end."""
    accepted = accept()
    ledger = accepted.ledger
    claim = evolve(
        another(KEY, accepted.cancellation, accepted.row.destination), purpose=Purpose.RESUME
    )
    history = ledger.claim(claim)
    assert isinstance(history, KeyHistory)
    assert history.accepted is not None
    for state, owner in (("REFUSED", None), ("FREE", None), ("ACCEPTED", "'another'")):
        run_sql(
            ledger,
            f"UPDATE countermand_cancellations SET state = '{state}', owner = {owner or 'NULL'}",
        )
        assert not ledger.record_outcome(claim, history.accepted, notes=LookNotes(looked=True))
        (row,) = (row for row in rows(ledger) if "looks" in row)
        assert (row["state"], row["owner"]) == (state, owner and "another")


def test_a_look_is_no_request(accept: Callable[..., Accepted]) -> None:
    """The time of the last request stays, so that a person's word about it counts."""
    accepted = accept()
    before = accepted.ledger.show(KEY)
    run_sql(accepted.ledger, "UPDATE countermand_cancellations SET last_attempt_at = 7")
    accepted.client.resume(KEY)
    (row,) = (row for row in rows(accepted.ledger) if "looks" in row)
    assert row["last_attempt_at"] == 7
    look = accepted.ledger.show(KEY).events[-1]
    assert (look.what, look.found, look.requests) == ("look", "accepted", ())
    assert (
        look.message == "the transaction has changed since the cancel, by it or by another request"
    )
    assert (before.closed, accepted.ledger.show(KEY).closed) == (None, None)


def test_a_failure_whose_commit_was_not_confirmed_is_raised(
    accept: Callable[..., Accepted],
) -> None:
    """The repeat of the transaction recognises what was written."""
    accepted = accept()
    claim = evolve(
        another(KEY, accepted.cancellation, accepted.row.destination), purpose=Purpose.RESUME
    )
    assert isinstance(accepted.ledger.claim(claim), KeyHistory)
    failed = Declined("the refund failed", key=KEY, about_payment=True)
    for _ in range(2):
        assert accepted.ledger.record_outcome(claim, failed, notes=LookNotes(looked=True))
    assert accepted.ledger.show(KEY).state is State.REFUSED
    assert [event.what for event in accepted.ledger.show(KEY).events].count("look") == 1


def test_a_person_s_word_begins_anew(accept: Callable[..., Accepted]) -> None:
    """What was counted for an earlier cancel asks nobody about the next one."""
    accepted = accept()
    counted = "looks = 9, answered_for = 700000, answered_look_at = 7, waiting_for = 'person'"
    run_sql(accepted.ledger, f"UPDATE countermand_cancellations SET {counted}")
    accepted.ledger.resolve(KEY, cancelled=False, by="ada", reason="asked by phone")
    (row,) = (row for row in rows(accepted.ledger) if "looks" in row)
    assert (row["looks"], row["answered_for"], row["answered_look_at"]) == (0, 0, None)
    assert row["waiting_for"] is None
    assert accepted.ledger.find(KEY).reason == "it has ended, or nothing was executed"

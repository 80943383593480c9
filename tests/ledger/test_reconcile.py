"""`Client.reconcile`: what is due is looked at, once, and every change is told at least once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from countermand import (
    FULL,
    Budget,
    Change,
    Client,
    LedgerUnavailable,
    OutcomeUnknown,
    Receipt,
    Reconciliation,
    bento,
    events,
    pace_pay,
    unzer,
)
from countermand._runtime.accounts import destination_of
from countermand.ledger import State, _due
from countermand.sandbox import FaultProxy, Sandbox, faults
from tests.ledger.accepted import KEY, Accepted, Caller
from tests.support.claims import another, rows, run_sql, unknown
from tests.support.limits import TimeLimit, strike, time_limit
from tests.support.rawserver import RawServer, answer, read, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand import LinkChallenge
    from countermand.ledger import Ledger
    from tests.support.flavours import Flavour

NOTHING = Reconciliation()


def test_a_refund_that_is_finished_is_found_and_told(accept: Callable[..., Accepted]) -> None:
    """Once it is due; afterwards nothing is due any more."""
    accepted = accept()
    told: list[Change] = []
    assert accepted.client.reconcile(on_outcome=told.append) == NOTHING
    accepted.sandbox.finish_pending(accepted.payment)
    accepted.make_due()
    done = accepted.client.reconcile(on_outcome=told.append)
    assert done == Reconciliation(looked=1, cancelled=1)
    (change,) = told
    assert (change.key, change.cancellation) == (KEY, accepted.cancellation)
    assert (change.before, change.after) == (State.ACCEPTED, State.CANCELLED)
    assert change.waiting_for is None
    assert abs(change.at - datetime.now(UTC)) < timedelta(seconds=60)
    assert accepted.client.reconcile(on_outcome=told.append) == NOTHING
    assert len(told) == 1


def test_a_refund_that_fails_is_a_refusal(accept: Callable[..., Accepted]) -> None:
    """Without a callable nothing is told, and nothing is kept to be told."""
    accepted = accept(refund="fails")
    accepted.sandbox.finish_pending(accepted.payment)
    accepted.make_due()
    assert accepted.client.reconcile() == Reconciliation(looked=1, refused=1)
    assert accepted.client.reconcile(on_outcome=pytest.fail) == NOTHING


def test_what_is_not_finished_stays_open_and_is_not_told(accept: Callable[..., Accepted]) -> None:
    """Its next look is planned."""
    accepted = accept()
    accepted.make_due()
    done = accepted.client.reconcile(on_outcome=pytest.fail)
    assert done == Reconciliation(looked=1, still_open=1)
    assert accepted.row.next_look > datetime.now(UTC)
    (row,) = (row for row in rows(accepted.ledger) if "report_due" in row)
    assert (row["report_due"], row["reported_state"]) == (None, None)


def test_a_key_that_waits_for_a_person_is_reported(accept: Callable[..., Accepted]) -> None:
    """After a week of answers that prove nothing; the state is the same."""
    accepted = accept()
    run_sql(accepted.ledger, "UPDATE countermand_cancellations SET answered_for = 604800")
    accepted.make_due()
    told: list[Change] = []
    done = accepted.client.reconcile(on_outcome=told.append)
    assert done == Reconciliation(looked=1, still_open=1, needs_person=1)
    assert [(each.after, each.waiting_for) for each in told] == [(State.ACCEPTED, "person")]
    accepted.make_due()
    assert accepted.client.reconcile(on_outcome=pytest.fail).needs_person == 1


def test_a_look_that_needs_a_person_is_an_event_and_a_warning(
    accept: Callable[..., Accepted], caplog: pytest.LogCaptureFixture
) -> None:
    """The cancel is accepted, as before; `resume` is a call of another kind."""
    accepted = accept()
    run_sql(accepted.ledger, "UPDATE countermand_cancellations SET answered_for = 604800")
    accepted.make_due()
    heard: list[events.Event] = []
    settings: Any = {"ledger": accepted.ledger, "on_event": heard.append, "trust_env": False}
    with (
        caplog.at_level("INFO", logger="countermand"),
        Client(accepted.account, **settings) as client,
    ):
        client.reconcile()
        client.resume(KEY)
    ends = [event for event in heard if isinstance(event, events.CallEnded)]
    assert [end.kind for end in ends] == ["look", "resume"]
    assert {(end.outcome, end.key, end.needs_person) for end in ends} == {("accepted", KEY, True)}
    assert {(end.attempts, end.reads) for end in ends} == {(0, 1)}
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert all("accepted, needs a person (evidence: " in line for line in caplog.messages)


def test_a_change_is_told_until_the_callable_succeeds(
    accept: Callable[..., Accepted], caplog: pytest.LogCaptureFixture
) -> None:
    """What it raises is logged, with the key."""
    accepted = accept()
    accepted.sandbox.finish_pending(accepted.payment)
    accepted.make_due()

    def fail(_change: Change) -> None:
        raise OSError("the queue is full")

    for _ in range(2):
        accepted.client.reconcile(on_outcome=fail)
    assert caplog.text.count(f"key {KEY}: on_outcome has raised") == 2
    told: list[Change] = []
    assert accepted.client.reconcile(on_outcome=told.append) == NOTHING
    assert [each.after for each in told] == [State.CANCELLED]
    assert accepted.client.reconcile(on_outcome=pytest.fail) == NOTHING


def test_a_time_limit_while_a_change_is_told_ends_the_call(
    accept: Callable[..., Accepted],
) -> None:
    """The callable did not raise it; the change is told later, as after the end of a process."""
    accepted = accept()
    accepted.sandbox.finish_pending(accepted.payment)
    accepted.make_due()
    with time_limit(), pytest.raises(TimeLimit):
        accepted.client.reconcile(on_outcome=strike)
    told: list[Change] = []
    run_sql(accepted.ledger, "UPDATE countermand_cancellations SET report_due = 1")
    assert accepted.client.reconcile(on_outcome=told.append) == NOTHING
    assert [each.after for each in told] == [State.CANCELLED]


UUID = "c3f037ea-492e-4033-9b4b-4efc7beca16c"


class Users:
    """A token callable whose users come and go."""

    def __init__(self) -> None:
        self.gone: Callable[[], object] | None = None

    def token(self, user: str | None) -> str:
        """A token, unless the user is the one that goes."""
        if user == "ada" and self.gone is not None:
            self.gone()
        return f"token-of-{user}"

    async def token_later(self, user: str | None) -> str:
        """The same."""
        return self.token(user)


def unheard_of() -> None:
    """What a directory of users says."""
    raise KeyError("ada")


def test_a_token_callable_that_raises_ends_its_own_look(ledger: Ledger, flavour: Flavour) -> None:
    """The keys of other users are looked at in the same call; a time limit ends it."""
    users = Users()
    token = users.token if flavour == "sync" else users.token_later
    with (
        RawServer([read, say(answer(500))]) as server,
        Caller(flavour, ledger, pace_pay.Account(token, server.url)) as client,
    ):
        for user in ("ada", "eve"):
            cancellation = pace_pay.Cancellation(f"{UUID[:-3]}{user[:1] * 3}")
            unclear = client.cancel(cancellation, key=user, user=user)
            assert isinstance(unclear, OutcomeUnknown)
        due = "next_look = CASE key WHEN 'ada' THEN 1 ELSE 2 END"
        run_sql(ledger, f"UPDATE countermand_cancellations SET {due}")
        users.gone = unheard_of
        assert client.reconcile() == Reconciliation(looked=2, still_open=2)
        assert [each.fields["authorization"] for each in server.requests] == [
            f"Bearer token-of-{user}" for user in ("ada", "eve", "eve")
        ]
        with pytest.raises(KeyError, match="ada"):
            client.resume("ada")
        run_sql(ledger, f"UPDATE countermand_cancellations SET {due}")
        users.gone = strike
        with time_limit(), pytest.raises(TimeLimit):
            client.reconcile()
        assert len(server.requests) == 3


def test_a_link_handler_that_raises_ends_its_own_look(
    sandbox: Sandbox, ledger: Ledger, flavour: Flavour
) -> None:
    """The same for a user who is to link an identity."""
    token = sandbox.issue_token("reconcile-1", linked=False)
    account = sandbox.account("pace_pay", token=token)
    payment = sandbox.create_payment("pace_pay")
    cancellation = pace_pay.Cancellation(payment.transaction_id)

    def handler(_challenge: LinkChallenge) -> None:
        raise KeyError("ada")

    with Caller(flavour, ledger, account, link_identity=handler) as client:
        ledger.claim(another(cancellation=cancellation, destination=account.endpoint))
        due = "state = 'MAYBE_EXECUTED', next_look = 1, owner = NULL, lease_until = NULL"
        run_sql(ledger, f"UPDATE countermand_cancellations SET {due}")
        assert client.reconcile() == Reconciliation(looked=1, still_open=1)
        with pytest.raises(KeyError, match="ada"):
            client.resume(KEY)


def test_a_change_that_a_dead_process_has_not_told_is_told_by_another(
    accept: Callable[..., Accepted],
) -> None:
    """It has looked, and was killed before it told."""
    accepted = accept()
    accepted.sandbox.finish_pending(accepted.payment)
    accepted.make_due()

    class KilledError(BaseException):
        """The end of a process."""

    def die(_change: Change) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        accepted.client.reconcile(on_outcome=die)
    told: list[Change] = []
    # As long as the process may live, the change is its own.
    assert accepted.client.reconcile(on_outcome=told.append) == NOTHING
    assert told == []
    run_sql(accepted.ledger, "UPDATE countermand_cancellations SET report_due = 1")
    accepted.client.reconcile(on_outcome=told.append)
    assert [(each.before, each.after) for each in told] == [(State.ACCEPTED, State.CANCELLED)]
    run_sql(
        accepted.ledger,
        "UPDATE countermand_cancellations SET report_due = 1, "
        "reported_state = state, reported_waiting_for = waiting_for",
    )
    assert accepted.client.reconcile(on_outcome=pytest.fail) == NOTHING


def test_an_outage_changes_nothing(accept: Callable[..., Accepted]) -> None:
    """And leaves the key to the next look."""
    accepted = accept()
    accepted.make_due()
    accepted.proxy.script(faults.RESET_BEFORE)
    assert accepted.client.reconcile() == Reconciliation(looked=1, still_open=1)
    assert accepted.row.state is State.ACCEPTED


def test_keys_of_other_accounts_are_counted_and_left(
    sandbox: Sandbox, ledger: Ledger, flavour: Flavour
) -> None:
    """Another client may have the account."""
    ledger.claim(another())
    ledger.record_attempt(another(), 1)
    claim = another("order-43")
    ledger.claim(claim)
    ledger.record_attempt(claim, 1)
    ledger.record_outcome(claim, unknown())
    run_sql(ledger, "UPDATE countermand_cancellations SET next_look = 1")
    with Caller(flavour, ledger, sandbox.account("bento")) as client:
        assert client.reconcile() == Reconciliation(skipped=2)


def test_a_limit_and_a_time_end_it(sandbox: Sandbox, ledger: Ledger, flavour: Flavour) -> None:
    """The rest is left to the next call."""
    account = sandbox.account("unzer")
    with Caller(flavour, ledger, account) as client:
        for number in range(3):
            payment = sandbox.create_payment("unzer", flags="pending")
            cancellation = unzer.Cancellation(payment.payment_id, amount=FULL)
            client.cancel(cancellation, key=f"order-{number}")
        run_sql(ledger, "UPDATE countermand_cancellations SET next_look = 1")
        assert client.reconcile(until=datetime.now(UTC)).looked == 0
        assert client.reconcile(limit=2).looked == 2
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert client.reconcile(until=later, limit=2).looked == 1


def test_a_row_that_cannot_be_decoded_hides_no_other(
    accept: Callable[..., Accepted], caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and comes again later."""
    accepted = accept()
    ledger = accepted.ledger
    sent_to = accepted.row.destination
    claim = another("order-43", accepted.cancellation, sent_to)
    ledger.claim(claim)
    ledger.release(claim)
    run_sql(
        ledger,
        "UPDATE countermand_cancellations SET api = 'nobody', report_due = 1, "
        "reported_state = 'FREE' WHERE key = 'order-43'",
    )
    run_sql(ledger, "UPDATE countermand_cancellations SET next_look = 1")
    told: list[Change] = []
    done = accepted.client.reconcile(on_outcome=told.append)
    assert done == Reconciliation(looked=1, still_open=1)
    assert caplog.text.count("key order-43: its row cannot be decoded") == 2


def test_a_key_that_cannot_be_looked_at_here_stays_open(
    accept: Callable[..., Accepted], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker has taken it meanwhile, or it is gone."""
    accepted = accept()
    accepted.make_due()
    leased = "UPDATE countermand_cancellations SET owner = 'another', lease_until = 9e9"

    def take(*_: Any) -> None:
        run_sql(accepted.ledger, leased)

    taken = _due.take_due

    def then_leased(*arguments: Any, **options: Any) -> Any:
        due = yield from taken(*arguments, **options)
        take()
        return due

    monkeypatch.setattr(_due, "take_due", then_leased)
    assert accepted.client.reconcile() == Reconciliation(looked=1, still_open=1)
    run_sql(accepted.ledger, "UPDATE countermand_cancellations SET owner = NULL")
    accepted.make_due()
    leased = "DELETE FROM countermand_cancellations"
    assert accepted.client.reconcile() == Reconciliation(looked=1, still_open=1)


def test_wrong_limits_are_refused(sandbox: Sandbox, ledger: Ledger, flavour: Flavour) -> None:
    """Before anything is read."""
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"limit": 0}, ValueError),
        ({"limit": True}, TypeError),
        ({"limit": "10"}, TypeError),
        ({"until": 60.0}, TypeError),
        ({"until": datetime(2026, 1, 1)}, ValueError),  # noqa: DTZ001
        ({"on_outcome": "print"}, TypeError),
    ]
    with Caller(flavour, ledger, sandbox.account("bento")) as client:
        for options, kind in wrong:
            with pytest.raises(kind):
                client.reconcile(**options)


def test_a_coroutine_function_needs_the_asynchronous_client(
    accept: Callable[..., Accepted], flavour: Flavour
) -> None:
    """There it is awaited."""
    accepted = accept()
    accepted.sandbox.finish_pending(accepted.payment)
    accepted.make_due()
    told: list[Change] = []

    async def tell(change: Change) -> None:
        told.append(change)

    if flavour == "sync":
        with pytest.raises(TypeError, match="AsyncClient"):
            accepted.client.reconcile(on_outcome=tell)
        return
    assert accepted.client.reconcile(on_outcome=tell).cancelled == 1
    assert len(told) == 1


def test_a_closed_client_and_one_without_a_ledger_look_at_nothing(
    accept: Callable[..., Accepted],
) -> None:
    """The key is left to another, and so are the changes that nobody has reported."""
    accepted = accept()
    accepted.make_due()
    accepted.client.shut()
    assert accepted.client.reconcile() == NOTHING
    assert accepted.client.reconcile(on_outcome=[].append) == NOTHING
    with Client(accepted.account) as bare, pytest.raises(LedgerUnavailable):
        bare.reconcile()


def test_who_tells_nothing_leaves_changes_to_others(accept: Callable[..., Accepted]) -> None:
    """Those that a process with a callable has not told, and those of its own keys."""
    accepted = accept()
    run_sql(
        accepted.ledger,
        "UPDATE countermand_cancellations SET report_due = 1, reported_state = 'MAYBE_EXECUTED'",
    )
    accepted.make_due()
    assert accepted.client.reconcile() == Reconciliation(looked=1, still_open=1)
    told: list[Change] = []
    accepted.client.reconcile(on_outcome=told.append)
    assert [(each.before, each.after) for each in told] == [(State.MAYBE_EXECUTED, State.ACCEPTED)]


def test_an_interrupted_look_keeps_what_earlier_ones_have_counted(
    accept: Callable[..., Accepted],
) -> None:
    """The schedule does not begin anew, and a person is still waited for."""
    accepted = accept()
    counted = "looks = 3, answered_for = 5, answered_look_at = 7, waiting_for = 'person'"
    run_sql(accepted.ledger, f"UPDATE countermand_cancellations SET {counted}")
    accepted.make_due()
    accepted.interrupt_reads()
    with pytest.raises(KeyboardInterrupt):
        accepted.client.reconcile()
    (row,) = (row for row in rows(accepted.ledger) if "looks" in row)
    assert (row["state"], row["owner"]) == ("ACCEPTED", None)
    assert (row["looks"], row["answered_for"], row["answered_look_at"]) == (3, 5, 7)
    assert row["waiting_for"] == "person"


@pytest.mark.parametrize(
    "meanwhile",
    [
        "state = 'FREE'",
        "state = 'FREE', confirmed_absent_after = 9e9",
        "state = 'CLAIMED'",
        "state = 'REFUSED'",
        "state = 'CANCELLED'",
    ],
)
def test_a_key_that_has_ended_meanwhile_is_not_looked_at(
    accept: Callable[..., Accepted], monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    """Another worker, or a person, was quicker. The look would be a new cancel."""
    accepted = accept()
    accepted.make_due()
    taken = _due.take_due

    def then_ended(*arguments: Any, **options: Any) -> Any:
        due = yield from taken(*arguments, **options)
        run_sql(accepted.ledger, f"UPDATE countermand_cancellations SET {meanwhile}")
        return due

    monkeypatch.setattr(_due, "take_due", then_ended)
    seen = len(accepted.sandbox.requests())
    accepted.client.reconcile(limit=1)
    assert len(accepted.sandbox.requests()) == seen


def test_a_repeat_that_is_not_executed_leaves_the_key_open(
    sandbox: Sandbox, proxy: FaultProxy, ledger: Ledger, flavour: Flavour
) -> None:
    """Nobody would send it again. The next round does, once the provider is back."""
    payment = sandbox.create_payment("unzer")
    account = sandbox.account("unzer", proxy.base_url("unzer"))
    cancellation = unzer.Cancellation(payment.payment_id, amount=FULL)
    budget = Budget(reserve=0.0, per_call=0.0)
    options = {"late_arrival_window": 0.0, "budget": budget}
    with Caller(flavour, ledger, account, **options) as client:
        proxy.script(faults.RESET_BEFORE)
        assert isinstance(client.cancel(cancellation, key=KEY), OutcomeUnknown)
        due = "UPDATE countermand_cancellations SET next_look = 1"
        run_sql(ledger, due)
        proxy.script(faults.PASS, faults.busy())
        assert client.reconcile() == Reconciliation(looked=1, still_open=1)
        (left,) = ledger.unresolved()
        assert left.state is State.MAYBE_EXECUTED
        assert left.next_look is not None
        run_sql(ledger, due)
        assert client.reconcile() == Reconciliation(looked=1, cancelled=1)
    assert len(sandbox.executions(payment=payment)) == 1


def test_a_manual_resolution_lets_a_caller_send_again_but_no_look(
    sandbox: Sandbox, proxy: FaultProxy, ledger: Ledger, flavour: Flavour
) -> None:
    """At Bento. A caller has claimed the key after it, and its process has died."""
    payment = sandbox.create_payment("bento", captured=True)
    account = sandbox.account("bento", proxy.base_url("bento"))
    cancellation = bento.Cancellation(payment.order_id, payment.transaction_id, refund_amount=500)
    options = {"late_arrival_window": 0.0, "budget": Budget(reserve=0.0, per_call=0.0)}
    with Caller(flavour, ledger, account, **options) as client:
        proxy.script(faults.PASS, faults.RESET_BEFORE)
        assert isinstance(client.cancel(cancellation, key=KEY), OutcomeUnknown)
        ledger.resolve(KEY, cancelled=False, by="ada", reason="asked by phone")
        ledger.claim(another(KEY, cancellation, destination_of(account)))
        run_sql(ledger, "UPDATE countermand_cancellations SET owner = NULL, next_look = 1")
        assert client.reconcile() == Reconciliation(looked=1, still_open=1)
        assert ledger.show(KEY).state is State.MAYBE_EXECUTED
        assert sandbox.executions(payment=payment) == ()
        assert isinstance(client.cancel(cancellation, key=KEY), Receipt)
    assert len(sandbox.executions(payment=payment)) == 1


def test_a_callable_that_is_slow_and_fails_does_not_stop_the_looks(
    accept: Callable[..., Accepted],
) -> None:
    """Its first change is due again before its last one has failed."""
    accepted = accept()
    unreported = "report_due = 1, reported_state = 'MAYBE_EXECUTED'"
    run_sql(accepted.ledger, f"UPDATE countermand_cancellations SET {unreported}, next_look = 1")
    failures: list[Change] = []

    def fail(change: Change) -> None:
        failures.append(change)
        assert len(failures) < 5, "without end"
        run_sql(accepted.ledger, "UPDATE countermand_cancellations SET report_due = 1")
        raise OSError("the queue is full")

    done = accepted.client.reconcile(on_outcome=fail)
    assert done == Reconciliation(looked=1, still_open=1)
    assert len(failures) == 2


def test_what_another_worker_has_reported_meanwhile_is_reported_no_more(
    accept: Callable[..., Accepted],
) -> None:
    """Not even if this one's callable has failed."""
    accepted = accept()
    unreported = "report_due = 1, reported_state = 'MAYBE_EXECUTED'"
    run_sql(accepted.ledger, f"UPDATE countermand_cancellations SET {unreported}")

    def fail(_change: Change) -> None:
        run_sql(
            accepted.ledger,
            "UPDATE countermand_cancellations SET report_due = NULL, reported_state = NULL",
        )
        raise OSError("the queue is full")

    accepted.client.reconcile(on_outcome=fail)
    (row,) = (row for row in rows(accepted.ledger) if "looks" in row)
    assert row["report_due"] is None
    assert accepted.client.reconcile(on_outcome=pytest.fail) == NOTHING


def test_a_change_that_comes_while_an_earlier_one_is_reported_is_reported_too(
    accept: Callable[..., Accepted],
) -> None:
    """By whoever reconciles next."""
    accepted = accept()
    unreported = "report_due = 1, reported_state = 'MAYBE_EXECUTED'"
    run_sql(accepted.ledger, f"UPDATE countermand_cancellations SET {unreported}")
    told: list[Change] = []

    def slow(change: Change) -> None:
        told.append(change)
        run_sql(
            accepted.ledger,
            "UPDATE countermand_cancellations SET state = 'CANCELLED', next_look = NULL",
        )

    accepted.client.reconcile(on_outcome=slow)
    run_sql(accepted.ledger, "UPDATE countermand_cancellations SET report_due = 1")
    accepted.client.reconcile(on_outcome=told.append)
    assert [(each.before, each.after) for each in told] == [
        (State.MAYBE_EXECUTED, State.ACCEPTED),
        (State.ACCEPTED, State.CANCELLED),
    ]


def test_a_closed_client_counts_no_look(accept: Callable[..., Accepted]) -> None:
    """Nothing was read, so the schedule does not advance."""
    accepted = accept()
    run_sql(accepted.ledger, "UPDATE countermand_cancellations SET looks = 3, answered_look_at = 7")
    accepted.client.shut()
    accepted.client.resume(KEY)
    (row,) = (row for row in rows(accepted.ledger) if "looks" in row)
    assert (row["looks"], row["answered_look_at"]) == (3, 7)

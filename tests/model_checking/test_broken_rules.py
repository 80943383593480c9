"""The explorer can fail: each rule, taken away, leads to a state in which a promise is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from countermand import _bento, unzer
from countermand._core import cancel, retries
from countermand._core.request import CallState
from countermand.errors import Declined
from countermand.provider._verdicts import Absent, Done, NotKnown, Refused
from countermand.receipt import Outcome
from tests.model_checking import ledger
from tests.model_checking.bento_payments import BentoRead
from tests.model_checking.explorer import explore
from tests.model_checking.models import alone
from tests.model_checking.payments import Bento, PaceFueling, Vtex
from tests.model_checking.state import Scope
from tests.model_checking.unzer_payments import Unzer, UnzerFull

if TYPE_CHECKING:
    from countermand._core.cancel import CancelPlan
    from countermand._core.commands import Commands, KeyHistory
    from countermand._core.request import RequestState
    from tests.model_checking.payments import Model

TWICE = "executed twice"
LOST = "executed, and the ledger has lost it"
LATE = "a request arrived late after it was said not to count"


def broken(kind: type[Model], calls: int = 2, *variants: str) -> str:
    """The first promise that is found broken."""
    model = kind()
    model.variants = variants or model.variants[:1]
    found = explore(model, Scope(calls=calls))
    assert found.way, f"nothing found among {found.states} states"
    return found.broken or ""


@pytest.mark.parametrize("kind", [Unzer, Bento])
def test_a_resend_where_a_repeat_does_harm(
    kind: type[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repeat after a lost answer cancels twice."""
    monkeypatch.setattr(retries, "is_retry_safe", lambda _repeat, _verdict: True)
    assert broken(kind, 1, "captured" if kind is Bento else "success") == TWICE


def test_a_read_that_shows_no_change_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request may arrive after it; so two of them must be a window apart."""
    monkeypatch.setattr(cancel, "_window_is_over", lambda _plan, _history: True)
    monkeypatch.setattr(
        ledger.Row, "_equal_after", lambda _row, notes: 2 if notes and notes.unchanged else 0
    )
    assert broken(BentoRead, 2, "captured") == LATE


def test_a_look_that_takes_an_unfinished_refund_for_a_failed_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was accepted stays so until its end is proven."""

    def hasty(_plan: CancelPlan, request: RequestState, _history: KeyHistory) -> Commands[None]:
        yield from ()
        request.state.verdict = Refused(error=Declined, message="it failed", about_payment=True)

    monkeypatch.setattr(cancel, "_look_at_accepted", hasty)
    assert broken(BentoRead, 2, "captured") == "Declined, and it was executed"


def test_a_smaller_refund_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A back office refunds a part while ours never arrives."""
    monkeypatch.setattr(_bento, "_sum", lambda before, _amount: before["refundedAmount"] + 50)
    assert broken(BentoRead, 1, "captured") == "a receipt, and nothing was executed"


def test_a_null_taken_for_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """VTEX's provider may answer null to a repeat of a cancel that was executed."""
    monkeypatch.setattr(
        retries, "rules_out_earlier_attempts", lambda verdict, _repeat: verdict.error is Declined
    )
    assert broken(Vtex, 1, "forgetful") == "Declined, and it was executed"


def test_a_late_arrival_window_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-back before the window ends misses the late request, and a repeat cancels twice."""
    claim = ledger.Row.claim

    def hasty(row: ledger.Row, worker: int, **options: bool) -> Any:
        return claim(attrs.evolve(row, quiet=True), worker, **options)

    monkeypatch.setattr(ledger.Row, "claim", hasty)
    assert broken(Unzer) in {TWICE, LOST, LATE}


def test_an_earlier_silence_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal proves nothing about an earlier request without an answer."""
    take = CallState.add_exchange

    def forgetful(state: CallState, *exchange: Any) -> None:
        take(state, *exchange)
        state.maybe_executed = False

    monkeypatch.setattr(CallState, "add_exchange", forgetful)
    assert broken(Vtex, 1) == "Unreachable, and it was executed"


def test_an_incomplete_read_back_taken_for_a_complete_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What could not be read may be the cancel."""
    read_back = cancel.read_back

    def careless(*arguments: Any, **options: Any) -> Any:
        look = yield from read_back(*arguments, **options)
        if isinstance(look.finding, NotKnown):
            return attrs.evolve(look, finding=Absent(look.finding.reason))
        return look

    monkeypatch.setattr(cancel, "read_back", careless)
    assert broken(Unzer) in {TWICE, "Unreachable, and it was executed"}
    assert broken(Bento, 2, "captured") in {TWICE, "Unreachable, and it was executed"}
    assert broken(PaceFueling, 2, "404 404 404") == "Unreachable, and it was executed"


def test_an_attempt_that_is_not_recorded_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a crash the attempt is unknown."""
    monkeypatch.setattr(ledger.Row, "record_attempt", lambda row, *_: (row, None))
    assert broken(Unzer) == LOST


def test_an_open_key_closed_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that closes an unknown outcome loses it."""
    closing = ledger.outcome_columns

    def tidy(result: Any) -> Any:
        values = closing(result)
        return values | {"state": "FREE"} if values["state"] == "MAYBE_EXECUTED" else values

    monkeypatch.setattr(ledger, "outcome_columns", tidy)
    assert broken(Vtex) == LOST


def test_a_key_that_two_workers_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two concurrent calls cancel twice."""
    claim = ledger.Row.claim

    def shared(row: ledger.Row, worker: int, **options: bool) -> Any:
        return claim(attrs.evolve(row, owner=None), worker, **options)

    monkeypatch.setattr(ledger.Row, "claim", shared)
    monkeypatch.setattr(ledger.Row, "record_attempt", lambda row, *_: (row, None))
    assert broken(Unzer) in {TWICE, LOST}


def test_a_look_at_a_key_that_a_call_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """`reconcile` and a caller send at once."""
    claim = ledger.Row.claim

    def shared(row: ledger.Row, worker: int, **options: bool) -> Any:
        mine = attrs.evolve(row, owner=None) if options["unattended"] else row
        return claim(mine, worker, **options)

    monkeypatch.setattr(ledger.Row, "is_due", property(lambda row: row.state in ledger.UNENDED))
    monkeypatch.setattr(ledger.Row, "claim", shared)
    monkeypatch.setattr(ledger.Row, "record_attempt", lambda row, *_: (row, None))
    found = explore(alone(Unzer), Scope(calls=1, others=0, looks=1))
    assert found.broken in {TWICE, LOST}


def test_a_cut_answer_taken_for_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """A web page with status 200 is not the provider's answer."""
    provider = attrs.evolve(
        unzer.PROVIDER,
        interpret=lambda reply, call, cancellation: (
            Done(outcome=Outcome.CANCELLED)
            if reply.is_success
            else unzer.interpret(reply, call, cancellation)
        ),
    )
    monkeypatch.setattr(Unzer, "provider", provider)
    assert broken(Unzer, 1) == "a receipt, and nothing was executed"


def test_already_cancelled_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a part, "already cancelled" does not say whose part that was."""
    monkeypatch.setattr(Unzer, "cancellation", UnzerFull.cancellation)
    assert broken(Unzer, 1) == "a receipt, and nothing was executed"


def test_a_key_released_while_its_worker_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a worker is killed, its row must still say that the cancel may have been executed."""

    def wiped(row: ledger.Row, *_: Any, **_more: Any) -> ledger.Row:
        return ledger.Row(state=row.state)

    monkeypatch.setattr(ledger.Row, "record_outcome", wiped)
    assert broken(Vtex) == LOST

"""Calls that are interrupted while they claim a key: the key is released."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from countermand_clients.unzer.api.payments import get_payment

from countermand import Client, OutcomeUnknown, Receipt, Unreachable, unzer
from countermand._core.commands import KeyHistory, Rejected
from countermand._runtime.invocation import Invocation
from countermand._runtime.memory import MemoryKeyStore
from countermand.errors import LedgerUnavailable
from tests.support.claims import another, claimant, unknown
from tests.support.transports import POLICY, UNZER, Recorder, call

if TYPE_CHECKING:
    from countermand._core.idempotency import KeyClaim
    from countermand.ledger import Ledger

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))


def interrupted(store: Any, client: Client) -> BaseException | None:
    """Interrupt after the claim and before its result is returned."""
    claim = store.claim

    def struck(who: KeyClaim, **options: float) -> None:
        assert isinstance(claim(who, **options), KeyHistory)
        raise KeyboardInterrupt

    store.claim = struck
    with pytest.raises(KeyboardInterrupt) as caught:
        client.cancel(CANCEL, key="order-42")
    store.claim = claim
    return caught.value.__cause__


def test_a_key_of_a_ledger_is_free_again(ledger: Ledger) -> None:
    """Its lease is not renewed, nothing was sent, and the key stays unresolved."""
    provider = Recorder()
    with Client(UNZER, ledger=ledger, transport=provider, policy=POLICY) as client:
        assert isinstance(interrupted(ledger, client), Unreachable)
    assert "order-42" not in ledger._leases._held
    (found,) = ledger.unresolved()
    assert (found.in_progress, found.attempts, provider.sent) == (False, 0, [])
    assert isinstance(call("sync", ledger, "resume", "order-42", transport=provider), Receipt)
    assert provider.cancels == 1


def test_a_key_of_a_client_is_free_again() -> None:
    """Without a ledger, too."""
    provider = Recorder()
    with Client(UNZER, transport=provider, policy=POLICY) as client:
        interrupted(client._memory_store, client)
        assert isinstance(client.cancel(CANCEL, key="order-42"), Receipt)
    assert provider.cancels == 1


def test_a_ledger_that_cannot_be_written_does_not_hide_the_interruption(ledger: Ledger) -> None:
    """The lease then expires."""

    def gone(_who: KeyClaim, *, timeout: float) -> None:
        assert timeout > 0
        raise LedgerUnavailable("gone")

    ledger.release = gone  # type: ignore[method-assign]
    with Client(UNZER, ledger=ledger, transport=Recorder(), policy=POLICY) as client:
        assert isinstance(interrupted(ledger, client), Unreachable)


def test_release_keeps_the_history(ledger: Ledger) -> None:
    """A maybe executed request stays recorded, and another lease is not touched."""
    memory = MemoryKeyStore(lambda: 0.0, lambda: 0.0)
    for store in (ledger, memory):
        store.release(claimant())
        store.claim(claimant())
        store.record_outcome(claimant(), unknown())
        second = another()
        assert isinstance(store.claim(second), KeyHistory)
        store.release(claimant())
        assert isinstance(store.claim(another()), Rejected)
        store.release(second)
        history = store.claim(another())
        assert isinstance(history, KeyHistory)
        assert history.maybe_executed


def test_abandon_affects_only_the_own_lease(ledger: Ledger) -> None:
    """Twice has the effect of once."""
    memory = MemoryKeyStore(lambda: 0.0, lambda: 0.0)
    for store in (ledger, memory):
        store.abandon(claimant())
        store.claim(claimant())
        store.abandon(another())
        assert isinstance(store.claim(another()), Rejected)
        store.abandon(claimant())
        store.abandon(claimant())
    history = memory.claim(another())
    assert isinstance(history, KeyHistory)
    assert history.maybe_executed


def test_a_call_without_a_key_may_be_interrupted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """`execute` claims no key."""

    def struck(*_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Invocation, "on_interrupt", struck)
    with (
        Client(UNZER, transport=Recorder(struck), policy=POLICY) as client,
        pytest.raises(KeyboardInterrupt),
    ):
        client.execute(get_payment.call("s-pay-1"))


def test_a_result_that_a_stopped_task_could_not_record_is_logged(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller gets only the interruption."""

    def gone(_who: KeyClaim, _result: object, *, timeout: float, **_more: object) -> bool:
        assert timeout > 0
        raise LedgerUnavailable("gone")

    def struck(_request: object) -> Any:
        raise KeyboardInterrupt

    ledger.record_outcome = gone  # type: ignore[method-assign]
    with (
        caplog.at_level(logging.ERROR, logger="countermand"),
        Client(UNZER, ledger=ledger, transport=Recorder(struck), policy=POLICY) as client,
        pytest.raises(KeyboardInterrupt) as caught,
    ):
        client.cancel(CANCEL, key="order-42")
    assert isinstance(caught.value.__cause__, OutcomeUnknown)
    assert "did not record" in caplog.text

"""Frozen processes and misbehaving callables: nothing is sent after the deadline."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand import (
    AsyncClient,
    CancellationInProgress,
    Client,
    NotCancelled,
    OutcomeUnknown,
    Policy,
    Unreachable,
)
from countermand._runtime.claim import ClaimHandle, ClaimState
from countermand._runtime.invocation import Invocation
from countermand._runtime.stores import ask_store
from countermand.ledger import Ledger
from tests.ledger.test_clients import lost
from tests.support.claims import CANCEL, age
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import DONE, UNZER, Recorder, call

if TYPE_CHECKING:
    from pathlib import Path

    from countermand.provider._accounts import Account

both = pytest.mark.parametrize("flavour", FLAVOURS)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger in a file."""
    return Ledger(f"sqlite:///{tmp_path / 'cancellations.db'}")


@both
def test_a_worker_that_was_stopped_before_it_sent_sends_nothing_afterwards(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease has expired and its deadline has passed; another worker may have cancelled."""
    clock, provider = [0.0], Recorder()
    request = Invocation.build_request

    def stopped(self: Invocation, step: Any) -> Any:
        clock[0] += 3600.0
        return request(self, step)

    monkeypatch.setattr(Invocation, "build_request", stopped)
    policy, when = Policy(budget=None), {"clock": lambda: clock[0], "random": lambda: 0.0}
    if flavour == "sync":
        with (
            Client(UNZER, transport=provider, policy=policy, **when) as client,
            pytest.raises(Unreachable, match="the deadline passed before it was sent"),
        ):
            client.cancel(CANCEL)
    else:

        async def run() -> None:
            async with AsyncClient(UNZER, transport=provider, policy=policy, **when) as client:
                await client.cancel(CANCEL)

        with pytest.raises(Unreachable, match="the deadline passed before it was sent"):
            asyncio.run(run())
    assert provider.sent == []


def somebody_s(request: httpx.Request) -> httpx.Response:
    """A payment with one cancel, without a reference; a cancel gets no answer."""
    if request.method == "POST":
        return lost(request)
    line = {"type": "cancel-authorize", "url": "/payments/s-pay-1/authorize/s-aut-1/cancels/7"}
    whole = {"id": "s-pay-1", "transactions": [line]}
    single = {**DONE, "id": "s-cnl-7", "paymentReference": ""}
    return httpx.Response(200, json=single if "cancels" in request.url.path else whole)


@both
def test_a_read_is_not_taken_for_the_answer_to_a_cancel_that_was_interrupted(
    ledger: Ledger, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted before sending: the last exchange was that of another request."""
    provider = Recorder(somebody_s)
    call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    age(ledger, 1000)

    def struck(self: Any, account: Account) -> Any:
        if len(provider.sent) == 5:
            raise KeyboardInterrupt
        return transport_for(self, account)

    kind: Any = Client if flavour == "sync" else AsyncClient
    transport_for = kind._transport_for
    with monkeypatch.context() as patch:
        patch.setattr(kind, "_transport_for", struck)
        with pytest.raises(KeyboardInterrupt) as caught:
            call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    # The read-back found nothing after the window, and nothing has been sent since.
    assert isinstance(caught.value.__cause__, Unreachable)
    assert provider.cancels == 1
    again = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(again, OutcomeUnknown)


@both
def test_a_lease_that_may_be_lost_replaces_not_cancelled_without_a_ledger(
    ledger: Ledger, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may have claimed it by now."""
    from countermand.errors import LedgerUnavailable  # noqa: PLC0415

    def gone(*_arguments: object, **_options: object) -> Any:
        raise LedgerUnavailable("gone")

    def busy(_request: httpx.Request) -> httpx.Response:
        monkeypatch.setattr(ledger, "record_outcome", gone)
        ledger._leases.release_all()
        return httpx.Response(429)

    policy = Policy(attempts=1, budget=None)
    known = call(
        flavour, ledger, "cancel", CANCEL, key="order-42", transport=Recorder(busy), policy=policy
    )
    assert isinstance(known, CancellationInProgress)
    assert not isinstance(known, NotCancelled)


def test_a_callable_that_raises_stop_iteration_ends_no_call_quietly(ledger: Ledger) -> None:
    """It is the caller's mistake, and the key is released."""
    drawn = iter([0.5])
    provider = Recorder(lambda _: httpx.Response(429))
    policy = Policy(attempts=4, deadline=5.0, budget=None)
    with (
        Client(
            UNZER,
            ledger=ledger,
            transport=provider,
            policy=policy,
            random=drawn.__next__,
            sleep=lambda _seconds: None,
        ) as client,
        pytest.raises(StopIteration),
    ):
        client.cancel(CANCEL, key="order-42")
    assert "order-42" not in ledger._leases._held


def test_a_claim_that_outlives_its_call_releases_the_key(ledger: Ledger) -> None:
    """The loop was closed while a thread claimed the key: no call is left to use it."""
    with Client(UNZER, ledger=ledger, transport=Recorder()) as client:
        invocation = client._prepare_cancel(
            CANCEL, key="order-42", user=None, account=None, deadline=None, wait=False
        )
    invocation.start()
    claim = invocation.required_claim
    claim.enter(ClaimState.CLAIMING)
    ask_store(invocation.store, invocation.finish_interrupted(Unreachable("dropped")))
    deadline = invocation.deadline_in(5.0)
    ask_store(invocation.store, invocation.try_claim(deadline, first_attempt=True))
    assert claim.state is ClaimState.ABANDONED
    assert "order-42" not in ledger._leases._held
    (found,) = ledger.unresolved()
    assert not found.in_progress


@both
def test_an_interruption_before_sending_leaves_nothing_maybe_executed(
    ledger: Ledger, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can have been sent, so the key stays usable."""

    def struck(_self: Invocation, _step: Any) -> Any:
        raise KeyboardInterrupt

    provider = Recorder()
    with monkeypatch.context() as patch:
        patch.setattr(Invocation, "build_request", struck)
        with pytest.raises(KeyboardInterrupt) as caught:
            call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(caught.value.__cause__, Unreachable)
    assert list(ledger.unresolved()) == []


def test_an_interruption_during_the_claim_keeps_the_history(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key's history is stored before the key counts as claimed."""
    calls: list[Invocation] = []
    seen: list[bool] = []
    try_claim, enter = Invocation.try_claim, ClaimHandle.enter

    def tried(self: Invocation, deadline: float, **options: bool) -> Any:
        calls.append(self)
        return try_claim(self, deadline, **options)

    def entered(self: ClaimHandle, state: ClaimState) -> bool:
        if state is ClaimState.CLAIMED:
            seen.append(calls[-1].state.maybe_executed)
        return enter(self, state)

    call("sync", ledger, "cancel", CANCEL, key="order-42", transport=Recorder(lost))
    monkeypatch.setattr(Invocation, "try_claim", tried)
    monkeypatch.setattr(ClaimHandle, "enter", entered)
    call("sync", ledger, "cancel", CANCEL, key="order-42", transport=Recorder(lost))
    assert seen == [True]


@both
def test_a_lease_that_expired_while_the_outcome_could_not_be_recorded_is_lost(
    ledger: Ledger, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may have claimed the key and cancelled meanwhile."""
    from countermand.errors import LedgerUnavailable  # noqa: PLC0415

    def gone(*_arguments: object, **_options: object) -> Any:
        ledger._leases.release_all()
        raise LedgerUnavailable("gone")

    monkeypatch.setattr(ledger, "record_outcome", gone)
    policy = Policy(attempts=1, budget=None)
    busy = Recorder(lambda _: httpx.Response(429))
    known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=busy, policy=policy)
    assert isinstance(known, CancellationInProgress)

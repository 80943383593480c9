"""A process that is stopped and goes on, a callable that misbehaves: nothing is sent too late."""

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
from countermand._runtime.invocation import Invocation
from countermand.ledger import Ledger
from tests.ledger.test_clients import lost
from tests.support.claims import CANCEL, age
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import DONE, UNZER, Provider, call

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
    """By then its lease is gone and another may have cancelled: its own time is over."""
    clock, provider = [0.0], Provider()
    request = Invocation.build_request

    def stopped(self: Invocation, step: Any) -> Any:
        clock[0] += 3600.0
        return request(self, step)

    monkeypatch.setattr(Invocation, "build_request", stopped)
    policy, when = Policy(budget=None), {"clock": lambda: clock[0], "random": lambda: 0.0}
    if flavour == "sync":
        with (
            Client(UNZER, transport=provider, policy=policy, **when) as client,
            pytest.raises(Unreachable, match="the time was over before it was sent"),
        ):
            client.cancel(CANCEL)
    else:

        async def run() -> None:
            async with AsyncClient(UNZER, transport=provider, policy=policy, **when) as client:
                await client.cancel(CANCEL)

        with pytest.raises(Unreachable, match="the time was over before it was sent"):
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
    """Between "in flight" and the wire: what came last came for another request."""
    provider = Provider(somebody_s)
    call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    age(ledger, 1000)

    def struck(self: Any, account: Account) -> Any:
        if len(provider.sent) == 5:
            raise KeyboardInterrupt
        return wire(self, account)

    kind: Any = Client if flavour == "sync" else AsyncClient
    wire = kind._transport_for
    with monkeypatch.context() as patch:
        patch.setattr(kind, "_transport_for", struck)
        with pytest.raises(KeyboardInterrupt) as caught:
            call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    # The look found nothing after the window, and nothing has been sent since.
    assert isinstance(caught.value.__cause__, Unreachable)
    assert provider.cancels == 1
    again = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(again, OutcomeUnknown)


@both
def test_who_may_have_lost_the_key_does_not_say_not_cancelled_if_the_ledger_is_gone_too(
    ledger: Ledger, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell whether another worker has it by now."""
    from countermand.errors import LedgerUnavailable  # noqa: PLC0415

    def gone(*_arguments: object, **_options: object) -> Any:
        raise LedgerUnavailable("gone")

    def busy(_request: httpx.Request) -> httpx.Response:
        monkeypatch.setattr(ledger, "record_outcome", gone)
        ledger._leases.release_all()
        return httpx.Response(429)

    policy = Policy(attempts=1, budget=None)
    known = call(
        flavour, ledger, "cancel", CANCEL, key="order-42", transport=Provider(busy), policy=policy
    )
    assert isinstance(known, CancellationInProgress)
    assert not isinstance(known, NotCancelled)


def test_a_callable_that_raises_stop_iteration_ends_no_call_quietly(ledger: Ledger) -> None:
    """It is the caller's own mistake, and the key is free again."""
    drawn = iter([0.5])
    provider = Provider(lambda _: httpx.Response(429))
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


def test_a_claim_that_outlives_its_call_lets_go_of_the_key(ledger: Ledger) -> None:
    """The loop was closed while a thread claimed: nobody is left to work on the key."""
    with Client(UNZER, ledger=ledger, transport=Provider()) as client:
        invocation = client._base._prepare_cancel(
            CANCEL, key="order-42", user=None, account=None, deadline=None, wait=False
        )
    invocation.start()
    invocation.claim_requested = True
    invocation.finish_interrupted(Unreachable("dropped"))
    invocation.claim(invocation.deadline_in(5.0))
    assert not invocation.claimed
    assert "order-42" not in ledger._leases._held
    (found,) = ledger.unresolved()
    assert not found.in_progress


@both
def test_an_interruption_before_the_wire_is_reached_leaves_no_doubt(
    ledger: Ledger, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can have left yet, so the key is not blocked."""

    def struck(_self: Invocation, _step: Any) -> Any:
        raise KeyboardInterrupt

    provider = Provider()
    with monkeypatch.context() as patch:
        patch.setattr(Invocation, "build_request", struck)
        with pytest.raises(KeyboardInterrupt) as caught:
            call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(caught.value.__cause__, Unreachable)
    assert ledger.unresolved() == ()


def test_an_interruption_amid_the_claim_forgets_no_doubt(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the key's past leaves open is noted before the key counts as ours."""
    seen: list[bool] = []

    def watched(self: Invocation, name: str, value: object) -> None:
        if name == "claimed" and value is True:
            seen.append(self.state.maybe_executed)
        object.__setattr__(self, name, value)

    call("sync", ledger, "cancel", CANCEL, key="order-42", transport=Provider(lost))
    monkeypatch.setattr(Invocation, "__setattr__", watched)
    call("sync", ledger, "cancel", CANCEL, key="order-42", transport=Provider(lost))
    assert seen == [True]


@both
def test_a_hold_that_ran_out_while_its_end_could_not_be_recorded_is_no_hold(
    ledger: Ledger, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else may have taken the key and cancelled meanwhile."""
    from countermand.errors import LedgerUnavailable  # noqa: PLC0415

    def gone(*_arguments: object, **_options: object) -> Any:
        ledger._leases.release_all()
        raise LedgerUnavailable("gone")

    monkeypatch.setattr(ledger, "record_outcome", gone)
    policy = Policy(attempts=1, budget=None)
    busy = Provider(lambda _: httpx.Response(429))
    known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=busy, policy=policy)
    assert isinstance(known, CancellationInProgress)

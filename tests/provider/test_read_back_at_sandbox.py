"""Reading back over a real wire, on both clients: executions are counted at the provider."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from countermand import (
    FULL,
    Advice,
    AlreadyCaptured,
    AsyncClient,
    Client,
    CountermandError,
    Evidence,
    OutcomeUnknown,
    Policy,
    Receipt,
    pace_fueling,
    unzer,
)
from countermand.sandbox import FaultProxy, Sandbox, faults
from tests.support.flavours import FLAVOURS, PLAIN_TLS, Flavour

if TYPE_CHECKING:
    from countermand.provider._accounts import Account

POLICY = Policy(attempts=2, attempt_timeout=3.0, deadline=8.0, budget=None)
both = pytest.mark.parametrize("flavour", FLAVOURS)


def play(
    flavour: Flavour,
    accounts: list[Account],
    *cancellations: Any,
    key: str = "order-42",
    **options: Any,
) -> list[Any]:
    """Cancel with one client under one key, one after the other; errors of ours are returned."""
    settings = {"policy": POLICY, "verify": PLAIN_TLS, "trust_env": False, **options}
    settings["random"] = lambda: 0.0
    if flavour == "async":
        return asyncio.run(_play(accounts, cancellations, key, settings))
    results: list[Any] = []
    with Client(*accounts, **settings) as client:
        for cancellation in cancellations:
            try:
                results.append(client.cancel(cancellation, key=key))
            except CountermandError as error:
                results.append(error)
    return results


async def _play(
    accounts: list[Account], cancellations: Any, key: str, settings: dict[str, Any]
) -> list[Any]:
    results: list[Any] = []
    async with AsyncClient(*accounts, **settings) as client:
        for cancellation in cancellations:
            try:
                results.append(await client.cancel(cancellation, key=key))
            except CountermandError as error:
                results.append(error)
    return results


@both
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"url_origin": "https://thief.invalid"},
        {"success_status": 201},
        {"order_id": "order/7 8"},
        {"flags": "pending"},
    ],
    ids=["plain", "foreign urls", "201", "order id", "pending"],
)
def test_a_lost_answer_of_unzers_is_found_by_its_reference(
    sandbox: Sandbox, proxy: FaultProxy, settings: dict[str, Any], flavour: Flavour
) -> None:
    """Among cancels of others, on the configured host alone."""
    named_so = {
        name: f"{value} {flavour}" for name, value in settings.items() if name == "order_id"
    }
    payment = sandbox.create_payment("unzer", **{**settings, **named_so})
    account = sandbox.account("unzer", proxy.base_url("unzer"))
    part = unzer.Cancellation(payment.payment_id, amount=Decimal("5.00"))
    (other,) = play(flavour, [account], part, key="order-41")
    assert isinstance(other, Receipt)
    proxy.script(faults.RESET_AFTER)
    named = unzer.Cancellation(payment.order_id or payment.payment_id, amount=Decimal("5.00"))
    (receipt,) = play(flavour, [account], named)
    assert isinstance(receipt, Receipt)
    assert receipt.evidence is Evidence.READ_BACK
    assert receipt.outcome == other.outcome
    assert receipt.reference != other.reference
    assert receipt.amount == Decimal(5)
    sandbox.finish_pending(payment)
    assert len(sandbox.executions(payment=payment)) == 2


@both
def test_a_request_of_unzers_that_never_arrived_is_sent_after_the_window(
    sandbox: Sandbox, proxy: FaultProxy, flavour: Flavour
) -> None:
    """Not before; and by the same key."""
    for window, verdict, executions in ((900.0, OutcomeUnknown, 0), (0.0, Receipt, 1)):
        payment = sandbox.create_payment("unzer")
        account = sandbox.account("unzer", proxy.base_url("unzer"))
        cancellation = unzer.Cancellation(payment.payment_id, amount=FULL)
        proxy.script(faults.RESET_BEFORE)
        policy = Policy(attempts=1, late_arrival_window=window, budget=None)
        first, second = play(flavour, [account], cancellation, cancellation, policy=policy)
        assert isinstance(first, OutcomeUnknown)
        assert first.advice is Advice.READ
        assert isinstance(second, verdict)
        assert len(sandbox.executions(payment=payment)) == executions


def fueling(sandbox: Sandbox, proxy: FaultProxy, token: Any = None) -> list[Account]:
    """Accounts for both of PACE's APIs; the first one's way leads over the proxy."""
    return [
        sandbox.account("pace_fueling", proxy.base_url("pace_fueling")),
        sandbox.account("pace_pay", token=token),
    ]


@both
def test_a_lost_answer_of_fuelings_is_found_at_pace_pay(
    sandbox: Sandbox, proxy: FaultProxy, flavour: Flavour
) -> None:
    """Without a repeat: a transaction that is gone is cancelled."""
    payment = sandbox.create_payment("pace_fueling")
    cancellation = pace_fueling.Cancellation(payment.gas_station_id, payment.transaction_id)
    proxy.script(faults.RESET_AFTER)
    (receipt,) = play(flavour, fueling(sandbox, proxy), cancellation)
    assert isinstance(receipt, Receipt)
    assert receipt.evidence is Evidence.READ_BACK
    assert len(receipt.attempts) == 1
    assert len(sandbox.executions(payment=payment)) == 1


@both
@pytest.mark.parametrize("repeat", [403, 404])
def test_a_refusal_of_fuelings_is_looked_up_at_pace_pay(
    sandbox: Sandbox, proxy: FaultProxy, repeat: int, flavour: Flavour
) -> None:
    """A gateway sent the request twice: the refusal is the answer to the second copy."""
    payment = sandbox.create_payment("pace_fueling", repeat_at_fueling=repeat)
    cancellation = pace_fueling.Cancellation(payment.gas_station_id, payment.transaction_id)
    with Client(sandbox.account("pace_fueling")) as gateway:
        gateway.cancel(cancellation)
    (receipt,) = play(flavour, fueling(sandbox, proxy), cancellation)
    assert isinstance(receipt, Receipt)
    assert receipt.evidence is Evidence.READ_BACK
    assert [attempt.status for attempt in receipt.attempts] == [repeat]


@both
def test_what_was_captured_meanwhile_is_found_at_pace_pay(
    sandbox: Sandbox, proxy: FaultProxy, flavour: Flavour
) -> None:
    """The cancel can neither have been executed nor be executed any more."""
    payment = sandbox.create_payment("pace_fueling")
    sandbox.capture(payment)
    cancellation = pace_fueling.Cancellation(payment.gas_station_id, payment.transaction_id)
    proxy.script(faults.RESET_BEFORE)
    (known,) = play(flavour, fueling(sandbox, proxy), cancellation)
    assert isinstance(known, AlreadyCaptured)
    assert sandbox.executions("pace_fueling", payment) == ()


@both
def test_a_404_at_pace_pay_proves_nothing(
    sandbox: Sandbox, proxy: FaultProxy, flavour: Flavour
) -> None:
    """The page and the apps contradict each other about it."""
    payment = sandbox.create_payment("pace_fueling", read_when_cancelled=404)
    cancellation = pace_fueling.Cancellation(payment.gas_station_id, payment.transaction_id)
    proxy.script(faults.RESET_AFTER)
    (known,) = play(flavour, fueling(sandbox, proxy), cancellation)
    assert isinstance(known, OutcomeUnknown)
    assert "404 Not Found at PACE Pay" in known.message


@both
def test_without_an_account_for_pace_pay_it_is_said_that_one_is_missing(
    sandbox: Sandbox, proxy: FaultProxy, flavour: Flavour
) -> None:
    """Two accounts, of which either might be right, are as good as none."""
    accounts = fueling(sandbox, proxy)
    for pay in ([], [sandbox.account("pace_pay"), sandbox.account("pace_pay")]):
        payment = sandbox.create_payment("pace_fueling")
        cancellation = pace_fueling.Cancellation(payment.gas_station_id, payment.transaction_id)
        proxy.script(faults.RESET_AFTER)
        (known,) = play(flavour, [accounts[0], *pay], cancellation)
        assert isinstance(known, OutcomeUnknown)
        assert "needs an account for pace_pay" in known.message


@both
def test_a_token_that_expired_is_fetched_anew_for_the_look(
    sandbox: Sandbox, proxy: FaultProxy, flavour: Flavour
) -> None:
    """One refresh for the read; a token that cannot be had leaves it unknown."""
    for last, verdict in ((False, Receipt), (True, OutcomeUnknown)):
        tokens = [sandbox.issue_token(expired=last), sandbox.issue_token(expired=True)]
        payment = sandbox.create_payment("pace_fueling")
        cancellation = pace_fueling.Cancellation(payment.gas_station_id, payment.transaction_id)
        proxy.script(faults.RESET_AFTER)
        accounts = fueling(sandbox, proxy, lambda _user, tokens=tokens: tokens.pop())
        (known,) = play(flavour, accounts, cancellation)
        assert isinstance(known, verdict)


@both
def test_a_read_is_repeated_within_the_deadline(
    sandbox: Sandbox, proxy: FaultProxy, flavour: Flavour
) -> None:
    """A read moves no money: its own failures are tried again, and do not count as attempts."""
    payment = sandbox.create_payment("unzer")
    account = sandbox.account("unzer", proxy.base_url("unzer"))
    proxy.script(faults.RESET_AFTER, faults.error_page(503), faults.PASS, faults.RESET_BEFORE)
    (receipt,) = play(flavour, [account], unzer.Cancellation(payment.payment_id, amount=FULL))
    assert isinstance(receipt, Receipt)
    assert receipt.evidence is Evidence.READ_BACK
    assert len(receipt.attempts) == 1
    assert len(sandbox.executions(payment=payment)) == 1

"""Reading back over a real wire, on both clients: executions are counted at the provider."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import httpx
import pytest
from attrs import evolve

from countermand import (
    FULL,
    Advice,
    AlreadyCaptured,
    AsyncClient,
    CancellationInProgress,
    Client,
    CountermandError,
    Declined,
    Evidence,
    NotCancelled,
    Outcome,
    OutcomeUnknown,
    Policy,
    Receipt,
    Unreachable,
    bento,
    pace_fueling,
    unzer,
)
from countermand.ledger import Ledger
from countermand.sandbox import FaultProxy, Sandbox, faults
from tests.support.flavours import FLAVOURS, PLAIN_TLS, Flavour

if TYPE_CHECKING:
    from pathlib import Path

    from countermand import Full
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


class Patient:
    """One client for several calls of a test, in either flavour; errors of ours are returned."""

    def __init__(
        self,
        flavour: Flavour,
        accounts: list[Account],
        kept: dict[str, Any],
        late_arrival_window: float = 900.0,
    ) -> None:
        policy = evolve(POLICY, late_arrival_window=late_arrival_window)
        settings: Any = {"policy": policy, "verify": PLAIN_TLS, "trust_env": False, **kept}
        self._runner = asyncio.Runner() if flavour == "async" else None
        kind: Any = Client if self._runner is None else AsyncClient
        self._client = kind(*accounts, **settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._runner is None:
            self._client.close()
            return
        self._runner.run(self._client.aclose())
        self._runner.close()

    def cancel(self, cancellation: Any, key: str = "order-42") -> Any:
        """Cancel; an error of ours is returned."""
        try:
            called = self._client.cancel(cancellation, key=key)
            return called if self._runner is None else self._runner.run(called)
        except CountermandError as error:
            return error


def refund_elsewhere(sandbox: Sandbox, payment: Any, amount: int) -> None:
    """Refund at Bento past this package, as a back office does."""
    path = f"orders/{payment.order_id}/transactions/{payment.transaction_id}/_cancel"
    bearer = {"Authorization": f"Bearer {sandbox.issue_token()}"}
    url = f"{sandbox.base_url('bento')}/{path}"
    answer = httpx.put(url, headers=bearer, json={"refundAmount": amount}, trust_env=False)
    assert answer.status_code == 202


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


def bentos(
    sandbox: Sandbox, proxy: FaultProxy, amount: int | Full = 500, **settings: Any
) -> tuple[Any, list[Account], bento.Cancellation]:
    """A payment, an account whose way leads over the proxy, and a cancel."""
    payment = sandbox.create_payment("bento", **{"captured": True, **settings})
    account = sandbox.account("bento", proxy.base_url("bento"))
    ids = (payment.order_id, payment.transaction_id)
    return payment, [account], bento.Cancellation(*ids, refund_amount=amount)


@pytest.fixture(params=["memory", "ledger"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Where a client keeps its keys."""
    return {} if request.param == "memory" else {"ledger": Ledger(tmp_path / "keys.db")}


@both
@pytest.mark.parametrize(
    ("amount", "settings"), [(500, {}), (FULL, {}), (500, {"captured": False})]
)
def test_a_lost_answer_of_bentos_is_found_by_comparison(
    sandbox: Sandbox,
    proxy: FaultProxy,
    kept: dict[str, Any],
    flavour: Flavour,
    amount: Any,
    settings: Any,
) -> None:
    """A void at once, a refund when it is finished; never a second request."""
    payment, accounts, cancellation = bentos(sandbox, proxy, amount, **settings)
    proxy.script(faults.PASS, faults.RESET_AFTER)
    with Patient(flavour, accounts, kept) as client:
        first = client.cancel(cancellation)
        if "captured" not in settings:
            assert isinstance(first, OutcomeUnknown)
            assert first.advice is Advice.READ
            sandbox.finish_pending(payment)
            first = client.cancel(cancellation)
        assert isinstance(first, Receipt)
        assert (first.outcome, first.evidence) == (Outcome.CANCELLED, Evidence.READ_BACK)
        assert client.cancel(cancellation).outcome is Outcome.CANCELLED
    assert len(sandbox.executions(payment=payment)) == 1


@both
def test_a_refund_of_bentos_that_fails_after_a_lost_answer_is_declined(
    sandbox: Sandbox, proxy: FaultProxy, kept: dict[str, Any], flavour: Flavour
) -> None:
    """The key keeps the refusal."""
    payment, accounts, cancellation = bentos(sandbox, proxy, refund="fails")
    proxy.script(faults.PASS, faults.RESET_AFTER)
    with Patient(flavour, accounts, kept) as client:
        assert isinstance(client.cancel(cancellation), OutcomeUnknown)
        sandbox.finish_pending(payment)
        for _ in range(2):
            refused = client.cancel(cancellation)
            assert isinstance(refused, Declined)
            assert refused.code == "PG2003"


@both
def test_a_request_of_bentos_that_never_arrived_frees_its_key(
    sandbox: Sandbox, proxy: FaultProxy, kept: dict[str, Any], flavour: Flavour
) -> None:
    """After two equal reads, a window apart; the call after that sends anew."""
    payment, accounts, cancellation = bentos(sandbox, proxy)
    proxy.script(faults.PASS, faults.RESET_BEFORE)
    with Patient(flavour, accounts, kept) as client:
        assert isinstance(client.cancel(cancellation), OutcomeUnknown)
        assert isinstance(client.cancel(cancellation), OutcomeUnknown)
    assert not sandbox.executions(payment=payment)
    payment, accounts, cancellation = bentos(sandbox, proxy)
    proxy.script(faults.PASS, faults.RESET_BEFORE)
    with Patient(flavour, accounts, kept, late_arrival_window=0.0) as client:
        assert isinstance(client.cancel(cancellation, "order-43"), OutcomeUnknown)
        proven = client.cancel(cancellation, "order-43")
        assert type(proven) is NotCancelled
        assert not sandbox.executions(payment=payment)
        receipt = client.cancel(cancellation, "order-43")
        assert receipt.outcome is Outcome.ACCEPTED
    assert len(sandbox.executions(payment=payment)) == 1


@both
@pytest.mark.parametrize(
    ("moment", "other", "expected"),
    [
        ("before", 700, Receipt),
        ("before", 500, Receipt),
        ("after", 700, OutcomeUnknown),
        ("after", 500, OutcomeUnknown),
    ],
)
def test_a_refund_from_the_back_office_hides_ours_and_never_proves_it(
    sandbox: Sandbox,
    proxy: FaultProxy,
    kept: dict[str, Any],
    flavour: Flavour,
    moment: str,
    other: int,
    expected: type,
) -> None:
    """Before the snapshot it does no harm; between the two reads nobody can tell them apart."""
    payment, accounts, cancellation = bentos(sandbox, proxy)
    if moment == "before":
        refund_elsewhere(sandbox, payment, other)
        sandbox.finish_pending(payment)
    proxy.script(faults.PASS, faults.RESET_AFTER)
    with Patient(flavour, accounts, kept) as client:
        assert isinstance(client.cancel(cancellation), OutcomeUnknown)
        if moment == "after":
            refund_elsewhere(sandbox, payment, other)
        sandbox.finish_pending(payment)
        assert isinstance(client.cancel(cancellation), expected)
    assert len(sandbox.executions(payment=payment)) == 2


@both
def test_what_bento_shows_before_the_cancel_decides_what_is_sent(
    sandbox: Sandbox, proxy: FaultProxy, kept: dict[str, Any], flavour: Flavour
) -> None:
    """Nothing while a refund is under way, and nothing to what is refunded whole."""
    payment, accounts, cancellation = bentos(sandbox, proxy, FULL)
    refund_elsewhere(sandbox, payment, 20000)
    with Patient(flavour, accounts, kept) as client:
        assert isinstance(client.cancel(cancellation), CancellationInProgress)
        sandbox.finish_pending(payment)
        receipt = client.cancel(cancellation)
        assert receipt.outcome is Outcome.ALREADY_CANCELLED
    assert len(sandbox.executions(payment=payment)) == 1


@both
def test_without_bentos_read_nothing_is_sent_unless_the_account_says_so(
    sandbox: Sandbox, proxy: FaultProxy, kept: dict[str, Any], flavour: Flavour
) -> None:
    """The message names the setting; the key is free."""
    payment, (account,), cancellation = bentos(sandbox, proxy)
    proxy.script(faults.Answer(503, b"", (), executed=False))
    with Patient(flavour, [account], kept) as client:
        unread = client.cancel(cancellation)
        assert isinstance(unread, Unreachable)
        assert "bento.Account(read=False)" in unread.message
    assert not sandbox.executions(payment=payment)
    blind: Any = evolve(account, read=False)
    proxy.script(faults.RESET_AFTER)
    with Patient(flavour, [blind], kept) as client:
        for _ in range(2):
            unknown = client.cancel(cancellation)
            assert isinstance(unknown, OutcomeUnknown)
            assert unknown.advice is Advice.ASK
    assert len(sandbox.executions(payment=payment)) == 1


@both
def test_a_repeat_by_a_gateway_is_not_taken_for_a_refusal(
    sandbox: Sandbox, proxy: FaultProxy, kept: dict[str, Any], flavour: Flavour
) -> None:
    """It sends the cancel twice and returns the second answer, 422."""
    payment, accounts, cancellation = bentos(sandbox, proxy, FULL)
    proxy.script(faults.PASS, faults.Twice())
    with Patient(flavour, accounts, kept) as client:
        assert isinstance(client.cancel(cancellation), OutcomeUnknown)
        sandbox.finish_pending(payment)
        assert client.cancel(cancellation).outcome is Outcome.CANCELLED
    assert len(sandbox.executions(payment=payment)) == 1

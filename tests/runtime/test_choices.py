"""Argument checks, account selection and retry budget of both clients."""

from __future__ import annotations

import asyncio
import importlib.metadata
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from countermand_clients.bento.api.transactions import cancel_transaction as bento_cancel
from countermand_clients.unzer.api.payments import cancel_payment, get_payment
from countermand_clients.vtex.api.payments import cancel_payment as vtex_cancel
from countermand_clients.vtex.models.cancel_payment_request import CancelPaymentRequest

import countermand
from countermand import (
    FULL,
    Advice,
    AlreadyCaptured,
    AsyncClient,
    Budget,
    Client,
    Declined,
    InvalidCancellation,
    KeyConflict,
    OutcomeUnknown,
    Policy,
    Receipt,
    Unreachable,
    bento,
    unzer,
    vtex,
)
from countermand._core import outcomes
from countermand._runtime import memory
from countermand.provider._cancellations import BaseCancellation

if TYPE_CHECKING:
    from countermand._core.request import CallState, RequestPlan

CANCEL = unzer.Cancellation("s-pay-1", amount=FULL)
DONE = {"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False}
ONE = unzer.Account("s-priv-number-one")
TWO = unzer.Account("s-priv-number-two")


def answering(*replies: httpx.Response) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """A transport that gives these replies in turn, the last one endlessly, and its requests."""
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return replies[min(len(sent), len(replies)) - 1]

    return httpx.MockTransport(handle), sent


def client_of(*accounts: Any, replies: tuple[httpx.Response, ...] = (), **options: Any) -> Client:
    """A client over such a transport that does not sleep."""
    transport, _ = answering(*(replies or (httpx.Response(200, json=DONE),)))
    return Client(*accounts, transport=transport, sleep=lambda _: None, **options)


@pytest.mark.parametrize(
    ("accounts", "options", "message"),
    [
        ((), {}, "no account for unzer"),
        ((ONE, TWO), {}, "2 accounts for unzer: say which"),
        ((ONE,), {"account": TWO}, "not one of this client's accounts"),
        ((ONE,), {"user": 7}, "user must be a str, not int"),
        ((ONE,), {"deadline": 0}, "deadline must be positive"),
        ((ONE,), {"deadline": "soon"}, "deadline must be a number"),
    ],
    ids=["no account", "two accounts", "another client's account", "user", "no time", "no number"],
)
def test_an_invalid_argument_is_refused_before_anything_is_sent(
    accounts: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    """The error is typed and names the key, and nothing is sent."""
    transport, sent = answering(httpx.Response(200, json=DONE))
    with (
        Client(*accounts, transport=transport) as client,
        pytest.raises(InvalidCancellation, match=message) as refused,
    ):
        client.cancel(CANCEL, key="order-1", **options)
    assert sent == []
    assert refused.value.key == "order-1"
    assert refused.value.cancellation is CANCEL


@pytest.mark.parametrize("thing", ["s-pay-1", None, object()], ids=["str", "None", "object"])
def test_only_a_cancellation_can_be_cancelled(thing: Any) -> None:
    """Anything else is refused by name."""
    with client_of(ONE) as client, pytest.raises(InvalidCancellation, match="not a cancellation"):
        client.cancel(thing)


def test_only_accounts_make_a_client() -> None:
    """A wrong argument is reported when the client is made."""
    with pytest.raises(TypeError, match="not an account: str"):
        Client("s-priv-number-one")  # type: ignore[arg-type]


def test_the_account_that_is_named_is_the_one_that_is_used() -> None:
    """Two merchants in one client are told apart by the call, an equal account included."""
    transport, sent = answering(httpx.Response(200, json=DONE))
    with Client(ONE, TWO, transport=transport) as client:
        client.cancel(CANCEL, account=unzer.Account("s-priv-number-two"))
    expected = dict(TWO.auth_headers(None))["Authorization"]
    assert sent[0].headers["authorization"] == expected


def test_a_cancellation_without_a_provider_finds_no_account() -> None:
    """A class of one's own is no provider."""

    class Own(BaseCancellation):
        api = "own"
        payment_key = ("pay-1",)

    with client_of(ONE) as client, pytest.raises(InvalidCancellation, match="no account for own"):
        client.cancel(Own())


def test_a_read_without_a_usable_answer_is_never_an_unknown_outcome() -> None:
    """A read moves no money, so it has no unknown outcome."""
    with (
        client_of(ONE, replies=(httpx.Response(500),)) as client,
        pytest.raises(Unreachable) as none,
    ):
        client.execute(get_payment.call("s-pay-1"))
    assert len(none.value.attempts) == 4
    for reply in (httpx.Response(200, text="<html>"), httpx.Response(299, json={})):
        with client_of(ONE, replies=(reply,)) as client, pytest.raises(Unreachable):
            client.execute(get_payment.call("s-pay-1"))


def test_without_a_budget_every_retry_is_granted_and_with_an_empty_one_none() -> None:
    """The retry budget limits the number of attempts."""
    account = vtex.Account("https://provider.example", "app-key-1", "app-token-1")
    cancel = vtex.Cancellation("payment-1")
    for budget, attempts in ((None, 4), (Budget(reserve=0.0), 1)):
        with (
            client_of(
                account, replies=(httpx.Response(503),), policy=Policy(budget=budget)
            ) as client,
            pytest.raises(OutcomeUnknown) as unknown,
        ):
            client.cancel(cancel)
        assert len(unknown.value.attempts) == attempts


@pytest.mark.parametrize("budget", [None, Budget(reserve=0.0)], ids=["none", "empty"])
def test_the_budget_binds_the_asynchronous_client_too(budget: Budget | None) -> None:
    """The same for the asynchronous client."""
    account = vtex.Account("https://provider.example", "app-key-1", "app-token-1")

    async def rest(_seconds: float) -> None:
        await asyncio.sleep(0)

    async def run() -> OutcomeUnknown:
        transport, _ = answering(httpx.Response(503))
        policy = Policy(budget=budget)
        async with AsyncClient(account, transport=transport, sleep=rest, policy=policy) as client:
            with pytest.raises(OutcomeUnknown) as unknown:
                await client.cancel(vtex.Cancellation("payment-1"))
        return unknown.value

    assert len(asyncio.run(run()).attempts) == (4 if budget is None else 1)


def test_ctrl_c_between_the_answer_and_the_receipt_loses_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C has the error as its cause; the same key gives the receipt and sends nothing."""
    transport, sent = answering(httpx.Response(200, json=DONE))
    make, presses = outcomes.to_receipt, iter([KeyboardInterrupt])

    def receipt(state: CallState, plan: RequestPlan) -> Receipt:
        for press in presses:
            raise press
        return make(state, plan)

    monkeypatch.setattr(outcomes, "to_receipt", receipt)
    with Client(ONE, transport=transport) as client:
        with pytest.raises(KeyboardInterrupt) as stopped:
            client.cancel(CANCEL, key="order-1")
        known = stopped.value.__cause__
        assert isinstance(known, OutcomeUnknown)
        assert known.advice is Advice.REPEAT
        assert client.cancel(CANCEL, key="order-1").reference == "s-cnl-1"
    assert len(sent) == 1


def posted(sent: list[httpx.Request]) -> list[httpx.Request]:
    """The cancels among the requests; the others are reads."""
    return [request for request in sent if request.method == "POST"]


def test_a_client_forgets_finished_keys_before_unresolved_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory is bounded; unresolved keys go last, because forgetting one risks a second cancel."""
    monkeypatch.setattr(memory, "MAX_REMEMBERED_KEYS", 2)
    failed, fine = httpx.Response(500), httpx.Response(200, json=DONE)
    transport, sent = answering(failed, fine)
    with Client(ONE, transport=transport) as client:
        with pytest.raises(OutcomeUnknown):
            client.cancel(CANCEL, key="unresolved")
        for number in range(3):
            client.cancel(CANCEL, key=f"fine-{number}")
        with pytest.raises(OutcomeUnknown):
            client.cancel(CANCEL, key="unresolved")
        assert len(posted(sent)) == 4
        client.cancel(CANCEL, key="fine-0")
        assert len(posted(sent)) == 5


def test_the_version_is_the_installed_one() -> None:
    """`__version__` is looked up when it is asked for."""
    assert countermand.__version__ == importlib.metadata.version("countermand")


def test_one_key_at_two_merchants_is_not_one_cancel() -> None:
    """Payment ids repeat among merchants, so their receipts are kept apart."""
    transport, sent = answering(httpx.Response(200, json=DONE))
    with Client(ONE, TWO, transport=transport) as client:
        client.cancel(CANCEL, key="order-1", account=ONE)
        with pytest.raises(KeyConflict):
            client.cancel(CANCEL, key="order-1", account=TWO)
    assert len(sent) == 1


@pytest.mark.parametrize("thing", ["getPayment", None, object()], ids=["str", "None", "object"])
def test_only_a_generated_call_can_be_executed(thing: Any) -> None:
    """Anything else is refused by name."""
    with client_of(ONE) as client, pytest.raises(InvalidCancellation, match="not a call"):
        client.execute(thing)


ERRORS = [{"code": "API.340.100.018", "merchantMessage": "charged"}]
SHOP = vtex.Account("https://provider.example", "app-key-1", "app-token-1")
GATEWAY = bento.Account("token-of-mine", "https://gateway.example", read=False)
VTEX_IDS = {"paymentId": "p-1", "requestId": "r-1"}
REFUSED_2XX = {
    "Unzer's errors": (ONE, 200, {"errors": ERRORS}, AlreadyCaptured),
    "Unzer's flag": (ONE, 200, {"isError": True, "message": {"code": "COR.1"}}, Declined),
    "Unzer's contradiction": (ONE, 200, {"isSuccess": True, "errors": ERRORS}, OutcomeUnknown),
    "VTEX's null": (SHOP, 200, {**VTEX_IDS, "cancellationId": None, "code": "no"}, Declined),
    "VTEX's null for another payment": (SHOP, 200, {"cancellationId": None}, OutcomeUnknown),
    "Bento's status": (
        GATEWAY,
        202,
        {"status": {"outcome": "failedRetryable"}, "data": {"orderId": "or_1"}},
        Declined,
    ),
}
CALLS = {
    "unzer": cancel_payment.call("s-pay-1"),
    "vtex": vtex_cancel.call("p-1", body=CancelPaymentRequest(payment_id="p-1", request_id="r-1")),
    "bento": bento_cancel.call("or_1", "tx_1"),
}


@pytest.mark.parametrize(
    ("account", "status", "body", "error"), REFUSED_2XX.values(), ids=REFUSED_2XX
)
def test_a_2xx_that_refuses_is_no_success_of_execute_either(
    account: Any, status: int, body: dict[str, Any], error: type[Exception]
) -> None:
    """A 2xx whose body reports a refusal is a refusal for every operation."""
    reply = httpx.Response(status, json=body)
    with client_of(account, replies=(reply,)) as client, pytest.raises(error) as refused:
        client.execute(CALLS[account.provider.api])
    assert "same key" not in str(refused.value)


def test_a_2xx_without_objection_is_a_success_of_execute() -> None:
    """And its body is typed."""
    body = {"paymentId": "p-1", "requestId": "r-1", "cancellationId": "C1"}
    with client_of(SHOP, replies=(httpx.Response(200, json=body),)) as client:
        assert client.execute(CALLS["vtex"]).parsed.cancellation_id == "C1"
    voided = {"data": {"state": "AuthVoided"}}
    with client_of(GATEWAY, replies=(httpx.Response(202, json=voided),)) as client:
        assert client.execute(CALLS["bento"]).parsed.data.state == "AuthVoided"

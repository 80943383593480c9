"""The logger `countermand`: one line for each outcome, whole keys, host and path; no secret."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from countermand_clients.unzer.api.payments import get_payment

from countermand import (
    FULL,
    AsyncClient,
    Client,
    CountermandError,
    InvalidCancellation,
    Policy,
    pace_pay,
    unzer,
)

if TYPE_CHECKING:
    from tests.support.flavours import Flavour

ACCOUNT: Final = unzer.Account("s-priv-hush")
CANCEL: Final = unzer.Cancellation("s-pay-1", amount=FULL)
DONE: Final = {"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False}
URL: Final = "https://api.unzer.com/v1/payments/s-pay-1/authorize/cancels"
KEY: Final = "order-" + "4" * 200
GONE: Final = {"errors": [{"code": "API.310.100.003", "merchantMessage": "not there"}]}


def cancelled(flavour: Flavour, transport: Any, *keys: str) -> None:
    """Cancel under each of these keys with one client."""
    policy = Policy(attempts=2, late_arrival_window=0.0)

    async def again() -> None:
        async with AsyncClient(ACCOUNT, transport=transport, policy=policy) as client:
            for key in keys:
                try:
                    await client.cancel(CANCEL, key=key)
                except CountermandError:
                    continue

    if flavour == "async":
        asyncio.run(again())
        return
    with Client(ACCOUNT, transport=transport, policy=policy, sleep=lambda _: None) as client:
        for key in keys:
            try:
                client.cancel(CANCEL, key=key)
            except CountermandError:
                continue


def answering(status: int, body: object) -> httpx.MockTransport:
    """A transport that always answers the same."""
    return httpx.MockTransport(lambda _: httpx.Response(status, json=body))


@pytest.mark.parametrize(
    ("status", "body", "outcome", "requests"),
    [(200, DONE, "cancelled", 1), (404, GONE, "NotFound", None), (200, {}, "OutcomeUnknown", None)],
)
def test_each_outcome_is_one_line_at_info(
    flavour: Flavour,
    status: int,
    body: object,
    outcome: str,
    requests: int | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Provider, operation, host, path, whole key, outcome, requests and seconds."""
    with caplog.at_level(logging.INFO, logger="countermand"):
        cancelled(flavour, answering(status, body), KEY)
    (line,) = caplog.messages
    assert line.startswith(f"Unzer cancelPayment at {URL}, key {KEY}: {outcome} (requests: ")
    assert re.search(r" \(requests: \d+, seconds: \d+\.\d{3}\)$", line)
    assert requests is None or f"(requests: {requests}, " in line
    assert caplog.records[0].levelno == logging.INFO


def test_a_stored_receipt_is_an_outcome_of_no_request(
    flavour: Flavour, caplog: pytest.LogCaptureFixture
) -> None:
    """The second call sends nothing."""
    with caplog.at_level(logging.INFO, logger="countermand"):
        cancelled(flavour, answering(200, DONE), KEY, KEY)
    assert len(caplog.messages) == 2
    assert "cancelled (requests: 1, " in caplog.messages[0]
    assert "cancelled (requests: 0, " in caplog.messages[1]


def test_every_request_is_a_line_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    """With the URL of that request and the whole key."""
    with caplog.at_level(logging.DEBUG, logger="countermand"):
        cancelled("sync", answering(200, {}), KEY)
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]
    assert lines[0].startswith(f"Unzer cancelPayment at {URL}, key {KEY}, request 1: ")
    assert any("getPayment at https://api.unzer.com/v1/payments/s-pay-1, key " in x for x in lines)
    assert all(KEY in line for line in lines)
    assert "hush" not in caplog.text


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "answered (requests: 1, "), (404, "NotFound (requests: 1, ")]
)
def test_execute_is_logged_without_a_key(
    status: int, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It has none; what it read is no cancel."""
    body = GONE if status == 404 else {"id": "s-pay-1"}
    with (
        caplog.at_level(logging.INFO, logger="countermand"),
        Client(ACCOUNT, transport=answering(status, body)) as client,
    ):
        try:
            client.execute(get_payment.call("s-pay-1"))
        except CountermandError:
            assert status == 404
    (line,) = caplog.messages
    assert line.startswith(
        "Unzer getPayment at https://api.unzer.com/v1/payments/s-pay-1, key None"
    )
    assert outcome in line


def test_nothing_is_logged_below_the_level(caplog: pytest.LogCaptureFixture) -> None:
    """A program that does not ask hears nothing but trouble."""
    with caplog.at_level(logging.WARNING, logger="countermand"):
        cancelled("sync", answering(200, DONE), KEY)
    assert caplog.messages == []


MESSAGES: Final = {
    "a refusal": (404, {"json": GONE}, "Unzer at "),
    "a page": (404, {"html": "<html>"}, "base_url"),
    "an unknown outcome": (500, {"html": "<html>"}, "500"),
}


@pytest.mark.parametrize(("status", "content", "words"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_names_host_and_path(status: int, content: dict[str, Any], words: str) -> None:
    """And what happened; a page leads to base_url."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, **content))
    policy = Policy(attempts=1)
    with (
        Client(ACCOUNT, transport=transport, policy=policy) as client,
        pytest.raises(CountermandError) as raised,
    ):
        client.cancel(CANCEL)
    assert f"Unzer at {URL}: " in raised.value.message
    assert words in str(raised.value)


def test_an_unreachable_host_is_named_with_what_to_do() -> None:
    """Nothing was sent."""
    account = pace_pay.Account("token", "http://127.0.0.1:1/pay")
    cancellation = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")
    policy = Policy(attempts=1)
    with (
        Client(account, policy=policy, trust_env=False) as client,
        pytest.raises(CountermandError) as raised,
    ):
        client.cancel(cancellation)
    text = str(raised.value)
    assert "http://127.0.0.1:1/pay/transactions/c3f037ea-492e-4033-9b4b-4efc7beca16c/cancel" in text
    assert text.endswith("Call again; if it goes on, check base_url and the network.")


def test_a_message_names_no_user_info_no_query_and_no_endless_id() -> None:
    """Also of an account of a third party, whose URL nobody has checked."""
    account = ACCOUNT

    class Odd:
        endpoint = "https://ada:hush@odd.example/v1"
        principal, token_source, provider = "", None, account.provider

        def auth_headers(self, _token: str | None) -> tuple[()]:
            return ()

        def secrets(self, _token: str | None) -> tuple[()]:
            return ()

    cancellation = unzer.Cancellation("x" * 5000, amount=FULL)
    odd: Any = Odd()
    with (
        Client(odd, transport=answering(404, GONE)) as client,
        pytest.raises(CountermandError) as raised,
    ):
        client.cancel(cancellation, key="k")
    assert raised.value.message.startswith("Unzer at https://odd.example/v1/payments/xxx")
    assert "hush" not in str(raised.value)
    assert len(str(raised.value)) < 600


def test_a_refused_argument_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """No call has begun."""
    with (
        caplog.at_level(logging.DEBUG, logger="countermand"),
        Client(ACCOUNT) as client,
        pytest.raises(InvalidCancellation),
    ):
        client.cancel(CANCEL, key="")
    assert caplog.messages == []

"""The logger `countermand`: one line for each outcome, whole keys, host and path; no secret."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from attrs import fields
from countermand_clients.unzer.api.payments import get_payment

from countermand import (
    FULL,
    AsyncClient,
    Client,
    CountermandError,
    InvalidCancellation,
    Policy,
    events,
    pace_pay,
    unzer,
)

if TYPE_CHECKING:
    from tests.support.flavours import Flavour

Log = pytest.LogCaptureFixture

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
    ("status", "body", "outcome", "figures"),
    [
        (200, DONE, "cancelled", "evidence: reply, attempts: 1, ms: "),
        (404, GONE, "not cancelled, NotFound", "attempts: 1, ms: "),
    ],
)
def test_each_outcome_is_one_line_at_info(
    flavour: Flavour, status: int, body: object, outcome: str, figures: str, caplog: Log
) -> None:
    """Provider, operation, host, path, whole key, outcome, evidence, attempts and time."""
    with caplog.at_level(logging.INFO, logger="countermand"):
        cancelled(flavour, answering(status, body), KEY)
    (line,) = caplog.messages
    assert line.startswith(f"Unzer cancelPayment at {URL}, key {KEY}: {outcome} ({figures}")
    assert re.search(r"ms: \d+\)$", line)
    assert caplog.records[0].levelno == logging.INFO


def test_an_unknown_outcome_is_one_line_at_warning(flavour: Flavour, caplog: Log) -> None:
    """With the next safe step, and the reason."""
    with caplog.at_level(logging.INFO, logger="countermand"):
        cancelled(flavour, answering(200, {}), KEY)
    (line,) = caplog.messages
    assert f"key {KEY}: unknown (advice: read, attempts: " in line
    assert re.search(r"ms: \d+\): .*the payment could not be read", line)
    assert line.count(URL) == 1
    assert caplog.records[0].levelno == logging.WARNING


def test_a_line_has_every_field_of_its_event_with_a_prefix(flavour: Flavour, caplog: Log) -> None:
    """As JSON types, for whatever indexes logs."""
    with caplog.at_level(logging.DEBUG, logger="countermand"):
        cancelled(flavour, answering(200, DONE), KEY)
    one, two = (
        {
            name.removeprefix("countermand_"): value
            for name, value in vars(record).items()
            if name.startswith("countermand_")
        }
        for record in caplog.records
    )
    assert one.keys() == {each.name for each in fields(events.AttemptEnded)}
    assert two.keys() == {each.name for each in fields(events.CallEnded)}
    assert (two["key"], two["provider"], two["outcome"]) == (KEY, "unzer", "cancelled")
    assert (two["evidence"], two["attempts"], two["advice"]) == ("reply", 1, None)
    assert one["call"] == two["call"]
    assert one["sent"] == "responded"
    assert json.loads(json.dumps([one, two])) == [one, two]
    assert not [value for value in (*one.values(), *two.values()) if isinstance(value, Enum)]


def test_a_stored_receipt_is_an_outcome_of_no_request(flavour: Flavour, caplog: Log) -> None:
    """The second call sends nothing."""
    with caplog.at_level(logging.INFO, logger="countermand"):
        cancelled(flavour, answering(200, DONE), KEY, KEY)
    assert len(caplog.messages) == 2
    assert "cancelled (evidence: reply, attempts: 1, " in caplog.messages[0]
    assert "cancelled (evidence: reply, attempts: 0, " in caplog.messages[1]


def test_every_request_is_a_line_at_debug(caplog: Log) -> None:
    """With the URL of that request and the whole key."""
    with caplog.at_level(logging.DEBUG, logger="countermand"):
        cancelled("sync", answering(200, {}), KEY)
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]
    asked = f"Unzer cancelPayment at {URL}, key {KEY}, request 1: status 200 (ms: "
    assert lines[0].startswith(asked)
    assert any("getPayment at https://api.unzer.com/v1/payments/s-pay-1, key " in x for x in lines)
    assert all(KEY in line for line in lines)
    assert "hush" not in caplog.text


def test_a_request_without_a_status_is_logged_with_how_far_it_got(caplog: Log) -> None:
    """And with what went wrong."""

    def cut(_request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("cut")

    with caplog.at_level(logging.DEBUG, logger="countermand"):
        cancelled("sync", httpx.MockTransport(cut), KEY)
    assert "request 1: maybe sent, ReadError: cut (ms: " in caplog.messages[0]


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "answered (attempts: 1, "), (404, "not cancelled, NotFound (at")]
)
def test_execute_is_logged_without_a_key(status: int, outcome: str, caplog: Log) -> None:
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


def test_nothing_is_logged_below_the_level(caplog: Log) -> None:
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


def test_a_refused_argument_logs_nothing(caplog: Log) -> None:
    """No call has begun."""
    with (
        caplog.at_level(logging.DEBUG, logger="countermand"),
        Client(ACCOUNT) as client,
        pytest.raises(InvalidCancellation),
    ):
        client.cancel(CANCEL, key="")
    assert caplog.messages == []

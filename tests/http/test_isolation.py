"""No exchange affects the next one or another host."""

import asyncio
from typing import Any

import pytest

from countermand import (
    AsyncClient,
    Client,
    Misdirected,
    OutcomeUnknown,
    Receipt,
    Sent,
    pace_pay,
    unzer,
)
from tests.support.flavours import ONCE, PLAIN_TLS, Flavour, cancel, exchange
from tests.support.rawserver import NO_CONTENT, Action, RawServer, answer, close, read, say

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

UUID = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
SECRET = "s-priv-do-not-forward"
OK = answer(200, b'{"isSuccess":true,"id":"s-cnl-1"}', "content-type: application/json")
OPTIONS: dict[str, Any] = {"policy": ONCE, "verify": PLAIN_TLS, "trust_env": False}


async def twice(flavour: Flavour, account: Any, cancellations: tuple[Any, ...]) -> None:
    """Cancel one after the other over the same client."""
    blocking = Client(account, **OPTIONS)
    awaiting = AsyncClient(account, **OPTIONS)
    with blocking:
        async with awaiting:
            for cancellation in cancellations:
                if flavour == "sync":
                    blocking.cancel(cancellation)
                else:
                    await awaiting.cancel(cancellation)


def run_twice(flavour: Flavour, account: Any, *cancellations: Any) -> None:
    """Run `twice`; a blocking client also works inside a loop."""
    asyncio.run(twice(flavour, account, cancellations))


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_is_never_followed(flavour: Flavour, status: int) -> None:
    """Neither to another origin nor to the same one, and no credential goes anywhere else."""
    with RawServer([read, say(OK)]) as thief:
        location = f"location: {thief.url}/v1/steal?token=abc"
        with RawServer([read, say(answer(status, b"", location)), read, say(OK)]) as server:
            account = unzer.Account(SECRET, server.url)
            known = cancel(flavour, account, unzer.Cancellation("s-pay-1", amount=1))
    assert isinstance(known, Misdirected)
    assert known.location == f"{thief.url}/v1/steal"
    assert (len(server.requests), thief.accepted) == (1, 0)


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_elsewhere_proves_nothing(flavour: Flavour, status: int) -> None:
    """It may be the answer to a request that was executed, so the payment is read."""
    with RawServer([read, say(OK)]) as thief:
        location = f"location: {thief.url}/v1/steal?token=abc"
        script = [read, say(answer(status, b"", location, "connection: close")), close]
        with RawServer(script, script) as server:
            account = unzer.Account(SECRET, server.url)
            known = cancel(flavour, account, unzer.Cancellation("s-pay-1", amount=1))
    assert isinstance(known, OutcomeUnknown)
    assert "token=abc" not in str(known)
    assert thief.accepted == 0


@pytest.mark.parametrize("status", [301, 302])
def test_a_redirect_of_the_same_path_elsewhere_was_not_processed(
    flavour: Flavour, status: int
) -> None:
    """From http to https, or to another host: the server knows no more than that."""
    script: list[Action] = [read]
    with RawServer(script) as server:
        account = unzer.Account(SECRET, f"{server.url}/v1")
        path = "/v1/payments/s-pay-1/authorize/cancels"
        location = f"location: https://api.example{path}"
        script.append(say(answer(status, b"", location)))
        known = cancel(flavour, account, unzer.Cancellation("s-pay-1", amount=1))
    assert isinstance(known, Misdirected)
    assert known.location == f"https://api.example{path}"


def test_a_redirect_to_the_same_origin_is_not_followed_either(flavour: Flavour) -> None:
    """A repeated request is a second cancel, wherever it goes."""
    with RawServer([read, say(answer(307, b"", "location: /v1/elsewhere")), read]) as server:
        account = unzer.Account(SECRET, server.url)
        known = cancel(flavour, account, unzer.Cancellation("s-pay-1", amount=1))
    assert isinstance(known, Misdirected)
    assert len(server.requests) == 1


def test_cookies_are_never_sent_back(flavour: Flavour) -> None:
    """Two users of one client share no session at the provider."""
    reply = b"HTTP/1.1 204 X\r\nset-cookie: session=u1; path=/\r\n\r\n"
    with RawServer([read, say(reply), read, say(reply)]) as server:
        account = pace_pay.Account("token-one", server.url)
        run_twice(
            flavour,
            account,
            pace_pay.Cancellation(UUID),
            pace_pay.Cancellation(UUID.replace("c3", "d4")),
        )
    assert len(server.requests) == 2
    assert not any("cookie" in request.fields for request in server.requests)


def test_a_connection_carries_one_request(flavour: Flavour) -> None:
    """Two cancels, two connections, and both are closed."""
    with RawServer([read, say(NO_CONTENT)]) as server:
        account = pace_pay.Account("token-one", server.url)
        run_twice(
            flavour,
            account,
            pace_pay.Cancellation(UUID),
            pace_pay.Cancellation(UUID.replace("c3", "d4")),
        )
        assert server.accepted == 2
        for _ in range(2):
            assert server.left.acquire(timeout=5), "the connection outlives its request"
    assert {request.fields["connection"] for request in server.requests} == {"close"}


def test_a_body_of_17_megabytes_is_not_read_to_its_end(flavour: Flavour) -> None:
    """Beyond 16 MiB it counts as cut; the status is kept."""
    size = 17 * 1024 * 1024
    head = b"HTTP/1.1 202 X\r\ncontent-length: %d\r\n\r\n" % size
    with RawServer([read, say(head), say(b"x" * size)]) as server:
        result = exchange(flavour, server.url)
    assert (result.sent, result.status) == (Sent.RESPONDED, 202)
    assert result.problem
    assert len(result.body) < size


def test_two_accounts_of_one_client_never_mix_their_credentials(flavour: Flavour) -> None:
    """Each provider gets its own credentials and no other's."""
    with (
        RawServer([read, say(OK)]) as one,
        RawServer([read, say(NO_CONTENT)]) as two,
    ):
        accounts = (unzer.Account(SECRET, one.url), pace_pay.Account("token-of-pace", two.url))
        cancellations = (unzer.Cancellation("s-pay-1", amount=1), pace_pay.Cancellation(UUID))
        receipts = _each(flavour, accounts, cancellations)
    assert all(isinstance(receipt, Receipt) for receipt in receipts)
    assert b"token-of-pace" not in one.requests[0].head
    assert SECRET.encode() not in two.requests[0].head
    assert "Basic" in one.requests[0].fields["authorization"]
    assert two.requests[0].fields["authorization"] == "Bearer token-of-pace"


def _each(flavour: Flavour, accounts: Any, cancellations: Any) -> list[Receipt]:
    async def run() -> list[Receipt]:
        async with AsyncClient(*accounts, **OPTIONS) as client:
            return [await client.cancel(cancellation) for cancellation in cancellations]

    if flavour == "async":
        return asyncio.run(run())
    with Client(*accounts, **OPTIONS) as client:
        return [client.cancel(cancellation) for cancellation in cancellations]

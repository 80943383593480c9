"""No exchange affects the next one or another host."""

import asyncio
import threading
from typing import Any

import httpx
import pytest

from countermand import (
    AsyncClient,
    Client,
    Misdirected,
    OutcomeUnknown,
    Policy,
    Receipt,
    Sent,
    Unreachable,
    bento,
    pace_pay,
    unzer,
)
from tests.support.flavours import ONCE, PLAIN_TLS, Flavour, cancel, exchange
from tests.support.rawserver import NO_CONTENT, Action, RawServer, answer, close, hang, read, say

UUID = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
SECRET = "s-priv-do-not-forward"
OK = answer(200, b'{"isSuccess":true,"id":"s-cnl-1"}', "content-type: application/json")
OPTIONS: dict[str, Any] = {"policy": ONCE, "verify": PLAIN_TLS, "trust_env": False}


async def twice(
    flavour: Flavour, account: Any, cancellations: tuple[Any, ...], between: threading.Event | None
) -> None:
    """Cancel one after the other over the same client, waiting for an event after each."""
    blocking = Client(account, **OPTIONS)
    awaiting = AsyncClient(account, **OPTIONS)
    with blocking:
        async with awaiting:
            for cancellation in cancellations:
                if flavour == "sync":
                    blocking.cancel(cancellation)
                else:
                    await awaiting.cancel(cancellation)
                assert between is None or between.wait(5)


def run_twice(
    flavour: Flavour, account: Any, *cancellations: Any, between: threading.Event | None = None
) -> None:
    """Run `twice`; a blocking client also works inside a loop."""
    asyncio.run(twice(flavour, account, cancellations, between))


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


def test_a_connection_is_used_again(flavour: Flavour) -> None:
    """Keep-alive works: two cancels, one connection."""
    with RawServer([read, say(NO_CONTENT), read, say(NO_CONTENT)]) as server:
        account = pace_pay.Account("token-one", server.url)
        run_twice(
            flavour,
            account,
            pace_pay.Cancellation(UUID),
            pace_pay.Cancellation(UUID.replace("c3", "d4")),
        )
        assert server.accepted == 1
        assert server.left.acquire(timeout=5), "the connection outlives its client"


def test_a_connection_that_died_in_between_is_replaced(flavour: Flavour) -> None:
    """A close that was seen before the request costs nothing: one request, one attempt."""
    closed = threading.Event()
    script = [read, say(NO_CONTENT), close, lambda _: closed.set()]
    with RawServer(script, [read, say(NO_CONTENT)]) as server:
        account = pace_pay.Account("token-one", server.url)
        cancellations = [pace_pay.Cancellation(UUID), pace_pay.Cancellation(UUID.upper())]
        run_twice(flavour, account, *cancellations, between=closed)
    assert (len(server.requests), server.accepted) == (2, 2)


@pytest.mark.parametrize("lost", ["unread", "read"])
def test_a_kept_connection_that_dies_under_a_request_may_have_sent_it(
    flavour: Flavour, lost: str
) -> None:
    """The client cannot tell the two apart, so it repeats neither."""
    script = [read, say(OK)] + ([read, close] if lost == "read" else [_close_on_more])
    with RawServer(script, [read, say(OK)]) as server:
        account = unzer.Account(SECRET, server.url)
        first = unzer.Cancellation("s-pay-1", amount=1)
        with pytest.raises(OutcomeUnknown) as caught:
            run_twice(flavour, account, first, unzer.Cancellation("s-pay-2", amount=1))
        cancels = [request.line for request in server.requests if "POST" in request.line]
        assert len(cancels) == (2 if lost == "read" else 1)
    assert [attempt.sent for attempt in caught.value.attempts] == [Sent.MAYBE_SENT]


def _close_on_more(conversation: Any) -> None:
    """Wait for the first bytes of a second request, and close without reading it."""
    conversation.socket.recv(1)
    close(conversation)


def test_a_body_of_17_megabytes_is_not_read_to_its_end(flavour: Flavour) -> None:
    """Beyond 16 MiB it counts as cut; the status is kept."""
    size = 17 * 1024 * 1024
    head = b"HTTP/1.1 202 X\r\ncontent-length: %d\r\n\r\n" % size
    with RawServer([read, say(head), say(b"x" * size)]) as server:
        result = exchange(flavour, server.url)
    assert (result.sent, result.status) == (Sent.RESPONDED, 202)
    assert result.problem
    assert len(result.body) < size


def test_an_exhausted_pool_is_not_sent() -> None:
    """The only connection is busy; the second cancel is not sent, and its error says so."""
    limits = httpx.Limits(max_connections=1)
    policy = Policy(attempts=1, attempt_timeout=0.3, deadline=5.0, budget=None)
    busy = threading.Event()

    def occupied(conversation: Any) -> None:
        conversation.read()
        busy.set()
        hang(conversation)

    with RawServer([occupied]) as server:
        account = bento.Account("token-one", server.url)
        with Client(account, **{**OPTIONS, "limits": limits, "policy": policy}) as client:
            first = threading.Thread(target=_quietly, args=(client, "t1", 1.0), daemon=True)
            first.start()
            assert busy.wait(5)
            with pytest.raises(Unreachable) as caught:
                client.cancel(bento.Cancellation("o", "t2", refund_amount=1), deadline=0.1)
            first.join(5)
        assert [attempt.sent for attempt in caught.value.attempts] == [Sent.NOT_SENT]
        assert len(server.requests) == 1


def _quietly(client: Client, transaction: str, deadline: float) -> None:
    """Cancel, and ignore the error."""
    cancellation = bento.Cancellation("o", transaction, refund_amount=1)
    with pytest.raises(OutcomeUnknown):
        client.cancel(cancellation, deadline=deadline)


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

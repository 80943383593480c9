"""One connection for one request: no answer belongs to another call, and nothing stays open."""

import asyncio
import json
import os
import select
import socket
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from countermand import AsyncClient, Client, CountermandError, Policy, Receipt, Sent, pace_pay, vtex
from tests.support.flavours import ONCE, PLAIN_TLS, Flavour, exchange
from tests.support.rawserver import (
    TEST_TIMEOUT,
    Conversation,
    RawServer,
    answer,
    close,
    hang,
    read,
    reset,
    say,
    stall,
)
from tests.support.tls import server_context, trusting

UUIDS = ("c3f037ea-492e-4033-9b4b-4efc7beca16c", "d4f037ea-492e-4033-9b4b-4efc7beca16c")
DONE = answer(204).replace(b"content-length: 0\r\n", b"")
MISSING = answer(
    404, b'{"errors":[{"status":"404","title":"no"}]}', "content-type: application/vnd.api+json"
)
TRAILING = {
    "one-byte-more": answer(200, b"{}") + b"x",
    "a-second-answer": DONE + MISSING,
    "one-line-end-more": DONE + b"\r\n",
    "garbage": DONE + b"\x00\xffgarbage",
    "half-a-second-answer": DONE + b"HTTP/1.1 204 No Con",
}


async def both_outcomes(flavour: Flavour, account: Any, verify: Any) -> list[Any]:
    """Cancel two payments with one client; errors of ours are returned."""
    settings: dict[str, Any] = {"policy": ONCE, "verify": verify, "trust_env": False}
    found: list[Any] = []
    with Client(account, **settings) as blocking:
        async with AsyncClient(account, **settings) as awaiting:
            for uuid in UUIDS:
                cancellation = pace_pay.Cancellation(uuid)
                try:
                    if flavour == "sync":
                        found.append(blocking.cancel(cancellation))
                    else:
                        found.append(await awaiting.cancel(cancellation))
                except CountermandError as error:
                    found.append(error)
    return found


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("form", TRAILING)
def test_bytes_after_an_answer_reach_no_other_call(
    flavour: Flavour, form: str, *, tls: bool
) -> None:
    """They are dropped with their connection; the second call gets its own answer."""
    context = server_context() if tls else None
    with RawServer([read, say(TRAILING[form])], [read, say(MISSING)], tls=context) as server:
        account = pace_pay.Account("token-one", server.url)
        verify = trusting() if tls else PLAIN_TLS
        first, second = asyncio.run(both_outcomes(flavour, account, verify))
        assert (len(server.requests), server.accepted) == (2, 2)
    assert isinstance(first, Receipt) or form == "one-byte-more"
    assert isinstance(second, CountermandError)
    assert [attempt.status for attempt in second.attempts] == [404]


def own_answer(conversation: Conversation) -> None:
    """Answer as VTEX does: with the ids of the very request."""
    asked = json.loads(conversation.read().body)
    body = {
        "paymentId": asked["paymentId"],
        "requestId": asked["requestId"],
        "cancellationId": f"of-{asked['paymentId']}",
    }
    say(answer(200, json.dumps(body).encode(), "content-type: application/json"))(conversation)


def references(client: Client, name: str) -> list[str]:
    """Cancel a few payments, and return the providers' references."""
    ids = [f"{name}-{number}" for number in range(6)]
    return [client.cancel(vtex.Cancellation(each)).reference or "" for each in ids]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_forked_client_shares_no_connection(*, tls: bool) -> None:
    """Parent and child work at once with one client, and each gets its own answers.

    With TLS both resume the session that the client had kept before.
    """
    context = server_context() if tls else None
    settings: dict[str, Any] = {"verify": trusting() if tls else PLAIN_TLS, "trust_env": False}
    with RawServer([own_answer], tls=context) as server:
        account = vtex.Account(server.url, "app-key-1", "app-token-1")
        with Client(account, policy=Policy(budget=None), **settings) as client:
            references(client, "before")
            reader, writer = os.pipe()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if child == 0:
                os.write(writer, ",".join(references(client, "child")).encode())
                os._exit(0)
            parents = references(client, "parent")
            os.waitpid(child, 0)
            os.close(writer)
            with open(reader, "rb") as pipe:  # noqa: PTH123 - a descriptor
                childs = pipe.read().decode().split(",")
    assert parents == [f"of-parent-{number}" for number in range(6)]
    assert childs == [f"of-child-{number}" for number in range(6)]
    if context is not None:
        assert (server.accepted, context.session_stats()["hits"]) == (18, 17)


@pytest.mark.parametrize("ending", [close, reset], ids=["closed", "reset"])
def test_a_server_may_end_at_each_byte_of_the_request(flavour: Flavour, ending: Any) -> None:
    """However little it has read, bytes were handed over: the request counts as sent."""
    length = 0
    with RawServer([read, say(DONE)]) as server:
        exchange(flavour, server.url, content=b"{}")
        length = len(server.requests[0].head) + 2
    for count in range(length + 1):

        def take(conversation: Conversation, count: int = count) -> None:
            conversation.socket.recv(count, socket.MSG_WAITALL)

        with RawServer([take, ending]) as server:
            result = exchange(flavour, server.url, content=b"{}")
        if result.sent is Sent.NOT_SENT:
            # Only a reset can come before the kernel takes the first byte.
            assert (ending, count) == (reset, 0), result.problem
        else:
            assert (result.sent, result.status) == (Sent.MAYBE_SENT, None), count


FRAMED = {
    "length": answer(202, b'{"a": 1}'),
    "chunks": b"HTTP/1.1 202 X\r\ntransfer-encoding: chunked\r\n\r\n"
    b'3\r\n{"a\r\n5\r\n": 1}\r\n0\r\n\r\n',
    "until-the-end": b'HTTP/1.1 202 X\r\n\r\n{"a": 1}',
}


@pytest.mark.parametrize("ending", [close, reset], ids=["closed", "reset"])
@pytest.mark.parametrize("framing", FRAMED)
def test_a_server_may_end_at_each_byte_of_the_answer(
    flavour: Flavour, framing: str, ending: Any
) -> None:
    """Without a whole head there is no status; without a whole body there is a problem."""
    whole = FRAMED[framing]
    head = whole.index(b"\r\n\r\n") + 4
    for count in range(len(whole) + 1):
        with RawServer([read, say(whole[:count]), ending]) as server:
            result = exchange(flavour, server.url)
        if count < head:
            assert (result.sent, result.status) == (Sent.MAYBE_SENT, None), count
            assert result.problem, count
        else:
            assert (result.sent, result.status) == (Sent.RESPONDED, 202), count
            # A reset is no end of a body.
            complete = ending is close if framing == "until-the-end" else count == len(whole)
            assert (result.problem is None) == complete, (count, result.problem)
        if count == len(whole):
            assert result.body == b'{"a": 1}'


def time_waits(port: int) -> int:
    """How many of our connections to a server's port are in TIME_WAIT."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(each[2].endswith(f":{port:04X}") and each[3] == "06" for each in fields)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells")
@pytest.mark.parametrize("announced", ["connection: close", "x: y"])
def test_the_server_keeps_time_wait(
    flavour: Flavour, announced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It closes first, since we wait for it; so we do not run out of ports."""
    # The server of this test is slow where the machine is busy.
    for name in ("LINGER", "LINGER_UNANNOUNCED"):
        monkeypatch.setattr(f"countermand._http.exchange.{name}", 2.0)
    with RawServer([read, say(answer(200, b"{}", announced)), close]) as server:
        # A connection of another test may have had the same port at its other end.
        before = time_waits(server.port)
        for _ in range(5):
            assert exchange(flavour, server.url).status == 200
        assert time_waits(server.port) <= before


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_server_that_never_closes_costs_a_moment(flavour: Flavour, *, tls: bool) -> None:
    """Also one that announced it, and then goes on sending: the answer is returned, all closed."""

    def flood(conversation: Conversation) -> None:
        while True:
            conversation.socket.sendall(b"x" * 65536)

    script = [read, say(answer(200, b"{}", "connection: close")), flood]
    with RawServer(script, tls=server_context() if tls else None) as server:
        result = exchange(flavour, server.url, verify=trusting(), limit=5.0)
    assert (result.status, result.problem, result.body) == (200, None, b"{}")


@pytest.mark.parametrize("announced", ["connection: close", "x: y"])
def test_a_server_that_never_closes_is_not_waited_for(flavour: Flavour, announced: str) -> None:
    """One that is silent after its answer costs 50 ms; of five calls one is not disturbed."""

    def seconds() -> float:
        began = time.monotonic()
        assert exchange(flavour, server.url).status == 200
        return time.monotonic() - began

    with RawServer([read, say(answer(200, b"{}", announced)), stall]) as server:
        assert min(seconds() for _ in range(5)) < 0.3


def test_an_answer_before_the_whole_request_counts(flavour: Flavour) -> None:
    """A server that refuses a large request need not read it to its end."""

    def refuse(conversation: Conversation) -> None:
        conversation.socket.recv(1000)
        say(answer(413, b"too large", "connection: close"))(conversation)

    with RawServer([refuse, hang], receive_buffer=4096) as server:
        result = exchange(flavour, server.url, content=b"x" * 8_000_000)
    assert (result.sent, result.status, result.body) == (Sent.RESPONDED, 413, b"too large")


def test_an_answer_survives_that_the_rest_of_the_request_is_refused(flavour: Flavour) -> None:
    """The server answers and closes while the client still sends."""

    def refuse(conversation: Conversation) -> None:
        conversation.socket.recv(1000)
        say(answer(413, b"too large"))(conversation)
        conversation.socket.shutdown(socket.SHUT_WR)
        conversation.socket.recv(10_000_000, socket.MSG_WAITALL)

    with RawServer([refuse]) as server:
        result = exchange(flavour, server.url, content=b"x" * 8_000_000)
    assert (result.sent, result.status) == (Sent.RESPONDED, 413)


def test_a_large_request_arrives_whole(flavour: Flavour, monkeypatch: pytest.MonkeyPatch) -> None:
    """In many pieces, plain and with TLS; also where the system has no `poll`."""
    content = os.urandom(5_000_000)
    for tls in (None, server_context()):
        for _ in range(2):
            with RawServer([read, say(DONE)], tls=tls, receive_buffer=65536) as server:
                result = exchange(flavour, server.url, content=content, verify=trusting())
            assert result.status == 204
            assert server.requests[0].body == content
            monkeypatch.delattr(select, "poll", raising=False)


def test_ipv6_addresses_are_reached(flavour: Flavour) -> None:
    """With brackets in the URL and in the Host header."""
    with RawServer([read, say(DONE)], host="::1") as server:
        assert exchange(flavour, f"{server.url}/a").status == 204
    assert server.requests[0].fields["host"] == f"[::1]:{server.port}"


def test_uvloop_works_as_asyncio_does() -> None:
    """Plain and with TLS, complete, cut and silent."""
    uvloop: Any = pytest.importorskip("uvloop")
    account_of = pace_pay.Account

    async def outcome(server: RawServer, verify: Any) -> Any:
        policy = Policy(attempts=1, attempt_timeout=0.3, budget=None)
        async with AsyncClient(
            account_of("token-one", server.url), policy=policy, verify=verify, trust_env=False
        ) as client:
            try:
                return await client.cancel(pace_pay.Cancellation(UUIDS[0]))
            except CountermandError as error:
                return error

    for tls in (False, True):
        for script in ([read, say(DONE)], [read, say(b"HTTP/1.1 2"), close], [read, hang]):
            context = server_context() if tls else None
            with (
                RawServer(script, tls=context) as server,
                asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
            ):
                found = runner.run(outcome(server, trusting()))
                assert server.left.acquire(timeout=TEST_TIMEOUT)
            sent = [attempt.sent for attempt in found.attempts]
            assert sent == [Sent.RESPONDED if isinstance(found, Receipt) else Sent.MAYBE_SENT]

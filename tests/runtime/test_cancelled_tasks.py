"""A task that is cancelled at any stage leaves nothing open and reports what is known."""

import asyncio
import threading
from typing import Any

import attrs
import pytest

from countermand import (
    AsyncClient,
    CancellationInProgress,
    CountermandError,
    MissingLinkedIdentity,
    NotCancelled,
    OutcomeUnknown,
    Policy,
    RateLimited,
    Sent,
    Unauthenticated,
    Unreachable,
    bento,
    pace_pay,
)
from countermand._http.answer import AnswerReader
from tests.support.flavours import PLAIN_TLS
from tests.support.rawserver import (
    NO_CONTENT,
    TEST_TIMEOUT,
    Conversation,
    RawServer,
    answer,
    hang,
    read,
    say,
)

UUID = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
PARTIAL = b"HTTP/1.1 202 X\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"
MISSING = answer(
    401,
    b'{"errors":[{"code":"missing-linked-identity"}]}',
    "content-type: application/vnd.api+json",
)
BENTO = bento.Cancellation("or_1", "tx_1", refund_amount=5)
PACE = pace_pay.Cancellation(UUID)


@attrs.define
class Stage:
    """The stage of a call at which its task is cancelled."""

    reached: threading.Event = attrs.field(factory=threading.Event)

    def mark(self, _conversation: Conversation) -> None:
        """As an action of the server."""
        self.reached.set()

    async def wait_for_ever(self, *_arguments: object) -> str:
        """As a sleep, a token callable or a link handler."""
        self.reached.set()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


def server_silent_after(cancellation: Any, *script: Any) -> Any:
    """A stage at which the server is silent."""

    def prepare(stage: Stage) -> tuple[Any, dict[str, Any], list[Any]]:
        return cancellation, {}, [*script, stage.mark, hang]

    return prepare


def sleeping_after(cancellation: Any, reply: bytes) -> Any:
    """A stage between two attempts."""

    def prepare(stage: Stage) -> tuple[Any, dict[str, Any], list[Any]]:
        return cancellation, {"sleep": stage.wait_for_ever}, [read, say(reply), hang]

    return prepare


def fetching_a_token(stage: Stage) -> tuple[Any, dict[str, Any], list[Any]]:
    """Before the first byte."""
    return PACE, {"token": stage.wait_for_ever}, [hang]


def refreshing_a_token(stage: Stage) -> tuple[Any, dict[str, Any], list[Any]]:
    """After the first token was refused."""
    tokens = iter(["token-one"])

    async def token(_user: object) -> str:
        for known in tokens:
            return known
        return await stage.wait_for_ever()

    return PACE, {"token": token}, [read, say(answer(401)), hang]


def linking(stage: Stage) -> tuple[Any, dict[str, Any], list[Any]]:
    """While the user logs in."""
    return PACE, {"link_identity": stage.wait_for_ever}, [read, say(MISSING), hang]


def reading_the_body(_stage: Stage) -> tuple[Any, dict[str, Any], list[Any]]:
    """The head and a part of the body have arrived; the test marks the stage after reading them."""
    return BENTO, {}, [read, say(PARTIAL), hang]


STAGES = {
    "waiting-for-the-head": (server_silent_after(BENTO, read), OutcomeUnknown, [Sent.MAYBE_SENT]),
    "amid-the-head": (
        server_silent_after(BENTO, read, say(PARTIAL[:9])),
        OutcomeUnknown,
        [Sent.MAYBE_SENT],
    ),
    "amid-the-body": (reading_the_body, OutcomeUnknown, [Sent.RESPONDED]),
    "sleeping-after-503": (
        sleeping_after(PACE, answer(503)),
        OutcomeUnknown,
        [Sent.RESPONDED],
    ),
    "sleeping-after-429": (sleeping_after(PACE, answer(429)), RateLimited, [Sent.RESPONDED]),
    "fetching-a-token": (fetching_a_token, Unreachable, []),
    "refreshing-a-token": (refreshing_a_token, Unauthenticated, [Sent.RESPONDED]),
    "linking": (linking, MissingLinkedIdentity, [Sent.RESPONDED]),
}


def accounts(url: str, token: Any) -> tuple[Any, Any]:
    """The two accounts that the stages need."""
    return pace_pay.Account(token, url), bento.Account(token, url, read=False)


async def cancelled(client: AsyncClient, cancellation: Any, stage: Stage) -> CountermandError:
    """Cancel the task of a call at its stage, and return the error."""
    task = asyncio.create_task(client.cancel(cancellation, key="order-42"))
    assert await asyncio.to_thread(stage.reached.wait, TEST_TIMEOUT)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    known = caught.value.__cause__
    assert isinstance(known, CountermandError)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return known


async def broken_off(
    name: str, server: RawServer, stage: Stage, cancellation: Any, options: dict[str, Any]
) -> CountermandError:
    """Cancel a call at a stage, and check that the key is free and the connections are closed."""
    token = options.pop("token", "token-one")
    policy = Policy(budget=None)
    settings = {"policy": policy, "verify": PLAIN_TLS, "trust_env": False, **options}
    async with AsyncClient(*accounts(server.url, token), **settings) as client:
        known = await cancelled(client, cancellation, stage)
        if name.startswith(("waiting", "amid")):
            assert await asyncio.to_thread(server.left.acquire, timeout=TEST_TIMEOUT)
        again = asyncio.create_task(client.cancel(cancellation, key="order-42"))
        await asyncio.sleep(0.02)
        again.cancel()
        result = (await asyncio.gather(again, return_exceptions=True))[0]
        assert not isinstance(result, CancellationInProgress)
    return known


@pytest.mark.parametrize("name", STAGES)
def test_a_cancelled_task_has_our_error_as_its_cause(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CancelledError is raised from our error; no task, connection or claimed key is left.

    Where bytes may have left and no verdict came, the cause is OutcomeUnknown; where surely
    nothing was executed, it is a NotCancelled.
    """
    prepare, expected, log = STAGES[name]
    stage = Stage()
    cancellation, options, script = prepare(stage)
    take = AnswerReader.feed

    def body(received: AnswerReader, chunk: bytes) -> None:
        take(received, chunk)
        stage.reached.set()

    if prepare is reading_the_body:
        monkeypatch.setattr(AnswerReader, "feed", body)
    with RawServer(script) as server:
        known = asyncio.run(broken_off(name, server, stage, cancellation, options))
        for _ in range(server.accepted - name.startswith(("waiting", "amid"))):
            assert server.left.acquire(timeout=TEST_TIMEOUT), "a connection is left open"
    assert type(known) is expected
    assert [attempt.sent for attempt in known.attempts] == log
    assert (known.key, known.cancellation) == ("order-42", cancellation)
    assert isinstance(known, NotCancelled) == (expected is not OutcomeUnknown)


def test_a_task_that_is_cancelled_while_connecting_has_sent_nothing() -> None:
    """In the TLS handshake: a NotCancelled, and the server sees the connection close."""
    stage = Stage()

    async def run(server: RawServer) -> CountermandError:
        account = bento.Account("token-one", server.url.replace("http:", "https:"), read=False)
        async with AsyncClient(account, verify=PLAIN_TLS, trust_env=False) as client:
            known = await cancelled(client, BENTO, stage)
            assert await asyncio.to_thread(server.left.acquire, timeout=TEST_TIMEOUT)
            return known

    with RawServer([stage.mark, hang]) as server:
        known = asyncio.run(run(server))
    assert type(known) is Unreachable


def test_an_unresolved_key_is_not_sent_again_where_a_repeat_is_unsafe() -> None:
    """After an interrupted Bento cancel the same key sends nothing and gives the reason."""
    stage = Stage()

    async def run(server: RawServer) -> None:
        account = bento.Account("token-one", server.url, read=False)
        async with AsyncClient(account, verify=PLAIN_TLS, trust_env=False) as client:
            await cancelled(client, BENTO, stage)
            with pytest.raises(OutcomeUnknown) as again:
                await client.cancel(BENTO, key="order-42")
            assert len(again.value.attempts) == 0

    with RawServer([read, stage.mark, hang]) as server:
        asyncio.run(run(server))
        assert len(server.requests) == 1


def test_an_unresolved_key_is_sent_again_where_a_repeat_is_safe() -> None:
    """After an interrupted PACE Pay cancel the same key resolves it."""
    stage = Stage()

    async def run(server: RawServer) -> None:
        account = pace_pay.Account("token-one", server.url)
        async with AsyncClient(account, verify=PLAIN_TLS, trust_env=False) as client:
            known = await cancelled(client, PACE, stage)
            assert isinstance(known, OutcomeUnknown)
            assert len((await client.cancel(PACE, key="order-42")).attempts) == 1

    with RawServer([read, stage.mark, hang], [read, say(NO_CONTENT)]) as server:
        asyncio.run(run(server))


def test_a_timeout_of_the_caller_s_raises_timeout_error() -> None:
    """`asyncio.timeout` around a cancel raises TimeoutError with our error in its chain."""

    async def run(server: RawServer) -> BaseException:
        account = bento.Account("token-one", server.url, read=False)
        async with AsyncClient(account, verify=PLAIN_TLS, trust_env=False) as client:
            with pytest.raises(TimeoutError) as caught:
                async with asyncio.timeout(0.1):
                    await client.cancel(BENTO)
            return caught.value

    with RawServer([read, hang]) as server:
        error = asyncio.run(run(server))
    assert isinstance(error.__cause__, asyncio.CancelledError)
    assert isinstance(error.__cause__.__cause__, OutcomeUnknown)

"""Many threads or tasks share one client; a cancel is executed once, a user is asked once."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from countermand import (
    AsyncClient,
    CancellationInProgress,
    Client,
    LinkChallenge,
    MissingLinkedIdentity,
    Policy,
    Receipt,
    pace_pay,
)
from countermand._runtime.credentials import LinkQuestion, LinkQuestions
from countermand.sandbox import PacePayment, Sandbox
from tests.support.flavours import PLAIN_TLS
from tests.support.rawserver import NO_CONTENT, TEST_TIMEOUT, RawServer, read, say

MANY = 100
SETTINGS: dict[str, Any] = {"policy": Policy(budget=None), "verify": PLAIN_TLS, "trust_env": False}
_users = count(1)


def new_user() -> str:
    """A user that no other test uses."""
    return f"shared-{next(_users)}"


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> list[LinkQuestion]:
    """The question that each call has joined, in order."""
    calls: list[LinkQuestion] = []
    join = LinkQuestions.joined

    @contextmanager
    def joining(*arguments: Any) -> Iterator[tuple[LinkQuestion, bool]]:
        with join(*arguments) as shared:
            calls.append(shared[0])
            yield shared

    monkeypatch.setattr(LinkQuestions, "joined", joining)
    return calls


def until(reached: Callable[[], bool]) -> None:
    """Wait until something has happened in another thread."""
    pause = threading.Event()
    for _ in range(int(TEST_TIMEOUT / 0.01)):
        if reached():
            return
        pause.wait(0.01)
    raise AssertionError("it never happened")


def cancel_of(payment: PacePayment) -> pace_pay.Cancellation:
    """The cancellation of a payment."""
    return pace_pay.Cancellation(payment.transaction_id)


def all_at_once(
    sandbox: Sandbox, flavour: str, account: Any, size: int, user: str | None, **options: Any
) -> list[Receipt]:
    """Cancel so many new payments of one user at the same time, each under a key of its own."""
    payments = [sandbox.create_payment("pace_pay") for _ in range(size)]
    if flavour == "tasks":
        receipts = asyncio.run(_tasks(account, payments, user, options))
    else:
        with Client(account, **{**SETTINGS, **options}) as client, ThreadPoolExecutor(size) as pool:
            receipts = list(
                pool.map(lambda payment: client.cancel(cancel_of(payment), user=user), payments)
            )
    assert all(len(sandbox.executions("pace_pay", payment)) == 1 for payment in payments)
    assert len({receipt.key for receipt in receipts}) == size
    return receipts


async def _tasks(
    account: Any, payments: list[PacePayment], user: str | None, options: dict[str, Any]
) -> list[Receipt]:
    async with AsyncClient(account, **{**SETTINGS, **options}) as client:
        calls = [client.cancel(cancel_of(payment), user=user) for payment in payments]
        return await asyncio.gather(*calls)


@pytest.mark.parametrize("flavour", ["threads", "tasks"])
def test_a_hundred_at_once_are_a_hundred_executions(sandbox: Sandbox, flavour: str) -> None:
    """One client, a hundred keys, one execution and one attempt each."""
    account = sandbox.account("pace_pay")
    receipts = all_at_once(sandbox, flavour, account, MANY, new_user())
    assert [len(receipt.attempts) for receipt in receipts] == [1] * MANY


@pytest.mark.parametrize("flavour", ["threads", "tasks"])
@pytest.mark.parametrize("owner", ["user", "token"])
def test_one_user_is_asked_once_for_twenty(
    joined: list[LinkQuestion], flavour: str, owner: Any
) -> None:
    """All lack the link before the user has linked; one question, and its token, serves all."""
    user, size = new_user(), 20
    asked: list[LinkChallenge] = []

    def handler(challenge: LinkChallenge) -> str | None:
        asked.append(challenge)
        until(lambda: len(joined) == size)
        sandbox.link(user)
        return sandbox.issue_token(user) if owner == "token" else None

    with Sandbox(link_owner=owner) as sandbox:
        account = sandbox.account("pace_pay", token=sandbox.issue_token(user, linked=False))
        receipts = all_at_once(sandbox, flavour, account, size, user, link_identity=handler)
    assert [challenge.user for challenge in asked] == [user]
    assert [len(receipt.attempts) for receipt in receipts] == [2] * size
    assert set(joined) == {joined[0]}


@pytest.mark.parametrize("flavour", ["threads", "tasks"])
def test_calls_without_a_user_never_share_a_question(
    sandbox: Sandbox, joined: list[LinkQuestion], flavour: str
) -> None:
    """They may be about two persons: each of them is asked, at the same time."""
    asked: list[LinkChallenge] = []

    def handler(challenge: LinkChallenge) -> None:
        asked.append(challenge)
        until(lambda: len(asked) == 5)
        sandbox.link(user)

    user = new_user()
    account = sandbox.account("pace_pay", token=sandbox.issue_token(user, linked=False))
    all_at_once(sandbox, flavour, account, 5, None, link_identity=handler)
    assert len({challenge.key for challenge in asked}) == len(set(joined)) == 5


def test_calls_that_wait_get_the_failure_of_the_question(
    sandbox: Sandbox, joined: list[LinkQuestion]
) -> None:
    """A user who gave up is not asked by one call after the other; the exception goes to one."""
    user, asked = new_user(), list[LinkChallenge]()

    def handler(challenge: LinkChallenge) -> None:
        asked.append(challenge)
        until(lambda: len(joined) == 5)
        raise LookupError("the user went away")

    account = sandbox.account("pace_pay", token=sandbox.issue_token(user, linked=False))
    payments = [sandbox.create_payment("pace_pay") for _ in range(5)]

    async def run() -> list[Any]:
        async with AsyncClient(account, link_identity=handler, **SETTINGS) as client:
            calls = [client.cancel(cancel_of(payment), user=user) for payment in payments]
            return await asyncio.gather(*calls, return_exceptions=True)

    results = asyncio.run(run())
    assert len(asked) == 1
    failed = [result for result in results if isinstance(result, LookupError)]
    assert len(failed) == 1
    assert isinstance(failed[0].__cause__, MissingLinkedIdentity)
    waited = [result for result in results if result is not failed[0]]
    assert {type(result) for result in waited} == {MissingLinkedIdentity}
    assert {result.__cause__ for result in waited} == set(failed)


def test_two_users_are_asked_each_for_themselves(sandbox: Sandbox) -> None:
    """The link of one user does not count for another."""
    users = [new_user(), new_user()]
    tokens = {user: sandbox.issue_token(user, linked=False) for user in users}
    asked: list[str | None] = []

    def handler(challenge: LinkChallenge) -> None:
        asked.append(challenge.user)
        sandbox.link(str(challenge.user))

    account = sandbox.account("pace_pay", token=lambda user: tokens[str(user)])
    with Client(account, link_identity=handler, **SETTINGS) as client:
        for user in users:
            client.cancel(cancel_of(sandbox.create_payment("pace_pay")), user=user)
    assert asked == users


def test_a_waiting_call_asks_when_the_asking_call_is_cancelled(sandbox: Sandbox) -> None:
    """A waiting call does not wait for a cancelled one."""
    user = new_user()
    asked: list[str | None] = []

    async def run() -> Receipt:
        entered = asyncio.Event()

        async def handler(challenge: LinkChallenge) -> None:
            asked.append(challenge.key)
            entered.set()
            if len(asked) == 1:
                await asyncio.Event().wait()
            sandbox.link(user)

        async with AsyncClient(account, link_identity=handler, **SETTINGS) as client:
            payments = [sandbox.create_payment("pace_pay") for _ in range(2)]
            leader = asyncio.create_task(client.cancel(cancel_of(payments[0]), key="l", user=user))
            await entered.wait()
            before = len(sandbox.requests("pace_pay"))
            follower = asyncio.create_task(
                client.cancel(cancel_of(payments[1]), key="f", user=user)
            )
            await asyncio.to_thread(until, lambda: len(sandbox.requests("pace_pay")) == before + 1)
            leader.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await leader
            assert isinstance(caught.value.__cause__, MissingLinkedIdentity)
            return await asyncio.wait_for(follower, TEST_TIMEOUT)

    account = sandbox.account("pace_pay", token=sandbox.issue_token(user, linked=False))
    assert len(asyncio.run(run()).attempts) == 2
    assert asked == ["l", "f"]


def test_one_key_at_a_time() -> None:
    """A second thread with the same key sends nothing and gets CancellationInProgress."""
    arrived = threading.Event()
    cancellation = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")
    # Closed, so that the second key's request needs a connection of its own.
    done = say(NO_CONTENT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    script = [read, lambda _: arrived.set(), lambda _: go_on.wait(TEST_TIMEOUT), done]
    go_on = threading.Event()
    with RawServer(script) as server:
        account = pace_pay.Account("token-one", server.url)
        with Client(account, **SETTINGS) as client, ThreadPoolExecutor(1) as pool:
            first = pool.submit(client.cancel, cancellation, key="order-42")
            assert arrived.wait(TEST_TIMEOUT)
            with pytest.raises(CancellationInProgress):
                client.cancel(cancellation, key="order-42")
            go_on.set()
            assert len(client.cancel(cancellation, key="order-43").attempts) == 1
            receipt = first.result(TEST_TIMEOUT)
            assert client.cancel(cancellation, key="order-42") == receipt
        assert len(server.requests) == 2

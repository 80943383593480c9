"""Each call asks for its own token: nothing of one call is sent in another."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar, copy_context
from functools import partial
from itertools import count
from threading import Barrier
from typing import Any

import pytest

from countermand import (
    AsyncClient,
    Client,
    Evidence,
    LinkChallenge,
    MissingLinkedIdentity,
    Policy,
    Receipt,
    pace_fueling,
    pace_pay,
)
from countermand._runtime.async_credentials import link_identity
from countermand._runtime.credentials import NESTED_LINK, LinkQuestions
from countermand.sandbox import FaultProxy, PacePayment, Sandbox, faults
from tests.support.flavours import PLAIN_TLS, Flavour
from tests.support.rawserver import NO_CONTENT, TEST_TIMEOUT, RawServer, answer, hang, read, say

SETTINGS: dict[str, Any] = {"policy": Policy(budget=None), "verify": PLAIN_TLS, "trust_env": False}
PACE = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")
EXPIRED = answer(401, b"Unauthorized")
REQUEST_USER: ContextVar[str] = ContextVar("request_user")

Call = Callable[..., Awaitable[Any]]


def play(
    flavour: Flavour,
    account: Any,
    scene: Callable[[Call], Awaitable[Any]],
    *others: Any,
    **options: Any,
) -> Any:
    """Play a scene with the `cancel` of one client; a blocking one runs on a thread."""

    async def run() -> Any:
        if flavour == "async":
            async with AsyncClient(account, *others, **SETTINGS, **options) as client:
                return await asyncio.wait_for(scene(client.cancel), TEST_TIMEOUT)
        with Client(account, *others, **SETTINGS, **options) as client:
            return await asyncio.wait_for(
                scene(partial(asyncio.to_thread, client.cancel)), TEST_TIMEOUT
            )

    return asyncio.run(run())


def no_sleep(flavour: Flavour) -> Callable[[float], Any]:
    """Between two attempts."""
    return (lambda _: asyncio.sleep(0)) if flavour == "async" else (lambda _: None)


def cancel_of(payment: PacePayment) -> pace_pay.Cancellation:
    """The cancellation of a payment."""
    return pace_pay.Cancellation(payment.transaction_id)


@pytest.fixture
def by_token() -> Iterator[Sandbox]:
    """A sandbox whose tokens carry the link."""
    with Sandbox(link_owner="token") as running:
        yield running


def test_a_link_that_a_fresh_token_carries_is_used_by_the_next_call(
    by_token: Sandbox, flavour: Flavour
) -> None:
    """After a login by redirect the same long-lived client sends the session's new token."""
    session = {"ada": by_token.issue_token("ada", linked=False)}
    account = by_token.account("pace_pay", token=lambda user: session[str(user)])
    cancellation = cancel_of(by_token.create_payment("pace_pay"))

    async def scene(cancel: Call) -> None:
        with pytest.raises(MissingLinkedIdentity):
            await cancel(cancellation, key="order-42", user="ada")
        by_token.link("ada")
        session["ada"] = by_token.issue_token("ada")
        receipt = await cancel(cancellation, key="order-42", user="ada")
        assert [attempt.status for attempt in receipt.attempts] == [204]

    play(flavour, account, scene)
    assert len(by_token.executions("pace_pay")) == 1


def test_two_users_without_a_name_are_each_sent_as_themselves(flavour: Flavour) -> None:
    """The callable reads the request's context, and `user` was forgotten."""

    async def scene(cancel: Call) -> None:
        for name in ("ada", "bob"):
            REQUEST_USER.set(name)
            await cancel(PACE)

    with RawServer([read, say(NO_CONTENT)]) as server:
        play(flavour, pace_pay.Account(lambda _: REQUEST_USER.get(), server.url), scene)
        sent = [request.fields["authorization"] for request in server.requests]
    assert sent == ["Bearer ada", "Bearer bob"]


def test_users_at_the_same_time_are_each_sent_as_themselves(flavour: Flavour) -> None:
    """Calls without a name wait for nobody's token: the callables run at the same time."""
    together, names = Barrier(5), [f"user-{number}" for number in range(5)]

    def token(_user: str | None) -> str:
        together.wait(TEST_TIMEOUT)
        return REQUEST_USER.get()

    async def scene(cancel: Call) -> None:
        async def request(name: str) -> None:
            REQUEST_USER.set(name)
            await cancel(PACE)

        await asyncio.gather(*map(request, names))

    with RawServer(*[[read, say(NO_CONTENT), hang]] * 5) as server:
        play(flavour, pace_pay.Account(token, server.url), scene)
        sent = {request.fields["authorization"] for request in server.requests}
    assert sent == {f"Bearer {name}" for name in names}


@pytest.mark.parametrize(
    ("replies", "sent"),
    [
        ((answer(503), NO_CONTENT), ["token-1", "token-1"]),
        ((EXPIRED, NO_CONTENT), ["token-1", "token-2"]),
        ((answer(503), EXPIRED, answer(503), NO_CONTENT), ["token-1"] * 2 + ["token-2"] * 2),
    ],
    ids=["failed", "refused", "failed-and-refused"],
)
def test_a_call_asks_once_and_once_more_if_refused(
    flavour: Flavour, replies: tuple[bytes, ...], sent: list[str]
) -> None:
    """Its further attempts go out with the token that it has; the next call asks anew."""
    numbers = count(1)
    scripts = [[read, say(reply)] for reply in (*replies, NO_CONTENT)]

    async def scene(cancel: Call) -> None:
        await cancel(PACE)
        await cancel(PACE)

    with RawServer(*scripts) as server:
        account = pace_pay.Account(lambda _: f"token-{next(numbers)}", server.url)
        play(flavour, account, scene, sleep=no_sleep(flavour))
        fields = [request.fields["authorization"] for request in server.requests]
    assert fields == [f"Bearer {token}" for token in [*sent, f"token-{len(set(sent)) + 1}"]]


def test_the_reads_of_a_call_share_a_token(sandbox: Sandbox, flavour: Flavour) -> None:
    """The callable of the account that is read is asked once, too."""
    asked: list[str] = []

    def token_of(api: str) -> Callable[[object], str]:
        def token(_user: object) -> str:
            asked.append(api)
            return sandbox.issue_token()

        return token

    fueling, pay = token_of("pace_fueling"), token_of("pace_pay")
    page = faults.Answer(429, b"<html>", (("content-type", "text/html"),))

    async def scene(cancel: Call) -> Any:
        payment = sandbox.create_payment("pace_fueling")
        order = pace_fueling.Cancellation(payment.gas_station_id, payment.transaction_id)
        return await cancel(order)

    with FaultProxy(sandbox.url) as proxy:
        proxy.script(page, faults.RESET_AFTER)
        account = sandbox.account("pace_fueling", proxy.base_url("pace_fueling"), token=fueling)
        reads = len(sandbox.requests("pace_pay"))
        options = {"sleep": no_sleep(flavour)}
        other = sandbox.account("pace_pay", token=pay)
        receipt = play(flavour, account, scene, other, **options)
    assert receipt.evidence is Evidence.READ_BACK
    assert len(sandbox.requests("pace_pay")) == reads + 2
    assert asked == ["pace_fueling", "pace_pay"]


def test_a_question_is_forgotten_when_it_is_answered(by_token: Sandbox, flavour: Flavour) -> None:
    """A later call of the same user has the account's token, and asks again."""
    asked: list[LinkChallenge] = []

    def handler(challenge: LinkChallenge) -> str:
        asked.append(challenge)
        by_token.link("ada")
        return by_token.issue_token("ada")

    async def scene(cancel: Call) -> None:
        for _ in range(2):
            receipt = await cancel(cancel_of(by_token.create_payment("pace_pay")), user="ada")
            assert [attempt.status for attempt in receipt.attempts] == [401, 204]

    account = by_token.account("pace_pay", token=by_token.issue_token("ada", linked=False))
    play(flavour, account, scene, link_identity=handler)
    assert len(asked) == 2


def test_only_a_running_question_is_remembered() -> None:
    """Whether it is answered or cut off; a call of another event loop has its own."""
    questions, account = LinkQuestions(), pace_pay.Account("token-one")
    with (
        questions.joined(account, "ada") as (first, is_new),
        questions.joined(account, "ada") as (second, is_second_new),
        questions.joined(account, "ada", object()) as (elsewhere, _),
        questions.joined(account, "bob") as (of_bob, _),
    ):
        assert (is_new, is_second_new) == (True, False)
        assert first is second
        assert len({first, elsewhere, of_bob}) == len(questions._running) == 3
    assert questions._running == {}
    assert first.answer.result() is None


def test_a_task_that_a_handler_has_started_may_ask_later(by_token: Sandbox) -> None:
    """It is nested only while the handler's own question runs."""
    later: list[asyncio.Task[Any]] = []
    asked: list[LinkChallenge] = []

    async def run() -> Receipt:
        answered = asyncio.Event()

        async def cancel_later(client: AsyncClient) -> Receipt:
            await answered.wait()
            return await client.cancel(orders[1], user="ada")

        async def handler(challenge: LinkChallenge) -> str:
            asked.append(challenge)
            if not later:
                later.append(asyncio.create_task(cancel_later(client)))
            by_token.link("ada")
            return by_token.issue_token("ada")

        async with AsyncClient(account, link_identity=handler, **SETTINGS) as client:
            await client.cancel(orders[0], user="ada")
            answered.set()
            return await asyncio.wait_for(later[0], TEST_TIMEOUT)

    orders = [cancel_of(by_token.create_payment("pace_pay")) for _ in range(2)]
    account = by_token.account("pace_pay", token=by_token.issue_token("ada", linked=False))
    assert len(asyncio.run(run()).attempts) == 2
    assert len(asked) == 2


@pytest.mark.parametrize("user", ["ada", None])
def test_a_handler_that_cancels_for_its_own_user_is_not_asked_again(
    by_token: Sandbox, flavour: Flavour, user: str | None
) -> None:
    """With and without a name: the inner cancel fails, and the handler goes on."""
    asked: list[LinkChallenge] = []
    inner: list[Any] = []

    async def scene(cancel: Call) -> Any:
        async def handler(challenge: LinkChallenge) -> str:
            asked.append(challenge)
            inner.extend(await asyncio.gather(cancel(order, user=user), return_exceptions=True))
            by_token.link("ada")
            return by_token.issue_token("ada")

        handlers.append(handler)
        return await cancel(cancel_of(by_token.create_payment("pace_pay")), user=user)

    def ask(challenge: LinkChallenge) -> Any:
        handler = handlers[0](challenge)
        return handler if flavour == "async" else asyncio.run(handler)

    handlers: list[Callable[[LinkChallenge], Any]] = []
    order = cancel_of(by_token.create_payment("pace_pay"))
    account = by_token.account("pace_pay", token=by_token.issue_token("ada", linked=False))
    assert len(play(flavour, account, scene, link_identity=ask).attempts) == 2
    assert len(asked) == 1
    assert NESTED_LINK in str(inner[0])


def test_a_call_that_is_dropped_while_it_asks_ends_quietly() -> None:
    """Its coroutine is closed in another context, and its question is over."""
    questions, account = LinkQuestions(), pace_pay.Account("token-one")
    challenge = LinkChallenge(api="pace_pay", user="ada", key=None, cancellation=None, problem={})

    async def handler(_challenge: LinkChallenge) -> None:
        await asyncio.sleep(0)

    async def run() -> None:
        call = link_identity(questions, account, handler, challenge, "token-one")
        copy_context().run(call.send, None)
        assert len(questions._running) == 1
        call.close()

    asyncio.run(run())
    assert questions._running == {}

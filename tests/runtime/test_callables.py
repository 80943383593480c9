"""The caller's callables: plain or async, nested, failing, returning nonsense."""

import asyncio
import contextlib
from typing import Any

import attrs
import pytest

from countermand import (
    AsyncClient,
    Client,
    CountermandError,
    LinkChallenge,
    MissingLinkedIdentity,
    Policy,
    Receipt,
    Unauthenticated,
    Unreachable,
    pace_pay,
)
from countermand.sandbox import Sandbox
from tests.support.flavours import PLAIN_TLS, Flavour, cancel
from tests.support.rawserver import NO_CONTENT, TEST_TIMEOUT, RawServer, answer, hang, read, say

SETTINGS: dict[str, Any] = {"policy": Policy(budget=None), "verify": PLAIN_TLS, "trust_env": False}
PACE = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")


def new_cancellation(sandbox: Sandbox) -> pace_pay.Cancellation:
    """The cancellation of a new payment."""
    return pace_pay.Cancellation(sandbox.create_payment("pace_pay").transaction_id)


class AsyncCallable:
    """An object whose call is a coroutine, as a method of a token cache may be."""

    async def __call__(self, _argument: object) -> str:
        """Return a token."""
        await asyncio.sleep(0)
        return "token-one"


async def a_coroutine_function(_user: object) -> str:
    """Return a token."""
    return "token-one"


def a_function(_user: object) -> str:
    """Return a token."""
    return "token-one"


def an_awaitable(_user: object) -> Any:
    """Return something to be awaited."""
    return a_coroutine_function(_user)


@pytest.mark.parametrize(
    "token",
    [a_function, a_coroutine_function, an_awaitable, AsyncCallable()],
    ids=lambda _: "token",
)
def test_an_async_client_takes_every_kind_of_token_callable(token: Any) -> None:
    """Plain functions run on a thread, awaitables are awaited."""
    with RawServer([read, say(NO_CONTENT)]) as server:
        assert isinstance(cancel("async", pace_pay.Account(token, server.url), PACE), Receipt)
        assert server.requests[0].fields["authorization"] == "Bearer token-one"


@pytest.mark.parametrize("token", [a_coroutine_function, AsyncCallable()])
def test_a_blocking_client_refuses_an_async_token_callable(token: Any) -> None:
    """When it is made, with the client that would take it."""
    account = pace_pay.Account(token, "https://pace.invalid")
    with pytest.raises(TypeError, match="token is a coroutine function, which needs AsyncClient"):
        Client(account)


def test_a_blocking_client_refuses_an_awaitable_token() -> None:
    """A typed error that says so, nothing sent, no coroutine left unawaited."""
    with RawServer([read, say(NO_CONTENT)]) as server:
        known = cancel("sync", pace_pay.Account(an_awaitable, server.url), PACE)
        assert server.accepted == 0
    assert type(known) is Unauthenticated
    assert "the token callable returned an awaitable, which needs AsyncClient" in known.message


def test_a_blocking_client_refuses_an_async_link_handler(sandbox: Sandbox) -> None:
    """When it is made; what only its result shows ends with the user still to link."""

    async def handler(_challenge: LinkChallenge) -> None:
        raise AssertionError("never run")

    with pytest.raises(TypeError, match="link_identity is a coroutine function"):
        Client(link_identity=handler)
    account = sandbox.account("pace_pay", token=sandbox.issue_token("callables-1", linked=False))

    def hidden(challenge: LinkChallenge) -> Any:
        return handler(challenge)

    known = cancel("sync", account, new_cancellation(sandbox), link_identity=hidden)
    assert type(known) is MissingLinkedIdentity
    assert "handler returned an awaitable, which needs AsyncClient" in known.message


@attrs.frozen
class Odd:
    """A callable that fails or returns something else than a token."""

    id: str
    value: Any

    def __call__(self, _argument: object) -> Any:
        """Return it, or raise it."""
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


ODD = (
    Odd("nothing", None),
    Odd("bytes", b"token"),
    Odd("empty", ""),
    Odd("line-break", "token\r\nx: y"),
    Odd("space", "to ken"),
    Odd("umlaut", "t\u00f6ken"),
    Odd("scheme", "bearer token"),
    Odd("ours", Unauthenticated("from another cancel")),
)
RAISING = (
    Odd("timeout", TimeoutError("slow")),
    Odd("stop-iteration", StopIteration()),
    Odd("value-error", ValueError("odd")),
)


def test_a_callable_that_returns_the_scheme_is_told_why(flavour: Flavour) -> None:
    """As an account that is given such a token."""
    known = cancel(flavour, pace_pay.Account(lambda _: "Bearer hush"), PACE)
    assert type(known) is Unauthenticated
    assert "a token with 'Bearer' before it; countermand adds it" in known.message
    assert "hush" not in str(known)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.id)
def test_an_odd_token_callable_means_unauthenticated(flavour: Flavour, odd: Odd) -> None:
    """Nothing is sent; an error of another cancel is the cause, not the outcome of this one."""
    with RawServer([read, say(NO_CONTENT)]) as server:
        known = cancel(flavour, pace_pay.Account(odd, server.url), PACE)
        assert server.accepted == 0
    assert type(known) is Unauthenticated
    assert known.key == "order-42"
    assert known.__cause__ is (odd.value if odd.id == "ours" else None)


@pytest.mark.parametrize("odd", ODD[1:], ids=lambda odd: odd.id)
def test_an_odd_link_handler_means_still_unlinked(
    sandbox: Sandbox, flavour: Flavour, odd: Odd
) -> None:
    """The user still has to link, and nothing is sent again."""
    user = f"odd-{flavour}-{odd.id}"
    account = sandbox.account("pace_pay", token=sandbox.issue_token(user, linked=False))
    known = cancel(flavour, account, new_cancellation(sandbox), link_identity=odd)
    assert type(known) is MissingLinkedIdentity
    assert len(known.attempts) == 1


def raised(flavour: Flavour, odd: Odd, account: Any, cancellation: Any, **options: Any) -> Any:
    """Cancel until the callable's own exception comes through, and return its cause."""
    # A future cannot carry a StopIteration.
    threaded = flavour == "async" and isinstance(odd.value, StopIteration)
    with pytest.raises(RuntimeError if threaded else type(odd.value)) as caught:
        cancel(flavour, account, cancellation, **options)
    if not threaded and odd.id != "timeout":  # asyncio copies a TimeoutError from a thread.
        assert caught.value is odd.value
    return caught.value.__cause__


@pytest.mark.parametrize("odd", RAISING, ids=lambda odd: odd.id)
def test_what_a_token_callable_raises_passes_through(flavour: Flavour, odd: Odd) -> None:
    """Its cause says that nothing was sent."""
    with RawServer([read, say(NO_CONTENT)]) as server:
        known = raised(flavour, odd, pace_pay.Account(odd, server.url), PACE)
        assert server.accepted == 0
    assert type(known) is Unreachable
    assert known.key == "order-42"


def test_what_a_token_callable_raises_after_a_refusal_has_the_refusal_as_its_cause(
    flavour: Flavour,
) -> None:
    """The provider has rejected the first token, and there was no second."""
    tokens = iter(["token-one"])

    def token(_user: object) -> str:
        for known in tokens:
            return known
        raise LookupError("the vault is closed")

    with (
        RawServer([read, say(answer(401)), hang]) as server,
        pytest.raises(LookupError, match="the vault is closed") as caught,
    ):
        cancel(flavour, pace_pay.Account(token, server.url), PACE)
    assert type(caught.value.__cause__) is Unauthenticated


@pytest.mark.parametrize("odd", RAISING, ids=lambda odd: odd.id)
def test_what_a_link_handler_raises_passes_through(
    sandbox: Sandbox, flavour: Flavour, odd: Odd
) -> None:
    """Its cause says that the user still has to link; nothing is sent again."""
    user = f"raising-{flavour}-{odd.id}"
    account = sandbox.account("pace_pay", token=sandbox.issue_token(user, linked=False))
    known = raised(flavour, odd, account, new_cancellation(sandbox), link_identity=odd)
    assert type(known) is MissingLinkedIdentity
    assert len(known.attempts) == 1


@pytest.mark.parametrize("when", ["after-linking", "before-linking"])
def test_a_handler_may_cancel_something_itself(
    sandbox: Sandbox, flavour: Flavour, when: str
) -> None:
    """A cancel inside the handler, of the same user at the same client, ends; so does the outer.

    Where the inner one meets the missing link too, it may fail, but it must not wait for itself.
    """
    user = f"nested-{flavour}-{when}"
    account = sandbox.account("pace_pay", token=sandbox.issue_token(user, linked=False))
    outer, inner = new_cancellation(sandbox), new_cancellation(sandbox)
    entered: list[LinkChallenge] = []

    def enter(challenge: LinkChallenge) -> bool:
        entered.append(challenge)
        if when == "after-linking" or len(entered) > 1:
            sandbox.link(user)
        return len(entered) == 1

    async def run() -> Receipt:
        async def handler(challenge: LinkChallenge) -> None:
            if enter(challenge):
                await asyncio.gather(client.cancel(inner, user=user), return_exceptions=True)
            sandbox.link(user)

        async with AsyncClient(account, link_identity=handler, **SETTINGS) as client:
            return await asyncio.wait_for(client.cancel(outer, user=user), TEST_TIMEOUT)

    def blocking_handler(challenge: LinkChallenge) -> None:
        if enter(challenge):
            with contextlib.suppress(CountermandError):
                client.cancel(inner, user=user)
        sandbox.link(user)

    if flavour == "async":
        receipt = asyncio.run(run())
    else:
        with Client(account, link_identity=blocking_handler, **SETTINGS) as client:
            receipt = client.cancel(outer, user=user)
    assert len(receipt.attempts) == 2


def test_equal_accounts_are_one_account(flavour: Flavour) -> None:
    """A copy of an account is one of the client's, and reached over its transport."""

    async def run(own: Any, copies: list[Any]) -> None:
        async with AsyncClient(own, **SETTINGS) as client:
            for copy in copies:
                await client.cancel(PACE, account=copy)

    with RawServer([read, say(NO_CONTENT)]) as server:
        own = pace_pay.Account(a_function, server.url)
        copies = [pace_pay.Account(a_function, server.url) for _ in range(3)]
        if flavour == "async":
            asyncio.run(run(own, copies))
        else:
            with Client(own, **SETTINGS) as client:
                for copy in copies:
                    client.cancel(PACE, account=copy)
        assert server.accepted == 3

"""The two clients: the only things that do I/O. Same names, same behaviour, one with `await`."""

from __future__ import annotations

import asyncio
import random as chance
import time
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from countermand._http.transport import AsyncTransport, Transport, TransportOptions
from countermand._runtime.base_client import BaseClient
from countermand._runtime.drivers import AsyncDriver, Driver
from countermand._runtime.invocation import Environment
from countermand._threads import run_in_ledger_pool
from countermand.policy import Policy
from countermand.receipt import Receipt

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    import httpx
    from countermand_clients.operation import Call

    from countermand._core.outcomes import CallResult
    from countermand._runtime.invocation import Invocation
    from countermand.identity import LinkHandler
    from countermand.ledger import Ledger, Unresolved
    from countermand.provider._accounts import Account
    from countermand.provider._cancellations import BaseCancellation
    from countermand.receipt import Response

__all__ = ["AsyncClient", "Client"]

T = TypeVar("T")


def _receipt_or_raise(result: CallResult) -> Receipt:
    """The receipt; an error is raised with the cause that it already has."""
    if isinstance(result, Receipt):
        return result
    raise result


class Client:
    """Cancels payments, blocking; may be shared by threads.

    Args:
        accounts: One or more accounts of any providers; a cancellation goes to the account of its
            provider.
        policy: Limits on attempts and time.
        ledger: Where every cancel is recorded before it is sent, for all who share the database.
            Without one, the client remembers its keys in memory.
        link_identity: Takes a PACE user through linking a missing identity: gets a `LinkChallenge`,
            returns a token or None.
        transport: An httpx transport of your own. One that emits no trace events is never believed
            to have sent nothing.
        proxy: As in httpx; without it the environment's proxies are used.
        verify: As in httpx: True, False, a path or an SSL context.
        cert: As in httpx: a client certificate.
        trust_env: As in httpx.
        limits: As in httpx: connection pool limits, for each account.
        clock: The monotonic clock, in seconds.
        sleep: Waits for so many seconds.
        random: Draws a number from 0 to 1.

    Raises:
        TypeError: something that is no account stands among the accounts.
    """

    def __init__(
        self,
        *accounts: Account,
        policy: Policy | None = None,
        ledger: Ledger | None = None,
        link_identity: LinkHandler | None = None,
        transport: httpx.BaseTransport | None = None,
        proxy: str | httpx.Proxy | None = None,
        verify: ssl.SSLContext | str | bool = True,
        cert: str | tuple[str, str] | tuple[str, str, str] | None = None,
        trust_env: bool = True,
        limits: httpx.Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self._base = BaseClient(
            accounts=accounts,
            policy=policy or Policy(),
            environment=Environment(clock=clock, random=random),
            link_handler=link_identity,
            configured_ledger=ledger,
        )
        self._custom_transport = Transport(transport) if transport is not None else None
        if transport is None:
            self._connections = TransportOptions(
                proxy=proxy, verify=verify, cert=cert, trust_env=trust_env, limits=limits
            )
        self._sleep = sleep
        # Opened now, so that a wrong setting is told here and never meets a payment.
        self._transports = {id(account): self._open_transport(account) for account in accounts}

    def cancel(
        self,
        cancellation: BaseCancellation,
        *,
        key: str | None = None,
        user: str | None = None,
        account: Account | None = None,
        deadline: float | None = None,
        wait: bool = False,
    ) -> Receipt:
        """Cancel a payment: once, whatever happens on the way.

        Args:
            cancellation: What to cancel, from a provider's module.
            key: Your name for this intent, such as an order number. The same key stands for the
                same cancel: a settled one is answered with its receipt, and nothing is sent. Left
                out, one is made; it is on the receipt and on every error.
            user: Your name for the user, handed to the token callable and the link handler (PACE).
            account: Which account, where the client has several of one provider.
            deadline: Seconds for everything, instead of the policy's.
            wait: Whether to wait, within the deadline, for another call that holds the key.

        Returns:
            The proof that it is cancelled, or that the provider has accepted it.

        Raises:
            NotCancelled: surely not cancelled; its subclasses say why.
            OutcomeUnknown: it may have been cancelled; `advice` says what to do next.
            KeyConflict: the key stands for another cancellation; nothing was sent.
            CancellationInProgress: the key is being worked on; nothing was sent.
        """
        invocation = self._base._prepare_cancel(
            cancellation, key=key, user=user, account=account, deadline=deadline, wait=wait
        )
        return _receipt_or_raise(self._driver(invocation).run())

    def execute(
        self,
        call: Call[T],
        *,
        user: str | None = None,
        account: Account | None = None,
        deadline: float | None = None,
    ) -> Response[T]:
        """Run any generated operation with the same care on the wire.

        Args:
            call: From a generated endpoint module, such as
                `countermand_clients.unzer.api.payments.get_payment.call("s-pay-1")`.
            user: As in `cancel`.
            account: As in `cancel`.
            deadline: As in `cancel`.

        Returns:
            Status, typed body, attempts and the raw reply of a documented success.

        Raises:
            NotCancelled: refused, or, for an operation that only reads, no usable answer.
            OutcomeUnknown: an operation that moves money may have been executed.
        """
        invocation = self._base._prepare_call(call, user=user, account=account, deadline=deadline)
        self._driver(invocation).run()
        return self._base._to_response(invocation)

    def resume(
        self,
        key: str,
        *,
        account: Account | None = None,
        deadline: float | None = None,
        wait: bool = False,
    ) -> Receipt:
        """Finish what a crash, a deadline or a lost answer left open.

        Finds out what became of it; sends again only where that is safe: where nothing went out,
        where a repeat does no harm, or where the provider's records show nothing after the policy's
        settle window.

        Args:
            key: The key of an earlier cancel, by whatever process.
            account: As in `cancel`; left out, it is the one that the cancel went to.
            deadline: As in `cancel`.
            wait: As in `cancel`.

        Returns:
            The receipt, also of a key that is settled already.

        Raises:
            InvalidCancellation: the ledger knows no such key, so nothing was sent under it.
            LedgerUnavailable: it cannot be read, or this client has none.
            OutcomeUnknown: also where this client cannot take it up: it lacks the account.
            CountermandError: as in `cancel`.
        """
        search = self._base._prepare_lookup(key, deadline)
        invocation = self._base._prepare_resume(search, search.find(), account=account, wait=wait)
        return _receipt_or_raise(self._driver(invocation).run())

    def unresolved(self) -> tuple[Unresolved, ...]:
        """Every cancel in the ledger of which it is not known how it ended, oldest first.

        Raises:
            LedgerUnavailable: the ledger cannot be read, or this client has none.
        """
        return self._base.ledger.unresolved()

    def resolve(
        self, key: str, *, cancelled: bool, by: str, reason: str, reference: str | None = None
    ) -> None:
        """Record what a person found out, as `Ledger.resolve` does."""
        self._base.ledger.resolve(
            key, cancelled=cancelled, by=by, reason=reason, reference=reference
        )

    def close(self) -> None:
        """Close every connection; calls under way end in an error that says what is known."""
        self._base.closed = True
        for transport in self._transports.values():
            transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _driver(self, invocation: Invocation) -> Driver:
        return Driver(invocation, self._transport_for, self._sleep)

    def _open_transport(self, account: Account) -> Transport:
        return self._custom_transport or Transport.open(self._connections, account.endpoint)

    def _transport_for(self, account: Account) -> Transport:
        return self._transports[id(account)]


class AsyncClient:
    """Cancels payments with asyncio; may be shared by the tasks of one event loop.

    Arguments and errors are `Client`'s; callables may be coroutine functions, and plain ones run on
    a thread. Used in a further event loop, it opens new connections there.
    """

    def __init__(
        self,
        *accounts: Account,
        policy: Policy | None = None,
        ledger: Ledger | None = None,
        link_identity: LinkHandler | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        proxy: str | httpx.Proxy | None = None,
        verify: ssl.SSLContext | str | bool = True,
        cert: str | tuple[str, str] | tuple[str, str, str] | None = None,
        trust_env: bool = True,
        limits: httpx.Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self._base = BaseClient(
            accounts=accounts,
            policy=policy or Policy(),
            environment=Environment(clock=clock, random=random),
            link_handler=link_identity,
            configured_ledger=ledger,
        )
        self._custom_transport = AsyncTransport(transport) if transport is not None else None
        if transport is None:
            self._connections = TransportOptions(
                proxy=proxy, verify=verify, cert=cert, trust_env=trust_env, limits=limits
            )
        self._sleep = sleep
        self._transports = {id(account): self._open_transport(account) for account in accounts}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def cancel(
        self,
        cancellation: BaseCancellation,
        *,
        key: str | None = None,
        user: str | None = None,
        account: Account | None = None,
        deadline: float | None = None,
        wait: bool = False,
    ) -> Receipt:
        """Cancel a payment; arguments, result and errors as in `Client.cancel`."""
        invocation = self._base._prepare_cancel(
            cancellation, key=key, user=user, account=account, deadline=deadline, wait=wait
        )
        return _receipt_or_raise(await self._driver(invocation).run())

    async def execute(
        self,
        call: Call[T],
        *,
        user: str | None = None,
        account: Account | None = None,
        deadline: float | None = None,
    ) -> Response[T]:
        """Run any generated operation; arguments, result and errors as in `Client.execute`."""
        invocation = self._base._prepare_call(call, user=user, account=account, deadline=deadline)
        await self._driver(invocation).run()
        return self._base._to_response(invocation)

    async def resume(
        self,
        key: str,
        *,
        account: Account | None = None,
        deadline: float | None = None,
        wait: bool = False,
    ) -> Receipt:
        """Finish what was left open; arguments, result and errors as in `Client.resume`."""
        search = self._base._prepare_lookup(key, deadline)
        found = await run_in_ledger_pool(search.find)
        invocation = self._base._prepare_resume(search, found, account=account, wait=wait)
        return _receipt_or_raise(await self._driver(invocation).run())

    async def unresolved(self) -> tuple[Unresolved, ...]:
        """What is not known how it ended, as `Client.unresolved`."""
        return await run_in_ledger_pool(self._base.ledger.unresolved)

    async def resolve(
        self, key: str, *, cancelled: bool, by: str, reason: str, reference: str | None = None
    ) -> None:
        """Record what a person found out, as `Ledger.resolve` does."""
        settle = self._base.ledger.resolve
        await run_in_ledger_pool(
            partial(settle, key, cancelled=cancelled, by=by, reason=reason, reference=reference)
        )

    async def aclose(self) -> None:
        """Close every connection; calls under way end in an error that says what is known."""
        self._base.closed = True
        for transport in self._transports.values():
            await transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _driver(self, invocation: Invocation) -> AsyncDriver:
        return AsyncDriver(invocation, self._transport_for, self._sleep)

    def _open_transport(self, account: Account) -> AsyncTransport:
        return self._custom_transport or AsyncTransport.open(self._connections, account.endpoint)

    def _transport_for(self, account: Account) -> AsyncTransport:
        loop = asyncio.get_running_loop()
        if self._loop not in {None, loop} and not self._base.closed:
            # Connections belong to the loop that opened them; a finished loop's cannot be closed.
            self._transports = {
                id(each): self._open_transport(each) for each in self._base.accounts
            }
        self._loop = loop
        return self._transports[id(account)]

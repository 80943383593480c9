"""The two clients: the only things that do I/O. Same names, same behaviour, one with `await`."""

from __future__ import annotations

import asyncio
import random as chance
import time
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from countermand._http.transport import AsyncTransport, Transport, TransportOptions
from countermand._runtime.base_client import BaseClient, receipt_or_raise
from countermand._runtime.drivers import AsyncDriver, Driver
from countermand._threads import run_in_ledger_pool

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    import httpx
    from countermand_clients.operation import Call

    from countermand.identity import LinkHandler
    from countermand.ledger import Ledger, Unresolved
    from countermand.policy import Policy
    from countermand.provider import Account, BaseCancellation
    from countermand.receipt import Receipt, Response

__all__ = ["AsyncClient", "Client"]

T = TypeVar("T")


class Client(BaseClient):
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
        super().__init__(
            accounts,
            policy=policy,
            ledger=ledger,
            link_identity=link_identity,
            clock=clock,
            random=random,
        )
        self._custom_transport = Transport(transport) if transport is not None else None
        if transport is None:
            self._options = TransportOptions(
                proxy=proxy, verify=verify, cert=cert, trust_env=trust_env, limits=limits
            )
        # Opened now, so that a wrong setting raises here and not at the first payment.
        self._transports = self._open_transports()
        self._driver = Driver(self._transport_for, sleep)

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
        invocation = self._prepare_cancel(
            cancellation, key=key, user=user, account=account, deadline=deadline, wait=wait
        )
        return receipt_or_raise(self._driver.run(invocation))

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
        invocation = self._prepare_call(call, user=user, account=account, deadline=deadline)
        self._driver.run(invocation)
        return self._to_response(invocation)

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
        search = self._prepare_lookup(key, deadline)
        invocation = self._prepare_resume(search, search.find(), account=account, wait=wait)
        return receipt_or_raise(self._driver.run(invocation))

    def unresolved(self) -> tuple[Unresolved, ...]:
        """Every cancel in the ledger of which it is not known how it ended, oldest first.

        Raises:
            LedgerUnavailable: the ledger cannot be read, or this client has none.
        """
        return self._required_ledger.unresolved()

    def resolve(
        self, key: str, *, cancelled: bool, by: str, reason: str, reference: str | None = None
    ) -> None:
        """Record what a person found out, as `Ledger.resolve` does."""
        self._required_ledger.resolve(
            key, cancelled=cancelled, by=by, reason=reason, reference=reference
        )

    def close(self) -> None:
        """Close every connection; calls under way end in an error that says what is known."""
        self._closed = True
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

    def _open_transports(self) -> dict[int, Transport]:
        return {
            id(account): self._custom_transport or Transport.open(self._options, account.endpoint)
            for account in self._accounts.all
        }

    def _transport_for(self, account: Account) -> Transport:
        return self._transports[id(account)]


class AsyncClient(BaseClient):
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
        super().__init__(
            accounts,
            policy=policy,
            ledger=ledger,
            link_identity=link_identity,
            clock=clock,
            random=random,
        )
        self._custom_transport = AsyncTransport(transport) if transport is not None else None
        if transport is None:
            self._options = TransportOptions(
                proxy=proxy, verify=verify, cert=cert, trust_env=trust_env, limits=limits
            )
        # Opened now, so that a wrong setting raises here and not at the first payment.
        self._transports = self._open_transports()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._driver = AsyncDriver(self._transport_for, sleep)

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
        invocation = self._prepare_cancel(
            cancellation, key=key, user=user, account=account, deadline=deadline, wait=wait
        )
        return receipt_or_raise(await self._driver.run(invocation))

    async def execute(
        self,
        call: Call[T],
        *,
        user: str | None = None,
        account: Account | None = None,
        deadline: float | None = None,
    ) -> Response[T]:
        """Run any generated operation; arguments, result and errors as in `Client.execute`."""
        invocation = self._prepare_call(call, user=user, account=account, deadline=deadline)
        await self._driver.run(invocation)
        return self._to_response(invocation)

    async def resume(
        self,
        key: str,
        *,
        account: Account | None = None,
        deadline: float | None = None,
        wait: bool = False,
    ) -> Receipt:
        """Finish what was left open; arguments, result and errors as in `Client.resume`."""
        search = self._prepare_lookup(key, deadline)
        found = await run_in_ledger_pool(search.find)
        invocation = self._prepare_resume(search, found, account=account, wait=wait)
        return receipt_or_raise(await self._driver.run(invocation))

    async def unresolved(self) -> tuple[Unresolved, ...]:
        """What is not known how it ended, as `Client.unresolved`."""
        return await run_in_ledger_pool(self._required_ledger.unresolved)

    async def resolve(
        self, key: str, *, cancelled: bool, by: str, reason: str, reference: str | None = None
    ) -> None:
        """Record what a person found out, as `Ledger.resolve` does."""
        settle = self._required_ledger.resolve
        await run_in_ledger_pool(
            partial(settle, key, cancelled=cancelled, by=by, reason=reason, reference=reference)
        )

    async def aclose(self) -> None:
        """Close every connection; calls under way end in an error that says what is known."""
        self._closed = True
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

    def _open_transports(self) -> dict[int, AsyncTransport]:
        return {
            id(account): self._custom_transport
            or AsyncTransport.open(self._options, account.endpoint)
            for account in self._accounts.all
        }

    def _transport_for(self, account: Account) -> AsyncTransport:
        loop = asyncio.get_running_loop()
        if self._loop not in {None, loop} and not self._closed:
            # Connections belong to the loop that opened them; a finished loop's cannot be closed.
            self._transports = self._open_transports()
        self._loop = loop
        return self._transports[id(account)]

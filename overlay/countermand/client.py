"""The two clients: the only things that do I/O. Same names, same behaviour, one with `await`."""

from __future__ import annotations

import inspect
import logging
import random as chance
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

from countermand._http.transport import TransportOptions, wrap_async, wrap_blocking
from countermand._runtime import arguments
from countermand._runtime.accounts import trusts_environment
from countermand._runtime.base_client import BaseClient, receipt_or_raise
from countermand._runtime.driver import Driver
from countermand._secrets import hide_arguments
from countermand._signals import is_from_handler
from countermand._steps import drive, drive_async
from countermand.errors import CountermandError

if TYPE_CHECKING:
    import ssl
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        AsyncIterator,
        Awaitable,
        Callable,
        Iterable,
        Iterator,
    )
    from datetime import datetime
    from types import TracebackType

    import httpx
    from countermand_clients.operation import Call

    from countermand._http.async_base import AsyncTransport
    from countermand._http.base import Transport
    from countermand.batch import CancelRequest, CancelResult
    from countermand.events import Event
    from countermand.identity import LinkHandler
    from countermand.ledger import KeyRecord, Ledger, State, Unresolved, UnresolvedCount
    from countermand.ledger._reconciler import Step
    from countermand.ledger._reconciliation import Change, Reconciliation
    from countermand.policy import Policy
    from countermand.provider import Account, BaseCancellation
    from countermand.receipt import Receipt, Response

__all__ = ["AsyncClient", "Client"]

T = TypeVar("T")

logger = logging.getLogger("countermand")

NOT_REPORTED: Final = "key %s: on_outcome has raised; the change is reported again"


@hide_arguments
class Client(BaseClient):
    """Cancels payments, blocking; may be shared by threads.

    Args:
        accounts: One or more accounts of any providers; a cancellation goes to the account of its
            provider.
        policy: Limits on attempts and time.
        ledger: Records every cancel before it is sent, for every process that shares the database.
            Without one, the client keeps its keys in memory.
        link_identity: Takes a PACE user through linking a missing identity: gets a `LinkChallenge`,
            returns a token or None.
        on_event: Called with each event of `countermand.events`, in the thread or task of the call,
            which goes on when it returns; no coroutine function. What it raises is logged once for
            each kind of event and exception, and changes nothing; only what a signal handler raises
            in its midst ends the call.
        transport: An httpx transport of your own. If it does not call the request's `trace`
            extension, as httpcore does, every request counts as maybe sent. It gets the request
            with its credentials in the header fields: what it raises, logs or uploads may show
            them.
        proxy: As in httpx; without it the environment's proxies are used. With `transport=`, which
            has its own connections, it is refused; `verify` and `cert` count for nothing then.
        verify: As in httpx: True, False, a path or an SSL context.
        cert: As in httpx: a client certificate.
        trust_env: As in httpx.
        clock: The monotonic clock, in seconds.
        sleep: Waits for so many seconds.
        random: Draws a number from 0 to 1.

    Raises:
        TypeError: one of the accounts is no account, or a setting has the wrong type.
        ValueError: `proxy`, or the environment's proxy, is no valid URL, or `proxy` stands beside
            `transport`.
        OSError: the certificates of `verify` or `cert` cannot be loaded.
        ProviderError: with a ledger, an account whose provider is not registered by its name.
    """

    def __init__(
        self,
        *accounts: Account,
        policy: Policy | None = None,
        ledger: Ledger | None = None,
        link_identity: LinkHandler | None = None,
        on_event: Callable[[Event], object] | None = None,
        transport: httpx.BaseTransport | None = None,
        proxy: str | httpx.Proxy | None = None,
        verify: ssl.SSLContext | str | bool = True,
        cert: str | tuple[str, str] | tuple[str, str, str] | None = None,
        trust_env: bool = True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        random: Callable[[], float] = chance.random,
    ) -> None:
        super().__init__(
            accounts,
            policy=policy,
            ledger=ledger,
            link_identity=link_identity,
            on_event=on_event,
            clock=clock,
            random=random,
        )
        arguments.validate_callable("sleep", sleep, "a function such as time.sleep")
        arguments.validate_blocking("sleep", sleep)
        arguments.validate_blocking("link_identity", link_identity)
        for account in self._accounts.all:
            arguments.validate_blocking("token", account.token_source)
        arguments.validate_transport(transport, proxy)
        self._custom_transport = wrap_blocking(transport) if transport is not None else None
        if transport is None:
            self._options = TransportOptions(
                proxy=proxy, verify=verify, cert=cert, trust_env=trust_env
            )
        # Opened now, so that a wrong setting raises here and not at the first payment.
        self._transports = self._open_transports()
        self._driver = Driver(self._transport_for, self._gate, sleep)

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
        """Cancel a payment once, whatever is lost or interrupted.

        Args:
            cancellation: What to cancel, from a provider's module.
            key: Your name for this intent, such as an order number. The same key stands for the
                same cancel: if it has succeeded, its receipt is returned and nothing is sent. If
                left out, one is made; the receipt and every error carry it.
            user: Your name for the user, handed to the token callable and the link handler (PACE).
            account: Which account, where the client has several of one provider.
            deadline: Seconds for everything, instead of the policy's.
            wait: Whether to wait, within the deadline, for another call with the same key.

        Returns:
            The receipt: the payment is cancelled, or the provider has accepted the cancel.

        Raises:
            NotCancelled: this cancel changed nothing, and that is proven; its subclasses say why.
            OutcomeUnknown: it may have been cancelled; `advice` says what to do next.
            KeyConflict: the key stands for another cancellation; nothing was sent.
            CancellationInProgress: another call with this key is running, or took it over.
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
        """Run any generated operation, with the same retries and deadline.

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
        """Finish a cancel that a crash, a deadline or a lost answer left unresolved.

        It reads the payment back. It sends the cancel again only if nothing was sent before, if a
        repeat does no harm, or if the provider's records lack it after the policy's late-arrival
        window.

        Args:
            key: The key of an earlier cancel, by any process that shares the ledger.
            account: As in `cancel`; if left out, the account of the earlier cancel.
            deadline: As in `cancel`.
            wait: As in `cancel`.

        Returns:
            The receipt, also of a cancel that has succeeded already.

        Raises:
            InvalidCancellation: the ledger knows no such key, so nothing was sent under it.
            LedgerUnavailable: the ledger cannot be read, or this client has none.
            OutcomeUnknown: also if this client lacks the account of the cancel.
            CountermandError: as in `cancel`.
        """
        lookup = self._prepare_lookup(key, deadline)
        invocation = self._prepare_resume(lookup, lookup.find(), account=account, wait=wait)
        return receipt_or_raise(self._driver.run(invocation))

    def unresolved(
        self, *, state: State | str | None = None, provider: str | None = None
    ) -> Iterator[Unresolved]:
        """The cancels in the ledger that have not ended, as `Ledger.unresolved`.

        Raises:
            LedgerUnavailable: this client has no ledger.
        """
        return self._required_ledger.unresolved(state=state, provider=provider)

    def reconcile(
        self,
        *,
        limit: int | None = None,
        until: datetime | None = None,
        on_outcome: Callable[[Change], object] | None = None,
    ) -> Reconciliation:
        """Look at every open cancel whose look is due, and report what has changed.

        A look is what `resume` does: it reads the payment back, and sends the cancel again only
        where that does no harm. The next one is planned by `Policy.follow_up`. Any number of
        workers on any number of hosts may do this at once; it may be interrupted at any moment.
        What a token callable or a linked-identity handler raises ends its own look alone.

        Args:
            limit: The maximum number of looks; None for no limit.
            until: No look begins after this time; a datetime with a time zone.
            on_outcome: Called with each `Change` of this call's keys, at least once. If it raises,
                or the process dies, the change is reported by the next call with `on_outcome`, in
                whatever process. Calls without it report nothing, and keep nothing to report. What
                a signal handler raises in its midst ends this call.

        Returns:
            What was done, in numbers. Keys at accounts that this client lacks are skipped.

        Raises:
            LedgerUnavailable: the ledger cannot be used, or this client has none.
            TypeError: an argument has the wrong type.
            ValueError: `limit` is less than 1, or `until` has no time zone.
        """
        arguments.validate_blocking("on_outcome", on_outcome)
        reconciler = self._reconciler(limit, until, on_outcome)
        ledger = self._required_ledger

        def perform(step: Step) -> Any:
            if step.due is not None:
                with suppress(CountermandError):
                    self._driver.run(self._prepare_look(step.due))
            if step.change is not None and on_outcome is not None:
                try:
                    on_outcome(step.change)
                except Exception as error:  # whatever the caller's own callable raises
                    if is_from_handler(error):
                        raise
                    key = step.change.key
                    logger.exception(NOT_REPORTED, key, extra={"countermand_key": key})
                    return False
            return ledger.perform(step.task)

        return drive(reconciler.steps(), perform)

    def show(self, key: str) -> KeyRecord:
        """Everything that the ledger knows of a key, as `Ledger.show`."""
        return self._required_ledger.show(key)

    def find_by_payment(self, cancellation: BaseCancellation) -> tuple[KeyRecord, ...]:
        """The keys that stand for a cancel of a payment, as `Ledger.find_by_payment`."""
        return self._required_ledger.find_by_payment(cancellation)

    def resolve(
        self, key: str, *, cancelled: bool, by: str, reason: str, reference: str | None = None
    ) -> None:
        """Record a manual resolution, as `Ledger.resolve` does."""
        self._required_ledger.resolve(
            key, cancelled=cancelled, by=by, reason=reason, reference=reference
        )

    def count_unresolved(self) -> tuple[UnresolvedCount, ...]:
        """Count what `unresolved` lists, as `Ledger.count_unresolved`."""
        return self._required_ledger.count_unresolved()

    def purge(self, *, older_than: float, forget: bool = False) -> int:
        """Strip old finished keys in the ledger, as `Ledger.purge`; for all clients of it."""
        return self._required_ledger.purge(older_than=older_than, forget=forget)

    def close(self) -> None:
        """Close every connection; running calls end with the error that fits their state.

        A call that pauses before a retry, or waits for a place, ends when that is over.
        """
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
            id(account): self._custom_transport
            or self._options.open_blocking(account.endpoint, trust_env=trusts_environment(account))
            for account in self._accounts.all
        }

    def _transport_for(self, account: Account) -> Transport:
        return self._transports[id(account)]


async def sleep_async(seconds: float) -> None:
    """As `asyncio.sleep`, which a blocking client need not load."""
    import asyncio  # noqa: PLC0415

    await asyncio.sleep(seconds)


@hide_arguments
class AsyncClient(BaseClient):
    """Cancels payments with asyncio; may be shared by the tasks of one event loop.

    Arguments and errors are `Client`'s; callables may be coroutine functions, and plain ones run on
    a thread; but `on_event` is a plain function that runs in the event loop, and must not block.
    The client may be used in one event loop after another.
    """

    def __init__(
        self,
        *accounts: Account,
        policy: Policy | None = None,
        ledger: Ledger | None = None,
        link_identity: LinkHandler | None = None,
        on_event: Callable[[Event], object] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        proxy: str | httpx.Proxy | None = None,
        verify: ssl.SSLContext | str | bool = True,
        cert: str | tuple[str, str] | tuple[str, str, str] | None = None,
        trust_env: bool = True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = sleep_async,
        random: Callable[[], float] = chance.random,
    ) -> None:
        super().__init__(
            accounts,
            policy=policy,
            ledger=ledger,
            link_identity=link_identity,
            on_event=on_event,
            clock=clock,
            random=random,
        )
        arguments.validate_callable("sleep", sleep, "a function such as asyncio.sleep")
        if cast("object", sleep) is time.sleep:
            raise TypeError("sleep must be a coroutine function such as asyncio.sleep")
        arguments.validate_transport(transport, proxy)
        self._custom_transport = wrap_async(transport) if transport is not None else None
        if transport is None:
            self._options = TransportOptions(
                proxy=proxy, verify=verify, cert=cert, trust_env=trust_env
            )
        # Opened now, so that a wrong setting raises here and not at the first payment.
        self._transports = self._open_transports()
        from countermand._runtime.async_driver import (  # noqa: PLC0415 - it imports asyncio
            AsyncDriver,
        )

        self._driver = AsyncDriver(self._transport_for, self._gate, sleep)

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

    def cancel_many(
        self,
        requests: Iterable[CancelRequest] | AsyncIterable[CancelRequest],
        *,
        concurrency: int = 100,
        rate: float | None = None,
    ) -> AsyncGenerator[CancelResult]:
        """Cancel many payments, so many at a time, in memory that does not grow with their number.

        Iterate over the results with `async for`; they come in the order in which the calls end. A
        call's deadline starts when the call starts. If the iteration ends early (by `break`, an
        exception, or because its task is cancelled) no further call starts, and those that run are
        cancelled, with what is known of them recorded. A `break` alone does that a little later;
        `contextlib.aclosing` waits for it.

        Args:
            requests: An iterable, or one for `async for`. The next request is read when a call can
                start. A plain iterable is read in the event loop, so it must not block.
            concurrency: How many calls run at a time. A call has its place until its result was
                taken and the next one is asked for. `Policy.concurrency` limits their requests.
            rate: How many calls start per second, evenly spread; None for no limit.

        Returns:
            What came of each request: a receipt, or an error of this package.

        Raises:
            TypeError: an argument has the wrong type, or one of the requests is no `CancelRequest`.
            ValueError: `concurrency` is less than 1, or `rate` is not positive.
            Exception: what `requests` or a callable of yours raises. No further call starts, those
                that run come to their ends, their results are yielded, and then it is raised.
        """
        arguments.validate_requests(requests)
        arguments.validate_concurrency(concurrency)
        arguments.validate_rate(rate)
        from countermand._runtime.many import Batch, Pace  # noqa: PLC0415 - it imports asyncio

        def cancel(request: CancelRequest) -> Awaitable[Receipt]:
            return self.cancel(
                request.cancellation, key=request.key, user=request.user, account=request.account
            )

        pace = None if rate is None else Pace(1 / rate)
        batch = Batch(cancel, requests, concurrency, pace, self._clock, self._driver.sleep)
        return batch.results()

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
        """Finish an unresolved cancel; arguments, result and errors as in `Client.resume`."""
        lookup = self._prepare_lookup(key, deadline)
        found = await lookup.find_async()
        invocation = self._prepare_resume(lookup, found, account=account, wait=wait)
        return receipt_or_raise(await self._driver.run(invocation))

    def unresolved(
        self, *, state: State | str | None = None, provider: str | None = None
    ) -> AsyncIterator[Unresolved]:
        """The cancels in the ledger that have not ended; for `async for`, as in `Client`."""
        return self._required_ledger.asynchronous.unresolved(state=state, provider=provider)

    async def reconcile(
        self,
        *,
        limit: int | None = None,
        until: datetime | None = None,
        on_outcome: Callable[[Change], object] | None = None,
    ) -> Reconciliation:
        """Look at every open cancel that is due, as `Client.reconcile`.

        `on_outcome` may be a coroutine function.
        """
        reconciler = self._reconciler(limit, until, on_outcome)
        ledger = self._required_ledger.asynchronous

        async def perform(step: Step) -> Any:
            if step.due is not None:
                with suppress(CountermandError):
                    await self._driver.run(self._prepare_look(step.due))
            if step.change is not None and on_outcome is not None:
                try:
                    called = on_outcome(step.change)
                    if inspect.isawaitable(called):
                        await called
                except Exception as error:  # whatever the caller's own callable raises
                    if is_from_handler(error):
                        raise
                    key = step.change.key
                    logger.exception(NOT_REPORTED, key, extra={"countermand_key": key})
                    return False
            return await ledger.perform(step.task)

        return await drive_async(reconciler.steps(), perform)

    async def show(self, key: str) -> KeyRecord:
        """Everything that the ledger knows of a key, as `Ledger.show`."""
        return await self._required_ledger.asynchronous.show(key)

    async def find_by_payment(self, cancellation: BaseCancellation) -> tuple[KeyRecord, ...]:
        """The keys that stand for a cancel of a payment, as `Ledger.find_by_payment`."""
        return await self._required_ledger.asynchronous.find_by_payment(cancellation)

    async def resolve(
        self, key: str, *, cancelled: bool, by: str, reason: str, reference: str | None = None
    ) -> None:
        """Record a manual resolution, as `Ledger.resolve` does."""
        await self._required_ledger.asynchronous.resolve(
            key, cancelled=cancelled, by=by, reason=reason, reference=reference
        )

    async def count_unresolved(self) -> tuple[UnresolvedCount, ...]:
        """Count what `unresolved` lists, as `Ledger.count_unresolved`."""
        return await self._required_ledger.asynchronous.count_unresolved()

    async def purge(self, *, older_than: float, forget: bool = False) -> int:
        """Strip old finished keys in the ledger, as `Ledger.purge`; for all clients of it."""
        return await self._required_ledger.asynchronous.purge(older_than=older_than, forget=forget)

    async def aclose(self) -> None:
        """Close every connection; running calls end with the error that fits their state."""
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
            or self._options.open_async(account.endpoint, trust_env=trusts_environment(account))
            for account in self._accounts.all
        }

    def _transport_for(self, account: Account) -> AsyncTransport:
        return self._transports[id(account)]

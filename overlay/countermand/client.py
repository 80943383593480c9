"""The two clients: the only things that do I/O. Same names, same behaviour, one with `await`."""

from __future__ import annotations

import asyncio
import random as chance
import time
from threading import Lock
from typing import TYPE_CHECKING, Self, TypeVar

from countermand._desk import Desk
from countermand._drivers import Ambience, AsyncDriver, Driver
from countermand._http import AsyncWire, Connections, Wire
from countermand.errors import CountermandError
from countermand.policy import Policy
from countermand.receipt import Receipt

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    import httpx
    from countermand_clients.operation import Call

    from countermand._accounts import Account
    from countermand._cancellations import CancellationBase
    from countermand._desk import Job
    from countermand.identity import LinkHandler
    from countermand.receipt import Response

__all__ = ["AsyncClient", "Client"]

T = TypeVar("T")
R = TypeVar("R")


class Client:
    """Cancels payments, blocking; may be shared by threads.

    Args:
        accounts: One or more accounts of any providers; a cancellation goes to the account of its
            provider.
        policy: Limits on attempts and time.
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
        self._desk = Desk(
            accounts=accounts,
            policy=policy or Policy(),
            ambience=Ambience(clock=clock, random=random),
            handler=link_identity,
        )
        self._own = Wire(transport) if transport is not None else None
        if transport is None:
            self._connections = Connections(
                proxy=proxy, verify=verify, cert=cert, trust_env=trust_env, limits=limits
            )
        self._sleep = sleep
        self._wires: dict[int, Wire] = {}
        self._lock = Lock()

    def cancel(
        self,
        cancellation: CancellationBase,
        *,
        key: str | None = None,
        user: str | None = None,
        account: Account | None = None,
        deadline: float | None = None,
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

        Returns:
            The proof that it is cancelled, or that the provider has accepted it.

        Raises:
            NotCancelled: surely not cancelled; its subclasses say why.
            OutcomeUnknown: it may have been cancelled; `advice` says what to do next.
            KeyConflict: the key stands for another cancellation; nothing was sent.
            CancellationInProgress: the key is being worked on; nothing was sent.
        """
        job = self._desk.cancel(
            cancellation, key=key, user=user, account=account, deadline=deadline
        )
        return job if isinstance(job, Receipt) else self._run(job, self._desk.receipt)

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
        job = self._desk.execute(call, user=user, account=account, deadline=deadline)
        return self._run(job, self._desk.response)

    def close(self) -> None:
        """Close every connection; calls under way end in an error that says what is known."""
        self._desk.closed = True
        with self._lock:
            wires = [*self._wires.values(), *([self._own] if self._own else [])]
            self._wires.clear()
        for wire in wires:
            wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, job: Job, booked: Callable[[Job], R]) -> R:
        try:
            Driver(job.errand, self._wire(job.account), self._sleep).run()
            return booked(job)
        except CountermandError:
            raise
        except BaseException as interrupt:
            raise interrupt from self._desk.interrupted(job)

    def _wire(self, account: Account) -> Wire:
        if self._own is not None:
            return self._own
        with self._lock:
            wire = self._wires.get(id(account))
            if wire is None:
                wire = Wire.open(self._connections, account.endpoint)
                self._wires[id(account)] = wire
            return wire


class AsyncClient:
    """Cancels payments with asyncio; may be shared by the tasks of one event loop.

    Arguments and errors are `Client`'s; callables may be coroutine functions, and plain ones run on
    a thread. Used in a further event loop, it opens new connections there.
    """

    def __init__(
        self,
        *accounts: Account,
        policy: Policy | None = None,
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
        self._desk = Desk(
            accounts=accounts,
            policy=policy or Policy(),
            ambience=Ambience(clock=clock, random=random),
            handler=link_identity,
        )
        self._own = AsyncWire(transport) if transport is not None else None
        if transport is None:
            self._connections = Connections(
                proxy=proxy, verify=verify, cert=cert, trust_env=trust_env, limits=limits
            )
        self._sleep = sleep
        self._wires: dict[int, AsyncWire] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def cancel(
        self,
        cancellation: CancellationBase,
        *,
        key: str | None = None,
        user: str | None = None,
        account: Account | None = None,
        deadline: float | None = None,
    ) -> Receipt:
        """Cancel a payment; arguments, result and errors as in `Client.cancel`."""
        job = self._desk.cancel(
            cancellation, key=key, user=user, account=account, deadline=deadline
        )
        return job if isinstance(job, Receipt) else await self._run(job, self._desk.receipt)

    async def execute(
        self,
        call: Call[T],
        *,
        user: str | None = None,
        account: Account | None = None,
        deadline: float | None = None,
    ) -> Response[T]:
        """Run any generated operation; arguments, result and errors as in `Client.execute`."""
        job = self._desk.execute(call, user=user, account=account, deadline=deadline)
        return await self._run(job, self._desk.response)

    async def aclose(self) -> None:
        """Close every connection; calls under way end in an error that says what is known."""
        self._desk.closed = True
        wires = [*self._wires.values(), *([self._own] if self._own else [])]
        self._wires.clear()
        for wire in wires:
            await wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _run(self, job: Job, booked: Callable[[Job], R]) -> R:
        try:
            await AsyncDriver(job.errand, self._wire(job.account), self._sleep).run()
            return booked(job)
        except CountermandError:
            raise
        except BaseException as interrupt:
            raise interrupt from self._desk.interrupted(job)

    def _wire(self, account: Account) -> AsyncWire:
        if self._own is not None:
            return self._own
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            # Connections belong to the loop that opened them; a finished loop's cannot be closed.
            self._loop = loop
            self._wires.clear()
        wire = self._wires.get(id(account))
        if wire is None:
            wire = self._wires[id(account)] = AsyncWire.open(self._connections, account.endpoint)
        return wire

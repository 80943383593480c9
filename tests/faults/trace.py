"""Cancels at the sandbox, behind the fault proxy, as traces that both clients must share."""

import asyncio
from collections.abc import Callable
from typing import Any

from attrs import define, evolve, field, frozen

from countermand import (
    FULL,
    AsyncClient,
    Client,
    CountermandError,
    Evidence,
    Policy,
    Receipt,
    bento,
    pace_fueling,
    pace_pay,
    unzer,
    vtex,
)
from countermand.sandbox import FaultProxy, Payment, Sandbox
from tests.support.flavours import PLAIN_TLS, Flavour

# Long enough for loopback under load: only a silent or slow server exceeds it.
LONG_TIMEOUTS = Policy(attempt_timeout=5.0, budget=None)
SHORT_TIMEOUTS = Policy(attempt_timeout=1.0, budget=None)


@frozen
class Trace:
    """The result of a cancel, without times and without the socket layer's messages."""

    verdict: str
    attempts: tuple[str, ...]
    executions: int
    requests: int
    waits: tuple[float, ...] = ()


@define
class Environment:
    """A clock that only `sleep` advances, without real waits, and a constant random number."""

    now: float = 1000.0
    waits: list[float] = field(factory=list)
    on_sleep: Callable[[], object] = lambda: None

    def clock(self) -> float:
        """Read the clock."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.waits.append(seconds)
        self.now += seconds
        self.on_sleep()

    async def async_sleep(self, seconds: float) -> None:
        """Move the clock."""
        await asyncio.to_thread(self.sleep, seconds)

    def options(self, flavour: Flavour) -> dict[str, Any]:
        """As arguments of a client."""
        sleep = self.async_sleep if flavour == "async" else self.sleep
        return {"clock": self.clock, "sleep": sleep, "random": lambda: 0.5}


def cancellation_of(api: str, payment: Any, amount: Any = FULL) -> Any:
    """The cancellation of a payment, of everything unless an amount is given."""
    return {
        "pace_pay": lambda: pace_pay.Cancellation(payment.transaction_id),
        "pace_fueling": lambda: pace_fueling.Cancellation(
            payment.gas_station_id, payment.transaction_id
        ),
        "bento": lambda: bento.Cancellation(
            payment.order_id, payment.transaction_id, refund_amount=amount
        ),
        "unzer": lambda: unzer.Cancellation(payment.payment_id, amount=amount),
        "vtex": lambda: vtex.Cancellation(payment.payment_id),
    }[api]()


def said(result: Receipt | CountermandError) -> str:
    """The outcome, and how it is known where no reply said it; or the error's name."""
    if isinstance(result, CountermandError):
        return type(result).__name__
    known = "" if result.evidence is Evidence.REPLY else f", {result.evidence}"
    return f"{result.outcome}{known}"


@define
class Stage:
    """A sandbox, a proxy before it, and one client for as many cancels as a scenario has."""

    sandbox: Sandbox
    proxy: FaultProxy
    flavour: Flavour
    api: str
    payment: Payment
    policy: Policy = LONG_TIMEOUTS
    token: Any = None
    options: dict[str, Any] = field(factory=dict)
    environment: Environment = field(factory=Environment)

    def play(
        self, *cancellations: Any, keys: tuple[str, ...] = ("order-42",), user: str | None = None
    ) -> list[Trace]:
        """Cancel, once for each key, with one client; return a trace of each."""
        base_url = self.proxy.base_url(self.api)
        account: Any = self.sandbox.account(self.api, base_url, token=self.token)
        if self.api == "bento":
            # Its reads are tested where others are (tests/provider/test_read_back_at_sandbox.py).
            account = evolve(account, read=False)
        settings = {
            "policy": self.policy,
            "verify": PLAIN_TLS,
            "trust_env": False,
            **self.environment.options(self.flavour),
            **self.options,
        }
        wanted = cancellations or (cancellation_of(self.api, self.payment),) * len(keys)
        calls = list(zip(wanted, keys, strict=True))
        if self.flavour == "async":
            return asyncio.run(self._awaited(account, settings, calls, user))
        with Client(account, **settings) as client:
            traces = []
            for cancellation, key in calls:
                before = self._before()
                try:
                    result: Any = client.cancel(cancellation, key=key, user=user)
                except CountermandError as error:
                    result = error
                traces.append(self._trace(result, key, before))
            return traces

    async def _awaited(
        self, account: Any, settings: dict[str, Any], calls: list[tuple[Any, str]], user: str | None
    ) -> list[Trace]:
        traces = []
        async with AsyncClient(account, **settings) as client:
            for cancellation, key in calls:
                before = self._before()
                try:
                    result: Any = await client.cancel(cancellation, key=key, user=user)
                except CountermandError as error:
                    result = error
                traces.append(self._trace(result, key, before))
        return traces

    def _before(self) -> tuple[int, int]:
        return len(self.proxy.requests), len(self.environment.waits)

    def _trace(
        self, result: Receipt | CountermandError, key: str, before: tuple[int, int]
    ) -> Trace:
        assert result.key == key
        return Trace(
            verdict=said(result),
            attempts=tuple(str(attempt.status or attempt.sent) for attempt in result.attempts),
            executions=len(self.sandbox.executions(payment=self.payment)),
            requests=len(self.proxy.requests) - before[0],
            waits=tuple(self.environment.waits[before[1] :]),
        )

"""One cancel of one client in one scenario: driven in its own process, counted at the sandbox."""

import base64
import time
from contextlib import ExitStack
from itertools import count
from typing import Any

from attrs import define, field

from countermand.sandbox import FaultProxy, Payment, Sandbox
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN
from countermand.sandbox.faults import Late
from tests.competitors.driving import Driver
from tests.competitors.judging import Measured, Said
from tests.competitors.places import Place
from tests.competitors.roster import Client
from tests.competitors.scenarios import CREATED, HOSTILE, Scenario, Setting

TIMEOUT = 1.0
"""Seconds that every client waits for an answer."""

ARRIVAL = 5.0
"""Seconds in which a late request is expected to have arrived."""

AMOUNTS: dict[str, object] = {"unzer": "10.00", "bento": 500}

NUMBERS = count(1)
"""Of the orders, for references that are used once."""


@define(kw_only=True, eq=False)
class Bench:
    """The sandbox, the fault proxy, and another origin that must get no request."""

    sandbox: Sandbox
    proxy: FaultProxy
    elsewhere: FaultProxy
    _driver: Driver | None = field(default=None, init=False)
    _driving: ExitStack = field(factory=ExitStack, init=False)

    def measure(self, client: Client, place: Place, scenario: Scenario, api: str) -> Measured:
        """Play one scenario with a fresh payment, and count."""
        payment: Payment = self.sandbox.create_payment(api, **CREATED[api])
        order = self.order(api, payment, scenario, place)
        driver = self.driver(client, place)
        setting = Setting(
            sandbox=self.sandbox, api=api, payment=payment, elsewhere=self.elsewhere.url
        )
        before, away = len(self.proxy.requests), len(self.elsewhere.requests)
        self.proxy.script(*scenario.script(setting))
        began = time.monotonic()
        said = driver.drive(order)
        seconds = time.monotonic() - began
        self.wait_until_idle(before)
        warm = scenario.warm is not None
        requests = len(self.proxy.requests) - before - warm
        strays = len(self.elsewhere.requests) - away + (requests if scenario.hostile else 0)
        executions = len(self.sandbox.executions(payment=payment))
        return self.judged(scenario, said, executions, requests, strays, seconds)

    def judged(
        self,
        scenario: Scenario,
        said: Said,
        executions: int,
        requests: int,
        strays: int,
        seconds: float,
    ) -> Measured:
        """What was said and counted, beside what the scenario allows to be known."""
        return Measured(
            said=said,
            executions=executions,
            requests=requests,
            strays=strays,
            proof=scenario.proof,
            answered=not scenario.silent,
            control=scenario.control,
            seconds=seconds,
        )

    def wait_until_idle(self, before: int) -> None:
        """Deliver late requests, and end the faults."""
        self.proxy.script()
        self.proxy.accept_again()
        self.proxy.deliver_late()
        until = time.monotonic() + ARRIVAL
        while time.monotonic() < until and any(
            isinstance(request.fault, Late) and not request.forwarded
            for request in self.proxy.requests[before:]
        ):
            time.sleep(0.05)

    def driver(self, client: Client, place: Place) -> Driver:
        """The client's driver, which stays until another client's turn comes."""
        if self._driver is None or self._driver.client != client or not self._driver.usable:
            self.close()
            self._driver = self._driving.enter_context(Driver(client, place))
        return self._driver

    def close(self) -> None:
        """End the driver, if there is one."""
        self._driving.close()
        self._driver = None

    def order(self, api: str, payment: Payment, scenario: Scenario, place: Place) -> dict[str, Any]:
        """What a driver needs to know."""
        number = next(NUMBERS)
        ids = dict(payment.identifiers)
        if scenario.hostile:
            ids[HOSTILE[api]] = ".."
        return {
            "api": api,
            "base_url": self.proxy.base_url(api),
            "pay_url": self.proxy.base_url("pace_pay"),
            **self.credentials(),
            "ids": ids,
            "amount": AMOUNTS.get(api),
            # A caller that looks whether it may call again needs no key.
            "key": None if scenario.again == "unless in doubt" else f"order-{number}",
            "reference": f"reference-{number}",
            "again": scenario.again,
            "warm": self.warm(api, number) if scenario.warm is not None else None,
            "timeout": TIMEOUT,
            "generated": place.generated,
        }

    def warm(self, api: str, number: int) -> dict[str, Any]:
        """The cancel before, which makes the connection that is kept."""
        other: Payment = self.sandbox.create_payment(api, **CREATED[api])
        name = f"before-{number}"
        return {"ids": dict(other.identifiers), "key": name, "reference": name}

    def credentials(self) -> dict[str, Any]:
        """What the sandbox accepts, in the forms that clients take."""
        return {
            "token": self.sandbox.issue_token(),
            "private_key": UNZER_PRIVATE_KEY,
            "basic": base64.b64encode(f"{UNZER_PRIVATE_KEY}:".encode()).decode(),
            "app_key": VTEX_APP_KEY,
            "app_token": VTEX_APP_TOKEN,
            "app_headers": {
                "X-VTEX-API-AppKey": VTEX_APP_KEY,
                "X-VTEX-API-AppToken": VTEX_APP_TOKEN,
            },
        }

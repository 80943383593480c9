"""One cancel of one client in one scenario: driven in its own process, counted at the sandbox."""

import base64
import json
import os
import subprocess
import time
from typing import Any

from attrs import frozen

from countermand.sandbox import FaultProxy, Payment, Sandbox
from countermand.sandbox.identity import UNZER_PRIVATE_KEY
from tests.rivals.judging import Measured, Said
from tests.rivals.places import Place
from tests.rivals.roster import Client
from tests.rivals.scenarios import CREATED, HOSTILE, Scenario, Setting

TIMEOUT = 0.7
"""Seconds that every client waits for an answer."""

PATIENCE = 30.0
"""Seconds after which a client is taken to hang."""

AMOUNTS: dict[str, object] = {"unzer": "10.00", "bento": 500, "pace_fueling": None}


@frozen(kw_only=True)
class Bench:
    """The sandbox, the proxy that breaks the wire, and the other origin that nobody should meet."""

    sandbox: Sandbox
    proxy: FaultProxy
    elsewhere: FaultProxy

    def measure(self, client: Client, place: Place, scenario: Scenario, api: str) -> Measured:
        """Play one scenario with a fresh payment, and count."""
        payment: Payment = self.sandbox.create_payment(api, **CREATED[api])
        setting = Setting(
            sandbox=self.sandbox, api=api, payment=payment, elsewhere=self.elsewhere.url
        )
        self.proxy.script(*scenario.script(setting))
        before, away = len(self.proxy.requests), len(self.elsewhere.requests)
        began = time.monotonic()
        said = drive(client, place, self.order(api, payment, scenario, place))
        requests = len(self.proxy.requests) - before
        strays = len(self.elsewhere.requests) - away
        return Measured(
            said=said,
            executions=len(self.sandbox.executions(payment=payment)),
            requests=requests,
            strays=strays + (requests if scenario.hostile else 0),
            proof=scenario.proof,
            control=scenario.control,
            seconds=time.monotonic() - began,
        )

    def order(self, api: str, payment: Payment, scenario: Scenario, place: Place) -> dict[str, Any]:
        """What a driver needs to know."""
        ids = dict(payment.identifiers)
        if scenario.hostile:
            ids[HOSTILE[api]] = ".."
        basic = base64.b64encode(f"{UNZER_PRIVATE_KEY}:".encode()).decode()
        return {
            "api": api,
            "base_url": self.proxy.base_url(api),
            "pay_url": self.proxy.base_url("pace_pay"),
            "token": self.sandbox.issue_token(),
            "private_key": UNZER_PRIVATE_KEY,
            "basic": basic,
            "ids": ids,
            "amount": AMOUNTS[api],
            "timeout": TIMEOUT,
            "generated": place.generated,
        }


def drive(client: Client, place: Place, order: dict[str, Any]) -> Said:
    """Run a client's driver in its own process, and read the last line that it prints."""
    try:
        ended = subprocess.run(
            (place.python, *client.script),
            input=json.dumps(order),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            env=environment(),
        )
    except subprocess.TimeoutExpired:
        return Said(verdict="none", kind="Hung", detail=f"still at it after {PATIENCE:.0f} s")
    return heard(ended.stdout, ended.stderr)


def heard(output: str, errors: str) -> Said:
    """What a driver said; one that died has said nothing."""
    try:
        return Said.read(json.loads(output.strip().splitlines()[-1]))
    except (IndexError, ValueError, AttributeError):
        last = errors.strip().splitlines()[-1:]
        return Said(verdict="none", kind="Died", detail="".join(last))


def environment() -> dict[str, str]:
    """This process's environment, without proxies, which would stand between client and sandbox."""
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}

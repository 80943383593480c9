"""Five payment providers to cancel payments at, with no money in them.

`Sandbox` runs PACE Pay, PACE Fueling, Bento, Unzer and a VTEX payment provider on loopback, with
real state and their documented quirks, and counts every cancel that is really executed.
`FaultProxy` stands in front of it and lets chosen things go wrong on the wire. Both are for tests,
users' own included, and both come with `countermand[sandbox]`.

    with Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        payment = sandbox.create_payment("unzer", amount="100.00")
        proxy.script(faults.RESET_AFTER)
        account = sandbox.account("unzer", base_url=proxy.base_url("unzer"))

`python -m countermand.sandbox` starts the five from a shell. The same control is offered over HTTP,
in JSON, below `/_sandbox`; `countermand.sandbox.control` describes it. `create_app` returns the
ASGI application for people who serve it themselves.
"""

from countermand.sandbox import faults
from countermand.sandbox._proxy.exchange import ProxiedRequest
from countermand.sandbox._state.records import Execution, ReceivedRequest
from countermand.sandbox.app import create_app
from countermand.sandbox.payments import (
    BentoPayment,
    PacePayment,
    Payment,
    UnzerPayment,
    VtexPayment,
)
from countermand.sandbox.proxy import FaultProxy
from countermand.sandbox.server import Sandbox

__all__ = [
    "BentoPayment",
    "Execution",
    "FaultProxy",
    "PacePayment",
    "Payment",
    "ProxiedRequest",
    "ReceivedRequest",
    "Sandbox",
    "UnzerPayment",
    "VtexPayment",
    "create_app",
    "faults",
]

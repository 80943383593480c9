"""Simulators of the five payment providers, and a proxy that injects faults.

`Sandbox` runs PACE Pay, PACE Fueling, Bento, Unzer and a VTEX payment provider on loopback. They
keep state, behave as documented, and count every cancel that is executed. `FaultProxy` stands
between client and sandbox and injects network faults. Use both in your own tests; install
`countermand[sandbox]`.

    with Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        payment = sandbox.create_payment("unzer", amount="100.00")
        proxy.script(faults.RESET_AFTER)
        account = sandbox.account("unzer", base_url=proxy.base_url("unzer"))

`python -m countermand.sandbox` starts the sandbox from a shell. The methods of `Sandbox` are also
available over HTTP, in JSON, below `/_sandbox`: see `countermand.sandbox.control`. `create_app`
returns the ASGI application, for a server of your own.
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

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

Another distribution adds its provider by an entry point of the group `countermand.simulators` that
leads to a `Simulator`; docs/extending.md shows one.
"""

from countermand._extras import extra

with extra("sandbox", __name__):
    from countermand.sandbox import faults
    from countermand.sandbox._proxy.exchange import ProxiedRequest
    from countermand.sandbox._state.records import Execution, ReceivedRequest
    from countermand.sandbox._state.requests import ProviderRequest
    from countermand.sandbox._state.state import PaymentState, SandboxState
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
    from countermand.sandbox.simulators._simulator import ProviderRefusal, Simulator, bearer_token

__all__ = [
    "BentoPayment",
    "Execution",
    "FaultProxy",
    "PacePayment",
    "Payment",
    "PaymentState",
    "ProviderRefusal",
    "ProviderRequest",
    "ProxiedRequest",
    "ReceivedRequest",
    "Sandbox",
    "SandboxState",
    "Simulator",
    "UnzerPayment",
    "VtexPayment",
    "bearer_token",
    "create_app",
    "faults",
]

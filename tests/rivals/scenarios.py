"""What goes wrong on the wire while somebody cancels: the same for countermand and its rivals.

Where a rival sends again, the fault has passed, as after a short outage; only a redirect stays. So
a second execution in the table is not the fault's doing.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx
from attrs import field, frozen

from countermand.sandbox import Sandbox, faults

APIS = ("unzer", "bento", "pace_fueling")
"""One POST, one PUT, one DELETE: retry libraries tell these apart."""

CREATED: dict[str, dict[str, object]] = {
    "unzer": {"amount": "100.00"},
    "bento": {"captured": True, "amount": 20000},
    "pace_fueling": {},
}
"""The payments: at Unzer 10.00 of 100.00 is reversed, at Bento 5.00 of 200.00 refunded."""

HOSTILE = {"unzer": "payment_id", "bento": "transaction_id", "pace_fueling": "transaction_id"}
"""Which id is `..` where one is."""


@frozen(kw_only=True)
class Setting:
    """Where a fault is to happen: some need to know the payment or the other origin."""

    sandbox: Sandbox
    api: str
    payment: Any
    elsewhere: str


@frozen(kw_only=True)
class Scenario:
    """One row of the table for each of its providers.

    Attributes:
        name: What goes wrong, in words.
        make: The fault that the first request meets.
        times: How many requests meet it.
        proof: Whether the very first answer, read with care, proves that the cancel was executed.
        control: Whether nothing goes wrong at all.
        apis: The providers where it makes sense.
        hostile: Whether an id is `..`, so that any request goes to a resource nobody named.
    """

    name: str
    make: Callable[[Setting], faults.Fault]
    times: int = 1
    proof: bool = False
    control: bool = False
    apis: tuple[str, ...] = field(default=APIS)
    hostile: bool = False

    def script(self, setting: Setting) -> tuple[faults.Fault, ...]:
        """The proxy's script."""
        return (self.make(setting),) * self.times


def always(fault: faults.Fault) -> Callable[[Setting], faults.Fault]:
    """The same fault in every setting."""
    return lambda _setting: fault


def redirected(setting: Setting) -> faults.Fault:
    """A 307 to another origin, where somebody else listens."""
    return faults.redirect(307, f"{setting.elsewhere}/taken")


def unknown_state(setting: Setting) -> faults.Fault:
    """Bento's own answer for a payment like this one, with a state that is in no specification.

    The answer is taken from a twin, so that nothing else in it is out of the ordinary.
    """
    sandbox = setting.sandbox
    twin = sandbox.create_payment("bento", **CREATED["bento"])
    reply = httpx.put(
        f"{sandbox.base_url('bento')}/orders/{twin.order_id}/transactions/{twin.transaction_id}"
        "/_cancel",
        json={"refundAmount": 500},
        headers={"Authorization": f"Bearer {sandbox.issue_token()}"},
        trust_env=False,
    ).raise_for_status()
    document = reply.json()
    document["data"] |= {
        "orderId": setting.payment.order_id,
        "transactionId": setting.payment.transaction_id,
        "state": "RefundQueued",
    }
    return faults.Rewrite(body=json.dumps(document).encode())


BODIES = ("unzer", "bento")
"""Where a success has a body."""

SCENARIOS = (
    Scenario(name="nothing goes wrong", make=always(faults.PASS), proof=True, control=True),
    Scenario(name="executed, no answer", make=always(faults.SILENCE_AFTER)),
    Scenario(name="executed, then reset", make=always(faults.RESET_AFTER)),
    Scenario(name="executed, then closed", make=always(faults.CLOSE_AFTER)),
    Scenario(name="executed, then a 503 page", make=always(faults.error_page(503, executed=True))),
    Scenario(name="executed, then a 520 page", make=always(faults.error_page(520, executed=True))),
    Scenario(name="executed, body cut", make=always(faults.TruncateBody(5)), apis=BODIES),
    Scenario(name="executed, unknown state", make=unknown_state, proof=True, apis=("bento",)),
    Scenario(name="not executed, 429, Retry-After: 1", make=always(faults.busy(429, "1"))),
    Scenario(name="executed, 200 with HTML", make=always(faults.error_page(200, executed=True))),
    Scenario(name="executed, 200, empty", make=always(faults.Answer(200, executed=True))),
    Scenario(name="not executed, 200 with HTML", make=always(faults.error_page(200))),
    Scenario(name="not executed, 200, empty", make=always(faults.Answer(200))),
    Scenario(name="not executed, 307 elsewhere", make=redirected, times=20),
    Scenario(name="an id is `..`", make=always(faults.PASS), hostile=True),
)
"""Everything that is tried, in the order of the table."""

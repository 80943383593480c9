"""Network faults during a cancel: the same for countermand and its competitors.

Where a client sends again, the fault has passed, as after a short outage, unless it is said to meet
every request. So a second execution in the table is not the fault's doing.
"""

import json
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any, Literal

import httpx
from attrs import field, frozen

from countermand.sandbox import Sandbox, faults

APIS = ("unzer", "bento", "pace_fueling", "pace_pay", "vtex")
"""Three POSTs, a PUT and a DELETE: retry libraries tell these apart."""

CREATED: dict[str, dict[str, object]] = {
    "unzer": {"amount": "100.00"},
    "bento": {"captured": True, "amount": 20000},
    "pace_fueling": {},
    "pace_pay": {},
    "vtex": {},
}
"""The payments: at Unzer 10.00 of 100.00 is reversed, at Bento 5.00 of 200.00 refunded."""

HOSTILE = {
    "unzer": "payment_id",
    "bento": "transaction_id",
    "pace_fueling": "transaction_id",
    "pace_pay": "transaction_id",
    "vtex": "payment_id",
}
"""Which id is `..` where one is."""

CALL_TIMEOUT = 12.0
"""Seconds after which a client is taken to hang; an attempt of its own ends after one."""

EVER = 500
"""As many requests as any client sends while one waits."""


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
        name: A description of the fault.
        make: The fault that the first request meets.
        times: How many requests meet it.
        warm: What another cancel with the same client meets first, if there is one.
        again: Whether the caller calls again after an error, and after which.
        silent: Whether no request is ever answered.
        proof: Whether the very first answer, read with care, proves that the cancel was executed.
        control: Whether nothing goes wrong at all.
        apis: The providers where it makes sense.
        hostile: Whether an id is `..`, so that every request goes to the wrong resource.
    """

    name: str
    make: Callable[[Setting], faults.Fault]
    times: int = 1
    warm: faults.Fault | None = None
    again: Literal["", "always", "unless in doubt"] = ""
    silent: bool = False
    proof: bool = False
    control: bool = False
    apis: tuple[str, ...] = field(default=APIS)
    hostile: bool = False

    def script(self, setting: Setting) -> tuple[faults.Fault, ...]:
        """The proxy's script."""
        first = () if self.warm is None else (self.warm,)
        return (*first, *((self.make(setting),) * self.times))


def always(fault: faults.Fault) -> Callable[[Setting], faults.Fault]:
    """The same fault in every setting."""
    return lambda _setting: fault


def redirected(status: int, *, executed: bool = False) -> Callable[[Setting], faults.Fault]:
    """A redirect to another origin, of another server."""
    return lambda setting: faults.redirect(status, f"{setting.elsewhere}/taken", executed=executed)


def foreign(status: int) -> faults.Fault:
    """A gateway's own JSON, after the provider has executed."""
    body = b'{"message": "Conflict"}'
    return faults.Answer(status, body, (("content-type", "application/json"),), executed=True)


def busy_until(seconds: float) -> Callable[[Setting], faults.Fault]:
    """A 429 that names the moment to come again, as a date."""
    return lambda _setting: faults.busy(429, formatdate(time.time() + seconds, usegmt=True))


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


BODIES = ("unzer", "bento", "vtex")
"""Where a success has a body."""

OUTAGE = "not executed, a 503 page to every request"

LOST = (
    Scenario(name="nothing goes wrong", make=always(faults.PASS), proof=True, control=True),
    Scenario(name="executed, no answer", make=always(faults.SILENCE_AFTER)),
    Scenario(name="executed, then reset", make=always(faults.RESET_AFTER)),
    Scenario(name="executed, then closed", make=always(faults.CLOSE_AFTER)),
    Scenario(name="executed, head cut", make=always(faults.TruncateHead(20))),
    Scenario(name="executed, body cut", make=always(faults.TruncateBody(5)), apis=BODIES),
    Scenario(
        name="executed, body drips",
        make=always(faults.Drip(part="body", interval=0.3)),
        apis=BODIES,
    ),
    Scenario(
        name="executed, no answer to any request",
        make=always(faults.SILENCE_AFTER),
        times=EVER,
        silent=True,
    ),
    Scenario(name="arrives when the client has given up", make=always(faults.Late(1.5))),
    Scenario(name="arrives when all is over", make=always(faults.Late())),
)
"""The answer does not come, or not whole; the request does come, though perhaps late."""

PAGES = (
    *(
        Scenario(
            name=f"executed, then a {status} page",
            make=always(faults.error_page(status, executed=True)),
        )
        for status in (500, 503, 520)
    ),
    *(
        Scenario(name=f"not executed, a {status} page", make=always(faults.error_page(status)))
        for status in (500, 503, 520)
    ),
    Scenario(name=OUTAGE, make=always(faults.error_page(503)), times=EVER),
    Scenario(name="executed, 200 with HTML", make=always(faults.error_page(200, executed=True))),
    Scenario(name="executed, 200, empty", make=always(faults.Answer(200, executed=True))),
    Scenario(name="not executed, 200 with HTML", make=always(faults.error_page(200))),
    Scenario(name="not executed, 200, empty", make=always(faults.Answer(200))),
    Scenario(name="executed, unknown state", make=unknown_state, proof=True, apis=("bento",)),
)
"""An answer comes that is not the provider's, or in no specification."""

GATEWAYS = (
    *(
        Scenario(
            name=f"executed, then a {status} page",
            make=always(faults.error_page(status, executed=True)),
        )
        for status in (403, 408)
    ),
    Scenario(name="executed, then a gateway's 409 in JSON", make=always(foreign(409))),
    *(
        Scenario(name=f"executed, then {status} elsewhere", make=redirected(status, executed=True))
        for status in (302, 303)
    ),
)
"""The provider executes, and something in front of it answers as if it had not."""

CONNECTIONS = (
    Scenario(name="connection refused", make=always(faults.Refuse()), silent=True),
    Scenario(
        name="kept connection closed before the request",
        make=always(faults.PASS),
        warm=faults.CLOSE_IDLE,
        proof=True,
    ),
    Scenario(
        name="kept connection dies under the request",
        make=always(faults.CLOSE_UNREAD),
        warm=faults.PASS,
    ),
)
"""The request does not arrive, at least not at once."""

WAITS = (
    *(
        Scenario(
            name=f"not executed, {status}, Retry-After: {words}",
            make=always(faults.busy(status, words)),
        )
        for status, words in (
            (429, "1"),
            (503, "1"),
            (429, "90"),
            (429, "inf"),
            (429, "soon"),
            (429, "Fri, 31 Dec 10000 23:59:59 GMT"),
        )
    ),
    Scenario(name="not executed, 429, Retry-After: a date in 2 s", make=busy_until(2.0)),
    Scenario(name="not executed, 429, Retry-After: a past date", make=busy_until(-3600.0)),
)
"""The provider asks to come again later."""

STRAYS = (
    *(
        Scenario(name=f"not executed, {status} elsewhere", make=redirected(status), times=EVER)
        for status in (301, 302, 303, 307, 308)
    ),
    Scenario(name="an id is `..`", make=always(faults.PASS), hostile=True),
)
"""Requests may go to the wrong origin or resource."""

CALLERS = (
    Scenario(
        name="executed, no answer, called again",
        make=always(faults.SILENCE_AFTER),
        again="always",
    ),
    Scenario(
        name="executed, then a 503 page, called again unless in doubt",
        make=always(faults.error_page(503, executed=True)),
        again="unless in doubt",
    ),
)
"""The caller cannot leave it at an error."""

SCENARIOS = (*LOST, *PAGES, *GATEWAYS, *CONNECTIONS, *WAITS, *STRAYS, *CALLERS)
"""Everything that is tried, in the order of the table."""

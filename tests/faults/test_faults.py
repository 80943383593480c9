"""Every fault, at the first attempt, at every provider, through both clients: one table.

The sandbox counts the executions: never more than one.
"""

import pytest
from attrs import frozen

from countermand.sandbox import FaultProxy, Sandbox, faults
from tests.faults.trace import LONG_TIMEOUTS, SHORT_TIMEOUTS, Environment, Stage, Trace
from tests.support.flavours import FLAVOURS, Flavour

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

APIS = ("pace_pay", "pace_fueling", "bento", "unzer", "vtex")
STATUS = {"pace_pay": "204", "pace_fueling": "204", "bento": "202", "unzer": "200", "vtex": "200"}
GOOD = dict.fromkeys(APIS, "cancelled")
REPEATABLE = {"pace_pay", "vtex"}
"""Where an identical second request does no harm, and is answered as the first one."""

REPEATED_BY_GATEWAYS = {"pace_fueling", "bento"}
"""PUT and DELETE that may do harm when repeated: a gateway's 429 ends the call."""


@frozen
class Case:
    """A fault, its entry in the log, and its class: executed or not."""

    id: str
    fault: faults.Fault
    kind: str
    shown: str
    executed: bool = False
    short_timeout: bool = False


def page(status: int, *, executed: bool) -> Case:
    """An HTML page in the provider's place."""
    kind = "lost" if status >= 500 or status in {408, 409} else "page"
    name = f"page-{status}-{'executed' if executed else 'unread'}"
    return Case(name, faults.error_page(status, executed=executed), kind, str(status), executed)


CASES = (
    Case("nothing", faults.PASS, "fine", "", executed=True),
    Case("close-idle", faults.CLOSE_IDLE, "fine", "", executed=True),
    Case("refused", faults.Refuse(), "not-sent", "not sent"),
    Case("close-unread", faults.CLOSE_UNREAD, "lost", "maybe sent"),
    Case("reset-before", faults.RESET_BEFORE, "lost", "maybe sent"),
    Case("reset-after", faults.RESET_AFTER, "lost", "maybe sent", executed=True),
    Case("close-before", faults.CLOSE_BEFORE, "lost", "maybe sent"),
    Case("close-after", faults.CLOSE_AFTER, "lost", "maybe sent", executed=True),
    Case("silence-before", faults.SILENCE_BEFORE, "lost", "maybe sent", short_timeout=True),
    Case(
        "silence-after",
        faults.SILENCE_AFTER,
        "lost",
        "maybe sent",
        executed=True,
        short_timeout=True,
    ),
    Case("late-never", faults.Late(), "lost", "maybe sent", short_timeout=True),
    Case("half-a-head", faults.TruncateHead(9), "lost", "maybe sent", executed=True),
    Case(
        "head-drip",
        faults.Drip(part="head", interval=0.05),
        "lost",
        "maybe sent",
        executed=True,
        short_timeout=True,
    ),
    Case(
        "no-http",
        faults.Raw(b"SSH-2.0\r\n\r\n", executed=True),
        "lost",
        "maybe sent",
        executed=True,
    ),
    page(500, executed=False),
    page(502, executed=True),
    page(503, executed=False),
    page(504, executed=True),
    page(520, executed=True),
    page(200, executed=False),
    page(200, executed=True),
    page(202, executed=True),
    page(408, executed=True),
    page(403, executed=True),
    page(410, executed=True),
    Case("broken-gzip", faults.broken_gzip(), "lost", "200", executed=True),
    Case("undocumented-2xx", faults.Answer(206, executed=True), "page", "206", executed=True),
    Case("too-many", faults.busy(429), "later", "429"),
    Case("redirect", faults.redirect(307, "https://thief.invalid/"), "redirect", "307"),
    Case("page-405", faults.error_page(405), "misdirected", "405"),
)


def expected(case: Case, api: str) -> Trace:
    """What the documented facts demand of a provider after such a fault."""
    good = (GOOD[api], STATUS[api])
    twice = (case.shown, good[1])
    match case.kind:
        case "fine":
            return Trace(good[0], good[1:], 1, 1)
        case "not-sent":
            return Trace(good[0], twice, 1, 1, (0.125,))
        case "later" if api in REPEATED_BY_GATEWAYS:
            return Trace("RateLimited", (case.shown,), 0, 1)
        case "later":
            return Trace(good[0], twice, 1, 2, (0.125,))
        case "redirect" | "misdirected":
            return Trace("Misdirected", (case.shown,), 0, 1)
        case "lost" if api in REPEATABLE:
            return Trace(good[0], twice, 1, 2, (0.125,))
        case _ if api == "unzer":
            # The payment is read, and then its cancel, if there is one.
            reads = 1 + case.executed
            verdict = "cancelled, read back" if case.executed else "OutcomeUnknown"
            return Trace(verdict, (case.shown,), int(case.executed), 1 + reads)
        case _:
            return Trace("OutcomeUnknown", (case.shown,), int(case.executed), 1)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_fault_at_the_first_attempt_ends_as_the_facts_demand(
    sandbox: Sandbox, proxy: FaultProxy, case: Case, api: str, flavour: Flavour
) -> None:
    """Executed at most once, resent only where a repeat is safe, and reported truthfully."""
    payment = sandbox.create_payment(api)
    proxy.script(case.fault)
    stage = Stage(
        sandbox,
        proxy,
        flavour,
        api,
        payment,
        policy=SHORT_TIMEOUTS if case.short_timeout else LONG_TIMEOUTS,
        environment=Environment(on_sleep=proxy.accept_again),
    )
    assert stage.play() == [expected(case, api)]


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("fault", [faults.TruncateBody(5), faults.Drip(part="body", interval=0.1)])
@pytest.mark.parametrize("api", APIS)
def test_a_cut_body_is_no_reason_to_lose_the_status(
    sandbox: Sandbox, proxy: FaultProxy, api: str, fault: faults.Fault, flavour: Flavour
) -> None:
    """204 has no body to lose; else it is sent again, or read, or unknown where neither can be."""
    payment = sandbox.create_payment(api)
    proxy.script(fault)
    trace = Stage(sandbox, proxy, flavour, api, payment, policy=SHORT_TIMEOUTS).play()[0]
    status = STATUS[api]
    attempts = (status, status) if api == "vtex" else (status,)
    assert (trace.executions, trace.attempts) == (1, attempts)
    expected = {"bento": "OutcomeUnknown", "unzer": "cancelled, read back"}
    assert trace.verdict == expected.get(api, GOOD[api])


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("api", ["bento", "unzer"])
def test_a_late_delivery_is_still_executed_once(
    sandbox: Sandbox, proxy: FaultProxy, api: str, flavour: Flavour
) -> None:
    """The same key is not sent again while the first request may still arrive, and then it does."""
    payment = sandbox.create_payment(api)
    proxy.script(faults.Late())
    stage = Stage(sandbox, proxy, flavour, api, payment, policy=SHORT_TIMEOUTS)
    traces = stage.play(keys=("order-42", "order-42"))
    reads = int(api == "unzer")
    assert [(trace.verdict, trace.requests) for trace in traces] == [
        ("OutcomeUnknown", 1 + reads),
        ("OutcomeUnknown", reads),
    ]
    assert proxy.deliver_late() == 1
    assert len(sandbox.executions(payment=payment)) == 1

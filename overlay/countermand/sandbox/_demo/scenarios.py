"""The scenarios of the demo: a cancel at each provider, with and without a fault."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import attrs

from countermand import bento, pace_fueling, pace_pay, unzer, vtex
from countermand.sandbox.faults import PASS, RESET_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.identity import LinkChallenge, LinkHandler
    from countermand.provider import Account, BaseCancellation
    from countermand.sandbox.faults import Fault
    from countermand.sandbox.payments import Payment
    from countermand.sandbox.proxy import FaultProxy
    from countermand.sandbox.server import Sandbox

    Prepare = Callable[[Sandbox, FaultProxy], "PreparedScenario"]
    """Creates a payment, and an account that reaches it through the proxy."""

USER: Final = "u-42"
CANCELLED: Final = "receipt: cancelled"
READ_BACK: Final = "receipt: cancelled, read back"


@attrs.frozen(kw_only=True)
class PreparedScenario:
    """A payment in the sandbox, and the arguments for its cancel."""

    account: Account
    cancellation: BaseCancellation
    payment: Payment
    others: tuple[Account, ...] = ()
    """Accounts for reading the payment back."""
    reads_first: bool = False
    """Whether a read comes before the cancel."""
    faults: tuple[Fault, ...] = ()
    user: str | None = None
    link_identity: LinkHandler | None = None


@attrs.frozen(kw_only=True)
class Scenario:
    """One row of the demo's table: what is cancelled, what goes wrong, and how it ends."""

    action: str
    problem: str
    prepare: Prepare
    expected: str = CANCELLED
    """The result, in the words of the table. The cancel is executed once in any case."""


def at_pace_pay(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """Prepare an open transaction at PACE Pay."""
    payment = sandbox.create_payment("pace_pay")
    return PreparedScenario(
        account=sandbox.account("pace_pay", proxy.base_url("pace_pay")),
        cancellation=pace_pay.Cancellation(payment.transaction_id),
        payment=payment,
    )


def at_pace_fueling(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """Prepare a pre-authorised transaction at PACE Fueling."""
    payment = sandbox.create_payment("pace_fueling")
    return PreparedScenario(
        account=sandbox.account("pace_fueling", proxy.base_url("pace_fueling")),
        cancellation=pace_fueling.Cancellation(payment.gas_station_id, payment.transaction_id),
        payment=payment,
        others=(sandbox.account("pace_pay", proxy.base_url("pace_pay")),),
    )


def at_bento(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """Prepare a captured transaction of 200.00 USD at Bento, to be refunded in part."""
    payment = sandbox.create_payment("bento", captured=True, amount=20000)
    return PreparedScenario(
        account=sandbox.account("bento", proxy.base_url("bento")),
        cancellation=bento.Cancellation(
            payment.order_id, payment.transaction_id, refund_amount=500
        ),
        payment=payment,
        reads_first=True,
    )


def at_unzer(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """Prepare an authorization of 100.00 EUR at Unzer, to be reversed in part."""
    payment = sandbox.create_payment("unzer", amount="100.00")
    return PreparedScenario(
        account=sandbox.account("unzer", proxy.base_url("unzer")),
        cancellation=unzer.Cancellation(payment.payment_id, amount=Decimal("10.00")),
        payment=payment,
    )


def at_vtex(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """Prepare an authorised payment at a VTEX payment provider."""
    payment = sandbox.create_payment("vtex")
    return PreparedScenario(
        account=sandbox.account("vtex", proxy.base_url("vtex")),
        cancellation=vtex.Cancellation(payment.payment_id, payment.authorization_id),
        payment=payment,
    )


def without_linked_identity(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
    """Prepare a transaction at PACE Pay for a user who has to link an identity."""
    prepared = at_pace_pay(sandbox, proxy)
    token = sandbox.issue_token(USER, linked=False)

    def link(challenge: LinkChallenge) -> None:
        sandbox.link(challenge.user or USER)

    return attrs.evolve(
        prepared,
        account=sandbox.account("pace_pay", proxy.base_url("pace_pay"), token=token),
        user=USER,
        link_identity=link,
    )


def losing_the_first_answer(prepare: Prepare) -> Prepare:
    """Add a fault: the first cancel is executed, and a reset loses its answer."""

    def prepared(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
        made = prepare(sandbox, proxy)
        return attrs.evolve(made, faults=(*[PASS] * made.reads_first, RESET_AFTER))

    return prepared


_PLAIN: Final = (
    ("PACE Pay: cancel a transaction", at_pace_pay, CANCELLED, CANCELLED),
    ("PACE Fueling: cancel a transaction", at_pace_fueling, CANCELLED, READ_BACK),
    (
        "Bento: refund 5.00 of 200.00 USD",
        at_bento,
        "receipt: accepted",
        "unknown: read the payment",
    ),
    ("Unzer: reverse 10.00 of 100.00 EUR", at_unzer, CANCELLED, READ_BACK),
    ("VTEX provider: cancel a payment", at_vtex, CANCELLED, CANCELLED),
)
"""Action, set-up, and the results without a fault and after a lost answer."""

SCENARIOS: Final = (
    *(
        Scenario(action=action, problem="nothing", prepare=prepare, expected=expected)
        for action, prepare, expected, _ in _PLAIN
    ),
    *(
        Scenario(
            action=action,
            problem="the first answer was lost",
            prepare=losing_the_first_answer(prepare),
            expected=expected,
        )
        for action, prepare, _, expected in _PLAIN
    ),
    Scenario(
        action="PACE Pay: cancel for a user",
        problem="the user has no linked identity",
        prepare=without_linked_identity,
    ),
)
"""The scenarios in the order of the table."""

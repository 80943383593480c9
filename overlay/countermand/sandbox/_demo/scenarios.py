"""What the demo tries: one cancel at each provider, and what is made to go wrong with it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import attrs

from countermand import bento, pace_fueling, pace_pay, unzer, vtex
from countermand.sandbox.faults import RESET_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.identity import LinkChallenge, LinkHandler
    from countermand.provider import Account, BaseCancellation
    from countermand.sandbox.faults import Fault
    from countermand.sandbox.payments import Payment
    from countermand.sandbox.proxy import FaultProxy
    from countermand.sandbox.server import Sandbox

    Prepare = Callable[[Sandbox, FaultProxy], "PreparedScenario"]
    """Makes a fresh payment, and an account that reaches it through the proxy."""

USER: Final = "u-42"


@attrs.frozen(kw_only=True)
class PreparedScenario:
    """One payment that stands ready in the sandbox, and what is to be done about it."""

    account: Account
    cancellation: BaseCancellation
    payment: Payment
    others: tuple[Account, ...] = ()
    """Accounts that can be asked what became of it."""
    faults: tuple[Fault, ...] = ()
    user: str | None = None
    link_identity: LinkHandler | None = None


@attrs.frozen(kw_only=True)
class Scenario:
    """One row of the demo's table: what is asked, and what goes wrong, in words and in deeds."""

    asked: str
    wrong: str
    prepare: Prepare


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
    """Prepare a transaction at PACE Pay for a user who links the identity when asked to."""
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
    """Have the first request executed and its answer lost, by a reset of the connection."""

    def prepared(sandbox: Sandbox, proxy: FaultProxy) -> PreparedScenario:
        return attrs.evolve(prepare(sandbox, proxy), faults=(RESET_AFTER,))

    return prepared


_PLAIN: Final = (
    ("PACE Pay: cancel a transaction", at_pace_pay),
    ("PACE Fueling: cancel a transaction", at_pace_fueling),
    ("Bento: refund 5.00 of 200.00 USD", at_bento),
    ("Unzer: reverse 10.00 of 100.00 EUR", at_unzer),
    ("VTEX provider: cancel a payment", at_vtex),
)

SCENARIOS: Final = (
    *(Scenario(asked=asked, wrong="nothing", prepare=prepare) for asked, prepare in _PLAIN),
    *(
        Scenario(
            asked=asked,
            wrong="the first answer was lost",
            prepare=losing_the_first_answer(prepare),
        )
        for asked, prepare in _PLAIN
    ),
    Scenario(
        asked="PACE Pay: cancel for a user",
        wrong="the user has no linked identity",
        prepare=without_linked_identity,
    ),
)
"""Everything that the demo shows, in the order of its table."""

"""Fault scenarios for the tests of your own code around a cancel, whatever it is made of.

    @pytest.mark.parametrize("case", testing.cases("unzer"), ids=str)
    def test_our_service(case: testing.Case, countermand_sandbox: Sandbox) -> None:
        case.play(countermand_sandbox, our_cancel)

`our_cancel(account, cancellation, key)` cancels and returns what your code then believes: True for
"it is cancelled", False for "it is surely not", None for "we do not know". The case calls it twice
with the same key, as a user does who tries again, and counts what the provider has executed.

The fixture `countermand_sandbox` comes with the pytest plugin of this distribution.
"""

from __future__ import annotations

from collections.abc import Coroutine
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import attrs

from countermand import bento, pace_fueling, pace_pay, unzer, vtex
from countermand._values import kind_of
from countermand.sandbox import faults
from countermand.sandbox.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.provider import Account, BaseCancellation
    from countermand.sandbox.faults import Fault
    from countermand.sandbox.payments import Payment
    from countermand.sandbox.server import Sandbox

    CancelFunction = Callable[[Account, BaseCancellation, str], bool | None]
    """Cancels, and returns whether it is cancelled; None if that is not known."""

__all__ = ["Case", "CaseFailed", "cases"]

KEY: Final = "order-42"

FAULTS: Final[dict[str, tuple[Fault, ...]]] = {
    "nothing goes wrong": (),
    "executed, the answer is lost": (faults.RESET_AFTER,),
    "executed, the answer is cut": (faults.TruncateHead(12),),
    "executed, the connection is closed": (faults.CLOSE_AFTER,),
    "executed, then a gateway's 408": (faults.error_page(408, executed=True),),
    "executed, then a gateway's 500": (faults.error_page(500, executed=True),),
    "executed, then a gateway's 504": (faults.error_page(504, executed=True),),
    "executed, then a web page with 200": (faults.error_page(200, executed=True),),
    "the request is lost": (faults.RESET_BEFORE,),
    "a gateway's 503 in its place": (faults.error_page(503),),
    "a web page with 200 in its place": (faults.error_page(200),),
    "throttled, then well": (faults.busy(),),
    "arrives when the caller has given up": (faults.Late(),),
}
"""What happens to the first request, by name. No case takes longer than the caller's own limit."""


class CaseFailed(AssertionError):  # noqa: N818 - pytest shows it as the failure of a test
    """Your code believes what is not so, or a payment was cancelled twice."""


@attrs.frozen
class Case:
    """A cancel at one provider, and what goes wrong with its first request.

    Attributes:
        api: The provider.
        name: What goes wrong.
    """

    api: str
    name: str

    def __str__(self) -> str:
        return f"{self.api}: {self.name}"

    def play(self, sandbox: Sandbox, cancel: CancelFunction) -> None:
        """Cancel twice with one key; the fault meets the first request.

        Bento's account does not read first, so that the cancel is the first request there, too.

        Args:
            sandbox: A running sandbox; the case makes a payment of its own.
            cancel: Your code. Whatever it raises ends the case.

        Raises:
            CaseFailed: it was executed twice, or your code believed what was not so, or it sent
                nothing to the account's server.
            TypeError: it returned something else than True, False or None.
        """
        payment, cancellation = _order(sandbox, self.api)
        with FaultProxy(sandbox.url) as proxy:
            account: Any = sandbox.account(self.api, proxy.base_url(self.api))
            if self.api == "bento":
                account = attrs.evolve(account, read=False)
            proxy.script(*FAULTS[self.name])
            # No two cases share a key, which a ledger would remember.
            key = f"{KEY}-{payment.handle}"
            first = _belief(cancel(account, cancellation, key))
            self._check(sandbox, payment, "first", believed=first)
            proxy.script()
            proxy.deliver_late()
            second = _belief(cancel(account, cancellation, key))
            self._check(sandbox, payment, "second", believed=second)
            if not proxy.requests:
                raise CaseFailed(f"{self}: no request came to {account.base_url}; send it there")

    def _check(
        self, sandbox: Sandbox, payment: Payment, call: str, *, believed: bool | None
    ) -> None:
        executed = len(sandbox.executions(payment=payment))
        if executed > 1:
            raise CaseFailed(f"{self}: executed {executed} times after the {call} call")
        if believed is True and not executed:
            raise CaseFailed(f"{self}: the {call} call says cancelled, and nothing was executed")
        if believed is False and executed:
            raise CaseFailed(f"{self}: the {call} call says not cancelled, and it was executed")


def cases(*apis: str) -> list[Case]:
    """Return the cases of these providers, or of all five.

    Raises:
        ValueError: there is no such provider.
    """
    for api in apis:
        if api not in ORDERS:
            raise ValueError(f"{api!r} is not one of {', '.join(ORDERS)}")
    return [Case(api, name) for api in apis or ORDERS for name in FAULTS]


def _belief(returned: object) -> bool | None:
    """What the code believes: any other value would pass every case.

    Raises:
        TypeError: it is no belief.
    """
    if returned is None or isinstance(returned, bool):
        return returned
    if isinstance(returned, Coroutine):
        returned.close()
        raise TypeError("cancel must return True, False or None; wrap a coroutine in asyncio.run")
    raise TypeError(f"cancel must return True, False or None, not {kind_of(returned)}")


def _order(sandbox: Sandbox, api: str) -> tuple[Payment, BaseCancellation]:
    """A payment with money left for a second cancel, and the order to cancel a part."""
    settings = {"captured": True} if api == "bento" else {}
    payment = sandbox.create_payment(api, **settings)
    return payment, ORDERS[api](payment)


ORDERS: Final[dict[str, Callable[[Any], BaseCancellation]]] = {
    "pace_pay": lambda made: pace_pay.Cancellation(made.transaction_id),
    "pace_fueling": lambda made: pace_fueling.Cancellation(
        made.gas_station_id, made.transaction_id
    ),
    "bento": lambda made: bento.Cancellation(made.order_id, made.transaction_id, refund_amount=500),
    "unzer": lambda made: unzer.Cancellation(made.payment_id, amount=Decimal("10.00")),
    "vtex": lambda made: vtex.Cancellation(made.payment_id),
}

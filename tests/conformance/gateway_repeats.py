"""Scenarios 23 and 24: what is sent again, by us after a gateway's answer, or by a gateway."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from attrs import evolve, frozen

from countermand import bento, unzer
from countermand.sandbox import faults
from tests.conformance.cases import APIS, RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.fixtures import plain
from tests.conformance.gateways import ONCE
from tests.conformance.replies import ALWAYS
from tests.conformance.stage import Stage
from tests.conformance.trusted import BY_STATUS, LOOKS, NOT_PROCESSED, REPEATED_UNSEEN

HARMLESS = frozenset({"pace_pay", "vtex"})
"""Where sources say that a repeat does no harm: only there what may be executed is sent again."""
BY_GATEWAYS = frozenset({"pace_fueling", "bento"})
"""PUT and DELETE, which gateways repeat: before a repeat of ours a look has to find nothing."""
TRANSIENT = (408, 409, 499, 503)
TWICE_SENT = evolve(ONCE, attempts=2)
DECLINED = frozenset({"Declined"})
NOT_FOUND = frozenset({"NotFound"})


def resent(cast: Cast, status: int) -> None:
    """The first answer is a gateway's, after the execution; a second request would pass."""
    accounts = (*_renewed(cast),) if status == 401 else None
    with cast.stage(policy=TWICE_SENT, accounts=accounts) as stage:
        allowed, requests = _after(stage, status)
        stage.script(faults.error_page(status, executed=True))
        seen = stage.cancel(allowed)
        if seen.requests != requests:
            stage.problems.append(f"sent {seen.requests} times, and {requests} was right")
        if seen.unknown:
            stage.resolve()


def _renewed(cast: Cast) -> Iterator[Any]:
    """Accounts whose token is fetched anew where it is refused."""
    sandbox, proxy = cast.fixtures.sandbox, cast.fixtures.proxy
    for account in cast.fixtures.accounts(cast.api):
        api = account.provider.api
        made = sandbox.account(api, proxy.base_url(api), token=lambda _user: sandbox.issue_token())
        yield plain(made)


def _after(stage: Stage, status: int) -> tuple[frozenset[str], int]:
    """The verdicts, and how often it is sent."""
    if stage.api in HARMLESS:
        return RECEIPT, 2
    if stage.api == "pace_fueling":
        return RECEIPT, 1
    if status not in NOT_PROCESSED:
        return (RECEIPT if stage.api in LOOKS else UNKNOWN), 1
    stage.trusted = NOT_PROCESSED[status]
    if stage.api in BY_GATEWAYS:
        return BY_STATUS[status], 1
    stage.intended = 2
    return RECEIPT, 2


@frozen(kw_only=True)
class Repeated:
    """A cancel that reaches the provider twice, and what its second answer may be taken for."""

    payment: dict[str, Any]
    cancellation: Any = None
    """Makes another cancellation than the usual one."""
    whole: bool = False
    allowed: frozenset[str] = RECEIPT
    executions: int = 1
    trusted: str | None = None


def _unzer(amount: str) -> Any:
    return lambda made: unzer.Cancellation(made.payment_id, amount=Decimal(amount))


def _bento(amount: int) -> Any:
    return lambda made: bento.Cancellation(made.order_id, made.transaction_id, refund_amount=amount)


REPEATED: dict[str, dict[str, Repeated]] = {
    "pace_pay": {"whole": Repeated(payment={})},
    "pace_fueling": {
        "answered-204": Repeated(payment={"repeat_at_fueling": 204}),
        "answered-403": Repeated(payment={"repeat_at_fueling": 403}),
        "answered-404": Repeated(payment={"repeat_at_fueling": 404}),
        "unseen": Repeated(
            payment={"read_when_cancelled": 404}, allowed=NOT_FOUND, trusted=REPEATED_UNSEEN
        ),
    },
    "bento": {
        "part": Repeated(payment={}, executions=2),
        "most": Repeated(
            payment={}, cancellation=_bento(15000), allowed=DECLINED, trusted=REPEATED_UNSEEN
        ),
        "whole": Repeated(payment={}, whole=True, allowed=DECLINED, trusted=REPEATED_UNSEEN),
    },
    "unzer": {
        "part": Repeated(payment={}, executions=2),
        "most": Repeated(payment={}, cancellation=_unzer("60.00")),
        "all-by-amount": Repeated(payment={}, cancellation=_unzer("100.00")),
        "whole": Repeated(payment={}, whole=True),
    },
    "vtex": {
        "stored": Repeated(payment={}),
        "answered-anew": Repeated(payment={"naive": True}),
    },
}
"""What the second copy is answered with hangs on what the first one left."""


def repeated(cast: Cast, name: str) -> None:
    """A gateway sends every request twice and passes the second answer on; we send once."""
    how = REPEATED[cast.api][name]
    settings = {"payment": how.payment, "whole": how.whole}
    with cast.stage(name, policy=ONCE, trusted=how.trusted, **settings) as stage:
        if how.cancellation:
            stage.cancellation = how.cancellation(stage.payment)
        stage.intended = how.executions
        stage.script(*[faults.TWICE] * ALWAYS)
        seen = stage.cancel(how.allowed)
        if seen.requests != 1:
            stage.problems.append(f"sent {seen.requests} times")
        stage.script()
        again = stage.cancel(how.allowed, "the same key again")
        if again.requests or again.reads:
            stage.problems.append(f"{seen.verdict} is final, and the key was sent again")
        if again.unknown:
            stage.resolve()


def entries() -> Iterator[Entry]:
    """Repeats of ours after a gateway's answer, and repeats of the gateway's."""
    for status in (401, 429, *TRANSIENT):
        apis = tuple(api for api in APIS if status != 401 or api not in {"unzer", "vtex"})
        play = partial(resent, status=status)
        yield Entry(scenario=23, variant=f"resent-{status}", play=play, apis=apis, quick=True)
    for api, forms in REPEATED.items():
        for name in forms:
            play = partial(repeated, name=name)
            yield Entry(scenario=24, variant=name, play=play, apis=(api,), quick=True)

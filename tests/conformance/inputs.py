"""Scenario 11: ids and keys that want to be more than ids and keys."""

from collections.abc import Iterator
from typing import Any

from countermand import FULL, CountermandError, bento, pace_fueling, pace_pay, unzer, vtex
from tests.conformance.cases import RECEIPT, Entry
from tests.conformance.casting import Cast

CLIMBING = (
    "../{id}",
    "{id}/../{id}",
    "{id}/",
    "/{id}",
    "{id}?x=1",
    "{id}#",
    "{id}%2F",
    "%2e%2e%2f{id}",
    "{id};v=1",
    "{id}\\..\\{id}",
    "{id}\r\nX-More: yes",
    "{id}\x00",
    " {id}",
    "{id} ",
    "{id}\u202e",
    "\ud800{id}",
    "..",
    ".",
    "",
)
ODD = "a/b ü%3F?#;é&=+\\"
KEYS = ("'; DROP TABLE countermand_cancellations; --", "../../{n}", "ключ-☂", "k" * 240)
REFUSED = frozenset({"InvalidCancellation", "NotFound", "Declined", "Misdirected"})


def order(api: str, made: Any, given: str) -> Any:
    """A cancellation with this id in the place of the payment's."""
    return {
        "pace_pay": lambda: pace_pay.Cancellation(given),
        "pace_fueling": lambda: pace_fueling.Cancellation(made.gas_station_id, given),
        "bento": lambda: bento.Cancellation(made.order_id, given, refund_amount=FULL),
        "unzer": lambda: unzer.Cancellation(given, amount=FULL),
        "vtex": lambda: vtex.Cancellation(given),
    }[api]()


def name(api: str, made: Any) -> str:
    """The id that `order` replaces."""
    whole = made.payment_id if api in {"unzer", "vtex"} else made.transaction_id
    return str(whole)


def climbing(cast: Cast) -> None:
    """An id that climbs, splits or ends the path reaches no other payment than its own."""
    for shape in CLIMBING:
        with cast.stage(repr(shape)) as stage:
            given = shape.format(id=name(cast.api, stage.payment))

            def work(given: str = given, stage: Any = stage) -> Any:
                try:
                    cancellation = order(cast.api, stage.payment, given)
                except CountermandError as error:
                    return error
                return stage.actor.do("cancel", cancellation, key=stage.key)

            stage.call("cancel", REFUSED, work)
            if stage.executions:
                stage.problems.append("another payment was cancelled")


def honest(cast: Cast) -> None:
    """An id that is odd, and really is the payment's, arrives as it is."""
    odd = f"{ODD}{cast.case.flavour}{cast.book}"
    details = {
        "bento": {"order_id": odd, "transaction_id": odd},
        "unzer": {"payment_id": odd},
        "vtex": {"payment_id": odd},
    }.get(cast.api, {})
    with cast.stage(payment=details) as stage:
        stage.cancel(RECEIPT)
        stage.finish()


def keys(cast: Cast) -> None:
    """A key is only a name, whatever it looks like."""
    for number, shape in enumerate(KEYS):
        whose = f"{cast.api}{cast.case.flavour[0]}{cast.book[0]}{number}"
        with cast.stage(
            repr(shape), key=shape.format(n=whose)[: 255 - len(whose)] + whose
        ) as stage:
            stage.cancel(RECEIPT)
            stage.finish()


def entries() -> Iterator[Entry]:
    """Scenario 11."""
    yield Entry(scenario=11, variant="climbing", play=climbing, quick=True)
    yield Entry(scenario=11, variant="odd", play=honest, quick=True)
    yield Entry(scenario=11, variant="keys", play=keys, quick=True)

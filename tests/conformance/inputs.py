"""Scenario 11: ids and keys that want to be more than ids and keys."""

from collections.abc import Callable, Iterator
from functools import partial
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


ORDERS: dict[str, tuple[Callable[..., Any], tuple[str, ...], dict[str, Any]]] = {
    "pace_pay": (pace_pay.Cancellation, ("transaction_id",), {}),
    "pace_fueling": (pace_fueling.Cancellation, ("gas_station_id", "transaction_id"), {}),
    "bento": (bento.Cancellation, ("order_id", "transaction_id"), {"refund_amount": FULL}),
    "unzer": (unzer.Cancellation, ("payment_id", "authorization_id"), {"amount": FULL}),
    "vtex": (vtex.Cancellation, ("payment_id",), {}),
}
"""What a cancellation is made of: every id that stands in a path."""


def climbing(cast: Cast, where: str) -> None:
    """An id that climbs, splits or ends the path reaches no payment, its own included."""
    make, names, more = ORDERS[cast.api]
    for shape in CLIMBING:
        with cast.stage(repr(shape)) as stage:
            ids = {each: str(getattr(stage.payment, each)) for each in names}
            ids[where] = shape.format(id=ids[where])

            def work(ids: dict[str, str] = ids, stage: Any = stage) -> Any:
                try:
                    cancellation = make(**ids, **more)
                except CountermandError as error:
                    return error
                return stage.actor.do("cancel", cancellation, key=stage.key)

            stage.call("cancel", REFUSED, work)
            if stage.executions:
                stage.problems.append("another payment was cancelled")


def honest(cast: Cast) -> None:
    """An id that is odd, and really is the payment's, arrives as it is."""
    odd = f"{ODD}{cast.case.flavour}{cast.store}"
    details = {
        "bento": {"order_id": odd, "transaction_id": odd},
        "unzer": {"payment_id": odd},
        "vtex": {"payment_id": odd},
    }.get(cast.api, {})
    with cast.stage(payment=details) as stage:
        stage.cancel(RECEIPT)
        stage.finish()


def keys(cast: Cast) -> None:
    """A key is only a name, whatever its characters."""
    for number, shape in enumerate(KEYS):
        whose = f"{cast.api}{cast.case.flavour[0]}{cast.store[0]}{number}"
        with cast.stage(
            repr(shape), key=shape.format(n=whose)[: 255 - len(whose)] + whose
        ) as stage:
            stage.cancel(RECEIPT)
            stage.finish()


def entries() -> Iterator[Entry]:
    """Scenario 11."""
    for where in sorted({each for _make, names, _more in ORDERS.values() for each in names}):
        apis = tuple(api for api, (_make, names, _more) in ORDERS.items() if where in names)
        play = partial(climbing, where=where)
        name = f"climbing-{where.removesuffix('_id').replace('_', '-')}"
        yield Entry(scenario=11, variant=name, play=play, apis=apis, quick=True)
    yield Entry(scenario=11, variant="odd", play=honest, quick=True)
    yield Entry(scenario=11, variant="keys", play=keys, quick=True)

"""Scenario 19: another client changes the payment, before the call or between two calls."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from attrs import evolve

from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY, Actor
from tests.conformance.cases import RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.fixtures import plain
from tests.conformance.orders import order
from tests.conformance.stage import Stage

ONCE = evolve(BASE_POLICY, attempts=1)
NAMES = {
    "receipt": RECEIPT,
    "unknown": UNKNOWN,
    "captured": frozenset({"AlreadyCaptured"}),
    "forbidden": frozenset({"Forbidden"}),
    "declined": frozenset({"Declined"}),
}


def _by_another(stage: Stage, *, whole: bool) -> None:
    accounts = (plain(stage.sandbox.account(stage.api)),)
    other = Actor("sync", *accounts, policy=BASE_POLICY)
    before = stage.executions
    other.do("cancel", order(stage.api, stage.payment, whole), key=f"{stage.key}-other")
    other.close()
    stage.others += stage.executions - before


def _captured(stage: Stage) -> None:
    stage.sandbox.capture(stage.payment)


def _fueling(stage: Stage) -> None:
    stage.sandbox.start_fueling(stage.payment)


EVENTS: dict[str, Callable[[Stage], None]] = {
    "cancelled": partial(_by_another, whole=True),
    "partly": partial(_by_another, whole=False),
    "captured": _captured,
    "fueling": _fueling,
}

BEFORE: dict[tuple[str, str], str] = {
    ("cancelled", "pace_pay"): "receipt",
    ("cancelled", "pace_fueling"): "receipt",
    ("cancelled", "bento"): "declined",
    ("cancelled", "unzer"): "receipt",
    ("cancelled", "vtex"): "declined",
    ("partly", "bento"): "receipt",
    ("partly", "unzer"): "receipt",
    ("captured", "pace_pay"): "forbidden",
    ("captured", "pace_fueling"): "captured",
    ("captured", "bento"): "receipt",
    ("captured", "unzer"): "captured",
    ("captured", "vtex"): "declined",
    ("fueling", "pace_pay"): "forbidden",
    ("fueling", "pace_fueling"): "forbidden",
}
"""What a first cancel comes to, when the event was before it.

PACE Fueling's refusal is looked up at PACE Pay, which shows a cancelled transaction as gone and a
captured one as completed.
"""

BETWEEN = {
    **BEFORE,
    # PACE Pay does not show a transaction that is still fuelling.
    ("fueling", "pace_fueling"): "unknown",
    **{(event, "bento"): "unknown" for event in ("cancelled", "partly", "captured")},
    # A null may also come from a provider that has cancelled and keeps no answers.
    **{(event, "vtex"): "unknown" for event in ("cancelled", "captured")},
}
"""What it comes to when an attempt before the event got no answer, and was not executed."""


def before(cast: Cast, event: str) -> None:
    """The payment is not as it was when the caller last looked."""
    with cast.stage(whole=event != "partly") as stage:
        EVENTS[event](stage)
        stage.cancel(NAMES[BEFORE[event, cast.api]])
        if BEFORE[event, cast.api] == "receipt":
            stage.finish()


def between(cast: Cast, event: str) -> None:
    """An attempt was lost, another client acted, and the key is resumed."""
    expected = NAMES[BETWEEN[event, cast.api]]
    with cast.stage(policy=ONCE, whole=event != "partly") as stage:
        stage.script(faults.RESET_BEFORE)
        stage.cancel(UNKNOWN)
        EVENTS[event](stage)
        stage.wait_window()
        stage.again(expected)
        if expected == UNKNOWN:
            stage.again(UNKNOWN)
            stage.resolve()


def executed_then(cast: Cast, event: str) -> None:
    """Ours was executed and its answer lost; what others do then does not hide it."""
    with cast.stage(policy=ONCE) as stage:
        stage.script(faults.RESET_AFTER, *[faults.error_page(503)] * 4)
        stage.cancel(UNKNOWN)
        stage.script()
        EVENTS[event](stage)
        stage.again(UNKNOWN if cast.api == "bento" else RECEIPT)
        stage.finish()


def entries() -> Iterator[Entry]:
    """Scenario 19."""
    for event in EVENTS:
        apis = tuple(api for named, api in BEFORE if named == event)
        known: dict[str, Any] = {"scenario": 19, "apis": apis, "quick": True}
        yield Entry(variant=f"{event}-before", play=partial(before, event=event), **known)
        yield Entry(variant=f"{event}-between", play=partial(between, event=event), **known)
    for event, apis in (("partly", ("bento", "unzer")), ("captured", ("unzer",))):
        play = partial(executed_then, event=event)
        yield Entry(scenario=19, variant=f"{event}-after", play=play, apis=apis, quick=True)

"""Scenario 26: Bento with its reads; the transaction is compared before and after the cancel."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY, SHORT_POLICY, Actor
from tests.conformance.cases import RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.fixtures import plain
from tests.conformance.orders import order
from tests.conformance.stage import Stage

NOT_CANCELLED = frozenset({"NotCancelled"})
MOMENTS = ("before", "between", "after")


@contextmanager
def _stage(cast: Cast, **settings: Any) -> Iterator[Stage]:
    """A stage whose account reads; a read comes first, so the first fault passes."""
    account = cast.fixtures.sandbox.account("bento", cast.fixtures.proxy.base_url("bento"))
    known = {"accounts": (account,), "policy": SHORT_POLICY, **settings}
    with cast.stage(**known) as stage:
        yield stage


def lost(cast: Cast, *, whole: bool) -> None:
    """Executed, and the answer is lost: found at once where it is a void, else when finished."""
    with _stage(cast, whole=whole) as stage:
        stage.script(faults.PASS, faults.RESET_AFTER)
        stage.cancel(RECEIPT if whole else UNKNOWN)
        if not whole:
            stage.sandbox.finish_pending(stage.payment)
            stage.again(RECEIPT)
        stage.replay()


def late(cast: Cast) -> None:
    """It arrives after a read that has shown no change, and is found by the next one."""
    with _stage(cast) as stage:
        stage.script(faults.PASS, faults.Late())
        stage.cancel(UNKNOWN)
        stage.proxy.script()
        stage.again(UNKNOWN)
        stage.proxy.deliver_late()
        stage.sandbox.finish_pending(stage.payment)
        stage.wait_window()
        stage.again(RECEIPT)
        stage.replay()


def never(cast: Cast) -> None:
    """It never arrives: two equal reads, a window apart; then the key is free, and sends anew."""
    with _stage(cast) as stage:
        stage.script(faults.PASS, faults.RESET_BEFORE)
        stage.cancel(UNKNOWN)
        stage.wait_window()
        proven = stage.again(NOT_CANCELLED)
        if proven.requests:
            stage.problems.append("sent again in the call that proves that nothing was executed")
        stage.cancel(RECEIPT, "the same key, when it is free")
        stage.replay()


def unread(cast: Cast, fault: faults.Fault) -> None:
    """Without a snapshot nothing is sent."""
    with _stage(cast) as stage:
        stage.script(fault)
        failed = stage.cancel(frozenset({"Unreachable"}))
        if failed.requests:
            stage.problems.append("sent without a snapshot")
        stage.proxy.script()
        stage.cancel(RECEIPT, "when it can be read")
        stage.replay()


def back_office(cast: Cast, *, moment: str, arrives: bool) -> None:
    """Others refund a smaller part: ours is never taken for executed because of that."""
    with _stage(cast) as stage:
        if moment == "before":
            _refund(stage)
        fault = faults.RESET_AFTER if arrives else faults.RESET_BEFORE
        stage.script(faults.PASS, fault)
        stage.cancel(UNKNOWN)
        stage.proxy.script()
        if moment == "between":
            _refund(stage)
        stage.sandbox.finish_pending(stage.payment)
        stage.wait_window()
        if moment == "before":
            stage.again(RECEIPT if arrives else NOT_CANCELLED)
            return
        if moment == "after":
            _refund(stage)
        # Two refunds, or one of another amount: nobody can tell them apart.
        stage.again(UNKNOWN)
        stage.resolve()


def _refund(stage: Stage) -> None:
    account = plain(stage.sandbox.account("bento"))
    other = Actor("sync", account, policy=BASE_POLICY)
    before = stage.executions
    part = order("bento", stage.payment, whole=False)
    smaller = type(part)(part.order_id, part.transaction_id, refund_amount=part.refund_amount - 1)
    other.do("cancel", smaller, key=f"{stage.key}-other")
    other.close()
    stage.sandbox.finish_pending(stage.payment)
    stage.others += stage.executions - before


def entries() -> Iterator[Entry]:
    """Scenario 26."""
    known: dict[str, Any] = {"scenario": 26, "apis": ("bento",), "quick": True}
    for whole in (True, False):
        name = "void" if whole else "refund"
        yield Entry(variant=f"lost-{name}", play=partial(lost, whole=whole), **known)
    yield Entry(variant="late", play=late, **known)
    yield Entry(variant="never", play=never, **known)
    for name, fault in (("503", faults.error_page(503)), ("reset", faults.RESET_BEFORE)):
        yield Entry(variant=f"unread-{name}", play=partial(unread, fault=fault), **known)
    for moment in MOMENTS:
        for arrives in (True, False):
            variant = f"back-office-{moment}-{'executed' if arrives else 'absent'}"
            play = partial(back_office, moment=moment, arrives=arrives)
            yield Entry(variant=variant, play=play, **known)

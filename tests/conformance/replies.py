"""Scenarios 9, 10 and 12: answers that are none, lead elsewhere, or never end."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from countermand.sandbox import faults
from tests.conformance.actors import HASTY
from tests.conformance.cases import RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.documented import Kind, at_once
from tests.conformance.stage import Stage
from tests.conformance.wire import one_fault

UNZER_DONE = {"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False}
JSON = (("content-type", "application/json"),)
REDIRECTS = (301, 302, 303, 307, 308)
ALWAYS = 40
"""Enough words for every request of a call, and for its reads."""


def answer(stage: Stage, *, strange: bool) -> dict[str, Any]:
    """What the provider might answer: with a strange value and more than asked, or bare."""
    made = stage.payment
    more = {"surprise": {"nested": [1, None]}, "state": "Sideways"} if strange else {}
    status = {"code": "PG9999", "outcome": "odd"} if strange else None
    return {
        "pace_pay": lambda: more,
        "pace_fueling": lambda: more,
        "bento": lambda: {"data": {"orderId": made.order_id, "status": status, **more}},
        "unzer": lambda: {**UNZER_DONE, "message": {"code": "NEW.000"}, **more},
        "vtex": lambda: {"cancellationId": "C-1", "code": "brand-new", **more},
    }[stage.api]()


def rewritten(cast: Cast, change: Callable[[Stage], faults.Fault], *, believed: bool) -> None:
    """The provider's answer is not quite the documented one."""
    pace = cast.api.startswith("pace")
    with cast.stage() as stage:
        stage.script(change(stage))
        # A 204 is judged by its status alone.
        good = believed or pace
        stage.cancel(
            RECEIPT if good else at_once(cast.api, "unbelievable", executed=True),
        )
        stage.finish()


def _body(stage: Stage, *, strange: bool) -> faults.Fault:
    if stage.api.startswith("pace"):
        return faults.Rewrite(headers=(("x-surprise", "yes"),))
    return faults.Rewrite(headers=JSON, body=json.dumps(answer(stage, strange=strange)).encode())


def _typed(stage: Stage, media_type: str) -> faults.Fault:
    del stage
    return faults.Rewrite(headers=(("content-type", media_type),))


def _emptied(stage: Stage) -> faults.Fault:
    if stage.api.startswith("pace"):
        return faults.Rewrite()
    return faults.Rewrite(body=b"")


def undocumented(cast: Cast, fault: faults.Fault, *, executed: bool) -> None:
    """A 2xx that no document knows: never a success, but no reason to give up where one can ask."""
    kind: Kind = "unbelievable"
    one_fault(cast, fault, kind, executed=executed)


def redirected(cast: Cast, status: int) -> None:
    """The answer leads to another origin, which would execute whatever it is sent."""
    trap = cast.world.trap
    before = len(trap.requests)
    with cast.stage() as stage:
        target = f"{trap.base_url(cast.api)}/payments"
        stage.script(*[faults.redirect(status, target)] * ALWAYS)
        stage.cancel(frozenset({"Misdirected"}))
        if len(trap.requests) > before:
            stage.problems.append("the redirect was followed")
        stage.finish()


def hangs(cast: Cast, fault: faults.Fault, allowed: Callable[[str], frozenset[str]]) -> None:
    """Every request meets it, the reads too; the deadline holds all the same."""
    with cast.stage(policy=HASTY) as stage:
        stage.script(*[fault] * ALWAYS)
        stage.cancel(allowed(cast.api))
        stage.again(allowed(cast.api))
        stage.finish()


def _drips_body(api: str) -> frozenset[str]:
    return RECEIPT if api.startswith("pace") else UNKNOWN


def entries() -> Iterator[Entry]:
    """Scenarios 9, 10 and 12."""
    for status in (200, 202, 203, 206):
        for executed in (True, False):
            page = faults.error_page(status, executed=executed)
            play = partial(undocumented, fault=page, executed=executed)
            name = f"html-{status}-{'after' if executed else 'before'}"
            yield Entry(scenario=9, variant=name, play=play, quick=status == 200)
    changes: dict[str, tuple[Callable[[Stage], faults.Fault], bool]] = {
        "wrong-type": (partial(_typed, media_type="text/html"), False),
        "empty": (_emptied, False),
        "strange": (partial(_body, strange=True), True),
        "bare": (partial(_body, strange=False), True),
    }
    for name, (change, believed) in changes.items():
        play = partial(rewritten, change=change, believed=believed)
        yield Entry(scenario=9, variant=name, play=play, quick=True)
    broken = partial(undocumented, fault=faults.broken_gzip(), executed=True)
    yield Entry(scenario=9, variant="broken-gzip", play=broken)
    for status in REDIRECTS:
        play = partial(redirected, status=status)
        yield Entry(scenario=10, variant=str(status), play=play, quick=status in {302, 307})
    yield from _hanging()


def _hanging() -> Iterator[Entry]:
    slow = {
        "silence": (faults.SILENCE_BEFORE, lambda _api: UNKNOWN),
        "silence-after": (faults.SILENCE_AFTER, lambda _api: UNKNOWN),
        "head-drips": (faults.Drip(part="head", interval=0.05), lambda _api: UNKNOWN),
        "body-drips": (faults.Drip(part="body", interval=0.05), _drips_body),
    }
    for name, (fault, allowed) in slow.items():
        play = partial(hangs, fault=fault, allowed=allowed)
        yield Entry(scenario=12, variant=name, play=play, quick=name == "silence")

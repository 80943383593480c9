"""Scenarios 9, 10 and 12: answers that are none, lead elsewhere, or never end."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from countermand.sandbox import faults
from tests.conformance.actors import STUCK
from tests.conformance.cases import RECEIPT, UNKNOWN, Call, Entry
from tests.conformance.casting import Cast
from tests.conformance.documented import READABLE, at_once, redirected
from tests.conformance.network import one_fault
from tests.conformance.refusals import JSON, vtex_ids
from tests.conformance.stage import Stage

UNZER_DONE = {"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False}
REDIRECTS = (301, 302, 303, 307, 308)
TALKING = ("bento", "unzer", "vtex")
SILENT = ("pace_pay", "pace_fueling")
"""Whose answer has no body."""
ALWAYS = 40
"""Enough faults for every request of a call, and for its reads."""
SPENT = 0.9
"""The part of the deadline that is used where every attempt hangs."""


def answer(stage: Stage, *, strange: bool) -> dict[str, Any]:
    """What the provider might answer: with a strange value and more than asked, or bare.

    PACE's answer has no body; `unlikely` says what may be strange about it.
    """
    made = stage.payment
    more = {"surprise": {"nested": [1, None]}, "state": "Sideways"} if strange else {}
    status = {"code": "PG9999", "outcome": "odd"} if strange else None
    return {
        "bento": lambda: {"data": {"orderId": made.order_id, "status": status, **more}},
        "unzer": lambda: {**UNZER_DONE, "message": {"code": "NEW.000"}, **more},
        "vtex": lambda: {**vtex_ids(stage), "cancellationId": "C-1", "code": "brand-new", **more},
    }[stage.api]()


LACKING: dict[str, tuple[dict[str, Any], ...]] = {
    "bento": ({}, {"data": {}}, {"data": {"merchantReference": "m-1"}}),
    "unzer": (
        {},
        {"id": "s-cnl-1"},
        {"id": "s-cnl-1", "isPending": False, "isError": False},
        {"isSuccess": None, "isPending": None, "isError": None},
    ),
    "vtex": (
        {},
        {"code": "C", "message": "cancelled"},
        {"cancellationId": ""},
        {"cancellationId": "C-1"},
    ),
}
"""Answers without the field that carries the verdict, or without the ids that make it VTEX's."""

UNLIKELY: dict[str, tuple[faults.Fault, bool]] = {
    "200-with-body": (faults.Rewrite(status=200, headers=JSON, body=b'{"data": {}}'), False),
    "200-without": (faults.Rewrite(status=200, body=b""), False),
    "204-with-length": (faults.Rewrite(headers=(*JSON, ("content-length", "12"))), True),
    "204-bare": (faults.Raw(b"HTTP/1.1 204 No Content\r\n\r\n", executed=True), True),
}
"""What may be strange about PACE's answer: a 204 is judged by its status alone, a 200 is none."""


def rewritten(cast: Cast, change: Callable[[Stage], faults.Fault], *, believed: bool) -> None:
    """The provider's answer is not quite the documented one."""
    with cast.stage() as stage:
        stage.script(change(stage))
        seen = stage.cancel(RECEIPT if believed else at_once(cast.api, "page", executed=True))
        _asked_again(stage, seen, believed=believed)
        stage.finish()


def _asked_again(stage: Stage, seen: Call, *, believed: bool) -> None:
    """What is not believed is read, where that can be, and is sent again nowhere."""
    read = stage.api in READABLE and not believed
    if seen.requests != 1 or (seen.reads > 0) is not read:
        asked = f"{seen.requests} requests and {seen.reads} reads"
        stage.problems.append(f"{asked} for an answer that is to be believed: {believed}")


def lacking(cast: Cast) -> None:
    """The field that carries the verdict is missing: an answer, but not to this question."""
    for body in LACKING[cast.api]:
        with cast.stage(json.dumps(body)) as stage:
            stage.script(faults.Rewrite(headers=JSON, body=json.dumps(body).encode()))
            seen = stage.cancel(at_once(cast.api, "page", executed=True))
            _asked_again(stage, seen, believed=False)
            stage.finish()


def _body(stage: Stage, *, strange: bool) -> faults.Fault:
    return faults.Rewrite(headers=JSON, body=json.dumps(answer(stage, strange=strange)).encode())


def _typed(stage: Stage, media_type: str) -> faults.Fault:
    del stage
    return faults.Rewrite(headers=(("content-type", media_type),))


def _always(stage: Stage, fault: faults.Fault) -> faults.Fault:
    del stage
    return fault


def led_elsewhere(cast: Cast, status: int) -> None:
    """The answer leads to another origin, which would execute whatever it is sent."""
    trap = cast.fixtures.trap
    before = len(trap.requests)
    with cast.stage() as stage:
        target = f"{trap.base_url(cast.api)}/payments"
        stage.script(*[faults.redirect(status, target)] * ALWAYS)
        stage.cancel(redirected(status))
        if len(trap.requests) > before:
            stage.problems.append("the redirect was followed")
        stage.finish()


def hangs(
    cast: Cast,
    fault: faults.Fault,
    allowed: Callable[[str], frozenset[str]],
    *,
    twice: bool = False,
) -> None:
    """Every request meets it, the reads too; the deadline is kept."""
    with cast.stage(policy=STUCK) as stage:
        stage.script(*[fault] * ALWAYS)
        seen = stage.cancel(allowed(cast.api))
        if seen.unknown and seen.elapsed < STUCK.deadline * SPENT:
            stage.problems.append(f"given up after {seen.elapsed:.2f} s")
        if twice:
            stage.again(allowed(cast.api))
        stage.finish()


def _drips_body(api: str) -> frozenset[str]:
    return RECEIPT if api.startswith("pace") else UNKNOWN


def entries() -> Iterator[Entry]:
    """Scenarios 9, 10 and 12."""
    for status in (200, 202, 203, 206):
        for executed in (True, False):
            page = faults.error_page(status, executed=executed)
            play = partial(one_fault, fault=page, kind="page", executed=executed)
            name = f"html-{status}-{'after' if executed else 'before'}"
            yield Entry(scenario=9, variant=name, play=play, quick=status == 200)
    changes: dict[str, tuple[Callable[[Stage], faults.Fault], bool]] = {
        "wrong-type": (partial(_typed, media_type="text/html"), False),
        "empty": (partial(_always, fault=faults.Rewrite(body=b"")), False),
        "strange": (partial(_body, strange=True), True),
        "bare": (partial(_body, strange=False), True),
    }
    for name, (change, believed) in changes.items():
        play = partial(rewritten, change=change, believed=believed)
        yield Entry(scenario=9, variant=name, play=play, apis=TALKING, quick=True)
    yield Entry(scenario=9, variant="lacking", play=lacking, apis=TALKING, quick=True)
    for name, (fault, believed) in UNLIKELY.items():
        play = partial(rewritten, change=partial(_always, fault=fault), believed=believed)
        yield Entry(scenario=9, variant=name, play=play, apis=SILENT, quick=True)
    # A body that cannot be unpacked counts as cut.
    broken = partial(one_fault, fault=faults.broken_gzip(), kind="lost", executed=True)
    yield Entry(scenario=9, variant="broken-gzip", play=broken)
    for status in REDIRECTS:
        play = partial(led_elsewhere, status=status)
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
        play = partial(hangs, fault=fault, allowed=allowed, twice=name == "silence")
        yield Entry(scenario=12, variant=name, play=play, quick=name == "silence")

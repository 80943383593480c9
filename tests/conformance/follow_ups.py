"""Scenario 27: what is open after the call is looked at until it has an end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from attrs import evolve

from countermand import Budget
from countermand.ledger import Change, State
from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY
from tests.conformance.cases import APIS, DURABLE, RECEIPT, UNKNOWN, Call, Entry
from tests.conformance.casting import Cast
from tests.conformance.crashes import TEST_TIMEOUT, UNHURRIED, job, require_killed
from tests.conformance.stage import Stage
from tests.conformance.workers import context, doomed_reconciler, reconciling
from tests.support.claims import run_sql

DECLINED = frozenset({"Declined"})
RECONCILED = frozenset({"Reconciliation"})
UNREAD = evolve(BASE_POLICY, attempts=1, budget=Budget(reserve=0.0, per_call=0.0))
"""One attempt, and no token for a read: an interruption leaves the key unknown."""
DAY = 86400.0
DAYS = 8
"""Longer than a person is left alone with a key that no look ends."""
ASYNCHRONOUS = ("bento", "unzer")
"""Providers that accept a cancel and finish it later."""
READ = ("pace_fueling", "bento", "unzer")
"""Providers where a look reads; at the others it repeats, which does no harm there."""
MOMENTS = (
    "created_at",
    "attempt_recorded_at",
    "last_attempt_at",
    "answered_look_at",
    "unchanged_at",
)
DUE = ("next_look", "lease_until", "report_due")
STEPS = (
    "take_unreported",
    "take_due",
    "claim",
    "record_attempt",
    "send",
    "record_outcome",
    "read_looked",
    "report",
    "record_reported",
    "count_others",
)
"""The steps of a round of `reconcile`, in their order."""
REPEATED = tuple(api for api in APIS if api not in READ)
"""Providers where a look records an attempt, since it repeats the cancel."""


@contextmanager
def _stage(cast: Cast, **settings: Any) -> Iterator[Stage]:
    """A stage whose account reads, at Bento too."""
    details = settings.pop("payment", {})
    if cast.api == "bento":
        sandbox, proxy = cast.fixtures.sandbox, cast.fixtures.proxy
        settings = {"accounts": (sandbox.account("bento", proxy.base_url("bento")),), **settings}
    with cast.stage(payment=details, **settings) as stage:
        yield stage


@contextmanager
def _accepted(cast: Cast, **details: Any) -> Iterator[Stage]:
    """A stage whose cancel the provider has accepted, and has not finished."""
    pending = {"flags": "pending"} if cast.api == "unzer" else {}
    with _stage(cast, payment={**pending, **details}, unfinished=True) as stage:
        stage.cancel(RECEIPT)
        yield stage


@contextmanager
def _lost(cast: Cast, **settings: Any) -> Iterator[Stage]:
    """A stage whose cancel was executed; its answer is lost, and nothing is known of it."""
    with _stage(cast, **{"policy": UNREAD, **settings}) as stage:
        stage.script(*[faults.PASS] * _reads_first(stage), faults.RESET_AFTER)
        stage.cancel(UNKNOWN)
        stage.script()
        stage.sandbox.finish_pending(stage.payment)
        yield stage


def _reads_first(stage: Stage) -> bool:
    return stage.api == "bento" and stage.accounts[0].read


def _reconcile(stage: Stage, end: State, *, reports: int = 0, sends: bool = False) -> Call:
    """Reconcile when the key's next look is due; say what is not as it must be."""
    _make_due(stage)
    told: list[Change] = []
    seen = stage.call(
        "reconcile", RECONCILED, lambda: stage.actor.do("reconcile", on_outcome=told.append)
    )
    if seen.requests and not sends:
        stage.problems.append(f"reconcile sent {seen.requests} cancels")
    _require(stage, end, told, reports)
    return seen


def _require(stage: Stage, end: State, told: list[Change], reports: int) -> None:
    record = stage.ledger.show(stage.key)
    if record.state is not end:
        stage.problems.append(f"{record.state} after a look, not {end}")
    mine = [change for change in told if change.key == stage.key]
    if len(mine) != reports:
        stage.problems.append(f"{len(mine)} changes were reported, not {reports}")


def _make_due(stage: Stage, *, days: float = 0.0) -> None:
    """Let the time of the key's next look come, of its lease's end, and of its next report.

    With `days` all that was recorded becomes older. Other keys of a shared ledger are left alone.
    """
    table = "countermand_cancellations"
    run_sql(
        stage.ledger,
        f"UPDATE {table} SET next_look = NULL, report_due = NULL WHERE key <> '{stage.key}'",
    )
    moved = ", ".join(f"{name} = {name} - {days * DAY}" for name in MOMENTS)
    due = ", ".join(f"{name} = CASE WHEN {name} IS NULL THEN NULL ELSE 1 END" for name in DUE)
    run_sql(stage.ledger, f"UPDATE {table} SET {moved}, {due} WHERE key = '{stage.key}'")


def finished(cast: Cast) -> None:
    """Looked at before and after the provider has finished it; sent once in all."""
    with _accepted(cast) as stage:
        _reconcile(stage, State.ACCEPTED)
        stage.sandbox.finish_pending(stage.payment)
        _reconcile(stage, State.CANCELLED, reports=1)
        stage.again(RECEIPT)
        if stage.calls[-1].requests or stage.calls[-1].reads:
            stage.problems.append("a cancel that has ended was looked at again")


def failed(cast: Cast) -> None:
    """The refund fails at the provider: the key says so from then on, and sends nothing."""
    with _accepted(cast, refund="fails") as stage:
        _reconcile(stage, State.ACCEPTED)
        stage.sandbox.finish_pending(stage.payment)
        # The sandbox counts a refund when it is submitted; one that fails has moved nothing.
        stage.others += stage.executions
        _reconcile(stage, State.REFUSED, reports=1)
        for seen in (stage.again(DECLINED), stage.cancel(DECLINED)):
            if seen.requests or seen.reads:
                stage.problems.append("a refund that has failed was looked at again")


def stalled(cast: Cast) -> None:
    """The provider answers for days and never finishes it: a person is told once, looks go on."""
    with _accepted(cast) as stage:
        for _ in range(DAYS):
            _make_due(stage, days=1)
            stage.actor.do("reconcile")
        record = stage.ledger.show(stage.key)
        if record.waiting_for != "person":
            stage.problems.append(f"after {DAYS} days it waits for {record.waiting_for}")
        _reconcile(stage, State.ACCEPTED)
        stage.sandbox.finish_pending(stage.payment)
        _reconcile(stage, State.CANCELLED, reports=1)
        stage.again(RECEIPT)


def unreachable(cast: Cast) -> None:
    """Days without an answer ask nobody; when the provider is back, the key gets its end."""
    with _lost(cast) as stage:
        for _ in range(DAYS):
            stage.script(*[faults.error_page(503)] * 4)
            _make_due(stage, days=1)
            _reconcile(stage, State.MAYBE_EXECUTED, sends=stage.api not in READ)
            if stage.ledger.show(stage.key).waiting_for == "person":
                stage.problems.append("an outage waits for a person")
        stage.script()
        _reconcile(stage, State.CANCELLED, reports=1, sends=stage.api not in READ)
        stage.again(RECEIPT)


def stale(cast: Cast) -> None:
    """A read shows the state of before the cancel, after an answer that shows the cancel."""
    with _accepted(cast) as stage:
        if stage.api == "bento":
            old: Any = faults.Raw(stage.proxy.requests[-2].answer)
        else:
            old = faults.Rewrite(body=_without_cancels(stage))
        for days in (0, 1):
            stage.script(old)
            _make_due(stage, days=days)
            _reconcile(stage, State.ACCEPTED)
            stage.script(old)
            stage.again(RECEIPT)
        stage.script()
        stage.sandbox.finish_pending(stage.payment)
        _reconcile(stage, State.CANCELLED, reports=1)
        stage.again(RECEIPT)


def _without_cancels(stage: Stage) -> bytes:
    """What Unzer has said of the payment before the cancel: its answer, without the cancels."""
    before = len(stage.proxy.requests)
    stage.again(RECEIPT)
    content = json.loads(stage.proxy.requests[before].answer.partition(b"\r\n\r\n")[2])
    kept = [each for each in content["transactions"] if "cancel" not in each["type"]]
    return json.dumps({**content, "transactions": kept}).encode()


def together(cast: Cast) -> None:
    """Two processes reconcile while a caller uses the key: one end, and nothing sent twice."""
    with _lost(cast) as stage:
        _make_due(stage)
        task = evolve(job(cast, stage), policy=BASE_POLICY)
        pool = cast.fixtures.pool(2)
        others = [pool.submit(reconciling, task) for _ in range(2)]
        beside = stage.again(RECEIPT | {"CancellationInProgress"}, wait=True)
        stage.calls[-1] = evolve(beside, accompanied=True)
        told = [change for other in others for change in other.result(TEST_TIMEOUT)]
        _require(stage, State.CANCELLED, told, len(told))
        stage.again(RECEIPT)
        if len({(change.before, change.after) for change in told}) > 1:
            stage.problems.append("two ends were reported")


def killed(cast: Cast, step: str, moment: str) -> None:
    """The process that looks is killed at any step: another one ends the key and reports it."""
    with _lost(cast, policy=evolve(UNHURRIED, attempts=1, budget=UNREAD.budget)) as stage:
        _make_due(stage)
        task = evolve(job(cast, stage), policy=UNHURRIED)
        process = context().Process(target=doomed_reconciler, args=(task, step, moment))
        process.start()
        process.join(TEST_TIMEOUT)
        require_killed(stage, process)
        after = STEPS.index(step) * 2 + (moment == "after")
        reported = after > STEPS.index("record_reported") * 2
        _reconcile(stage, State.CANCELLED, reports=int(not reported), sends=stage.api not in READ)
        stage.again(RECEIPT)


def unreadable(cast: Cast) -> None:
    """Without a read the outcome cannot be found: it is listed so, and nothing is asked."""
    with cast.stage() as stage:
        stage.cancel(RECEIPT)
        seen = _reconcile(stage, State.ACCEPTED)
        if seen.reads:
            stage.problems.append("a payment was read that this account must not read")
        (left,) = [each for each in stage.ledger.unresolved() if each.key == stage.key]
        if left.next_look or "cannot be read" not in left.reason:
            stage.problems.append(f"the list says {left.reason}, and a look at {left.next_look}")


def entries() -> Iterator[Entry]:
    """Scenario 27."""
    known: dict[str, Any] = {"scenario": 27, "stores": DURABLE, "quick": True}
    yield Entry(variant="finished", play=finished, apis=ASYNCHRONOUS, **known)
    yield Entry(variant="failed", play=failed, apis=("bento",), **known)
    yield Entry(variant="stalled", play=stalled, apis=ASYNCHRONOUS, **known)
    yield Entry(variant="stale", play=stale, apis=ASYNCHRONOUS, **known)
    yield Entry(variant="unreadable", play=unreadable, apis=("bento",), **known)
    yield Entry(variant="unreachable", play=unreachable, apis=APIS, **known)
    yield Entry(variant="together", play=together, apis=APIS, **known)
    for step in STEPS:
        for moment in ("before", "after"):
            play = partial(killed, step=step, moment=moment)
            quick = f"{step}-{moment}" == "send-after"
            variant = f"killed-{step}-{moment}"
            apis = REPEATED if step == "record_attempt" else APIS
            yield Entry(variant=variant, play=play, apis=apis, **{**known, "quick": quick})

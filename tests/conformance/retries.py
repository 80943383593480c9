"""Scenario 17: the caller tries again after every kind of exception, with the key and without."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

from attrs import evolve

from countermand._runtime.stores import ask_store
from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY, LATER
from tests.conformance.cases import APIS, DURABLE, RECEIPT, Call, Entry
from tests.conformance.casting import Cast
from tests.conformance.databases import FAILED, Breaking, Record
from tests.conformance.documented import ABOUT_THE_PAYMENT, REPEATABLE, asked_again, refused
from tests.conformance.orders import order
from tests.conformance.refusals import JSON, own_refusal
from tests.conformance.replies import ALWAYS
from tests.conformance.stage import Stage

API_JSON = (("content-type", "application/vnd.api+json"),)
UNLINKED = b'{"errors":[{"code":"missing-linked-identity","status":"401"}]}'
BUSY = frozenset({"CancellationInProgress"})
IN_PARTS = ("bento", "unzer")
"""Where a further cancel of the same payment is executed, too: it is cancelled in part."""
AFTER_ANOTHER = {"vtex": frozenset({"Declined"})}
"""What a further cancel meets where an earlier one has left nothing.

PACE Pay says 204 again, and shows that PACE Fueling's transaction is gone.
"""
PATIENTLY = evolve(BASE_POLICY, late_arrival_window=LATER)

Setting = Callable[[Stage], dict[str, Any]]
Kind = Literal["passing", "final", "open"]
"""Whether the refusal may pass, speaks of the payment for good, or is none."""


def _answers(*answers: faults.Fault) -> Setting:
    def script(stage: Stage) -> dict[str, Any]:
        stage.script(*answers * ALWAYS)
        return {}

    return script


def _invalid(stage: Stage) -> dict[str, Any]:
    del stage
    return {"deadline": -1.0}


ELSEWHERE = faults.redirect(307, "https://elsewhere.invalid/")
TRIGGERS: dict[str, tuple[Setting, str, Kind]] = {
    "unknown": (_answers(faults.RESET_AFTER), "OutcomeUnknown", "open"),
    "unknown-before": (_answers(faults.error_page(503)), "OutcomeUnknown", "open"),
    "unreachable": (_answers(faults.Refuse()), "Unreachable", "passing"),
    "rate-limited": (_answers(faults.busy(429)), "RateLimited", "passing"),
    "misdirected": (_answers(ELSEWHERE), "Misdirected", "passing"),
    "unauthenticated": (_answers(faults.Answer(401, b"{}", JSON)), "Unauthenticated", "passing"),
    "invalid": (_invalid, "InvalidCancellation", "passing"),
    "foreign": (_answers(faults.error_page(404)), "OutcomeUnknown", "open"),
    "unlinked": (
        _answers(faults.Answer(401, UNLINKED, API_JSON)),
        "MissingLinkedIdentity",
        "passing",
    ),
}
REFUSALS = {"forbidden": 403, "not-found": 404, "captured": 409, "declined": 422}
"""The provider's own refusals, and their statuses."""
QUICK = {"unknown", "unreachable", "unlinked", "foreign", *REFUSALS}
PARTICULAR = {"captured": ("unzer",), "unlinked": ("pace_pay", "pace_fueling")}


def tried_again(cast: Cast, trigger: str, *, keyed: bool) -> None:
    """With the key it stays one cancel; without, each call is a cancel of its own, made once."""
    setting, expected, kind = _trigger(cast.api, trigger)
    with cast.stage(policy=PATIENTLY) as stage:
        # The first has a key that is known before, for VTEX's answers repeat what is made of it.
        stage.cancel(frozenset({expected}), **setting(stage))
        stage.proxy.script()
        stage.proxy.accept_again()
        _retry(stage, kind, expected, keyed=keyed)


def _trigger(api: str, trigger: str) -> tuple[Setting, str, Kind]:
    """What the first call meets, what it comes to, and of which kind that is."""
    if trigger in TRIGGERS:
        return TRIGGERS[trigger]
    status = REFUSALS[trigger]

    def script(stage: Stage) -> dict[str, Any]:
        stage.script(own_refusal(stage, status))
        return {}

    final = status in ABOUT_THE_PAYMENT[api]
    return script, refused(api, status), "final" if final else "passing"


def unrecorded(cast: Cast, *, keyed: bool) -> None:
    """The ledger is not to be had, and then is."""
    broken = Breaking(cast.fixtures.address(cast.store), "claim", "gone")
    store = Record(broken, cast.fixtures.ledger(cast.store))
    with cast.stage(policy=PATIENTLY, ledger=store) as stage:
        stage.cancel(FAILED, failed=True, **_key(stage, keyed=keyed))
        broken.mend()
        _retry(stage, "passing", "LedgerUnavailable", keyed=keyed)
    broken.close()


def in_progress(cast: Cast, *, keyed: bool) -> None:
    """Another client has the key; another key is another matter, if the payment may be shared."""
    with cast.stage(policy=PATIENTLY) as stage:
        with _held(stage):
            stage.cancel(BUSY)
            if not keyed:
                shared = stage.ledger is None or cast.api in REPEATABLE
                stage.cancel(RECEIPT if shared else BUSY, "without the key", key=None)
        _retry(stage, "passing", "CancellationInProgress", keyed=keyed)


@contextmanager
def _held(stage: Stage) -> Iterator[None]:
    """Another call has the key, and has sent nothing yet."""
    invocation = stage.actor.client._prepare_cancel(
        stage.cancellation, key=stage.key, user=None, account=None, deadline=None, wait=False
    )
    ask_store(invocation.store, invocation.try_claim(invocation.deadline_in(stage.policy.deadline)))
    yield
    ask_store(invocation.store, invocation.required_claim.release(1.0))


def _key(stage: Stage, *, keyed: bool) -> dict[str, Any]:
    return {"key": stage.key if keyed else None}


def _retry(stage: Stage, kind: Kind, verdict: str, *, keyed: bool) -> None:
    """Three more calls without faults, each with the only correct verdict."""
    stage.intended = max(1, stage.executions) if keyed else stage.executions
    for number in range(2, 5):
        executed = stage.executions > 0
        if keyed:
            allowed = _same_key(stage, kind, verdict)
        else:
            allowed = AFTER_ANOTHER.get(stage.api, RECEIPT) if executed else RECEIPT
            stage.intended += not executed or stage.api in IN_PARTS
        seen = stage.cancel(allowed, f"try {number}", **_key(stage, keyed=keyed))
        if keyed and kind == "final":
            _answered_from_record(stage, seen)
    _keys_of(stage, keyed=keyed)
    if keyed and kind != "final":
        stage.finish()


def _same_key(stage: Stage, kind: Kind, verdict: str) -> frozenset[str]:
    """What a retry comes to, before the window has passed."""
    if kind == "open":
        return asked_again(stage.api, executed=stage.executions > 0)
    return frozenset({verdict}) if kind == "final" else RECEIPT


def _answered_from_record(stage: Stage, seen: Call) -> None:
    asked = seen.requests + seen.reads
    if asked:
        stage.problems.append(f"a stored refusal was asked for again: {asked} requests")


def _keys_of(stage: Stage, *, keyed: bool) -> None:
    """One key for all, or one for each; none of them executed twice, as the provider tells."""
    keys = {call.key for call in stage.calls}
    if len(keys) != (1 if keyed else len(stage.calls)):
        stage.problems.append(f"{len(stage.calls)} calls with {len(keys)} keys")
    marks = Counter(found.key for found in stage.sandbox.executions(payment=stage.payment))
    if any(times > 1 for mark, times in marks.items() if mark):
        stage.problems.append(f"a key was executed more than once: {dict(marks)}")


def manual(cast: Cast, *, keyed: bool) -> None:
    """The provider wants a person to cancel, and says so every time."""
    with cast.stage(payment={"manual_status": 501}) as stage:
        for number in range(3):
            wanted = frozenset({"ManualCancellationRequired"})
            seen = stage.cancel(wanted, **_key(stage, keyed=keyed))
            if keyed and number:
                _answered_from_record(stage, seen)
        _keys_of(stage, keyed=keyed)


def conflict(cast: Cast) -> None:
    """The key stands for something else, however often one asks; nothing is sent."""
    with cast.stage() as stage:
        stage.cancel(RECEIPT)
        other = order(cast.api, stage.sandbox.create_payment(cast.api), True)  # noqa: FBT003
        for number in range(3):
            stage.call(
                f"another cancellation, try {number + 1}",
                frozenset({"KeyConflict"}),
                lambda: stage.actor.do("cancel", other, key=stage.key),
            )
        stage.cancel(RECEIPT, "the right one")
        stage.finish()


def entries() -> Iterator[Entry]:
    """Scenario 17."""
    for keyed in (True, False):
        how = "with-key" if keyed else "without-key"
        for trigger in (*TRIGGERS, *REFUSALS):
            yield Entry(
                scenario=17,
                variant=f"{trigger}-{how}",
                play=partial(tried_again, trigger=trigger, keyed=keyed),
                apis=PARTICULAR.get(trigger, APIS),
                quick=trigger in QUICK,
            )
        play = partial(in_progress, keyed=keyed)
        yield Entry(scenario=17, variant=f"in-progress-{how}", play=play, quick=keyed)
        play = partial(unrecorded, keyed=keyed)
        name = f"ledger-unavailable-{how}"
        yield Entry(scenario=17, variant=name, play=play, stores=DURABLE, quick=keyed)
        manually = partial(manual, keyed=keyed)
        yield Entry(scenario=17, variant=f"manual-{how}", play=manually, apis=("vtex",))
    yield Entry(scenario=17, variant="conflict", play=conflict, quick=True)

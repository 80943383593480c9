"""Scenario 17: the caller tries again after every kind of exception, with the key and without."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from countermand.sandbox import faults
from tests.conformance.cases import RECEIPT, Entry
from tests.conformance.casting import Cast
from tests.conformance.orders import order
from tests.conformance.replies import ALWAYS
from tests.conformance.stage import Stage

JSON = (("content-type", "application/json"),)
API_JSON = (("content-type", "application/vnd.api+json"),)
UNLINKED = b'{"errors":[{"code":"missing-linked-identity","status":"401"}]}'
GONE = frozenset({"NotFound", "Declined"})
"""What a further cancel meets where an earlier one has left nothing to cancel."""

Setting = Callable[[Stage], dict[str, Any]]


def _answers(*words: faults.Fault) -> Setting:
    def script(stage: Stage) -> dict[str, Any]:
        stage.script(*words * ALWAYS)
        return {}

    return script


def _invalid(stage: Stage) -> dict[str, Any]:
    del stage
    return {"deadline": -1.0}


TRIGGERS: dict[str, tuple[Setting, str]] = {
    "unknown": (_answers(faults.RESET_AFTER), "OutcomeUnknown"),
    "unknown-before": (_answers(faults.error_page(503)), "OutcomeUnknown"),
    "unreachable": (_answers(faults.Refuse()), "Unreachable"),
    "rate-limited": (_answers(faults.busy(429)), "RateLimited"),
    "misdirected": (_answers(faults.redirect(307, "https://elsewhere.invalid/")), "Misdirected"),
    "unauthenticated": (_answers(faults.Answer(401, b"{}", JSON)), "Unauthenticated"),
    "forbidden": (_answers(faults.Answer(403, b"{}", JSON)), "Forbidden"),
    "not-found": (_answers(faults.Answer(404, b"{}", JSON)), "NotFound"),
    "declined": (_answers(faults.Answer(422, b"{}", JSON)), "Declined"),
    "invalid": (_invalid, "InvalidCancellation"),
}


def tried_again(cast: Cast, trigger: str, *, keyed: bool) -> None:
    """With the key it stays one cancel; without, each call is a cancel of its own, made once."""
    setting, expected = TRIGGERS[trigger]
    _play(cast, setting, expected, keyed=keyed)


def unlinked(cast: Cast, *, keyed: bool) -> None:
    """The user has to link an identity first, and then has."""
    words = faults.Answer(401, UNLINKED, API_JSON)
    _play(cast, _answers(words), "MissingLinkedIdentity", keyed=keyed)


def manual(cast: Cast, *, keyed: bool) -> None:
    """The provider wants a person to cancel, and says so every time."""
    with cast.stage(payment={"manual_status": 501}) as stage:
        for number in range(3):
            facts = {} if keyed else {"key": f"{stage.key}.{number}"}
            stage.cancel(frozenset({"ManualCancellationRequired"}), **facts)


def _play(cast: Cast, setting: Setting, expected: str, *, keyed: bool) -> None:
    with cast.stage() as stage:
        facts = setting(stage)
        stage.cancel(frozenset({expected}), **facts)
        stage.proxy.script()
        stage.proxy.accept_again()
        later = RECEIPT | {expected} | (frozenset() if keyed else GONE)
        for number in range(3):
            stage.intended += not keyed
            renamed = {} if keyed else {"key": f"{stage.key}.{number}"}
            stage.cancel(later, f"try {number + 2}", **renamed)
        marks = Counter(found.key for found in stage.sandbox.executions(payment=stage.payment))
        if any(times > 1 for mark, times in marks.items() if mark):
            stage.problems.append(f"a key was executed more than once: {dict(marks)}")
        if keyed:
            stage.finish()


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
        for trigger in TRIGGERS:
            play = partial(tried_again, trigger=trigger, keyed=keyed)
            quick = trigger in {"unknown", "forbidden", "unreachable"}
            yield Entry(scenario=17, variant=f"{trigger}-{how}", play=play, quick=quick)
        yield Entry(
            scenario=17,
            variant=f"unlinked-{how}",
            play=partial(unlinked, keyed=keyed),
            apis=("pace_pay", "pace_fueling"),
            quick=keyed,
        )
        manually = partial(manual, keyed=keyed)
        yield Entry(scenario=17, variant=f"manual-{how}", play=manually, apis=("vtex",))
    yield Entry(scenario=17, variant="conflict", play=conflict, quick=True)

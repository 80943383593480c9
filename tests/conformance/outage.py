"""Scenario 13: two hundred calls while nothing works."""

from collections.abc import Iterator
from functools import partial

from attrs import evolve

from countermand import Budget
from countermand.ledger import Ledger
from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY
from tests.conformance.cases import UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.orders import order, payment

CALLS = 200
PER_CALL = {"pace_fueling": 2.0, "unzer": 2.0}
"""Requests that a call needs anyway: one, and one more where it is read what became of it."""
RETRIES = 0.2
"""What the budget adds to each call: a reserve of ten, a tenth of a retry each, and time's."""


def outage(cast: Cast, fault: faults.Fault, allowed: frozenset[str]) -> None:
    """Retries and reads stay within the client's budget, and nothing open is forgotten."""
    own = Ledger(cast.fixtures.url(cast.store), lease=1.0) if cast.store != "none" else None
    policy = evolve(BASE_POLICY, budget=Budget())
    with cast.stage(ledger=own, policy=policy) as stage:
        lasting = isinstance(fault, faults.Refuse)
        stage.script(*[fault] * (1 if lasting else CALLS * 20))
        proxy, keys = cast.fixtures.proxy, [f"{stage.key}.{number}" for number in range(1, CALLS)]
        before, verdicts, attempts = len(proxy.requests), set(), 0
        for key in keys:
            made = payment(stage.sandbox, cast.api, False, {})  # noqa: FBT003
            found = stage.actor.do("cancel", order(cast.api, made, False), key=key)  # noqa: FBT003
            verdicts.add(type(found).__name__)
            attempts += len(found.attempts)
        stage.cancel(allowed)
        attempts += len(stage.last.attempts)
        arrived = (len(proxy.requests) - before) / CALLS
        stage.problems.extend(_too_many(cast.api, arrived, attempts / CALLS, lasting=lasting))
        stage.figures.append((f"{cast.case.variant}, arrived", arrived))
        stage.figures.append((f"{cast.case.variant}, tried", attempts / CALLS))
        if not verdicts <= allowed:
            stage.problems.append(f"verdicts {sorted(verdicts)}")
        if own is not None:
            expected = 0 if lasting else CALLS
            if (still := len(list(own.unresolved()))) != expected:
                stage.problems.append(f"{still} unresolved, {expected} expected")
    if own is not None:
        own.close()


def _too_many(api: str, arrived: float, tried: float, *, lasting: bool) -> Iterator[str]:
    """Refused connections use up the retry budget, too."""
    most = 0.0 if lasting else PER_CALL.get(api, 1.0) + RETRIES
    if arrived > most:
        yield f"{arrived} requests per call, at most {most} expected"
    if not 1.0 <= tried <= 1.0 + RETRIES:
        yield f"{tried} attempts per call, 1 to {1.0 + RETRIES} expected"


def entries() -> Iterator[Entry]:
    """Scenario 13."""
    kinds = {
        "refused": (faults.Refuse(), frozenset({"Unreachable"})),
        "503": (faults.error_page(503), UNKNOWN),
        "reset": (faults.RESET_BEFORE, UNKNOWN),
    }
    for name, (fault, allowed) in kinds.items():
        play = partial(outage, fault=fault, allowed=allowed)
        yield Entry(scenario=13, variant=name, play=play, quick=name == "503")

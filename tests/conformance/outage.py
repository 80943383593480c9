"""Scenario 13: two hundred calls while nothing works."""

from collections.abc import Iterator
from functools import partial

from attrs import evolve

from countermand import Budget
from countermand.ledger import Ledger
from countermand.sandbox import faults
from tests.conformance.actors import PATIENT
from tests.conformance.cases import UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.orders import order, payment

CALLS = 200
PER_CALL = {"pace_fueling": 2.0, "unzer": 2.0}
"""Requests that a call needs anyway: one, and one more where it is read what became of it."""


def outage(cast: Cast, fault: faults.Fault, allowed: frozenset[str]) -> None:
    """Retries and reads stay within the client's budget, and nothing open is forgotten."""
    own = Ledger(cast.world.url(cast.book), lease=1.0) if cast.book != "none" else None
    policy = evolve(PATIENT, budget=Budget())
    with cast.stage(ledger=own, policy=policy) as stage:
        lasting = isinstance(fault, faults.Refuse)
        stage.script(*[fault] * (1 if lasting else CALLS * 20))
        proxy, keys = cast.world.proxy, [f"{stage.key}.{number}" for number in range(1, CALLS)]
        before, verdicts = len(proxy.requests), set()
        for key in keys:
            made = payment(stage.sandbox, cast.api, False, {})  # noqa: FBT003
            found = stage.actor.do("cancel", order(cast.api, made, False), key=key)  # noqa: FBT003
            verdicts.add(type(found).__name__)
        stage.cancel(allowed)
        arrived = (len(proxy.requests) - before) / CALLS
        bound = PER_CALL.get(cast.api, 1.0) + 0.2
        if arrived > bound or (lasting and arrived):
            stage.problems.append(f"{arrived} requests per call, at most {bound} expected")
        if not verdicts <= allowed:
            stage.problems.append(f"verdicts {sorted(verdicts)}")
        if own is not None:
            expected = 0 if lasting else CALLS
            if (still := len(own.unresolved())) != expected:
                stage.problems.append(f"{still} unresolved, {expected} expected")
    if own is not None:
        own.close()


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

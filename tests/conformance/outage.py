"""Scenario 13: two hundred calls while nothing works."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from attrs import evolve

from countermand import Budget
from countermand.ledger import Ledger
from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY, Actor
from tests.conformance.cases import UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.orders import order, payment
from tests.conformance.stage import Stage

CALLS = 200
AT_ONCE = 50
ATTEMPT_TIMEOUT = 2.4
"""Seconds; a silent provider uses them up."""
MOST = 1.05
"""Requests of a call at most, reads among them: the budget has ten retries in reserve for the two
hundred calls, and no failed call earns more."""


def outage(
    cast: Cast, fault: faults.Fault, allowed: frozenset[str], *, crowded: bool = False
) -> None:
    """Retries and reads stay within the client's budget, and nothing open is forgotten."""
    own = Ledger(cast.fixtures.url(cast.store)) if cast.store != "none" else None
    policy = evolve(BASE_POLICY, attempt_timeout=ATTEMPT_TIMEOUT, budget=Budget())
    with cast.stage(ledger=own, policy=policy) as stage:
        refused = isinstance(fault, faults.Refuse)
        # A refusal lasts; the others are for one request each.
        stage.script(*[fault] * (1 if refused else CALLS * 20))
        # The last call is the stage's own, below.
        proxy, keys = cast.fixtures.proxy, [f"{stage.key}.{number}" for number in range(1, CALLS)]
        before = len(proxy.requests)
        results = (_at_once if crowded else _in_turn)(stage, keys)
        verdicts = {type(result).__name__ for result in results}
        stage.cancel(allowed)
        attempts = sum(len(getattr(each, "attempts", ())) for each in [*results, stage.last])
        arrived = (len(proxy.requests) - before) / CALLS
        stage.problems.extend(_unexpected_counts(arrived, attempts / CALLS, refused=refused))
        stage.figures.append((f"{cast.case.variant}, arrived", arrived))
        stage.figures.append((f"{cast.case.variant}, tried", attempts / CALLS))
        if not verdicts <= allowed:
            stage.problems.append(f"verdicts {sorted(verdicts)}")
        if own is not None:
            expected = 0 if refused else CALLS
            if (still := len(list(own.unresolved()))) != expected:
                stage.problems.append(f"{still} unresolved, {expected} expected")
    if own is not None:
        own.close()


def _in_turn(stage: Stage, keys: list[str]) -> list[Any]:
    return [_cancel(stage.actor, _order(stage), key) for key in keys]


def _at_once(stage: Stage, keys: list[str]) -> list[Any]:
    if stage.flavour == "sync":
        with ThreadPoolExecutor(AT_ONCE) as pool:
            orders = [_order(stage) for _ in keys]
            return list(pool.map(partial(_cancel, stage.actor), orders, keys))

    async def everyone(client: Any) -> list[Any]:
        turns = asyncio.Semaphore(AT_ONCE)

        async def call(key: str, cancellation: Any) -> Any:
            async with turns:
                return await client.cancel(cancellation, key=key)

        calls = [call(key, _order(stage)) for key in keys]
        return await asyncio.gather(*calls, return_exceptions=True)

    found: list[Any] = stage.actor.run(everyone)
    return found


def _cancel(actor: Actor, cancellation: Any, key: str) -> Any:
    return actor.do("cancel", cancellation, key=key)


def _order(stage: Stage) -> Any:
    made = payment(stage.sandbox, stage.api, False, {})  # noqa: FBT003
    return order(stage.api, made, False)  # noqa: FBT003


def _unexpected_counts(arrived: float, tried: float, *, refused: bool) -> Iterator[str]:
    """Refused connections use up the retry budget, too."""
    most = 0.0 if refused else MOST
    if arrived > most:
        yield f"{arrived} requests per call, at most {most} expected"
    if not 1.0 <= tried <= MOST:
        yield f"{tried} attempts per call, 1 to {MOST} expected"


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
    # In turn, silence would cost a timeout for each of the two hundred.
    crowds = {**kinds, "silent": (faults.SILENCE_BEFORE, UNKNOWN)}
    for name, (fault, allowed) in crowds.items():
        play = partial(outage, fault=fault, allowed=allowed, crowded=True)
        yield Entry(scenario=13, variant=f"{name}-all", play=play, quick=name == "silent")

"""Walks every state that can be reached, and shows the path to one in which a promise is broken."""

from __future__ import annotations

import logging
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING

import attrs

from tests.model_checking.procedure import Procedure
from tests.model_checking.state import BrokenError, ModelState, Scope, canonical
from tests.model_checking.transitions import Rules

if TYPE_CHECKING:
    from tests.model_checking.payments import Model

logger = logging.getLogger("countermand")


@attrs.frozen
class Explored:
    """What was seen."""

    model: str
    states: int
    transitions: int
    turns: int
    """States of the procedure itself."""
    results: frozenset[str]
    seconds: float
    broken: str | None = None
    way: tuple[str, ...] = ()


def explore(model: Model, scope: Scope, *, readable: frozenset[str] | None = None) -> Explored:
    """Every state within the scope, nearest first, so that a counterexample is a short one."""
    # Interruptions are logged, and here there are thousands.
    logger.setLevel(logging.CRITICAL)
    try:
        return _explore(model, scope, readable)
    finally:
        logger.setLevel(logging.NOTSET)


def _explore(model: Model, scope: Scope, readable: frozenset[str] | None) -> Explored:
    began = perf_counter()
    readable = frozenset({model.api, "pace_pay"}) if readable is None else readable
    procedure = Procedure(
        model.provider,
        model.cancellation,
        readable=readable,
        credentials=model.api not in {"unzer", "vtex"},
    )
    rules = Rules(model, procedure, scope)
    origins: dict[ModelState, tuple[ModelState, str] | None] = dict.fromkeys(rules.beginnings())
    queue, transitions = deque(origins), 0
    broken: str | None = None
    way: tuple[str, ...] = ()
    while queue and broken is None:
        model_state = queue.popleft()
        try:
            rules.check(model_state)
            for label, after in rules.successors(model_state):
                transitions += 1
                reached = canonical(after)
                if reached not in origins:
                    origins[reached] = (model_state, label)
                    queue.append(reached)
        except BrokenError as error:
            broken, way = str(error), _way(origins, model_state)
    return Explored(
        model=type(model).__name__,
        states=len(origins),
        transitions=transitions,
        turns=len(procedure),
        results=frozenset(rules.seen),
        seconds=perf_counter() - began,
        broken=broken,
        way=way,
    )


def _way(
    origins: dict[ModelState, tuple[ModelState, str] | None], model_state: ModelState
) -> tuple[str, ...]:
    labels = [f"then: {model_state}"]
    while (origin := origins[model_state]) is not None:
        model_state, label = origin
        labels.append(label)
    return (f"at first: {model_state.payment}", *reversed(labels))

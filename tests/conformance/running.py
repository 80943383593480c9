"""Play cases, alone or side by side, and say what was wrong with each."""

import logging
import multiprocessing
import random
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from queue import Empty
from typing import Any

from attrs import frozen

from tests.conformance.cases import Case, Observation
from tests.conformance.casting import Cast
from tests.conformance.catalogue import catalogue
from tests.conformance.judging import violations
from tests.conformance.world import World

CROWDS = 16
"""The scenario of many workers."""


@frozen(kw_only=True)
class Result:
    """A case that was played."""

    case: Case
    observations: tuple[Observation, ...]
    violations: tuple[str, ...]
    seconds: float


def play_one(world: World, case: Case, seed: int) -> Result:
    """Play a case; a play that breaks is a violation like any other."""
    cast = Cast(world, case, seed)
    began = time.monotonic()
    broken: tuple[str, ...] = ()
    try:
        case.play(cast)
    except Exception:  # noqa: BLE001 - whatever it is, the other cases are still to be played
        broken = (f"the play broke off: {traceback.format_exc()}",)
    found = [words for seen in cast.observations for words in violations(seen)]
    if not cast.observations:
        found.append("nothing was played")
    return Result(
        case=case,
        observations=tuple(cast.observations),
        violations=(*broken, *found),
        seconds=time.monotonic() - began,
    )


def play_all(cases: Iterable[Case], seed: int, jobs: int) -> Iterator[Result]:
    """Play the cases in so many processes, each with a world of its own; results as they come."""
    # Cases travel by their ids: a play is a function, and not every function can be sent.
    by_id = {case.id: case for case in cases}
    context = multiprocessing.get_context("spawn")
    waiting, results, alone = context.Queue(), context.Queue(), context.Lock()
    task = (waiting, results, alone, seed)
    workers = [context.Process(target=_work, args=task) for _ in range(jobs)]
    # Mixed, so that those which only wait and those which need the machine come side by side.
    names = random.Random(seed).sample(list(by_id), len(by_id))
    for name in [*names, *[None] * jobs]:
        waiting.put(name)
    for worker in workers:
        worker.start()
    while by_id:
        try:
            name, facts = results.get(timeout=5.0)
        except Empty:
            if not any(worker.is_alive() for worker in workers):
                break
        else:
            yield Result(case=by_id.pop(name), **facts)
    for case in by_id.values():
        gone = ("its process ended before it was played",)
        yield Result(case=case, observations=(), violations=gone, seconds=0.0)
    for worker in workers:
        worker.join()


def _work(waiting: Any, results: Any, alone: Any, seed: int) -> None:
    # What the ledger could not record is logged; here that is provoked, and judged.
    logging.getLogger("countermand").setLevel(logging.CRITICAL)
    by_id = {case.id: case for case in catalogue()}
    with World() as world:
        while (name := waiting.get()) is not None:
            # One crowd at a time: a machine full of processes is part of no scenario.
            with alone if by_id[name].scenario == CROWDS else nullcontext():
                result = play_one(world, by_id[name], seed)
            facts = {
                "observations": result.observations,
                "violations": result.violations,
                "seconds": result.seconds,
            }
            results.put((name, facts))

"""Play cases, alone or side by side, and say what was wrong with each."""

import logging
import multiprocessing
import os
import random
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from functools import partial
from queue import Empty
from typing import Any

from attrs import frozen

from tests.conformance.cases import Case, Observation
from tests.conformance.casting import Cast
from tests.conformance.catalogue import catalogue
from tests.conformance.fixtures import Fixtures
from tests.conformance.judging import violations

CROWDS = 16
"""The scenario of many workers."""

BOUND = 150.0
"""Seconds after which a case counts as one that never ends: the slowest takes a fifth of it."""

LEAVING = 20.0
"""Seconds that a process may take to clear up behind such a case."""


@frozen(kw_only=True)
class Result:
    """A case that was played."""

    case: Case
    observations: tuple[Observation, ...]
    violations: tuple[str, ...]
    seconds: float
    hung: bool = False
    """Whether it was given up, and still goes on in a thread of this process."""


def play_one(fixtures: Fixtures, case: Case, seed: int, bound: float = BOUND) -> Result:
    """Play a case; a play that breaks, or never ends, is a violation like any other."""
    cast = Cast(fixtures, case, seed)
    began = time.monotonic()
    broken: list[str] = []
    thread = threading.Thread(target=_play, args=(cast, broken), name=case.id, daemon=True)
    thread.start()
    thread.join(bound)
    hung = thread.is_alive()
    if hung:
        broken.append(f"no end after {bound:.0f} s, here: {_where(thread)}")
    found = [text for seen in cast.observations for text in violations(seen)]
    if not cast.observations:
        found.append("nothing was played")
    return Result(
        case=case,
        observations=tuple(cast.observations),
        violations=(*broken, *found),
        seconds=time.monotonic() - began,
        hung=hung,
    )


def _play(cast: Cast, broken: list[str]) -> None:
    try:
        cast.case.play(cast)
    except BaseException:  # noqa: BLE001 - whatever it is, the other cases are still to be played
        broken.append(f"the play broke off: {traceback.format_exc()}")


def _where(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    return "".join(traceback.format_stack(frame)) if frame else "nowhere"


def play_all(cases: Iterable[Case], seed: int, jobs: int) -> Iterator[Result]:
    """Run the cases in `jobs` processes with fixtures of their own; yield results as they come."""
    # Cases travel by their ids: a play is a function, and not every function can be sent.
    by_id = {case.id: case for case in cases}
    context = multiprocessing.get_context("spawn")
    waiting, results, alone = context.Queue(), context.Queue(), context.Lock()
    task = (waiting, results, alone, seed)
    made = partial(context.Process, target=_work, args=task)
    workers = [made() for _ in range(jobs)]
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
            if facts["hung"]:
                # Its process ends, for what it left behind would be in every other case's way.
                workers.append(made())
                workers[-1].start()
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
    with Fixtures() as fixtures:
        while (name := waiting.get()) is not None:
            # One crowd at a time: a machine full of processes is part of no scenario.
            with alone if by_id[name].scenario == CROWDS else nullcontext():
                result = play_one(fixtures, by_id[name], seed)
            facts = {
                "observations": result.observations,
                "violations": result.violations,
                "seconds": result.seconds,
                "hung": result.hung,
            }
            results.put((name, facts))
            if result.hung:
                _leave(fixtures, results)


def _leave(fixtures: Fixtures, results: Any) -> None:
    """End this process although a thread of it does not."""
    results.close()
    results.join_thread()
    clearing = threading.Thread(target=fixtures.__exit__, daemon=True)
    clearing.start()
    clearing.join(LEAVING)
    os._exit(1)

"""Scenario 16: many workers want one key at once, as threads, tasks or processes."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve

from countermand import AsyncClient, CountermandError
from countermand.ledger import Ledger
from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY, Actor
from tests.conformance.cases import DURABLE, RECEIPT, Call, Entry
from tests.conformance.casting import Cast
from tests.conformance.crashes import job
from tests.conformance.documented import at_once
from tests.conformance.stage import Stage
from tests.conformance.workers import Done, done, work

SIZES = (2, 10, 50)
BUSY = frozenset({"CancellationInProgress"})
CROWD_POLICY = evolve(BASE_POLICY, deadline=20.0)
LONG = 30.0
PAIR = 2
FAST = faults.Drip(part="head", interval=0.015, size=8)
SLOW = faults.Drip(part="head", interval=0.03, size=8)
"""How the first answer comes: the key is leased for that long. Two workers, and processes on a
busy machine, need more time to meet."""
LEASED = 0.1
"""Seconds for which a waiting call waits at least."""
LEAD = 0.05
"""Seconds for every thread to be ready."""


def crowd(cast: Cast, size: int, *, wait: bool, processes: bool, lost: bool = False) -> None:
    """One call runs, the others wait or are rejected; all end with the same receipt."""
    # A lease long enough for a crowd: one that ends while its holder waits for the disk is another
    # scenario.
    url = cast.fixtures.address(cast.store) if cast.store != "none" else None
    ledger = Ledger(url, lease=LONG) if url else None
    with cast.stage(policy=CROWD_POLICY, ledger=ledger) as stage:
        drip = SLOW if processes or size == PAIR else FAST
        stage.script(faults.RESET_AFTER if lost else drip)
        sent, before = stage.sent, stage.executions
        if processes:
            results = _processes(cast, stage, size, wait=wait)
        elif stage.flavour == "async":
            results = _tasks(stage, size, wait=wait)
        else:
            results = _threads(stage, size, wait=wait)
        good = at_once(cast.api, "lost", executed=True) if lost else RECEIPT
        allowed = good if wait else good | BUSY
        seen = [_call(stage, result, allowed, before) for result in results]
        stage.calls.extend(seen)
        stage.problems.extend(_agreement(results, good))
        if not lost:
            stage.problems.extend(_together(results, wait=wait))
        if not lost and stage.sent - sent != 1:
            stage.problems.append(f"{stage.sent - sent} requests for one cancel")
        stage.last = None
        stage.cancel(good, "the same key afterwards")
        stage.finish()
    if ledger is not None:
        ledger.close()


def _agreement(results: list[Done], good: frozenset[str]) -> Iterator[str]:
    verdicts = Counter(result.verdict for result in results)
    if not set(verdicts) & good:
        yield f"no call succeeded: {dict(verdicts)}"
    references = {result.reference for result in results if result.verdict == "Receipt"}
    if len(references) > 1:
        yield f"receipts disagree: {sorted(map(str, references))}"


def _together(results: list[Done], *, wait: bool) -> Iterator[str]:
    """Whether more than one call claimed the key while it was leased."""
    waited = sum(result.elapsed >= LEASED for result in results) - 1
    refused = sum({result.verdict} <= BUSY for result in results)
    if (waited if wait else refused) < 1:
        yield "they came one after the other"


def _call(stage: Stage, result: Done, allowed: frozenset[str], before: int) -> Call:
    now = stage.executions
    return Call(
        what="worker",
        key=stage.key,
        verdict=result.verdict,
        allowed=allowed,
        requests=0,
        elapsed=result.elapsed,
        deadline=stage.policy.deadline,
        before=before,
        returned=now,
        until=now,
        outcome=result.outcome,
    )


def _threads(stage: Stage, size: int, *, wait: bool) -> list[Done]:
    actors = [stage.actor] * size
    if stage.ledger is not None:
        actors = [stage.new_actor() for _ in range(size)]
    begin = time.monotonic() + LEAD

    def one(actor: Actor) -> Done:
        time.sleep(max(0.0, begin - time.monotonic()))
        began = time.monotonic()
        result = actor.do("cancel", stage.cancellation, key=stage.key, wait=wait)
        return done(result, time.monotonic() - began)

    with ThreadPoolExecutor(size) as pool:
        results = list(pool.map(one, actors))
    for actor in set(actors) - {stage.actor}:
        actor.close()
    return results


def _tasks(stage: Stage, size: int, *, wait: bool) -> list[Done]:
    """Tasks of one client, or of a client each where a ledger is what they share."""

    async def one(client: AsyncClient) -> Done:
        began = time.monotonic()
        try:
            result: Any = await client.cancel(stage.cancellation, key=stage.key, wait=wait)
        except CountermandError as error:
            result = error
        return done(result, time.monotonic() - began)

    async def everyone(client: AsyncClient) -> list[Done]:
        clients = [client] * size
        if stage.ledger is not None:
            clients = [AsyncClient(*stage.accounts, **stage.settings()) for _ in range(size)]
        results = list(await asyncio.gather(*map(one, clients)))
        for each in clients:
            if each is not client:
                await each.aclose()
        return results

    found: list[Done] = stage.actor.run(everyone)
    return found


def _processes(cast: Cast, stage: Stage, size: int, *, wait: bool) -> list[Done]:
    pool = cast.fixtures.pool(size)
    with tempfile.TemporaryDirectory(dir=cast.fixtures.folder) as folder:
        task = job(cast, stage, wait=wait, lease=LONG, meeting=Path(folder), size=size)
        return list(pool.map(work, [task] * size))


def entries() -> Iterator[Entry]:
    """Scenario 16."""
    for size in SIZES:
        for wait in (True, False):
            name = f"{size}-{'wait' if wait else 'refuse'}"
            near = partial(crowd, size=size, wait=wait, processes=False)
            yield Entry(
                scenario=16,
                variant=f"{name}-threads",
                play=near,
                stores=("none", *DURABLE),
                quick=size == 10,
            )
            far = partial(crowd, size=size, wait=wait, processes=True)
            yield Entry(
                scenario=16,
                variant=f"{name}-processes",
                play=far,
                stores=DURABLE,
                quick=name == "10-wait",
            )
    lost = partial(crowd, size=10, wait=True, processes=False, lost=True)
    yield Entry(
        scenario=16, variant="10-wait-answer-lost", play=lost, stores=("none", *DURABLE), quick=True
    )
